// The outbox of identity.db: what chronicle has not taken yet.
#include "base/cat.h"
#include "base/log.h"
#include "warden/identity.h"

namespace bulkhead::warden {

Result<void> Identity::add_event(asks::Event event) {
  event.cut();
  const bool kept = TRY(outbox_.add(db_, ipc::encode(event)));
  if (!kept)
    log(Level::error, "event_not_kept",
        {{"why", "the log is too far behind"}, {"kind", cat(static_cast<int>(event.kind))}});
  return {};
}

Result<asks::EventsAfter::Reply> Identity::events_after(std::uint64_t after) {
  db::Outbox::Batch batch = TRY(outbox_.after(db_, after));
  asks::EventsAfter::Reply reply;
  reply.last = batch.last;
  for (db::Outbox::Stored& row : batch.rows) reply.events.push_back({row.sequence, std::move(row.body)});
  return reply;
}

}  // namespace bulkhead::warden
