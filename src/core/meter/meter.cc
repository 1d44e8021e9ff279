#include "core/meter/meter.h"

#include <algorithm>

#include "base/cat.h"
#include "base/die.h"

namespace bulkhead::meter {
namespace {

constexpr UnixMs sweep_every_ms = 60'000;

std::string_view word(Scope scope) {
  switch (scope) {
    case Scope::principal:
      return "the user";
    case Scope::tenant:
      return "the tenant";
    case Scope::total:
      break;
  }
  return "the installation";
}
std::string_view word(Window window) {
  switch (window) {
    case Window::minute:
      return "per-minute";
    case Window::hour:
      return "hourly";
    case Window::day:
      return "daily";
    case Window::month:
      break;
  }
  return "30-day";
}
std::string_view word(Measure measure) {
  switch (measure) {
    case Measure::releases:
      return "release";
    case Measure::bytes:
      return "byte";
    case Measure::distinct_files:
      break;
  }
  return "file";
}

}  // namespace

std::string reason(const Verdict& verdict) {
  const Shortage& shortage = verdict.shortage;
  const std::string budget =
      cat("the ", word(shortage.window), " ", word(shortage.measure), " budget of ", word(verdict.scope));
  if (!shortage.again_at) return cat(budget, " is smaller than this release");
  return cat(budget, " is used up until ", format_timestamp(*shortage.again_at));
}

template <class Key>
Usage& UsageTable<Key>::of(const Key& key, UnixMs now) {
  if (const auto row = rows_.find(key); row != rows_.end()) return row->second;
  if (rows_.size() >= rows_max_ && now >= swept_at_ + sweep_every_ms) {
    swept_at_ = now;
    std::erase_if(rows_, [now](const auto& row) { return row.second.idle(now); });
  }
  if (rows_.size() >= rows_max_) return common_;
  // The newcomer may be one of those who were counted together: never forget what was released.
  if (common_.idle(now)) common_ = Usage{files_max_};
  return rows_.emplace(key, common_).first->second;
}

Meter::Meter(const Policy& policy, const Limits& limits)
    : policy_{policy},
      principals_{limits.principals_max, limits.files_per_principal_max},
      tenants_{limits.tenants_max, limits.files_per_tenant_max},
      total_{limits.files_in_total_max} {}

Verdict Meter::admit(std::string_view principal, std::uint32_t tenant, std::uint64_t file, std::uint64_t bytes,
                     UnixMs now) {
  ENSURE(principal.size() <= principal_size_max);
  now = advance(now);
  struct Row {
    Scope scope;
    Usage& usage;
    const Budgets& budgets;
  };
  const std::array rows{Row{Scope::principal, principals_.of(std::string{principal}, now), policy_.principal},
                        Row{Scope::tenant, tenants_.of(tenant, now), policy_.tenant},
                        Row{Scope::total, total_, policy_.total}};
  std::optional<Verdict> refusal;
  for (const Row& row : rows) {
    const auto shortage = row.usage.shortage(row.budgets, file, bytes, now);
    if (!shortage) continue;
    if (!refusal || lasts_longer(*shortage, refusal->shortage)) {
      refusal = Verdict{.admitted = false, .scope = row.scope, .shortage = *shortage};
    }
  }
  if (refusal) return *refusal;
  for (const Row& row : rows) row.usage.charge(row.budgets, file, bytes, now);
  return Verdict{.admitted = true};
}

void Meter::replay(std::string_view principal, std::uint32_t tenant, std::uint64_t file, std::uint64_t bytes,
                   UnixMs at) {
  ENSURE(principal.size() <= principal_size_max);
  at = advance(at);
  principals_.of(std::string{principal}, at).charge(policy_.principal, file, bytes, at);
  tenants_.of(tenant, at).charge(policy_.tenant, file, bytes, at);
  total_.charge(policy_.total, file, bytes, at);
}

UnixMs Meter::advance(UnixMs now) {
  now_ = std::max(now_, std::min(now, time_max));
  return now_;
}

}  // namespace bulkhead::meter
