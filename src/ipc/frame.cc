#include "ipc/frame.h"

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ipc {

Result<Frame> parse_frame(ByteView packet) {
  Reader in{packet};
  const std::uint32_t length = in.u32();
  Frame frame;
  frame.number = in.u16();
  const std::uint8_t kind = in.u8();
  const std::uint8_t zero = in.u8();
  frame.serial = in.u32();
  if (!in.ok() || length != packet.size()) return fail(Errc::invalid, "frame: length disagrees with the packet");
  if (kind > static_cast<std::uint8_t>(Kind::notice) || zero != 0) return fail(Errc::invalid, "frame: unknown kind");
  if (in.remaining() > frame_body_max) return fail(Errc::too_large, "frame: body over the limit");
  frame.kind = static_cast<Kind>(kind);
  frame.body = to_bytes(in.rest());
  return frame;
}

Bytes print_frame(const Frame& frame) {
  ENSURE(frame.body.size() <= frame_body_max);
  Writer out;
  out.u32(static_cast<std::uint32_t>(frame_head_size + frame.body.size()));
  out.u16(frame.number).u8(static_cast<std::uint8_t>(frame.kind)).u8(0).u32(frame.serial).bytes(frame.body);
  return out.take();
}

Bytes print_refusal(const Error& error) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(error.kind()));
  out.string(as_bytes(std::string_view{error.message()}.substr(0, refusal_message_max)));
  return out.take();
}

Error parse_refusal(ByteView body) {
  Reader in{body};
  const std::uint8_t kind = in.u8();
  std::string message = to_text(in.string(refusal_message_max));
  if (!in.done("refusal").ok() || kind == 0 || kind > static_cast<std::uint8_t>(errc_max)) {
    return fail(Errc::io, "a sibling process sent a malformed refusal");
  }
  return fail(static_cast<Errc>(kind), std::move(message));
}

}  // namespace bulkhead::ipc
