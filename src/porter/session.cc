#include "porter/session.h"

#include <poll.h>

#include <cerrno>

#include "base/cat.h"
#include "base/log.h"
#include "ipc/control_asks.h"
#include "porter/copy.h"
#include "porter/digest.h"

namespace bulkhead::porter {
namespace {

bool known_hash_kind(std::uint8_t kind) {
  return kind <= static_cast<std::uint8_t>(crypt::hash_kind_max);
}

}  // namespace

End Session::run() {
  End end = End::gate_gone;
  while (!gate_lost_) {
    if (files_.empty() && !wait_idle()) {
      end = End::stopped;
      break;
    }
    Result<std::optional<ipc::Frame>> frame = channels_.gate.receive();
    if (frame.ok() && !*frame) break;
    if (frame.ok() && answer(**frame)) continue;
    log(Level::error, "gate_out_of_turn",
        {{"what", frame.ok() ? cat("frame ", (*frame)->number) : frame.error().message()}});
    end = End::violation;
    break;
  }
  end_all();
  return end;
}

// False: hull wants this process to end, or is gone itself.
bool Session::wait_idle() {
  std::array<pollfd, 2> waiting{pollfd{channels_.gate.fd(), POLLIN, 0}, pollfd{channels_.control.fd(), POLLIN, 0}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) ENSURE(errno == EINTR);
  if (waiting[1].revents == 0) return true;
  const Result<std::optional<ipc::Frame>> frame = channels_.control.receive();
  ENSURE(frame.ok());
  if (*frame && (*frame)->number != asks::Stop::number)
    die(cat("hull sent notice ", (*frame)->number, ", not for porter"));
  return false;
}

bool Session::answer(ipc::Frame& frame) {
  if (admission_.admit(frame.number, frame.body.size(), frame.descriptors.size()) == nullptr) return false;
  if (frame.kind != ipc::Kind::ask) return false;
  switch (frame.number) {
    case asks::Adopt::number:
      return answer_ask<asks::Adopt>(frame, [&](asks::Adopt& ask) { return adopt(ask); });
    case asks::OpenRead::number:
      return answer_ask<asks::OpenRead>(frame, [&](asks::OpenRead& ask) { return open_read(ask); });
    case asks::OpenPath::number:
      return answer_ask<asks::OpenPath>(frame, [&](asks::OpenPath& ask) { return open_path(ask); });
    case asks::OpenVersion::number:
      return answer_ask<asks::OpenVersion>(frame, [&](asks::OpenVersion& ask) { return open_version(ask); });
    case asks::OpenWrite::number:
      return answer_ask<asks::OpenWrite>(frame, [&](asks::OpenWrite& ask) { return open_write(std::move(ask)); });
    case asks::ReadBlock::number:
      return answer_ask<asks::ReadBlock>(frame, [&](asks::ReadBlock& ask) { return read_block(ask); });
    case asks::WriteBlock::number:
      return write_block(frame);
    case asks::Finish::number:
      return answer_ask<asks::Finish>(frame, [&](asks::Finish& ask) { return finish(ask); });
    case asks::Close::number:
      return answer_ask<asks::Close>(frame, [&](asks::Close& ask) { return close(ask); });
    case asks::Digest::number:
      return answer_ask<asks::Digest>(frame, [&](asks::Digest& ask) { return digest_of(context_, ask); });
    case asks::Truncate::number:
      return answer_ask<asks::Truncate>(frame, [&](asks::Truncate& ask) -> Result<ipc::Nothing> {
        return TRY(file<Upload>(ask.handle))->truncate(context_, ask.size);
      });
    case asks::Sync::number:
      return answer_ask<asks::Sync>(frame, [&](asks::Sync& ask) -> Result<ipc::Nothing> {
        return TRY(file<Upload>(ask.handle))->sync(context_);
      });
    case asks::CopyFile::number:
      return answer_ask<asks::CopyFile>(frame, [&](asks::CopyFile& ask) { return copy_file(context_, ask); });
    case asks::CopyFolder::number:
      return answer_ask<asks::CopyFolder>(frame, [&](asks::CopyFolder& ask) { return copy_folder(context_, ask); });
    case asks::Keep::number:
      return answer_ask<asks::Keep>(frame, [&](asks::Keep& ask) { return keep(ask); });
    case asks::ReadReceipt::number:
      return answer_ask<asks::ReadReceipt>(frame, [&](asks::ReadReceipt& ask) { return channels_.vault.ask(ask); });
    case asks::ReadCheckpoint::number:
      return answer_ask<asks::ReadCheckpoint>(frame, [&](asks::ReadCheckpoint& ask) { return channels_.vault.ask(ask); });
    case asks::ReadTile::number:
      return answer_ask<asks::ReadTile>(frame, [&](asks::ReadTile& ask) { return channels_.vault.ask(ask); });
    case asks::NewUpload::number:
      return answer_ask<asks::NewUpload>(frame,
                                         [&](asks::NewUpload& ask) { return Upload::begin_numbered(context_, ask); });
    case asks::OpenUpload::number:
      return answer_ask<asks::OpenUpload>(frame, [&](asks::OpenUpload& ask) { return open_upload(ask); });
    case asks::JoinUpload::number:
      return answer_ask<asks::JoinUpload>(frame, [&](asks::JoinUpload& ask) -> Result<asks::JoinUpload::Reply> {
        return TRY(file<Upload>(ask.handle))->join(context_, ask.upload);
      });
    default:
      return false;
  }
}

// False for a field that has no meaning.
template <class Request>
bool Session::well_formed(const Request& ask) const {
  if constexpr (requires { ask.hash_kind; }) {
    if (!known_hash_kind(ask.hash_kind)) return false;
  }
  if constexpr (std::is_same_v<Request, asks::Digest>) {
    if (ask.hash_kind == 0) return false;
  }
  if constexpr (requires { ask.handle; }) {
    if (ask.handle == 0 || ask.handle > last_handle_) return false;
  }
  if constexpr (requires { ask.slot; }) {
    if (ask.slot >= asks::ring_slots || ask.size > asks::ring_slot_size) return false;
  }
  return true;
}

template <class Request, class Answerer>
bool Session::answer_ask(ipc::Frame& frame, Answerer&& answerer) {
  Result<Request> request = ipc::decode<Request>(frame.body, "ask");
  if (!request.ok() || !well_formed(*request)) return false;
  reply<Request>(frame, answerer(*request));
  return true;
}

template <class Request>
void Session::reply(const ipc::Frame& frame, const Result<typename Request::Reply>& result) {
  ipc::Frame out{frame.number, ipc::Kind::answer, frame.serial, {}, {}};
  if (result.ok()) {
    out.body = ipc::encode(*result);
  } else {
    out.kind = ipc::Kind::refusal;
    out.body = ipc::print_refusal(result.error());
  }
  if (!channels_.gate.send(out).ok()) gate_lost_ = true;
}

template <class Kind>
Result<Kind*> Session::file(std::uint32_t handle) {
  const auto found = files_.find(handle);
  if (found == files_.end()) return fail(Errc::not_found, "this handle has ended");
  Kind* file = std::get_if<Kind>(&found->second);
  if (file == nullptr) return fail(Errc::invalid, "this handle is not open for that");
  return file;
}

Result<std::uint32_t> Session::next_handle() const {
  if (files_.size() >= asks::open_files_max)
    return fail(Errc::exhausted, cat("at most ", asks::open_files_max, " files can be open at once"));
  if (last_handle_ == UINT32_MAX) return fail(Errc::exhausted, "this connection has used up its handles");
  return last_handle_ + 1;
}

Result<ipc::Nothing> Session::adopt(const asks::Adopt& ask) {
  TRY(channels_.keeper.ask(ask));
  TRY(channels_.vault.ask(ask));
  admission_.bind();
  return ipc::Nothing{};
}

Result<asks::OpenRead::Reply> Session::open_read(const asks::OpenRead& ask) {
  const std::uint32_t handle = TRY(next_handle());
  return add_download(handle, TRY(lease_read(context_.keeper, ask.file, ask.version)));
}

Result<asks::OpenRead::Reply> Session::open_version(const asks::OpenVersion& ask) {
  const std::uint32_t handle = TRY(next_handle());
  return add_download(handle, TRY(lease_version(context_.keeper, ask.file, ask.version)));
}

Result<asks::OpenRead::Reply> Session::add_download(std::uint32_t handle, Lease lease) {
  Download opened = TRY(Download::open(context_, handle, std::move(lease)));
  last_handle_ = handle;
  const asks::OpenRead::Reply answer{handle, opened.size()};
  files_.emplace(handle, std::move(opened));
  return answer;
}

Result<asks::OpenPath::Reply> Session::open_path(const asks::OpenPath& ask) {
  const std::uint32_t handle = TRY(next_handle());
  Lease lease = TRY(lease_path(context_.keeper, ask.path));
  const asks::FileRow& row = lease.row;
  asks::OpenPath::Reply answer{handle, 0, row.id, row.version, row.size, row.modified_ms};
  Download opened = TRY(Download::open(context_, handle, std::move(lease)));
  last_handle_ = handle;
  if (ask.size > 0) {
    const auto first = opened.read(space_, ring_, asks::ReadBlock{handle, 0, ask.slot, ask.size});
    if (first.ok()) answer.first = first->size;
  }
  files_.emplace(handle, std::move(opened));
  return answer;
}

Result<asks::OpenWrite::Reply> Session::open_write(asks::OpenWrite ask) {
  const std::uint32_t handle = TRY(next_handle());
  return add_upload(handle, TRY(Upload::create(context_, std::move(ask))));
}

Result<asks::OpenWrite::Reply> Session::open_upload(const asks::OpenUpload& ask) {
  const std::uint32_t handle = TRY(next_handle());
  return add_upload(handle, TRY(Upload::open_numbered(context_, ask)));
}

Result<asks::OpenWrite::Reply> Session::add_upload(std::uint32_t handle, Upload upload) {
  last_handle_ = handle;
  const asks::OpenWrite::Reply answer{handle, upload.size()};
  files_.emplace(handle, std::move(upload));
  return answer;
}

Result<asks::ReadBlock::Reply> Session::read_block(const asks::ReadBlock& ask) {
  Download* const download = TRY(file<Download>(ask.handle));
  Result<asks::ReadBlock::Reply> read = download->read(space_, ring_, ask);
  download->report(channels_.keeper);
  return read;
}

// The answer goes out as soon as the slot is free again: the gate fills it while this process hashes and seals.
bool Session::write_block(const ipc::Frame& frame) {
  const Result<asks::WriteBlock> ask = ipc::decode<asks::WriteBlock>(frame.body, "ask");
  if (!ask.ok() || !well_formed(*ask)) return false;
  const Result<Upload*> upload = file<Upload>(ask->handle);
  const Result<ipc::Nothing> good = upload.ok() ? (*upload)->check(*ask) : Result<ipc::Nothing>{upload.error()};
  if (!good.ok()) {
    reply<asks::WriteBlock>(frame, good);
    return true;
  }
  const MutableByteView incoming = space_.incoming.part(0, ask->size);
  ring_.copy_out(incoming, ask->slot, 0);
  reply<asks::WriteBlock>(frame, good);
  (*upload)->absorb(context_, ask->offset, incoming);
  (*upload)->report(channels_.keeper);
  return true;
}

Result<asks::FileRow> Session::finish(const asks::Finish& ask) {
  Upload* upload = TRY(file<Upload>(ask.handle));
  Result<asks::FileRow> row = upload->finish(context_, ask);
  if (!row.ok()) {
    upload->leave(context_, false);
    upload->report_end(channels_.keeper, asks::TransferEnd::How::failed);
  }
  files_.erase(ask.handle);
  return row;
}

Result<ipc::Nothing> Session::close(const asks::Close& ask) {
  const auto found = files_.find(ask.handle);
  if (found == files_.end()) return fail(Errc::not_found, "this handle has ended");
  if (Upload* upload = std::get_if<Upload>(&found->second); upload != nullptr) {
    upload->leave(context_, true);
    upload->report_end(channels_.keeper, asks::TransferEnd::How::failed);
  } else {
    end_download(std::get<Download>(found->second), ask.handle, true);
  }
  files_.erase(found);
  return ipc::Nothing{};
}

Result<ipc::Nothing> Session::keep(const asks::Keep& ask) {
  Upload* upload = TRY(file<Upload>(ask.handle));
  if (!upload->resumable()) return fail(Errc::invalid, "this upload cannot be kept: it was not opened as resumable");
  upload->leave(context_, false);
  upload->report_end(channels_.keeper, asks::TransferEnd::How::paused);
  files_.erase(ask.handle);
  return ipc::Nothing{};
}

void Session::end_download(const Download& file, std::uint32_t handle, bool complete) {
  space_.opened.forget(handle);
  report_sent(channels_.vault, file.sent(complete));
  file.report_end(channels_.keeper, complete);
}

void Session::end_all() {
  while (!files_.empty()) {
    const auto first = files_.begin();
    if (Upload* upload = std::get_if<Upload>(&first->second); upload != nullptr)
      upload->leave(context_, false);
    else
      end_download(std::get<Download>(first->second), first->first, false);
    files_.erase(first);
  }
}

}  // namespace bulkhead::porter
