#include "proto/ssh/connection.h"

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ssh {
namespace {

// The strings that hold data are as long as their message, which the transport has measured.
ByteView take_string(Reader& in) {
  return in.string(in.remaining());
}
ByteView take_rest(Reader& in) {
  return in.bytes(in.remaining());
}
std::string_view take_name(Reader& in) {
  return as_text(in.string(request_name_size_max));
}

GlobalRequest take_global_request(Reader& in) {
  GlobalRequest request;
  request.name = take_name(in);
  request.want_reply = in.u8() != 0;
  request.rest = take_rest(in);
  return request;
}

ChannelOpen take_open(Reader& in) {
  ChannelOpen open;
  open.type = take_name(in);
  open.sender = in.u32();
  open.window = in.u32();
  open.packet_max = in.u32();
  open.rest = take_rest(in);
  return open;
}

ChannelOpenConfirmation take_confirmation(Reader& in) {
  ChannelOpenConfirmation confirmed;
  confirmed.recipient = in.u32();
  confirmed.sender = in.u32();
  confirmed.window = in.u32();
  confirmed.packet_max = in.u32();
  confirmed.rest = take_rest(in);
  return confirmed;
}

ChannelOpenFailure take_open_failure(Reader& in) {
  ChannelOpenFailure failure;
  failure.recipient = in.u32();
  failure.reason = in.u32();
  in.string(description_size_max);
  in.string(request_name_size_max);  // language tag
  return failure;
}

ChannelRequest take_channel_request(Reader& in) {
  ChannelRequest request;
  request.recipient = in.u32();
  request.type = take_name(in);
  request.want_reply = in.u8() != 0;
  request.rest = take_rest(in);
  return request;
}

ChannelData take_data(Reader& in) {
  const std::uint32_t recipient = in.u32();
  return ChannelData{recipient, take_string(in)};
}

ChannelExtendedData take_extended_data(Reader& in) {
  const std::uint32_t recipient = in.u32();
  const std::uint32_t type = in.u32();
  return ChannelExtendedData{recipient, type, take_string(in)};
}

ChannelWindowAdjust take_adjust(Reader& in) {
  const std::uint32_t recipient = in.u32();
  return ChannelWindowAdjust{recipient, in.u32()};
}

struct Printer {
  Writer out;

  void operator()(const GlobalRequest& m) {
    out.u8(connection::global_request).string(as_bytes(m.name)).u8(m.want_reply ? 1 : 0).bytes(m.rest);
  }
  void operator()(const RequestSuccess&) { out.u8(connection::request_success); }
  void operator()(const RequestFailure&) { out.u8(connection::request_failure); }
  void operator()(const ChannelOpen& m) {
    out.u8(connection::channel_open)
        .string(as_bytes(m.type))
        .u32(m.sender)
        .u32(m.window)
        .u32(m.packet_max)
        .bytes(m.rest);
  }
  void operator()(const ChannelOpenConfirmation& m) {
    out.u8(connection::channel_open_confirmation).u32(m.recipient).u32(m.sender).u32(m.window).u32(m.packet_max);
    out.bytes(m.rest);
  }
  void operator()(const ChannelOpenFailure& m) {
    out.bytes(print_open_failure(m.recipient, static_cast<OpenRefusal>(m.reason), {}));
  }
  void operator()(const ChannelWindowAdjust& m) {
    out.u8(connection::channel_window_adjust).u32(m.recipient).u32(m.count);
  }
  void operator()(const ChannelData& m) { out.u8(connection::channel_data).u32(m.recipient).string(m.data); }
  void operator()(const ChannelExtendedData& m) {
    out.u8(connection::channel_extended_data).u32(m.recipient).u32(m.type).string(m.data);
  }
  void operator()(const ChannelEof& m) { out.u8(connection::channel_eof).u32(m.recipient); }
  void operator()(const ChannelClose& m) { out.u8(connection::channel_close).u32(m.recipient); }
  void operator()(const ChannelRequest& m) {
    out.u8(connection::channel_request)
        .u32(m.recipient)
        .string(as_bytes(m.type))
        .u8(m.want_reply ? 1 : 0)
        .bytes(m.rest);
  }
  void operator()(const ChannelSuccess& m) { out.u8(connection::channel_success).u32(m.recipient); }
  void operator()(const ChannelFailure& m) { out.u8(connection::channel_failure).u32(m.recipient); }
};

Result<ConnectionMessage> take_message(std::uint8_t number, Reader& in) {
  switch (number) {
    case connection::global_request:
      return ConnectionMessage{take_global_request(in)};
    case connection::request_success:
      take_rest(in);
      return ConnectionMessage{RequestSuccess{}};
    case connection::request_failure:
      return ConnectionMessage{RequestFailure{}};
    case connection::channel_open:
      return ConnectionMessage{take_open(in)};
    case connection::channel_open_confirmation:
      return ConnectionMessage{take_confirmation(in)};
    case connection::channel_open_failure:
      return ConnectionMessage{take_open_failure(in)};
    case connection::channel_window_adjust:
      return ConnectionMessage{take_adjust(in)};
    case connection::channel_data:
      return ConnectionMessage{take_data(in)};
    case connection::channel_extended_data:
      return ConnectionMessage{take_extended_data(in)};
    case connection::channel_eof:
      return ConnectionMessage{ChannelEof{in.u32()}};
    case connection::channel_close:
      return ConnectionMessage{ChannelClose{in.u32()}};
    case connection::channel_request:
      return ConnectionMessage{take_channel_request(in)};
    case connection::channel_success:
      return ConnectionMessage{ChannelSuccess{in.u32()}};
    case connection::channel_failure:
      return ConnectionMessage{ChannelFailure{in.u32()}};
    default:
      return fail(Errc::unsupported, "no message of the connection protocol");
  }
}

}  // namespace

Result<ConnectionMessage> parse_connection(ByteView payload) {
  Reader in{payload};
  const std::uint8_t number = in.u8();
  ConnectionMessage message = TRY(take_message(number, in));
  TRY(in.done("connection message"));
  return message;
}

Bytes print_connection(const ConnectionMessage& message) {
  Printer printer;
  std::visit(printer, message);
  return printer.out.take();
}

Bytes print_open_failure(std::uint32_t recipient, OpenRefusal reason, std::string_view description) {
  return Writer{}
      .u8(connection::channel_open_failure)
      .u32(recipient)
      .u32(static_cast<std::uint32_t>(reason))
      .string(as_bytes(description))
      .string({})
      .take();
}

Bytes print_data_head(std::uint32_t recipient, std::size_t size) {
  return Writer{9}.u8(connection::channel_data).u32(recipient).u32(static_cast<std::uint32_t>(size)).take();
}

Bytes print_extended_data_head(std::uint32_t recipient, std::uint32_t type, std::size_t size) {
  return Writer{13}
      .u8(connection::channel_extended_data)
      .u32(recipient)
      .u32(type)
      .u32(static_cast<std::uint32_t>(size))
      .take();
}

Bytes print_exit_status(std::uint32_t recipient, std::uint32_t status) {
  const Bytes rest = Writer{}.u32(status).take();
  return print_connection(ChannelRequest{recipient, "exit-status", false, rest});
}

Result<std::string_view> parse_command(ByteView rest) {
  Reader in{rest};
  const ByteView command = in.string(command_size_max);
  TRY(in.done("command"));
  return as_text(command);
}

Result<std::vector<ByteView>> parse_host_keys_prove(ByteView rest) {
  Reader in{rest};
  std::vector<ByteView> keys;
  while (in.ok() && in.remaining() > 0) {
    if (keys.size() == proved_keys_max) return fail(Errc::invalid, "hostkeys-prove: too many keys");
    keys.push_back(in.string(in.remaining()));
  }
  TRY(in.done("hostkeys-prove"));
  if (keys.empty()) return fail(Errc::invalid, "hostkeys-prove: no key");
  return keys;
}

Bytes print_host_keys(const std::vector<Bytes>& keys) {
  Writer rest;
  for (const Bytes& key : keys) rest.string(key);
  return print_connection(GlobalRequest{host_keys_name, false, rest.view()});
}

Bytes print_host_keys_proved(const std::vector<Bytes>& signatures) {
  Writer out;
  out.u8(connection::request_success);
  for (const Bytes& signature : signatures) out.string(signature);
  return out.take();
}

}  // namespace bulkhead::ssh
