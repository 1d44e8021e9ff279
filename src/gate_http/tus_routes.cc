// tus 1.0.0: an upload that is there (https://tus.io/protocols/resumable-upload). Creation: tus_create.cc.
#include "base/cat.h"
#include "base/clock.h"
#include "gate_http/ids.h"
#include "gate_http/routes.h"
#include "gate_http/tus.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::uint64_t upload_size_max = std::uint64_t{16} << 40U;  // bytes: the largest file

// Errc::not_found, like an id that does not exist, for what is no id.
Result<asks::UploadRow> named_upload(Exchange& exchange) {
  return exchange.session.keeper().ask(asks::GetUpload{TRY(file_id(exchange.captures.at(0)))});
}

// What another connection holds is let go first, so that the size is what a PATCH will find.
Result<asks::UploadRow> settled_upload(Exchange& exchange) {
  asks::UploadRow row = TRY(named_upload(exchange));
  if (!row.live) return row;
  Result<DraftWriter> writer = DraftWriter::open(exchange, row.id, {});
  if (writer.ok()) writer->let_go();
  else if (writer.error().kind() != Errc::not_found) return writer.error();
  return named_upload(exchange);
}

Result<std::optional<tus::Checksum>> checksum_of(Exchange& exchange) {
  const auto text = field_of(exchange, "Upload-Checksum");
  if (!text) return std::optional<tus::Checksum>{};
  Result<tus::Checksum> parsed = tus::parse_checksum(*text);
  if (!parsed.ok()) return bad_field(exchange, parsed.error());
  return std::optional{std::move(*parsed)};
}

Error wrong_offset(Exchange& exchange, std::uint64_t size) {
  add_offset(exchange, size);
  return fail(Errc::conflict, cat("the next byte of this upload is ", size));
}

crypt::HashKind kind_of(tus::Algorithm algorithm) {
  return algorithm == tus::Algorithm::sha1 ? crypt::HashKind::sha1 : crypt::HashKind::sha256;
}

Error mismatch(Exchange& exchange, std::uint64_t size) {
  add_offset(exchange, size);
  exchange.refusal = http::Status::checksum_mismatch;
  return fail(Errc::invalid, "the content does not match Upload-Checksum; nothing of it was kept");
}

// A client that asks again for what it was not told: there is nothing left to append.
Result<void> append_to_file(Exchange& exchange, const asks::UploadRow& row, std::uint64_t offset) {
  const http::RequestHead& head = exchange.head;
  if (offset != row.size) return wrong_offset(exchange, row.size);
  if (head.framing == http::Framing::chunked || head.content_length > 0) {
    exchange.refusal = http::Status::forbidden;
    return fail(Errc::denied, "this upload is finished");
  }
  add_offset(exchange, row.size);
  return {};
}

}  // namespace

Result<void> need_version(Exchange& exchange) {
  add_field(exchange, "Tus-Resumable", tus::version);
  if (field_of(exchange, "Tus-Resumable") == tus::version) return {};
  add_field(exchange, "Tus-Version", tus::version);
  exchange.refusal = http::Status::precondition_failed;
  return fail(Errc::invalid, "Tus-Resumable must be 1.0.0");
}

Error bad_field(Exchange& exchange, const Error& error) {
  if (error.kind() != Errc::too_large) exchange.refusal = http::Status::bad_request;
  return error;
}

std::optional<std::string_view> field_of(const Exchange& exchange, std::string_view name) {
  return exchange.head.fields.find(name);
}

Result<std::optional<std::uint64_t>> size_field(Exchange& exchange, std::string_view name) {
  const auto text = field_of(exchange, name);
  if (!text) return std::optional<std::uint64_t>{};
  const Result<std::uint64_t> size = tus::parse_size(*text);
  if (!size.ok()) return bad_field(exchange, size.error());
  return std::optional{*size};
}

void add_field(Exchange& exchange, std::string_view name, std::string_view value) {
  exchange.extra.push_back({std::string{name}, std::string{value}});
}

void add_offset(Exchange& exchange, std::uint64_t size) { add_field(exchange, "Upload-Offset", cat(size)); }

