// The log, who fetched a file, and for how long the log is kept. chronicle decides what is shown.
#include "gate_http/ids.h"
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
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  std::uint64_t total = 0;
  for (std::uint32_t taken = 0; taken < page.per_page;) {
    ask.slice = {page.offset() + taken, page.per_page - taken, page.descending};
    const asks::ListLog::Reply reply = TRY(chronicle->ask(ask));
    total = reply.total;
    if (reply.taken == 0) break;
    for (const asks::LogRow& row : reply.rows) write_simple_log(out, row);
    taken += reply.taken;
  }
  out.end_array();
  write_paging(out, page, total);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> get_log_entry(Exchange& exchange) {
  const Result<std::uint64_t> id = parse_decimal(exchange.captures.at(0), INT64_MAX);
  if (!id.ok()) return no_entry();
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  const asks::LogRow row = TRY(chronicle->ask(asks::GetLogRow{static_cast<std::int64_t>(*id)}));
  std::string text;
  json::Writer out{text};
  write_log_details(out, row);
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> list_downloads(Exchange& exchange) {
  Page page = TRY(read_page(exchange.head.target, "time"));
  page.sort_field = "time";
  asks::ListFetches ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  std::uint64_t total = 0;
  for (std::uint32_t taken = 0; taken < page.per_page;) {
    ask.slice = {page.offset() + taken, page.per_page - taken, page.descending};
    const asks::ListFetches::Reply reply = TRY(chronicle->ask(ask));
    total = reply.total;
    if (reply.rows.empty()) break;
    for (const asks::FetchRow& row : reply.rows) write_fetch(out, row);
    taken += static_cast<std::uint32_t>(reply.rows.size());
  }
  out.end_array();
  write_paging(out, page, total);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

// There is no archive: what is too old is removed, and what the ledger holds of it stays there.
Result<void> set_log_retention(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  if (TRY(json::read_bool(body, "archiveLogs")).value_or(false)) {
    return fail(Errc::invalid, "archiveLogs can only be false: the ledger keeps the transfers, nothing keeps the rest");
  }
  const std::optional<std::int64_t> days = TRY(json::read_integer(body, "logRetention", 0, INT32_MAX));
  if (!days) return fail(Errc::invalid, "logRetention is missing");
  ipc::Channel* const chronicle = TRY(exchange.session.chronicle());
  TRY(chronicle->ask(asks::SetLogRetention{static_cast<std::uint32_t>(*days)}));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("logRetention").integer(*days);
  out.key("archiveLogs").boolean(false);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
