#include "porter/session.h"

#include <poll.h>

#include <cerrno>

#include "base/cat.h"
#include "base/log.h"
#include "ipc/control_asks.h"
#include "porter/digest.h"

namespace bulkhead::porter {
namespace {

bool readable(int fd) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

bool known_hash_kind(std::uint8_t kind) {
  return kind <= static_cast<std::uint8_t>(crypt::hash_kind_max);
}

}  // namespace

End Session::run() {
  End end = End::gate_gone;
  while (!gate_lost_) {
    if (download_ && download_->can_fill()) {
      fill_slot();
      continue;
    }
    if (idle() && !wait_idle()) {
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
  if (end == End::gate_gone) drain();
  end_transfer();
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
  const bool is_notice = frame.number == asks::Filled::number || frame.number == asks::Freed::number;
  if (frame.kind != (is_notice ? ipc::Kind::notice : ipc::Kind::ask)) return false;
  const bool opens = frame.number == asks::OpenRead::number || frame.number == asks::OpenWrite::number ||
                     frame.number == asks::Digest::number;
  if (opens && transfer_running()) return false;
  switch (frame.number) {
    case asks::Adopt::number:
      return answer_ask<asks::Adopt>(frame, [&](asks::Adopt& ask) { return adopt(ask); });
    case asks::OpenRead::number:
      return answer_ask<asks::OpenRead>(frame, [&](asks::OpenRead& ask) { return open_read(ask); });
    case asks::OpenWrite::number:
      return answer_ask<asks::OpenWrite>(frame, [&](asks::OpenWrite& ask) { return open_write(std::move(ask)); });
    case asks::Finish::number:
      if (!upload_ && !broken_write_) return false;
      return answer_ask<asks::Finish>(frame, [&](asks::Finish& ask) { return finish(std::move(ask)); });
    case asks::Abort::number:
      return answer_ask<asks::Abort>(frame, [&](asks::Abort&) -> Result<ipc::Nothing> {
        end_transfer();  // may have ended already: the two crossed on the way
        return ipc::Nothing{};
      });
    case asks::Digest::number:
      return answer_ask<asks::Digest>(frame, [&](asks::Digest& ask) {
        end_transfer();
        return digest_of(channels_.keeper, channels_.vault, channels_.gate.fd(), ask);
      });
    case asks::Filled::number:
      return filled(frame);
    case asks::Freed::number:
      return freed(frame);
    default:
      return false;
  }
}

// False for an ask that does not decode, or with a field that has no meaning.
template <class Request, class Answerer>
bool Session::answer_ask(ipc::Frame& frame, Answerer&& answerer) {
  Result<Request> request = ipc::decode<Request>(frame.body, "ask");
  if (!request.ok()) return false;
  if constexpr (requires { request->hash_kind; }) {
    if (!known_hash_kind(request->hash_kind)) return false;
  }
  Result<typename Request::Reply> result = answerer(*request);
  ipc::Frame reply{frame.number, ipc::Kind::answer, frame.serial, {}, {}};
  if (result.ok()) {
    reply.body = ipc::encode(*result);
  } else {
    reply.kind = ipc::Kind::refusal;
    reply.body = ipc::print_refusal(result.error());
  }
  if (!channels_.gate.send(reply).ok()) gate_lost_ = true;
  return true;
}

template <class Notice>
void Session::notify(const Notice& notice) {
  if (!channels_.gate.notify(notice).ok()) gate_lost_ = true;
}

Result<ipc::Nothing> Session::adopt(const asks::Adopt& ask) {
  TRY(channels_.keeper.ask(ask));
  TRY(channels_.vault.ask(ask));
  admission_.bind();
  return ipc::Nothing{};
}

Result<asks::OpenRead::Reply> Session::open_read(const asks::OpenRead& ask) {
  end_transfer();
  Download opened = TRY(Download::open(channels_.keeper, channels_.vault, ask));
  return asks::OpenRead::Reply{download_.emplace(std::move(opened)).length()};
}

Result<ipc::Nothing> Session::open_write(asks::OpenWrite ask) {
  end_transfer();
  Upload created = TRY(Upload::create(channels_.keeper, channels_.vault, std::move(ask)));
  upload_.emplace(std::move(created));
  return ipc::Nothing{};
}

Result<asks::FileRow> Session::finish(asks::Finish ask) {
  if (broken_write_) {
    const Error error = *broken_write_;
    broken_write_.reset();
    return error;
  }
  Result<asks::FileRow> row = upload_->finish(channels_.keeper, channels_.vault, channels_.gate.fd(), std::move(ask));
  if (row.ok())
    upload_.reset();
  else
    end_transfer();
  return row;
}

bool Session::filled(const ipc::Frame& frame) {
  const Result<asks::Filled> notice = ipc::decode<asks::Filled>(frame.body, "filled");
  if (!notice.ok() || notice->slot >= asks::ring_slots || notice->size > asks::ring_slot_size) return false;
  if (!upload_ && !broken_write_) return false;
  if (upload_) upload_->copy_out(ring_, *notice);
  notify(asks::Freed{notice->slot});
  if (!upload_) return true;
  if (const Result<void> absorbed = upload_->absorb(channels_.keeper); !absorbed.ok()) break_off(absorbed.error());
  return true;
}

bool Session::freed(const ipc::Frame& frame) {
  const Result<asks::Freed> notice = ipc::decode<asks::Freed>(frame.body, "freed");
  if (!notice.ok() || !download_ || !download_->take_back(*notice)) return false;
  if (download_->settled()) end_transfer();
  return true;
}

void Session::fill_slot() {
  const Result<asks::Filled> filled = download_->fill(ring_);
  if (filled.ok()) return notify(*filled);
  download_->give_up();
  break_off(filled.error());
  if (download_->settled()) end_transfer();
}

// The transfer in hand is lost. A read is reported when it has settled; a draft is dropped at once.
void Session::break_off(const Error& error) {
  log(Level::error, "transfer_broken", {{"direction", upload_ ? "upload" : "download"}, {"why", error.message()}});
  if (upload_) {
    end_transfer();
    broken_write_ = error;
  }
  notify(asks::Broken{static_cast<std::uint8_t>(error.kind()), error.message().substr(0, ipc::refusal_message_max)});
}

void Session::end_transfer() {
  if (download_) {
    const asks::Sent sent = download_->sent();
    download_.reset();  // the key first: the vault may take its time
    report_sent(channels_.vault, sent);
  }
  if (upload_) {
    const std::uint64_t draft = upload_->draft();
    upload_.reset();
    drop_draft(channels_.keeper, draft);
  }
  broken_write_.reset();
}

// What the gate said before it went may still lie in the socket: the end of a connection overtakes it when the gate
// left frames of ours unread. Only how much of a read went out still matters.
void Session::drain() {
  while (download_ && readable(channels_.gate.fd())) {
    const Result<std::optional<ipc::Frame>> frame = channels_.gate.receive();
    if (!frame.ok() || !*frame || (*frame)->number != asks::Freed::number || !freed(**frame)) return;
  }
}

}  // namespace bulkhead::porter