void add_expires(Exchange& exchange, const asks::UploadRow& row) {
  if (!row.published) add_field(exchange, "Upload-Expires", format_http_date(row.expires_ms));
}

Result<void> append_body(Exchange& exchange, asks::UploadRow row, std::uint64_t offset) {
  if (row.published) return append_to_file(exchange, row, offset);
  const std::optional<tus::Checksum> checksum = TRY(checksum_of(exchange));
  if (!row.live && offset != row.size) return wrong_offset(exchange, row.size);
  if (row.plan.total && (offset > *row.plan.total || exchange.head.content_length > *row.plan.total - offset))
    return fail(Errc::too_large, "more bytes than the upload has left");
  DraftWriter writer = TRY(DraftWriter::open(exchange, row.id, {.hold = checksum.has_value(), .hash_kind = 0}));
  if (writer.size() != offset) {
    writer.let_go();
    return wrong_offset(exchange, writer.size());
  }
  std::optional<crypt::Hash> hash;
  if (checksum) hash.emplace(kind_of(checksum->algorithm));
  TRY(writer.receive(row.plan.total.value_or(upload_size_max) - offset, hash ? &*hash : nullptr));
  if (checksum && hash->finish() != checksum->hash) {
    writer.let_go();
    return mismatch(exchange, offset);
  }
  if (!row.plan.part && row.plan.total && writer.size() == *row.plan.total) {
    TRY(finish_upload(exchange, writer, row, {}));
    add_offset(exchange, *row.plan.total);
    return {};
  }
  TRY(writer.keep());
  add_offset(exchange, writer.size());
  row.expires_ms += unix_now_ms() - row.changed_ms;
  add_expires(exchange, row);
  return {};
}

Result<void> tus_options(Exchange& exchange) {
  add_field(exchange, "Tus-Resumable", tus::version);
  add_field(exchange, "Tus-Version", tus::version);
  add_field(exchange, "Tus-Extension", tus::extensions);
  add_field(exchange, "Tus-Max-Size", cat(upload_size_max));
  add_field(exchange, "Tus-Checksum-Algorithm", tus::checksum_algorithms);
  return exchange.answer(http::Status::no_content, {}, {}, "Allow", http::allowed_methods);
}

Result<void> tus_status(Exchange& exchange) {
  TRY(need_version(exchange));
  const asks::UploadRow row = TRY(settled_upload(exchange));
  add_offset(exchange, row.size);
  if (row.published) {
    add_field(exchange, "Upload-Length", cat(row.size));
    return exchange.answer_empty(http::Status::ok);
  }
  if (row.plan.total) add_field(exchange, "Upload-Length", cat(*row.plan.total));
  else add_field(exchange, "Upload-Defer-Length", "1");
  if (row.plan.part) add_field(exchange, "Upload-Concat", "partial");
  if (!row.plan.metadata.empty()) add_field(exchange, "Upload-Metadata", row.plan.metadata);
  add_expires(exchange, row);
  return exchange.answer_empty(http::Status::ok);
}

Result<void> tus_append(Exchange& exchange) {
  TRY(need_version(exchange));
  const std::string_view type = http::trim_ows(field_of(exchange, "Content-Type").value_or(""));
  if (!http::equal_ignoring_case(type, tus::content_type))
    return fail(Errc::unsupported, "Content-Type must be application/offset+octet-stream");
  const std::optional<std::uint64_t> offset = TRY(size_field(exchange, "Upload-Offset"));
  if (!offset) return bad_field(exchange, fail(Errc::invalid, "Upload-Offset is missing"));
  const std::optional<std::uint64_t> total = TRY(size_field(exchange, "Upload-Length"));
  asks::UploadRow row = TRY(named_upload(exchange));
  if (total && !row.published) {
    TRY(exchange.session.keeper().ask(asks::SetUploadTotal{row.id, *total}));
    row.plan.total = total;
  }
  TRY(append_body(exchange, std::move(row), *offset));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> tus_remove(Exchange& exchange) {
  TRY(need_version(exchange));
  TRY(exchange.session.keeper().ask(asks::RemoveUpload{TRY(file_id(exchange.captures.at(0)))}));
  return exchange.answer_empty(http::Status::no_content);
}

}  // namespace bulkhead::gate_http
