#include "base/cat.h"
#include "crypt/hash.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/timestamps.h"
#include "ipc/data_asks.h"

namespace bulkhead::gate_http {
namespace {

asks::FileSort sort_of(std::string_view field) {
  if (field == "name") return asks::FileSort::name;
  if (field == "size" || field == "filesize") return asks::FileSort::size;
  if (field == "datetime" || field == "uploadstamp") return asks::FileSort::uploaded;
  return asks::FileSort::path;
}

Result<void> answer_files(Exchange& exchange, std::uint32_t folder, std::string_view default_sort) {
  const http::Target& target = exchange.head.target;
  const Page page = TRY(read_page(target, default_sort));
  asks::ListFiles ask;
  ask.folder = folder;
  ask.name_mask = TRY(target.query_one("name")).value_or("");
  ask.new_only = TRY(read_flag(target, "newOnly"));
  if (const auto since = TRY(target.query_one("sinceDate")); since && !since->empty()) ask.since_ms = TRY(parse_timestamp(*since));
  ask.sort = sort_of(page.sort_field);
  std::string text;
  json::Writer out{text};
  out.begin_object();
  TRY(write_list(exchange.session.keeper(), ask, page, out, write_simple_file));
  if (folder == 0) out.key("currentTimestamp").string(format_timestamp(unix_now_ms()));
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace

Result<void> list_files(Exchange& exchange) { return answer_files(exchange, 0, "path"); }

Result<void> list_folder_files(Exchange& exchange) {
  return answer_files(exchange, TRY(folder_id(exchange.captures.at(0))), "name");
}

// The SHA-1 that the contract's `hash` wants is computed when it is first asked for, which is here.
Result<void> get_file(Exchange& exchange) {
  const std::uint64_t id = TRY(file_id(exchange.captures.at(0)));
  Result<asks::FileRow> found = exchange.session.keeper().ask(asks::GetFile{id});
  if (!found.ok() && found.error().kind() == Errc::not_found) {
    // Its uploader sees an upload that is not finished as the file that it will be (moveit-rest section 6.2).
    const Result<asks::UploadRow> upload = exchange.session.keeper().ask(asks::GetUpload{id});
    if (upload.ok() && !upload->published) return exchange.answer_json(http::Status::ok, file_details(upload->file));
  }
  asks::FileRow file = TRY(std::move(found));
  if (!file.sha1 && !exchange.head_only()) {
    ipc::Channel* porter = TRY(exchange.session.porter());
    const auto kind = crypt::HashKind::sha1;
    const Result<asks::Digest::Reply> digest =
        porter->ask(asks::Digest{file.id, file.version, static_cast<std::uint8_t>(kind)});
    if (digest.ok() && digest->hash.size() != crypt::hash_size(kind)) return fail(Errc::io, "the porter hashed something else");
    if (digest.ok()) copy_to(file.sha1.emplace(), digest->hash);
    // One who may see a file but not read it gets its details without the hash.
    else if (digest.error().kind() != Errc::denied && digest.error().kind() != Errc::not_found) return digest.error();
  }
  return exchange.answer_json(http::Status::ok, file_details(file));
}

Result<void> change_file(Exchange& exchange) {
  asks::ChangeFile ask;
  ask.file = TRY(file_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  ask.name = TRY(json::read_string(body, "name"));
  ask.is_new = TRY(json::read_bool(body, "isNew"));
  return exchange.answer_json(http::Status::ok, file_details(TRY(exchange.session.keeper().ask(ask))));
}

Result<void> delete_file(Exchange& exchange) {
  const std::uint64_t id = TRY(file_id(exchange.captures.at(0)));
  Result<ipc::Nothing> deleted = exchange.session.keeper().ask(asks::DeleteFile{id});
  if (!deleted.ok() && deleted.error().kind() == Errc::not_found) {
    if (exchange.session.keeper().ask(asks::RemoveUpload{id}).ok()) deleted = ipc::Nothing{};
  }
  TRY(std::move(deleted));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> redirect_file(Exchange& exchange) {
  return exchange.redirect(cat("/api/v1/files/", TRY(file_id(exchange.captures.at(1)))));
}

Result<void> redirect_download(Exchange& exchange) {
  return exchange.redirect(cat("/api/v1/files/", TRY(file_id(exchange.captures.at(1))), "/download"));
}

}  // namespace bulkhead::gate_http
