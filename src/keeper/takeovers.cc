// Answers: an upload that another connection of the same user holds. That one is ended, and the asker waits until its
// porter has let go, which takes as long as one ask of that porter.
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "keeper/answers.h"

namespace bulkhead::keeper {
namespace {

constexpr std::size_t waiting_max = 256;
constexpr MonotonicMs wait_ms = 8'000;

}  // namespace

void Answers::take_upload(ipc::Call& call) {
  const auto ask = ipc::decode<asks::TakeUpload>(call.frame.body, "ask");
  if (!ask.ok()) return call.service.end(call.ticket.peer, ask.error().message());
  const Result<Asker> asker = sessions_.asker(call.ticket.peer, asks::TakeUpload::number, clock_());
  if (!asker.ok()) return call.service.refuse(call.ticket, asker.error());
  const auto holder = drafts_.holder(*asker, ask->upload);
  const std::uint64_t connection = holder.ok() && *holder ? sessions_.connection_of(**holder) : 0;
  // Its own connection is not ended: then the asker would not hear the answer.
  const bool others = connection != 0 && connection != sessions_.connection_of(call.ticket.peer);
  if (!others || !cut_off_) return give_upload(call.service, call.ticket, *ask);
  // The newest request is the one that somebody waits for.
  std::erase_if(waiting_, [&](const Waiting& older) {
    if (older.ask.upload != ask->upload) return false;
    older.service->refuse(older.ticket, fail(Errc::conflict, "a newer request goes on with this upload"));
    return true;
  });
  if (waiting_.size() >= waiting_max)
    return call.service.refuse(call.ticket, fail(Errc::exhausted, "busy: try again later"));
  waiting_.push_back({&call.service, call.ticket, *ask, monotonic_now_ms() + wait_ms});
  cut_off_(connection);
}

void Answers::give_upload(ipc::Service& service, const ipc::Ticket& ticket, const asks::TakeUpload& ask) {
  const auto give = [&]() -> Result<Drafts::Opened> {
    const Asker asker = TRY(sessions_.asker(ticket.peer, asks::TakeUpload::number, clock_()));
    Drafts::Opened taken = TRY(drafts_.take_upload(asker, ticket.peer, ask));
    begin_upload(ticket.peer, asker, taken.reply);
    return taken;
  };
  Result<Drafts::Opened> opened = give();
  if (!opened.ok()) return service.refuse(ticket, opened.error());
  std::vector<Fd> descriptors;
  descriptors.push_back(std::move(opened->blob));
  service.reply(ticket, ipc::encode(opened->reply), std::move(descriptors));
}

bool Answers::is_held(const ipc::Ticket& ticket, const asks::TakeUpload& ask) {
  const Result<Asker> asker = sessions_.asker(ticket.peer, asks::TakeUpload::number, clock_());
  if (!asker.ok()) return false;
  const auto holder = drafts_.holder(*asker, ask.upload);
  return holder.ok() && *holder;
}

// Those whose upload was let go, and, if `late`, those that have waited long enough.
void Answers::give_waiting(bool late) {
  const MonotonicMs now = monotonic_now_ms();
  for (const Waiting& each : std::exchange(waiting_, {})) {
    if (sessions_.connection_of(each.ticket.peer) == 0) continue;  // gone itself
    if (is_held(each.ticket, each.ask) && !(late && now >= each.until))
      waiting_.push_back(each);
    else
      give_upload(*each.service, each.ticket, each.ask);
  }
}

}  // namespace bulkhead::keeper
