// The log, who fetched a file, and for how long the log is kept. chronicle decides what is shown.
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/log_objects.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {
namespace {

Error no_entry() {
  return fail(Errc::not_found, "no such log entry");
}

}  // namespace

Result<void> list_log(Exchange& exchange) {
  Page page = TRY(read_page(exchange.head.target, "logtime"));
  asks::ListLog ask;
  ask.filter = TRY(read_log_filter(exchange.head.target));
  ask.sort = read_log_sort(page);
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  return exchange.answer_json(http::Status::ok, TRY(list_text(*chronicle, ask, page, write_simple_log)));
}

Result<void> get_log_entry(Exchange& exchange) {
  const Result<std::uint64_t> id = parse_decimal(exchange.captures.at(0), INT64_MAX);
  if (!id.ok()) return no_entry();
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  const asks::LogRow row = TRY(chronicle->ask(asks::GetLogRow{static_cast<std::int64_t>(*id)}));
  return answer_one(exchange, http::Status::ok, row, write_log_details);
}

Result<void> list_downloads(Exchange& exchange) {
  Page page = TRY(read_page(exchange.head.target, "time"));
  page.sort_field = "time";
  asks::ListFetches ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  return exchange.answer_json(http::Status::ok, TRY(list_text(*chronicle, ask, page, write_fetch)));
}

// There is no archive: what is too old is removed, and what the ledger holds of it stays there.
Result<void> set_log_retention(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  if (TRY(json::read_bool(body, "archiveLogs")).value_or(false)) {
    return fail(Errc::invalid, "archiveLogs can only be false: the ledger keeps the transfers, nothing keeps the rest");
  }
  const std::optional<std::uint32_t> days = TRY(json::read_u32(body, "logRetention"));
  if (!days) return fail(Errc::invalid, "logRetention is missing");
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  TRY(chronicle->ask(asks::SetLogRetention{*days}));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("logRetention").integer(*days);
  out.key("archiveLogs").boolean(false);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
