// Messages of the connection protocol: any bytes. What parses prints to something that parses to the same.
#include "proto/ssh/connection.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload{data, size};
  if (const Result<ssh::ConnectionMessage> message = ssh::parse_connection(payload); message.ok()) {
    const Bytes printed = ssh::print_connection(*message);
    const Result<ssh::ConnectionMessage> again = ssh::parse_connection(printed);
    ENSURE(again.ok() && again->index() == message->index());
    ENSURE(ssh::print_connection(*again) == printed);
    if (const auto* request = std::get_if<ssh::ChannelRequest>(&*message)) {
      const Result<std::string_view> command = ssh::parse_command(request->rest);
      ENSURE(!command.ok() || command->size() + 4 == request->rest.size());
    }
    if (const auto* request = std::get_if<ssh::GlobalRequest>(&*message)) {
      const Result<std::vector<ByteView>> keys = ssh::parse_host_keys_prove(request->rest);
      ENSURE(!keys.ok() || (!keys->empty() && keys->size() <= ssh::proved_keys_max));
    }
  }
  return 0;
}
