#pragma once
// One frame = one packet of a Unix SEQPACKET socket, so a frame is whole or absent. Layout, big-endian:
//   u32 length of the packet, u16 ask number, u8 kind, u8 zero, u32 serial, body.
// kind: 0 ask (wants an answer with the same serial), 1 answer, 2 refusal (u8 Errc, string message), 3 notice (no answer).
// Spec: docs/spec/frames.md.
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace bulkhead::ipc {

enum class Kind : std::uint8_t { ask = 0, answer = 1, refusal = 2, notice = 3 };

inline constexpr std::size_t frame_head_size = 12;
inline constexpr std::size_t frame_body_max = 128 * 1024;
inline constexpr std::size_t frame_size_max = frame_head_size + frame_body_max;
inline constexpr std::size_t frame_descriptors_max = 4;
inline constexpr std::size_t refusal_message_max = 1024;

struct Frame {
  std::uint16_t number = 0;
  Kind kind = Kind::ask;
  std::uint32_t serial = 0;
  Bytes body;
  std::vector<Fd> descriptors;
};

// The head and body of one packet; Errc::invalid for a length that disagrees, an unknown kind or a non-zero filler.
Result<Frame> parse_frame(ByteView packet);
Bytes print_frame(const Frame& frame);

Bytes print_refusal(const Error& error);
// The Error a refusal carries; a malformed one is an Error too, of kind io.
Error parse_refusal(ByteView body);

}  // namespace bulkhead::ipc
