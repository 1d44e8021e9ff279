#include "gate_http/draft_writer.h"

#include "base/log.h"

namespace bulkhead::gate_http {

std::string agent_of(const Exchange& exchange) {
  return std::string{exchange.head.fields.find("User-Agent").value_or("").substr(0, agent_max)};
}

Result<DraftWriter> DraftWriter::open(Exchange& exchange, std::uint64_t upload, const How& how) {
  ipc::Channel* porter = TRY(exchange.session.porter());
  const auto opened = TRY(porter->ask(asks::OpenUpload{upload, agent_of(exchange), how.hash_kind, how.hold}));
  return DraftWriter{exchange, *porter, opened};
}

Result<void> DraftWriter::receive(std::uint64_t size_max, crypt::Hash* hash) {
  const std::uint64_t before = size_;
  const Result<void> received = copy_body(size_max, hash);
  const Result<void> settled = sink_.settle();
  if (received.ok() && settled.ok()) return {};
  if (!received.ok() && received.error().kind() == Errc::too_large) {
    static_cast<void>(porter_->ask(asks::Truncate{handle_, before}));  // without success the offset says so
  }
  let_go();
  return received.ok() ? settled : received;
}

Result<void> DraftWriter::copy_body(std::uint64_t size_max, crypt::Hash* hash) {
  std::uint64_t left = size_max;
  for (;;) {
    const ByteView part = TRY(exchange_->body.next());
    if (part.empty()) return {};
    if (part.size() > left) return fail(Errc::too_large, "more bytes than the upload has left");
    left -= part.size();
    size_ += part.size();
    if (hash != nullptr) hash->update(part);
    TRY(sink_.write(part));
  }
}

Result<void> DraftWriter::join(std::uint64_t upload) {
  size_ = TRY(porter_->ask(asks::JoinUpload{handle_, upload})).size;
  return {};
}

Result<void> DraftWriter::keep() {
  const Result<ipc::Nothing> synced = porter_->ask(asks::Sync{handle_});
  let_go();
  if (!synced.ok()) return synced.error();
  return {};
}

void DraftWriter::let_go() {
  const Result<ipc::Nothing> kept = porter_->ask(asks::Keep{handle_});
  if (!kept.ok()) log(Level::warning, "an upload was not let go", {{"why", kept.error().message()}});
}

Result<asks::FileRow> DraftWriter::finish(const asks::Finish& finish) { return sink_.finish(finish); }

Result<asks::FileRow> finish_upload(Exchange& exchange, DraftWriter& writer, const asks::UploadRow& row, asks::Finish finish) {
  if (!row.plan.comment.empty()) finish.comment = row.plan.comment;
  Result<asks::FileRow> file = writer.finish(finish);
  if (!file.ok() && file.error().kind() == Errc::invalid) {
    static_cast<void>(exchange.session.keeper().ask(asks::RemoveUpload{row.id}));  // gone already is as good
  }
  return file;
}

}  // namespace bulkhead::gate_http
