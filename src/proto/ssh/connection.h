#pragma once
// Messages of the connection protocol (RFC 4254) as values. Pure. A value's views are good as long as the payload.
// Every field has a limit; what breaks one, or is followed by anything, is Errc::invalid: disconnect.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::ssh {

namespace connection {
inline constexpr std::uint8_t global_request = 80;
inline constexpr std::uint8_t request_success = 81;
inline constexpr std::uint8_t request_failure = 82;
inline constexpr std::uint8_t channel_open = 90;
inline constexpr std::uint8_t channel_open_confirmation = 91;
inline constexpr std::uint8_t channel_open_failure = 92;
inline constexpr std::uint8_t channel_window_adjust = 93;
inline constexpr std::uint8_t channel_data = 94;
inline constexpr std::uint8_t channel_extended_data = 95;
inline constexpr std::uint8_t channel_eof = 96;
inline constexpr std::uint8_t channel_close = 97;
inline constexpr std::uint8_t channel_request = 98;
inline constexpr std::uint8_t channel_success = 99;
inline constexpr std::uint8_t channel_failure = 100;
}  // namespace connection

// Section 5.1.
enum class OpenRefusal : std::uint32_t {
  administratively_prohibited = 1,
  connect_failed = 2,
  unknown_channel_type = 3,
  resource_shortage = 4,
};
inline constexpr std::uint32_t extended_stderr = 1;  // section 5.2

inline constexpr std::size_t request_name_size_max = 128;  // bytes; of channel types too
inline constexpr std::size_t command_size_max = 16'384;    // bytes, of exec and subsystem
inline constexpr std::size_t description_size_max = 4'096;
inline constexpr std::size_t proved_keys_max = 8;

// `rest` is what follows, in a form that only the name or type tells.
struct GlobalRequest {
  std::string_view name;
  bool want_reply = false;
  ByteView rest;
};
struct RequestSuccess {};
struct RequestFailure {};
struct ChannelOpen {
  std::string_view type;
  std::uint32_t sender = 0;
  std::uint32_t window = 0;
  std::uint32_t packet_max = 0;
  ByteView rest;
};
struct ChannelOpenConfirmation {
  std::uint32_t recipient = 0;
  std::uint32_t sender = 0;
  std::uint32_t window = 0;
  std::uint32_t packet_max = 0;
  ByteView rest;
};
struct ChannelOpenFailure {
  std::uint32_t recipient = 0;
  std::uint32_t reason = 0;
};
struct ChannelWindowAdjust {
  std::uint32_t recipient = 0;
  std::uint32_t count = 0;
};
struct ChannelData {
  std::uint32_t recipient = 0;
  ByteView data;
};
struct ChannelExtendedData {
  std::uint32_t recipient = 0;
  std::uint32_t type = 0;
  ByteView data;
};
struct ChannelEof {
  std::uint32_t recipient = 0;
};
struct ChannelClose {
  std::uint32_t recipient = 0;
};
struct ChannelRequest {
  std::uint32_t recipient = 0;
  std::string_view type;
  bool want_reply = false;
  ByteView rest;
};
struct ChannelSuccess {
  std::uint32_t recipient = 0;
};
struct ChannelFailure {
  std::uint32_t recipient = 0;
};

using ConnectionMessage =
    std::variant<GlobalRequest, RequestSuccess, RequestFailure, ChannelOpen, ChannelOpenConfirmation,
                 ChannelOpenFailure, ChannelWindowAdjust, ChannelData, ChannelExtendedData, ChannelEof, ChannelClose,
                 ChannelRequest, ChannelSuccess, ChannelFailure>;

// Errc::invalid for a broken message, Errc::unsupported for a number that is none of these.
Result<ConnectionMessage> parse_connection(ByteView payload);
Bytes print_connection(const ConnectionMessage& message);
// Section 5.1, with a description for a person.
Bytes print_open_failure(std::uint32_t recipient, OpenRefusal reason, std::string_view description);
// What goes ahead of `size` bytes of data: the rest of the message is the data itself.
Bytes print_data_head(std::uint32_t recipient, std::size_t size);
Bytes print_extended_data_head(std::uint32_t recipient, std::uint32_t type, std::size_t size);
// Section 6.10.
Bytes print_exit_status(std::uint32_t recipient, std::uint32_t status);

// The rest of an `exec` or `subsystem` request: one string (section 6.5).
Result<std::string_view> parse_command(ByteView rest);
// OpenSSH PROTOCOL section 2.5. The rest of hostkeys-prove-00@openssh.com: 1 to proved_keys_max key blobs.
Result<std::vector<ByteView>> parse_host_keys_prove(ByteView rest);
Bytes print_host_keys(const std::vector<Bytes>& keys);
// RequestSuccess, with one signature for each key asked for.
Bytes print_host_keys_proved(const std::vector<Bytes>& signatures);

inline constexpr std::string_view host_keys_name = "hostkeys-00@openssh.com";
inline constexpr std::string_view host_keys_prove_name = "hostkeys-prove-00@openssh.com";

}  // namespace bulkhead::ssh
