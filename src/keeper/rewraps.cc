#include "keeper/rewraps.h"

#include <utility>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_batch =
    "SELECT e.version, e.organisation, v.tag, v.wrapped_key, e.day, e.wanted FROM expiries e "
    "JOIN versions v ON v.id = e.version WHERE e.day <> e.wanted AND e.version > $1 ORDER BY e.version LIMIT $2";
constexpr db::Sql update_key = "UPDATE versions SET wrapped_key = $2 WHERE id = $1 AND wrapped_key = $3";
// `day <> 0` is what its index says of itself.
constexpr db::Sql select_in_bucket =
    "SELECT EXISTS (SELECT 1 FROM expiries WHERE day = $1 AND day <> 0 AND organisation = $2)";

std::uint32_t small(db::Row& row, int column) {
  return static_cast<std::uint32_t>(row.int64(column));
}

}  // namespace

Result<void> Rewraps::tick(MonotonicMs running) {
  if (service_ == nullptr || waiting_) return {};
  if (running >= wrap_from_) {
    const bool sent = TRY(send());
    if (sent) return {};
    wrap_from_ = running + (std::exchange(troubled_, false) ? trouble_pause_ms : rewrap_pause_ms);
  }
  if (!due_.empty()) return destroy(std::exchange(due_, {}));
  if (running < destroy_from_) return {};
  destroy_from_ = running + destroy_pause_ms;
  ask_due();
  return {};
}

Result<bool> Rewraps::send() {
  asks::Rewrap ask;
  std::vector<Sent> sent;
  const auto add = [&](db::Row& row) -> Result<void> {
    asks::RewrapItem item{small(row, 1), {}, to_bytes(row.blob(3)), small(row, 4), small(row, 5)};
    if (row.blob(2).size() != item.tag.size()) return fail(Errc::corrupt, "the catalog holds a tag of the wrong size");
    copy_to(item.tag, row.blob(2));
    sent.push_back({static_cast<std::uint64_t>(row.int64(0)), item.to, item.wrapped_key});
    ask.items.push_back(std::move(item));
    return {};
  };
  TRY(store_.db.query(select_batch, add, after_, asks::rewraps_max));
  if (sent.empty()) {
    after_ = 0;
    return false;
  }
  after_ = sent.back().version;
  waiting_ = true;
  service_->ask<asks::Rewrap>(
      vault_, ask, [this, sent = std::move(sent)](Result<asks::Rewrap::Reply> reply) { answered(sent, reply); });
  return true;
}

void Rewraps::answered(const std::vector<Sent>& sent, const Result<asks::Rewrap::Reply>& reply) {
  waiting_ = false;
  Result<void> done = reply.ok() ? take(sent, *reply) : Result<void>{reply.error()};
  if (done.ok()) {
    const Result<bool> more = send();
    if (!more.ok()) done = more.error();
  }
  if (done.ok()) return;
  troubled_ = true;
  after_ = INT64_MAX;  // no further in this pass
  log(Level::warning, "keys were not wrapped anew", {{"why", done.error().message()}});
}

Result<void> Rewraps::take(const std::vector<Sent>& sent, const asks::Rewrap::Reply& reply) {
  if (reply.wrapped_keys.size() != sent.size()) return fail(Errc::io, "the vault answered for something else");
  return store_.turn.ask([&]() -> Result<void> {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (reply.wrapped_keys[i].empty()) troubled_ = true;  // the vault says why
      if (reply.wrapped_keys[i].empty()) continue;
      const std::int64_t replaced =
          TRY(store_.db.run(update_key, sent[i].version, reply.wrapped_keys[i], sent[i].wrapped_key));
      if (replaced == 1) TRY(store_.expiries.rewrapped(sent[i].version, sent[i].to));
    }
    return {};
  });
}

void Rewraps::ask_due() {
  waiting_ = true;
  service_->ask<asks::DueBuckets>(vault_, {}, [this](Result<asks::DueBuckets::Reply> reply) {
    waiting_ = false;
    if (reply.ok())
      due_ = std::move(reply->buckets);
    else
      destroy_from_ = 0;  // it may not be open yet
  });
}

Result<void> Rewraps::destroy(const std::vector<asks::BucketName>& due) {
  asks::DestroyBuckets ask;
  for (const asks::BucketName& bucket : due) {
    const auto used = TRY(
        store_.db.one(select_in_bucket, [](db::Row& row) { return row.boolean(0); }, bucket.day, bucket.organisation));
    if (!used.value_or(true)) ask.buckets.push_back(bucket);
  }
  if (ask.buckets.empty()) return {};
  waiting_ = true;
  service_->ask<asks::DestroyBuckets>(vault_, ask, [this, count = ask.buckets.size()](Result<ipc::Nothing> reply) {
    waiting_ = false;
    if (reply.ok()) return log(Level::info, "buckets of keys ended", {{"count", cat(count)}});
    log(Level::warning, "buckets of keys did not end", {{"why", reply.error().message()}});
  });
  return {};
}

}  // namespace bulkhead::keeper
