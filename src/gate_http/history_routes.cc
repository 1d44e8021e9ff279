// Older versions of files, the recycle bin, and what folders keep.
#include "base/cat.h"
#include "base/clock.h"
#include "base/encode.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {
namespace {

Result<std::uint64_t> version_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT64_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such version of the file");
  return *id;
}

Result<std::uint64_t> binned_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT64_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such file in the recycle bin");
  return *id;
}

template <class Ask>
Result<Ask> about_version(Exchange& exchange) {
  return Ask{TRY(file_id(exchange.captures.at(0))), TRY(version_id(exchange.captures.at(1)))};
}

Result<void> answer_settings(Exchange& exchange, const asks::HistorySettings& settings) {
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("versionsKept").integer(settings.versions_kept);
  out.key("recycleBinDays").integer(settings.bin_days);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

void write_version(json::Writer& out, const asks::VersionRow& row) {
  out.begin_object();
  out.key("version").string(cat(row.file.version));
  out.key("isCurrent").boolean(row.current);
  out.key("size").unsigned_integer(row.file.size);
  out.key("sha256").string(to_hex(row.file.sha256));
  out.key("uploadUsername").string(row.file.uploader);
  out.key("uploadStamp").string(format_timestamp(row.file.uploaded_ms));
  out.key("uploadComment").string(row.file.comment);
  out.key("uploadIP").string(row.file.uploader_address);
  out.key("replacedStamp");
  if (row.current) out.null();
  else out.string(format_timestamp(row.kept_ms));
  out.key("receipt").string(cat(row.file.receipt));
  out.end_object();
}

void write_binned(json::Writer& out, const asks::BinRow& row) {
  out.begin_object();
  out.key("id").string(cat(row.id));
  out.key("name").string(row.name);
  out.key("folderPath").string(row.folder_path);
  out.key("folderID");
  if (row.folder == 0) out.null();
  else out.integer(row.folder);
  out.key("size").unsigned_integer(row.size);
  out.key("totalSize").unsigned_integer(row.total_size);
  out.key("versionCount").integer(row.version_count);
  out.key("deletedBy").string(row.deleted_by);
  out.key("deletedStamp").string(format_timestamp(row.deleted_ms));
  out.key("purgeStamp").string(format_timestamp(row.until_ms));
  out.end_object();
}

// Newest first, whatever is asked for.
Result<Page> newest_first(Exchange& exchange, std::string_view stamp) {
  Page page = TRY(read_page(exchange.head.target, ""));
  page.sort_field = stamp;
  page.descending = true;
  return page;
}

}  // namespace

Result<void> get_history_settings(Exchange& exchange) {
  const asks::GetHistorySettings ask{TRY(folder_id(exchange.captures.at(0)))};
  return answer_settings(exchange, TRY(exchange.session.keeper().ask(ask)));
}

Result<void> change_history_settings(Exchange& exchange) {
  asks::ChangeHistorySettings ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  ask.below = TRY(json::read_bool(body, "applyToSubfolders")).value_or(false);
  ask.versions_kept = TRY(json::read_u32(body, "versionsKept", asks::versions_kept_max));
  ask.bin_days = TRY(json::read_u32(body, "recycleBinDays", asks::bin_days_max));
  return answer_settings(exchange, TRY(exchange.session.keeper().ask(ask)));
}

Result<void> list_versions(Exchange& exchange) {
  const Page page = TRY(newest_first(exchange, "replacedStamp"));
  asks::ListVersions ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  return exchange.answer_json(http::Status::ok, TRY(list_text(exchange, ask, page, write_version)));
}

Result<void> download_version(Exchange& exchange) {
  const auto ask = TRY(about_version<asks::GetVersion>(exchange));
  return send_file(exchange, TRY(exchange.session.keeper().ask(ask)), true);
}

Result<void> restore_version(Exchange& exchange) {
  const auto ask = TRY(about_version<asks::RestoreVersion>(exchange));
  TRY(exchange.json_body());  // says nothing
  return exchange.answer_json(http::Status::ok, file_details(TRY(exchange.session.keeper().ask(ask))));
}

Result<void> delete_version(Exchange& exchange) {
  TRY(exchange.session.keeper().ask(TRY(about_version<asks::DeleteVersion>(exchange))));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> list_recycle_bin(Exchange& exchange) {
  const http::Target& target = exchange.head.target;
  const Page page = TRY(newest_first(exchange, "deletedStamp"));
  asks::ListBin ask;
  ask.name_mask = TRY(target.query_one("name")).value_or("");
  ask.path_part = TRY(target.query_one("folderPathContains")).value_or("");
  return exchange.answer_json(http::Status::ok, TRY(list_text(exchange, ask, page, write_binned)));
}

Result<void> restore_from_bin(Exchange& exchange) {
  asks::RestoreBinned ask;
  ask.file = TRY(binned_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  if (TRY(json::read_integer(body, "destinationFolderId"))) ask.folder = TRY(read_destination(body));
  return exchange.answer_json(http::Status::ok, file_details(TRY(exchange.session.keeper().ask(ask))));
}

Result<void> delete_from_bin(Exchange& exchange) {
  TRY(exchange.session.keeper().ask(asks::DeleteBinned{TRY(binned_id(exchange.captures.at(0)))}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> empty_recycle_bin(Exchange& exchange) {
  std::uint64_t removed = 0;
  for (asks::EmptyBin ask;;) {
    const asks::EmptyBin::Reply reply = TRY(exchange.session.keeper().ask(ask));
    removed += reply.removed;
    if (reply.end) break;
    if (reply.last <= ask.after) return fail(Errc::io, "keeper does not go on");
    ask.after = reply.last;
  }
  std::string text;
  json::Writer out{text};
  out.begin_object().key("deletedCount").unsigned_integer(removed).end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
