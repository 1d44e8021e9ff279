#include "proto/ssh/connection.h"

#include <doctest/doctest.h>

#include "base/writer.h"

namespace bulkhead::ssh {
namespace {

template <class T>
T round_trip(const T& message) {
  const Bytes printed = print_connection(message);
  const ConnectionMessage parsed = parse_connection(printed).value();
  CHECK(print_connection(parsed) == printed);
  for (std::size_t size = 0; size < printed.size(); ++size) {
    // What ends in a rest of any form may be shorter; fixed fields may not.
    if (const Result<ConnectionMessage> cut = parse_connection(ByteView{printed}.first(size)); cut.ok()) {
      CHECK(print_connection(*cut).size() == size);
    }
  }
  return std::get<T>(parsed);
}

TEST_CASE("connection: channel messages") {
  CHECK(round_trip(ChannelOpen{"session", 7, 2'097'152, 32'768, {}}).packet_max == 32'768);
  CHECK(round_trip(ChannelOpenConfirmation{1, 2, 3, 4, {}}).window == 3);
  CHECK(round_trip(ChannelWindowAdjust{1, UINT32_MAX}).count == UINT32_MAX);
  CHECK(round_trip(ChannelEof{9}).recipient == 9);
  CHECK(round_trip(ChannelClose{9}).recipient == 9);
  const Bytes data(3, 'x');
  const Bytes printed = print_connection(ChannelData{4, data});
  CHECK(as_text(std::get<ChannelData>(parse_connection(printed).value()).data) == "xxx");
  Bytes head = print_data_head(4, data.size());
  head.insert(head.end(), data.begin(), data.end());
  CHECK(head == printed);
  Bytes stderr_head = print_extended_data_head(4, extended_stderr, data.size());
  stderr_head.insert(stderr_head.end(), data.begin(), data.end());
  CHECK(stderr_head == print_connection(ChannelExtendedData{4, extended_stderr, data}));
}

TEST_CASE("connection: data whose length lies") {
  Writer out;
  out.u8(94).u32(0).u32(4).bytes(as_bytes("abc"));
  CHECK_FALSE(parse_connection(out.view()).ok());
  Writer longer;
  longer.u8(94).u32(0).u32(2).bytes(as_bytes("abc"));
  CHECK_FALSE(parse_connection(longer.view()).ok());
}

TEST_CASE("connection: requests") {
  const Bytes command = Writer{}.string(as_bytes("sftp")).take();
  const Bytes printed = print_connection(ChannelRequest{0, "subsystem", true, command});
  const ConnectionMessage parsed = parse_connection(printed).value();
  const auto& request = std::get<ChannelRequest>(parsed);
  CHECK(request.want_reply);
  CHECK(parse_command(request.rest).value() == "sftp");
  CHECK_FALSE(parse_command(Writer{}.string(Bytes(command_size_max + 1)).take()).ok());
  CHECK_FALSE(parse_command(Writer{}.string({}).u8(0).take()).ok());
  CHECK(print_exit_status(3, 1) == Writer{}.u8(98).u32(3).string(as_bytes("exit-status")).u8(0).u32(1).take());
}

TEST_CASE("connection: another number, and a name over its limit") {
  CHECK(parse_connection(Bytes{50}).error().kind() == Errc::unsupported);
  CHECK(parse_connection({}).error().kind() == Errc::unsupported);
  const Bytes name(request_name_size_max + 1, 'n');
  CHECK_FALSE(parse_connection(print_connection(GlobalRequest{as_text(name), true, {}})).ok());
}

TEST_CASE("connection: host keys announced and proved") {
  const std::vector<Bytes> keys{to_bytes("one"), to_bytes("two")};
  const Bytes printed = print_host_keys(keys);
  const ConnectionMessage announced = parse_connection(printed).value();
  const auto& request = std::get<GlobalRequest>(announced);
  CHECK(request.name == "hostkeys-00@openssh.com");
  CHECK_FALSE(request.want_reply);
  CHECK(parse_host_keys_prove(request.rest).value().size() == 2);
  CHECK_FALSE(parse_host_keys_prove({}).ok());
  Writer many;
  for (std::size_t i = 0; i <= proved_keys_max; ++i) many.string(as_bytes("k"));
  CHECK_FALSE(parse_host_keys_prove(many.view()).ok());
  CHECK(print_host_keys_proved({to_bytes("s")}) == Writer{}.u8(81).string(as_bytes("s")).take());
}

}  // namespace
}  // namespace bulkhead::ssh
