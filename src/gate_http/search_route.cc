// Files by name: ours, no part of the contract.
#include "base/cat.h"
#include "base/encode.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "proto/http/json_out.h"

namespace bulkhead::gate_http {
namespace {

constexpr int asks_max = 25;  // of one request: what it looks at is bounded, and the next one goes on

Result<std::uint64_t> read_after(const http::Target& target) {
  const std::string_view text = TRY(target.query_one("after")).value_or("");
  if (text.empty()) return std::uint64_t{0};
  const Result<std::uint64_t> after = parse_decimal(text, INT64_MAX);
  if (!after.ok()) return fail(Errc::invalid, "after: is nothing that an answer said");
  return *after;
}

}  // namespace

Result<void> search_files(Exchange& exchange) {
  const http::Target& target = exchange.head.target;
  const Page page = TRY(read_page(target, "id"));
  asks::Search ask;
  ask.name = TRY(target.query_one("name")).value_or("");
  ask.path = TRY(target.query_one("path")).value_or("");
  ask.after = TRY(read_after(target));
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  std::uint32_t found = 0;
  bool end = false;
  for (int i = 0; i < asks_max && found < page.per_page && !end; ++i) {
    ask.limit = page.per_page - found;
    const asks::Search::Reply reply = TRY(exchange.session.keeper().ask(ask));
    for (const asks::FileRow& row : reply.rows) write_simple_file(out, row);
    found += static_cast<std::uint32_t>(reply.rows.size());
    ask.after = reply.after;
    end = reply.end;
  }
  out.end_array();
  out.key("paging").begin_object();
  out.key("perPage").integer(page.per_page);
  out.key("next");
  if (end)
    out.null();
  else
    out.string(cat(ask.after));
  out.end_object();
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
