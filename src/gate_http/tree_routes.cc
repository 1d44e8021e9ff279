// Routes over whole trees: moves, content of folders, files by masks, new states.
#include "base/cat.h"
#include "gate_http/access_names.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/timestamps.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::uint64_t found_files_max = 10'000;  // GET /files/detailed has no pages

asks::ContentSort content_sort(std::string_view field) {
  if (field == "time" || field == "lastupdatetime") return asks::ContentSort::time;
  if (field == "size") return asks::ContentSort::size;
  if (field == "name") return asks::ContentSort::name;
  return asks::ContentSort::kind;
}

void write_content(json::Writer& out, std::uint32_t folder, const std::string& path, const asks::ContentRow& row) {
  out.begin_object();
  out.key("id").unsigned_integer(row.id);
  out.key("parentId").integer(folder);
  out.key("type").string(row.is_folder ? "Folder" : "File");
  out.key("name").string(row.name);
  out.key("lastUpdateTime").string(format_timestamp(row.changed_ms));
  out.key("path").string(cat(path == "/" ? "" : path, "/", row.name));
  out.key("size").unsigned_integer(row.size);
  out.key("folderType");
  if (row.is_folder) out.string(row.is_virtual ? "Virtual" : "Normal");
  else out.null();
  out.key("isShared").boolean(row.is_shared);
  out.end_object();
}

void write_new_state(json::Writer& out, const asks::NewStateRow& row) {
  out.begin_object();
  out.key("user").begin_object();
  out.key("id").string(row.id);
  out.key("orgID").integer(row.organisation);
  out.key("username").string(row.name);
  out.key("fullName").string(row.name);
  out.key("permission").string(role_name(row.role));
  out.end_object();
  out.key("isNew").boolean(row.is_new);
  out.end_object();
}

Result<std::uint32_t> read_folder(const json::Value& body, std::string_view name) {
  const std::optional<std::int64_t> id = TRY(json::read_integer(body, name));
  if (!id) return fail(Errc::invalid, cat(name, " is missing"));
  if (*id < 1 || *id > INT32_MAX) return fail(Errc::not_found, "no such folder");
  return static_cast<std::uint32_t>(*id);
}

Result<asks::FindFiles> read_find(const http::Target& target) {
  asks::FindFiles ask;
  ask.path_mask = TRY(target.query_one("pathMask")).value_or("");
  ask.file_mask = TRY(target.query_one("fileMask")).value_or("");
  if (ask.path_mask.empty()) return fail(Errc::invalid, "pathMask is missing");
  if (ask.file_mask.empty()) return fail(Errc::invalid, "fileMask is missing");
  ask.recursive = TRY(read_flag(target, "recursive"));
  ask.new_only = TRY(read_flag(target, "newOnly"));
  if (const auto since = TRY(target.query_one("sinceDate")); since && !since->empty()) ask.since_ms = TRY(parse_timestamp(*since));
  const Page page = TRY(read_page(target, "path"));
  if (page.sort_field == "uploadstamp") ask.sort = asks::FileSort::uploaded;
  if (page.sort_field == "filesize") ask.sort = asks::FileSort::size;
  ask.slice.descending = page.descending;
  return ask;
}

}  // namespace

Result<std::uint32_t> read_destination(const json::Value& body) { return read_folder(body, "destinationFolderId"); }

Result<void> move_file(Exchange& exchange) {
  asks::MoveFile ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  ask.folder = TRY(read_destination(TRY(exchange.json_body())));
  return exchange.answer_json(http::Status::ok, file_details(TRY(exchange.session.keeper().ask(ask))));
}

Result<void> move_folder(Exchange& exchange) {
  asks::MoveFolder ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  ask.target = TRY(read_destination(TRY(exchange.json_body())));
  return answer_folder(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)));
}

Result<void> folder_content(Exchange& exchange) {
  const http::Target& target = exchange.head.target;
  const Page page = TRY(read_page(target, "type"));
  asks::ListContent ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  ask.name_mask = TRY(target.query_one("name")).value_or("");
  ask.sort = content_sort(page.sort_field);
  std::string text;
  json::Writer out{text};
  std::uint64_t total = 0;
  out.begin_object().key("items").begin_array();
  for (std::uint32_t taken = 0; taken < page.per_page;) {
    ask.slice = {page.offset() + taken, page.per_page - taken, page.descending};
    const asks::ListContent::Reply reply = TRY(exchange.session.keeper().ask(ask));
    total = reply.total;
    if (reply.rows.empty()) break;
    for (const asks::ContentRow& row : reply.rows) write_content(out, ask.folder, reply.path, row);
    taken += static_cast<std::uint32_t>(reply.rows.size());
  }
  out.end_array();
  write_paging(out, page, total);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> find_files(Exchange& exchange) {
  asks::FindFiles ask = TRY(read_find(exchange.head.target));
  std::string text;
  json::Writer out{text};
  out.begin_array();
  for (std::uint32_t taken = 0;;) {
    ask.slice.offset = taken;
    ask.slice.limit = static_cast<std::uint32_t>(found_files_max);
    const asks::FindFiles::Reply reply = TRY(exchange.session.keeper().ask(ask));
    if (reply.total > found_files_max) return fail(Errc::too_large, cat("more than ", found_files_max, " files: narrow the masks"));
    if (reply.rows.empty()) break;
    for (const asks::FileRow& row : reply.rows) write_file_details(out, row);
    taken += static_cast<std::uint32_t>(reply.rows.size());
    if (taken >= reply.total) break;
  }
  out.end_array();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> list_new_states(Exchange& exchange) {
  const Page page = TRY(read_page(exchange.head.target, "username"));
  asks::ListNewStates ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  ask.by_state = page.sort_field == "isnew";
  return exchange.answer_json(http::Status::ok, TRY(list_text(exchange, ask, page, write_new_state)));
}

Result<void> make_new(Exchange& exchange) {
  asks::SetNewState ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  ask.user = TRY(json::read_string(body, "userId")).value_or("");
  if (ask.user.empty()) return fail(Errc::invalid, "userId is missing");
  ask.is_new = true;
  std::string text;
  json::Writer out{text};
  write_new_state(out, TRY(exchange.session.keeper().ask(ask)));
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> make_seen(Exchange& exchange) {
  asks::SetNewState ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  ask.user = exchange.captures.at(1);
  TRY(exchange.session.keeper().ask(ask));
  return exchange.answer_empty(http::Status::no_content);
}

}  // namespace bulkhead::gate_http
