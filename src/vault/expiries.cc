#include "vault/expiries.h"

#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"

namespace bulkhead::vault {

void Expiries::replay(const ledger::Entry& entry) {
  last_ = std::max(last_, entry.time);
  const auto* destroyed = std::get_if<ledger::Destroyed>(&entry.event);
  if (destroyed == nullptr) return;
  const Result<std::uint64_t> tenant = parse_decimal(destroyed->tenant, UINT32_MAX);
  if (!tenant.ok() || destroyed->expiry_day == retention::kept || destroyed->expiry_day > UINT32_MAX) return;
  replayed_.push_back({static_cast<std::uint32_t>(*tenant), static_cast<std::uint32_t>(destroyed->expiry_day)});
}

Result<void> Expiries::finish_replay() {
  if (last_ > 0) clock_ = retention::CalmClock{last_};
  const std::vector<BucketName> names = std::exchange(replayed_, {});
  const std::size_t there = TRY(keys_.destroy(names));
  if (there > 0) log(Level::warning, "buckets that the ledger calls destroyed were there", {{"count", cat(there)}});
  return {};
}

Result<Bytes> Expiries::rewrap(const asks::RewrapItem& item, UnixMs now) {
  const retention::Day today = retention::day_of(now);
  const bool ahead = item.to > today && item.to <= today + retention::days_max + 30;
  if (item.to != retention::kept && !ahead) return fail(Errc::invalid, "rewrap: a day that is not ahead");
  const Secret key = TRY(keys_.unwrap(item.wrapped_key, item.tag, item.organisation, item.from));
  return keys_.wrap(key.view(), item.tag, item.organisation, item.to);
}

Result<asks::Rewrap::Reply> Expiries::rewrap(const asks::Rewrap& ask, UnixMs now) {
  if (ask.items.size() > asks::rewraps_max) return fail(Errc::invalid, "rewrap: too many at once");
  if (rewraps_ + ask.items.size() > rewraps_of_a_run_max) return fail(Errc::exhausted, "rewrap: too many in one run");
  rewraps_ += static_cast<std::uint32_t>(ask.items.size());
  asks::Rewrap::Reply reply;
  std::size_t refused = 0;
  for (const asks::RewrapItem& item : ask.items) {
    Result<Bytes> wrapped = rewrap(item, now);
    if (!wrapped.ok()) ++refused;
    if (!wrapped.ok() && (wrapped.error().kind() == Errc::io || wrapped.error().kind() == Errc::storage_full)) {
      return wrapped.error();
    }
    reply.wrapped_keys.push_back(wrapped.ok() ? std::move(*wrapped) : Bytes{});
  }
  if (refused > 0) log(Level::warning, "keys were not wrapped for another bucket", {{"count", cat(refused)}});
  return reply;
}

asks::DueBuckets::Reply Expiries::due() const {
  asks::DueBuckets::Reply reply;
  if (!calm_) return reply;
  for (const BucketName& name : keys_.due(*calm_, asks::due_buckets_max)) {
    reply.buckets.push_back({name.tenant, name.expiry_day});
  }
  return reply;
}

Result<std::vector<BucketName>> Expiries::enter(const asks::DestroyBuckets& ask, UnixMs now) {
  if (ask.buckets.size() > asks::due_buckets_max) return fail(Errc::invalid, "destroy: too many at once");
  std::vector<BucketName> names;
  for (const asks::BucketName& bucket : ask.buckets) {
    const BucketName name{bucket.organisation, bucket.day};
    if (!calm_ || !retention::is_over(name.expiry_day, *calm_)) {
      return fail(Errc::conflict, cat("destroy: day ", name.expiry_day, " is not over"));
    }
    if (keys_.has(name)) names.push_back(name);
  }
  for (const BucketName& name : names) {
    TRY(ledger_.append(ledger::Destroyed{cat(name.tenant), name.expiry_day}, now));
  }
  return names;
}

Result<void> Expiries::destroy(std::span<const BucketName> names) {
  if (names.empty()) return {};
  TRY(keys_.destroy(names));
  log(Level::info, "buckets of keys destroyed", {{"count", cat(names.size())}});
  return {};
}

}  // namespace bulkhead::vault
