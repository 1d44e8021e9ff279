// Legal holds, and what a clean-up would take (docs/rest.md).
#include "base/cat.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/timestamps.h"

namespace bulkhead::gate_http {
namespace {

Result<std::uint32_t> hold_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT32_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such hold");
  return static_cast<std::uint32_t>(*id);
}

void write_hold(json::Writer& out, const asks::HoldRow& hold) {
  out.begin_object();
  out.key("id").integer(hold.id);
  out.key("name").string(hold.name);
  out.key("reason").string(hold.reason);
  if (hold.folder != 0)
    out.key("folderId").integer(hold.folder);
  else
    out.key("folderId").null();
  if (hold.file != 0)
    out.key("fileId").string(cat(hold.file));
  else
    out.key("fileId").null();
  out.key("path").string(hold.path);
  out.key("placedBy").string(hold.placed_by);
  out.key("placedTime").string(format_timestamp(hold.placed_ms));
  out.end_object();
}

void write_row(json::Writer& out, const asks::CleanupRow& row) {
  out.begin_object();
  out.key("type").string(row.is_folder ? "Folder" : "File");
  out.key("id").string(cat(row.id));
  out.key("name").string(row.name);
  out.key("size").unsigned_integer(row.size);
  out.key("dueTime").string(format_timestamp(row.due_ms));
  out.key("stays");
  switch (row.stays) {
    case asks::Stays::no:
      out.null();
      break;
    case asks::Stays::legal_hold:
      out.string("LegalHold");
      break;
    case asks::Stays::transfer:
      out.string("Transfer");
      break;
  }
  out.end_object();
}

template <class Ask, class WriteRow>
Result<void> answer_list(Exchange& exchange, const Ask& ask, std::string_view sort, WriteRow write_row) {
  const Page page = TRY(read_page(exchange.head.target, sort));
  return exchange.answer_json(http::Status::ok, TRY(list_text(exchange, ask, page, write_row)));
}

}  // namespace

Result<void> place_hold(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::PlaceHold ask;
  ask.name = TRY(json::read_string(body, "name")).value_or("");
  ask.reason = TRY(json::read_string(body, "reason")).value_or("");
  const auto folder = TRY(json::read_integer(body, "folderId", 1, INT32_MAX));
  const auto file = TRY(json::read_integer(body, "fileId", 1));
  if (folder.has_value() == file.has_value()) return fail(Errc::invalid, "either folderId or fileId");
  if (folder) ask.folder = static_cast<std::uint32_t>(*folder);
  if (file) ask.file = static_cast<std::uint64_t>(*file);
  return answer_one(exchange, http::Status::created, TRY(exchange.session.keeper().ask(ask)), write_hold);
}

Result<void> list_holds(Exchange& exchange) {
  return answer_list(exchange, asks::ListHolds{}, "name", write_hold);
}

Result<void> get_hold(Exchange& exchange) {
  const asks::GetHold ask{TRY(hold_id(exchange.captures.at(0)))};
  return answer_one(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)), write_hold);
}

Result<void> lift_hold(Exchange& exchange) {
  TRY(exchange.session.keeper().ask(asks::LiftHold{TRY(hold_id(exchange.captures.at(0)))}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> preview_cleanup(Exchange& exchange) {
  asks::PreviewCleanup ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  const auto until = TRY(exchange.head.target.query_one("until"));
  if (until && !until->empty()) ask.until_ms = TRY(parse_timestamp(*until));
  return answer_list(exchange, ask, "dueTime", write_row);
}

}  // namespace bulkhead::gate_http
