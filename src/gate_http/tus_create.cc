// tus 1.0.0, extensions creation, creation-with-upload, creation-defer-length and concatenation: POST /tus.
#include "base/cat.h"
#include "gate_http/ids.h"
#include "gate_http/routes.h"
#include "gate_http/tus.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

struct Wanted {
  std::uint32_t folder = 0;
  std::string name;  // of a part: empty
  bool resume = false;
  asks::UploadPlan plan;
  std::vector<std::uint64_t> parts;  // of a final upload
};

bool is_true(std::optional<std::string_view> text) {
  return text && (http::equal_ignoring_case(*text, "true") || *text == "1");
}

// By its number, by its path, or the home of who asks.
Result<std::uint32_t> wanted_folder(Exchange& exchange, const tus::Metadata& metadata) {
  ipc::Channel& keeper = exchange.session.keeper();
  if (const auto id = metadata.find("folderId")) return TRY(keeper.ask(asks::GetFolder{TRY(folder_id(*id))})).id;
  if (const auto path = metadata.find("path")) {
    const asks::Lookup::Reply found = TRY(keeper.ask(asks::Lookup{std::string{*path}}));
    if (!found.folder) return fail(Errc::not_found, "path names no folder");
    return found.folder->id;
  }
  const std::uint32_t home = TRY(keeper.ask(asks::Home{})).home_folder;
  if (home == 0) return fail(Errc::invalid, "Upload-Metadata must name a folder: folderId or path");
  return home;
}

Result<void> read_length(Exchange& exchange, Wanted& wanted, bool is_final) {
  const std::optional<std::uint64_t> length = TRY(size_field(exchange, "Upload-Length"));
  const auto defer = field_of(exchange, "Upload-Defer-Length");
  if (defer) {
    if (const Result<void> parsed = tus::parse_defer_length(*defer); !parsed.ok()) return bad_field(exchange, parsed.error());
  }
  const int said = (length ? 1 : 0) + (defer ? 1 : 0);
  if (said != (is_final ? 0 : 1))
    return bad_field(exchange, fail(Errc::invalid, "either Upload-Length or Upload-Defer-Length, and neither with final"));
  wanted.plan.total = length;
  return {};
}

Result<Wanted> read_wanted(Exchange& exchange) {
  Wanted wanted;
  if (const auto text = field_of(exchange, "Upload-Concat")) {
    Result<tus::Concat> concat = tus::parse_concat(*text);
    if (!concat.ok()) return bad_field(exchange, concat.error());
    wanted.plan.part = !concat->is_final();
    wanted.parts = std::move(concat->parts);
  }
  TRY(read_length(exchange, wanted, !wanted.parts.empty()));
  wanted.plan.metadata = field_of(exchange, "Upload-Metadata").value_or("");
  Result<tus::Metadata> metadata = tus::parse_metadata(wanted.plan.metadata);
  if (!metadata.ok()) return bad_field(exchange, metadata.error());
  wanted.plan.comment = metadata->find("comment").value_or("").substr(0, comment_max + 1);
  if (wanted.plan.comment.size() > comment_max) return fail(Errc::too_large, "comment is too long");
  wanted.name = metadata->find("filename").value_or("");
  if (wanted.name.empty() && !wanted.plan.part) return fail(Errc::invalid, "Upload-Metadata must hold filename");
  wanted.resume = !wanted.plan.part && wanted.parts.empty() && is_true(metadata->find("resume"));
  wanted.folder = TRY(wanted_folder(exchange, *metadata));
  return wanted;
}

Result<asks::UploadRow> make(Exchange& exchange, const Wanted& wanted) {
  ipc::Channel& keeper = exchange.session.keeper();
  if (wanted.resume) {
    Result<asks::UploadRow> row = keeper.ask(asks::ResumeUpload{wanted.folder, wanted.name, wanted.plan});
    if (row.ok() || row.error().kind() != Errc::not_found) return row;
  }
  ipc::Channel* porter = TRY(exchange.session.porter());
  const asks::NewUpload ask{wanted.folder, wanted.plan.part ? std::string{} : wanted.name, wanted.plan};
  return keeper.ask(asks::GetUpload{TRY(porter->ask(ask)).upload});
}

// Their sizes together, when every one of them is a whole part.
Result<std::uint64_t> size_of_parts(Exchange& exchange, const std::vector<std::uint64_t>& parts) {
  std::uint64_t total = 0;
  for (const std::uint64_t part : parts) {
    const asks::UploadRow row = TRY(exchange.session.keeper().ask(asks::GetUpload{part}));
    if (row.published || !row.plan.part) return fail(Errc::invalid, "Upload-Concat names an upload that is no part");
    if (row.live || row.plan.total != row.size) return fail(Errc::conflict, "a part is not finished yet");
    total += row.size;  // at most parts_max sizes of a file: no overflow
  }
  return total;
}

Result<void> join(Exchange& exchange, const asks::UploadRow& row, const std::vector<std::uint64_t>& parts) {
  DraftWriter writer = TRY(DraftWriter::open(exchange, row.id, {}));
  for (const std::uint64_t part : parts) {
    if (const Result<void> joined = writer.join(part); !joined.ok()) {
      writer.let_go();
      return joined;
    }
  }
  TRY(finish_upload(exchange, writer, row, {}));
  return {};
}

Result<void> create_final(Exchange& exchange, Wanted wanted) {
  ipc::Channel& keeper = exchange.session.keeper();
  wanted.plan.total = TRY(size_of_parts(exchange, wanted.parts));
  const asks::UploadRow row = TRY(make(exchange, wanted));
  if (const Result<void> joined = join(exchange, row, wanted.parts); !joined.ok()) {
    static_cast<void>(keeper.ask(asks::RemoveUpload{row.id}));  // gone already is as good
    return joined;
  }
  // One that stays goes by its age.
  for (const std::uint64_t part : wanted.parts) static_cast<void>(keeper.ask(asks::RemoveUpload{part}));
  add_field(exchange, "Location", tus::upload_url(row.id));
  return exchange.answer_empty(http::Status::created);
}

}  // namespace

Result<void> tus_create(Exchange& exchange) {
  TRY(need_version(exchange));
  const bool has_body = exchange.head.framing == http::Framing::chunked || exchange.head.content_length > 0;
  if (has_body && !http::equal_ignoring_case(field_of(exchange, "Content-Type").value_or(""), tus::content_type))
    return fail(Errc::unsupported, "Content-Type must be application/offset+octet-stream");
  Wanted wanted = TRY(read_wanted(exchange));
  if (!wanted.parts.empty()) {
    if (has_body) return bad_field(exchange, fail(Errc::invalid, "a final upload has no content of its own"));
    return create_final(exchange, std::move(wanted));
  }
  const asks::UploadRow row = TRY(make(exchange, wanted));
  add_field(exchange, "Location", tus::upload_url(row.id));
  if (has_body && row.size > 0) {
    add_offset(exchange, row.size);
    return fail(Errc::conflict, "something of this upload is there already: go on with it by PATCH");
  }
  const bool whole = !row.plan.part && row.plan.total == row.size;
  if (has_body || whole) {
    TRY(append_body(exchange, row, row.size));
  } else {
    add_offset(exchange, row.size);
    add_expires(exchange, row);
  }
  return exchange.answer_empty(http::Status::created);
}

}  // namespace bulkhead::gate_http
