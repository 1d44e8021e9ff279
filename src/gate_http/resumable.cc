// Resumable uploads of the contract (moveit-rest section 6.2): a POST begins one, PUTs bring it piece by piece.
#include <map>

#include "base/cat.h"
#include "base/encode.h"
#include "gate_http/draft_writer.h"
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "proto/http/multipart.h"
#include "proto/http/range.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::uint64_t piece_max = std::uint64_t{64} * 1024 * 1024;  // bytes: maxChunkSize
constexpr std::uint64_t size_max = INT64_MAX;

using Texts = std::map<std::string, std::string>;

// The text fields of a form; a file in it is refused.
Result<Texts> read_texts(Exchange& exchange) {
  Texts texts;
  std::string* field = nullptr;
  http::MultipartParser parser = TRY(http::MultipartParser::make(exchange.head.fields.find("Content-Type").value_or("")));
  for (;;) {
    ByteView part = TRY(exchange.body.next());
    if (part.empty()) break;
    while (!part.empty()) {
      const http::MultipartParser::Step step = TRY(parser.next(part));
      part = part.subspan(step.consumed);
      if (!step.event) continue;
      if (const auto* begin = std::get_if<http::PartBegin>(&*step.event)) {
        if (begin->filename) return fail(Errc::invalid, "a resumable upload begins without content");
        if (texts.contains(begin->name)) return fail(Errc::invalid, cat("the form field ", begin->name, " stands twice"));
        field = &texts[begin->name];
      } else if (const auto* data = std::get_if<http::PartData>(&*step.event); data != nullptr && field != nullptr) {
        *field += as_text(data->bytes);
      }
    }
  }
  TRY(parser.finish());
  return texts;
}

std::string resumable_json(const asks::UploadRow& row) {
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("fileId").string(cat(row.id));
  out.key("bytes").unsigned_integer(row.size);
  out.key("maxChunkSize").unsigned_integer(piece_max);
  out.end_object();
  return text;
}

// Range says what is there; with no byte there is none.
void add_range(Exchange& exchange, std::uint64_t size) {
  if (size > 0) exchange.extra.push_back({"Range", cat("bytes=0-", size - 1)});
}

Result<void> answer_incomplete(Exchange& exchange, const asks::UploadRow& row) {
  add_range(exchange, row.size);
  return exchange.answer_json(http::Status::resume_incomplete, resumable_json(row));
}

Error wrong_offset(Exchange& exchange, std::uint64_t size) {
  add_range(exchange, size);
  exchange.refusal = http::Status::range_not_satisfiable;
  return fail(Errc::conflict, cat("the next byte of this upload is ", size));
}

Result<asks::UploadRow> begin(Exchange& exchange, std::uint32_t folder, const Texts& texts) {
  const auto text = [&](const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string{} : found->second;
  };
  const std::string name = text("name");
  if (name.empty()) return fail(Errc::invalid, "name is missing");
  asks::UploadPlan plan;
  plan.comment = text("comments");
  if (plan.comment.size() > comment_max) return fail(Errc::invalid, cat("comments may have at most ", comment_max, " bytes"));
  if (!http::is_utf8(plan.comment)) return fail(Errc::invalid, "comments is not UTF-8");
  const Result<std::uint64_t> size = parse_decimal(http::trim_ows(text("size")), size_max);
  if (!size.ok()) return fail(Errc::invalid, "size must be the size of the file in bytes");
  plan.total = *size;
  const std::string resume{http::to_lower(text("resume"))};
  if (resume == "true" || resume == "1") {
    Result<asks::UploadRow> row = exchange.session.keeper().ask(asks::ResumeUpload{folder, name, plan});
    if (row.ok() || row.error().kind() != Errc::not_found) return row;
  }
  ipc::Channel* porter = TRY(exchange.session.porter());
  const std::uint64_t upload = TRY(porter->ask(asks::NewUpload{folder, name, plan})).upload;
  return exchange.session.keeper().ask(asks::GetUpload{upload});
}

struct Piece {
  http::UploadRange range;
  Bytes sha1;  // of the whole; empty: none was sent
  std::uint64_t first() const { return range.range ? range.range->first : 0; }
  std::uint64_t length() const { return range.range ? range.range->length() : 0; }
  bool is_last() const { return range.range ? range.range->last + 1 == range.total : range.total == 0; }
};

