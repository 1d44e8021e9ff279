// GET and HEAD of content: conditions first, then the range, then the release, then the bytes.
#include "base/cat.h"
#include "base/encode.h"
#include "gate_http/ids.h"
#include "gate_http/ring.h"
#include "gate_http/routes.h"
#include "proto/http/conditional.h"
#include "proto/http/range.h"

namespace bulkhead::gate_http {
namespace {

std::string etag_of(const asks::FileRow& file) { return cat("\"", to_hex(ByteView{file.sha256}.first(16)), "-", file.version, "\""); }

void describe(http::ResponseHead& response, const asks::FileRow& file, std::string_view etag) {
  response.field("ETag", etag);
  response.field("Last-Modified", format_http_date(file.uploaded_ms));
  response.field("Accept-Ranges", "bytes");
}

Result<void> answer_without_content(Exchange& exchange, http::Status status, const asks::FileRow& file, std::string_view etag) {
  http::ResponseHead response{status};
  describe(response, file, etag);
  if (status == http::Status::range_not_satisfiable) response.field("Content-Range", http::content_range_unsatisfied(file.size));
  if (status != http::Status::not_modified) response.content_length(0);
  return exchange.start(response);
}

Result<asks::OpenRead::Reply> open(ipc::Channel& porter, const asks::FileRow& file, bool older) {
  if (older) return porter.ask(asks::OpenVersion{file.id, file.version});
  return porter.ask(asks::OpenRead{file.id, file.version});
}

Result<void> send_content(Exchange& exchange, const asks::FileRow& file, bool older, http::ResponseHead& response,
                          std::uint64_t offset, std::uint64_t length) {
  ipc::Channel* porter = TRY(exchange.session.porter());
  const asks::OpenRead::Reply opened = TRY(open(*porter, file, older));
  if (opened.size != file.size) return fail(Errc::io, "the porter opened a file of another size");
  TRY(exchange.start(response));
  RingSource source{*porter, exchange.ring, opened.handle, offset, length};
  for (;;) {
    const ByteView part = TRY(source.next());
    if (part.empty()) break;
    TRY(exchange.stream.write_all(part));
  }
  TRY(porter->ask(asks::Close{opened.handle}));
  return {};
}

}  // namespace

Result<void> download_file(Exchange& exchange) {
  const asks::GetFile ask{TRY(file_id(exchange.captures.at(0)))};
  return send_file(exchange, TRY(exchange.session.keeper().ask(ask)), false);
}

Result<void> send_file(Exchange& exchange, const asks::FileRow& file, bool older) {
  const std::string etag = etag_of(file);
  const http::Fields& fields = exchange.head.fields;
  switch (http::evaluate_conditions(fields, exchange.head.method, {etag, file.uploaded_ms})) {
    case http::Verdict::not_modified: return answer_without_content(exchange, http::Status::not_modified, file, etag);
    case http::Verdict::precondition_failed: return answer_without_content(exchange, http::Status::precondition_failed, file, etag);
    case http::Verdict::proceed: break;
  }
  std::optional<std::string_view> wanted = exchange.head_only() ? std::nullopt : fields.find("Range");
  if (const auto condition = fields.find("If-Range"); condition && !http::if_range_holds(*condition, etag, file.uploaded_ms)) wanted.reset();
  const http::RangeAnswer range = http::evaluate_range(wanted, file.size);
  if (range.kind == http::RangeAnswer::Kind::unsatisfiable) {
    return answer_without_content(exchange, http::Status::range_not_satisfiable, file, etag);
  }
  const bool partial = range.kind == http::RangeAnswer::Kind::partial;
  const std::uint64_t offset = partial ? range.range.first : 0;
  const std::uint64_t length = partial ? range.range.length() : file.size;

  http::ResponseHead response{partial ? http::Status::partial_content : http::Status::ok};
  describe(response, file, etag);
  response.field("Content-Type", "application/octet-stream");
  response.field("Content-Disposition", http::attachment(file.name));
  // RFC 9530, and RFC 3230 for older clients; SHA-1 only when it is known already (moveit-rest section 6.3).
  const std::string sha256 = to_base64(file.sha256);
  response.field("Repr-Digest", cat("sha-256=:", sha256, ":"));
  response.field("Digest", file.sha1 ? cat("sha-256=", sha256, ",SHA=", to_base64(*file.sha1)) : cat("sha-256=", sha256));
  if (partial) response.field("Content-Range", http::content_range(range.range, file.size));
  response.content_length(length);
  if (exchange.head_only()) return exchange.start(response);
  return send_content(exchange, file, older, response, offset, length);
}

}  // namespace bulkhead::gate_http
