// Copies. Their content crosses from storage to storage within the porter and never comes here.
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "ipc/data_asks.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::size_t agent_max = 200;

std::string agent_of(const Exchange& exchange) {
  return std::string{exchange.head.fields.find("User-Agent").value_or("").substr(0, agent_max)};
}

}  // namespace

Result<void> copy_file(Exchange& exchange) {
  const asks::FileRow source = TRY(exchange.session.keeper().ask(asks::GetFile{TRY(file_id(exchange.captures.at(0)))}));
  const std::uint32_t folder = TRY(read_destination(TRY(exchange.json_body())));
  ipc::Channel* porter = TRY(exchange.session.porter());
  const asks::CopyFile ask{source.id, source.version, folder, agent_of(exchange)};
  return exchange.answer_json(http::Status::ok, file_details(TRY(porter->ask(ask))));
}

Result<void> copy_folder(Exchange& exchange) {
  asks::CopyFolder ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  ask.target = TRY(read_destination(TRY(exchange.json_body())));
  ask.agent = agent_of(exchange);
  ipc::Channel* porter = TRY(exchange.session.porter());
  return answer_folder(exchange, http::Status::ok, TRY(porter->ask(ask)));
}

}  // namespace bulkhead::gate_http