Result<Piece> read_piece(const http::RequestHead& head) {
  const auto range = head.fields.find("Content-Range");
  if (!range) return fail(Errc::invalid, "Content-Range is missing");
  Piece piece{TRY(http::parse_content_range(*range)), {}};
  if (piece.length() > piece_max) return fail(Errc::too_large, cat("a piece has at most ", piece_max, " bytes"));
  if (head.framing != http::Framing::chunked && head.content_length != piece.length())
    return fail(Errc::invalid, "the body is not as long as Content-Range says");
  if (const auto hash = head.fields.find("X-File-Hash"); hash && !http::trim_ows(*hash).empty()) {
    const Result<Bytes> raw = from_hex(http::trim_ows(*hash));
    if (!raw.ok() || raw->size() != crypt::hash_size(crypt::HashKind::sha1))
      return fail(Errc::invalid, "X-File-Hash must be the SHA-1 of the file in hex");
    piece.sha1 = *raw;
  }
  return piece;
}

// `row` is whole but not published, or has just become whole.
Result<void> finish_piece(Exchange& exchange, DraftWriter& writer, const asks::UploadRow& row, const Piece& piece) {
  asks::Finish finish;
  if (!piece.sha1.empty()) {
    finish.hash_kind = static_cast<std::uint8_t>(crypt::HashKind::sha1);
    finish.hash = piece.sha1;
  }
  const asks::FileRow file = TRY(finish_upload(exchange, writer, row, finish));
  return exchange.answer_json(http::Status::created, file_details(file));
}

Result<void> take_piece(Exchange& exchange, asks::UploadRow row, const Piece& piece) {
  const std::uint8_t kind = piece.sha1.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(crypt::HashKind::sha1);
  DraftWriter writer = TRY(DraftWriter::open(exchange, row.id, {.hold = false, .hash_kind = kind}));
  row.size = writer.size();
  const bool probe = !piece.range.range && piece.range.total > 0;
  if (probe && row.size < piece.range.total) {
    TRY(writer.keep());
    return answer_incomplete(exchange, row);
  }
  if (!probe && piece.first() != row.size) {
    writer.let_go();
    return wrong_offset(exchange, row.size);
  }
  TRY(writer.receive(piece.length()));
  if (writer.size() - row.size != piece.length() && !probe) {
    writer.let_go();
    return fail(Errc::invalid, "the body is shorter than Content-Range says");
  }
  row.size = writer.size();
  if (row.size == piece.range.total) return finish_piece(exchange, writer, row, piece);
  TRY(writer.keep());
  return answer_incomplete(exchange, row);
}

}  // namespace

Result<void> begin_resumable(Exchange& exchange) {
  const std::uint32_t folder = TRY(folder_id(exchange.captures.at(0)));
  TRY(exchange.session.keeper().ask(asks::GetFolder{folder}));
  const Texts texts = TRY(read_texts(exchange));
  return exchange.answer_json(http::Status::ok, resumable_json(TRY(begin(exchange, folder, texts))));
}

Result<void> put_piece(Exchange& exchange) {
  const http::Target& target = exchange.head.target;
  const std::uint32_t folder = TRY(folder_id(exchange.captures.at(0)));
  if (!http::equal_ignoring_case(TRY(target.query_one("uploadType")).value_or(""), "resumable"))
    return fail(Errc::invalid, "PUT is for uploadType=resumable");
  const std::uint64_t upload = TRY(file_id(TRY(target.query_one("fileId")).value_or("")));
  const asks::UploadRow row = TRY(exchange.session.keeper().ask(asks::GetUpload{upload}));
  if (row.folder != folder || row.plan.part) return fail(Errc::not_found, "no such upload");
  const Piece piece = TRY(read_piece(exchange.head));
  if (row.published) {
    // The answer to the last piece was lost, and the client asks again.
    if (piece.range.total != row.size || (piece.range.range && !piece.is_last()))
      return fail(Errc::conflict, "this upload is finished");
    return exchange.answer_json(http::Status::created, file_details(row.file));
  }
  if (row.plan.total && *row.plan.total != piece.range.total)
    return fail(Errc::invalid, "Content-Range has another total than the upload began with");
  if (!row.live && piece.range.range && piece.first() != row.size) return wrong_offset(exchange, row.size);
  return take_piece(exchange, row, piece);
}

}  // namespace bulkhead::gate_http
