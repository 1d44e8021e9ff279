// POST /folders/{id}/files (moveit-rest section 6.1): a form with one file and, before or after it, hashtype, hash, comments.
#include <map>

#include "base/cat.h"
#include "base/encode.h"
#include "crypt/hash.h"
#include "gate_http/draft_writer.h"
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/ring.h"
#include "gate_http/routes.h"
#include "proto/http/multipart.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

// `sha-256`, `SHA-256`, `sha256`; empty is none.
Result<std::optional<crypt::HashKind>> hash_kind(std::string_view text) {
  std::string name = http::to_lower(http::trim_ows(text));
  std::erase(name, '-');
  if (name.empty()) return std::optional<crypt::HashKind>{};
  if (name == "sha1") return std::optional{crypt::HashKind::sha1};
  if (name == "sha256") return std::optional{crypt::HashKind::sha256};
  if (name == "sha384") return std::optional{crypt::HashKind::sha384};
  if (name == "sha512") return std::optional{crypt::HashKind::sha512};
  return fail(Errc::invalid, "hashtype must be sha-1, sha-256, sha-384 or sha-512");
}

class Upload {
 public:
  Upload(Exchange& exchange, std::uint32_t folder) : exchange_{exchange}, folder_{folder} {}

  Result<asks::FileRow> run() {
    Result<asks::FileRow> file = receive();
    if (!file.ok() && sink_) sink_->abort();
    return file;
  }

 private:
  Result<asks::FileRow> receive() {
    http::MultipartParser parser = TRY(http::MultipartParser::make(exchange_.head.fields.find("Content-Type").value_or("")));
    for (;;) {
      ByteView part = TRY(exchange_.body.next());
      if (part.empty()) break;
      while (!part.empty()) {
        const http::MultipartParser::Step step = TRY(parser.next(part));
        part = part.subspan(step.consumed);
        // What is still to come if the file is the last part, as it is with most clients; else a little more.
        const std::uint64_t coming = part.size() + exchange_.body.left().value_or(0);
        expected_ = exchange_.body.left() && coming > parser.closing_size() ? coming - parser.closing_size() : 0;
        if (step.event) TRY(take(*step.event));
      }
    }
    TRY(parser.finish());
    if (!sink_) return fail(Errc::invalid, "the form has no file: send it as a part with a file name");
    const asks::Finish finish = TRY(finish_ask());
    return sink_->finish(finish);  // after a refusal the draft is gone, and run() asks for the same once more
  }

  Result<void> take(const http::FormEvent& event) {
    if (const auto* begin = std::get_if<http::PartBegin>(&event)) return begin_part(*begin);
    if (const auto* data = std::get_if<http::PartData>(&event)) {
      if (in_file_) return sink_->write(data->bytes);
      fields_[field_] += as_text(data->bytes);
    }
    return {};
  }

  Result<void> begin_part(const http::PartBegin& begin) {
    in_file_ = begin.filename.has_value();
    if (!in_file_) {
      field_ = begin.name;
      if (fields_.contains(field_)) return fail(Errc::invalid, cat("the form field ", field_, " stands twice"));
      fields_[field_];
      return {};
    }
    if (sink_) return fail(Errc::invalid, "the form has more than one file: send one at a time");
    asks::OpenWrite open;
    open.folder = folder_;
    open.name = http::base_name(*begin.filename);
    open.agent = agent_of(exchange_);
    const std::optional<crypt::HashKind> kind = TRY(hash_kind(field("hashtype")));
    open.hash_kind = kind ? static_cast<std::uint8_t>(*kind) : std::uint8_t{0};
    open.expected = expected_;
    ipc::Channel* porter = TRY(exchange_.session.porter());
    const asks::OpenWrite::Reply opened = TRY(porter->ask(open));
    sink_.emplace(*porter, exchange_.ring, opened.handle);
    return {};
  }

  Result<asks::Finish> finish_ask() {
    asks::Finish finish;
    const std::string comment = field("comments");
    if (comment.size() > comment_max) return fail(Errc::invalid, cat("comments may have at most ", comment_max, " bytes"));
    if (!http::is_utf8(comment)) return fail(Errc::invalid, "comments is not UTF-8");
    finish.comment = comment;
    const std::string hash{http::trim_ows(field("hash"))};
    if (hash.empty()) return finish;
    const std::optional<crypt::HashKind> kind = TRY(hash_kind(field("hashtype")));
    if (!kind) return fail(Errc::invalid, "hash needs hashtype: sha-1, sha-256, sha-384 or sha-512");
    const Result<Bytes> raw = from_hex(hash);
    if (!raw.ok() || raw->size() != crypt::hash_size(*kind)) return fail(Errc::invalid, "hash must be the hex digits of its hashtype");
    finish.hash_kind = static_cast<std::uint8_t>(*kind);
    finish.hash = *raw;
    return finish;
  }

  std::string field(const std::string& name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string{} : found->second;
  }

  Exchange& exchange_;
  std::uint32_t folder_;
  std::map<std::string, std::string> fields_;
  std::string field_;
  bool in_file_ = false;
  std::uint64_t expected_ = 0;  // bytes of a file that would begin here; 0: not known
  std::optional<RingSink> sink_;
};

}  // namespace

Result<void> upload_file(Exchange& exchange) {
  const std::string_view kind = TRY(exchange.head.target.query_one("uploadType")).value_or("");
  if (http::equal_ignoring_case(kind, "resumable")) return begin_resumable(exchange);
  const std::uint32_t folder = TRY(folder_id(exchange.captures.at(0)));
  // Before the content: a client that waits with Expect hears at once that the folder is not there for it.
  TRY(exchange.session.keeper().ask(asks::GetFolder{folder}));
  const asks::FileRow file = TRY(Upload(exchange, folder).run());
  return exchange.answer_json(http::Status::created, file_details(file));
}

}  // namespace bulkhead::gate_http
