#include "gate_ssh/sftp/server.h"

#include <algorithm>

#include "base/cat.h"
#include "gate_ssh/sftp/attributes.h"

namespace bulkhead::gate_ssh {

SftpServer::SftpServer(SftpSession session) : session_{std::move(session)}, replies_{session_.outlet} {}

SftpServer::~SftpServer() {
  session_.porter.forget(this);
}

std::size_t SftpServer::receive(ByteView data) {
  const std::size_t offered = data.size();
  bool moved = true;
  while (moved && !ended_) {
    moved = false;
    while (!ended_ && step(data)) moved = true;
    if (!ended_ && replies_.send()) moved = true;
  }
  end_if_done();
  return ended_ ? offered : offered - data.size();
}

// One request, or a part of the data of a WRITE. False: nothing more can be done now.
bool SftpServer::step(ByteView& data) {
  if (replies_.full()) return false;
  if (writing_) return take_data(data);
  const Result<bool> whole = intake_.feed(data);
  if (!whole.ok()) {
    fail_stream(whole.error());
    return false;
  }
  return *whole && execute();
}

bool SftpServer::execute() {
  const Result<sftp::Intake::Item> item = intake_.item();
  if (!item.ok()) {
    fail_stream(item.error());
    return false;
  }
  const auto* request = std::get_if<sftp::Request>(&*item);
  const bool is_init = request != nullptr && std::holds_alternative<sftp::Init>(request->body);
  if (is_init == greeted_) {
    fail_stream(fail(Errc::invalid, greeted_ ? "a second greeting" : "a request before the greeting"));
    return false;
  }
  bool done = true;
  if (request != nullptr) {
    done = std::visit([&](const auto& body) { return run(request->id, body); }, request->body);
  } else if (const auto* head = std::get_if<sftp::WriteHead>(&*item)) {
    done = begin_write(*head);
  } else if (const auto* skip = std::get_if<sftp::Intake::Skip>(&*item)) {
    const Bytes refusal = sftp::status_reply(skip->id, sftp::Status::bad_message, skip->error.message());
    writing_ = Writing{skip->id, nullptr, refusal, 0, skip->size, 0};
  }
  if (done) intake_.pop();
  return done;
}

bool SftpServer::take_data(ByteView& data) {
  const ByteView part = data.first(std::min<std::size_t>(writing_->left, data.size()));
  std::size_t taken = part.size();
  if (writing_->file != nullptr) taken = writing_->file->writer->write(writing_->offset, part);
  data = data.subspan(taken);
  writing_->offset += taken;
  writing_->left -= static_cast<std::uint32_t>(taken);
  if (writing_->left > 0) return taken > 0;
  const std::size_t skipped = std::min<std::size_t>(writing_->surplus, data.size());
  data = data.subspan(skipped);
  writing_->surplus -= static_cast<std::uint32_t>(skipped);
  if (writing_->surplus > 0) return taken + skipped > 0;
  const Writing written = std::move(*writing_);
  writing_.reset();
  if (written.file == nullptr) return answer(written.refusal);
  const std::optional<Error>& error = written.file->writer->error();
  return error ? refuse(written.id, *error, "write", written.file->path) : answer_ok(written.id);
}

// The peer does not speak this protocol: nothing that follows can be understood.
void SftpServer::fail_stream(const Error& error) {
  lost();
  session_.outlet.send_error(cat("sftp: ", error.message(), "\r\n"));
  session_.outlet.finish(1);
}

void SftpServer::receive_end() {
  input_ended_ = true;
  end_if_done();
}

void SftpServer::end_if_done() {
  if (!input_ended_ || ended_ || !replies_.empty()) return;
  lost();
  session_.outlet.finish(0);
}

void SftpServer::lost() {
  ended_ = true;
  writing_.reset();
  copy_.reset();
  resize_.reset();
  replies_.clear();
  handles_.clear();
}

bool SftpServer::run(std::uint32_t, const sftp::Init&) {
  // Any higher version of the client is answered with ours (section 4).
  greeted_ = true;
  const std::string vendor = sftp::vendor_data("Bulkhead", "Bulkhead");
  const std::array extensions{
      sftp::Extension{"posix-rename@openssh.com", "1"},
      sftp::Extension{"statvfs@openssh.com", "2"},
      sftp::Extension{"fstatvfs@openssh.com", "2"},
      sftp::Extension{"fsync@openssh.com", "1"},
      sftp::Extension{"lsetstat@openssh.com", "1"},
      sftp::Extension{"limits@openssh.com", "1"},
      sftp::Extension{"expand-path@openssh.com", "1"},
      sftp::Extension{"copy-data", "1"},
      sftp::Extension{"home-directory", "1"},
      sftp::Extension{"users-groups-by-id@openssh.com", "1"},
      sftp::Extension{"check-file", ""},
      sftp::Extension{"space-available", ""},
      sftp::Extension{"vendor-id", vendor},
  };
  return answer(sftp::version_reply(extensions));
}

bool SftpServer::run(std::uint32_t id, const sftp::Malformed& request) {
  return refuse(id, sftp::Status::bad_message, request.error.message());
}

bool SftpServer::run(std::uint32_t id, const sftp::Unsupported& request) {
  return refuse(id, sftp::Status::unsupported, cat(request.what, ": not supported here"));
}

bool SftpServer::answer(Bytes packet) {
  replies_.add(std::move(packet));
  return true;
}

bool SftpServer::answer_ok(std::uint32_t id) {
  return answer(sftp::status_reply(id, sftp::Status::ok, "Success"));
}

bool SftpServer::refuse(std::uint32_t id, sftp::Status status, std::string_view text) {
  return answer(sftp::status_reply(id, status, text));
}

bool SftpServer::refuse(std::uint32_t id, const Error& error) {
  return refuse(id, sftp::status_of(error.kind()), error.message());
}

bool SftpServer::refuse(std::uint32_t id, const Error& error, std::string_view doing, const RemotePath& path) {
  return refuse(id, sftp::status_of(error.kind()), explain(error, doing, path));
}

bool SftpServer::unsettled_within(const RemotePath& path) const {
  return handles_.opening_within(path) ||
         std::any_of(publishing_.begin(), publishing_.end(), [&](const Publishing& p) { return p.path.is_within(path); });
}

}  // namespace bulkhead::gate_ssh
