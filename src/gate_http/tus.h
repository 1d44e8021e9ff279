#pragma once
// What the routes of tus 1.0.0 have in common. Every answer says Tus-Resumable, those of refusals too.
#include "gate_http/draft_writer.h"
#include "proto/tus/fields.h"

namespace bulkhead::gate_http {

// First thing of each request but OPTIONS: 412 for another version, with Tus-Version.
Result<void> need_version(Exchange& exchange);
// An Error that is answered with 400 if it is the client's grammar.
Error bad_field(Exchange& exchange, const Error& error);

std::optional<std::string_view> field_of(const Exchange& exchange, std::string_view name);
// The value of a size field, none when it is absent.
Result<std::optional<std::uint64_t>> size_field(Exchange& exchange, std::string_view name);

void add_field(Exchange& exchange, std::string_view name, std::string_view value);
void add_offset(Exchange& exchange, std::uint64_t size);
void add_expires(Exchange& exchange, const asks::UploadRow& row);

// The body of the request as the next bytes of the upload, which ends as a file when it is whole. Upload-Offset and
// Upload-Expires are among the fields of the answer afterwards. `offset`: what the client takes for the end; another one is
// 409. Upload-Checksum that does not match: 460, and nothing of the body stays.
Result<void> append_body(Exchange& exchange, asks::UploadRow row, std::uint64_t offset);

}  // namespace bulkhead::gate_http
