#pragma once
// Egress budgets: how much may leave per minute, hour, day and 30 days, per principal, per tenant and in total.
// Pure: the time is passed in. What is counted, and how finely, stands in usage.h.
//
// Time. The meter's clock is the latest time it was ever given, in the ledger too: setting the clock back refills
// nothing, it only makes budgets come back later. A clock set forward refills as if the time had passed.
//
// Memory. At most `principals_max` principals and `tenants_max` tenants have counts of their own. Whoever comes beyond
// that shares one common row with all others beyond it, so together they have the budget of one; when a place falls
// free, the newcomer takes the common row's counts along. So a full table refuses early and never admits too much.
// Full rows are below 8 KiB of counts and 16 bytes per remembered file; with the default limits below 300 MiB in all,
// in practice a few hundred bytes per principal.
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/meter/usage.h"

namespace bulkhead::meter {

struct Policy {
  Budgets principal{};
  Budgets tenant{};
  Budgets total{};
};

struct Limits {
  std::size_t principals_max = 8'192;
  std::size_t tenants_max = 1'024;
  std::size_t files_per_principal_max = 1'024;
  std::size_t files_per_tenant_max = 4'096;
  std::size_t files_in_total_max = 16'384;
};
inline constexpr std::size_t principal_size_max = 64;  // bytes

enum class Scope : std::uint8_t { principal, tenant, total };

// Refused unless said otherwise.
struct [[nodiscard]] Verdict {
  bool admitted = false;
  // When refused: the shortage that lasts longest, and whose it is.
  Scope scope = Scope::total;
  Shortage shortage{};
};

// "the hourly byte budget of the tenant is used up until 2026-11-21T23:20:00": for a refused verdict.
std::string reason(const Verdict& verdict);

template <class Key>
class UsageTable {
 public:
  UsageTable(std::size_t rows_max, std::size_t files_max) : rows_max_{rows_max}, files_max_{files_max} {}
  // Valid until the next call.
  Usage& of(const Key& key, UnixMs now);

 private:
  std::unordered_map<Key, Usage> rows_;
  std::size_t rows_max_;
  std::size_t files_max_;
  Usage common_{files_max_};
  UnixMs swept_at_ = 0;
};

class Meter {
 public:
  explicit Meter(const Policy& policy, const Limits& limits = {});

  // Whether a release of `bytes` of `file` fits all budgets; if so it is charged to all three, else to none.
  // `principal` has at most principal_size_max bytes.
  Verdict admit(std::string_view principal, std::uint32_t tenant, std::uint64_t file, std::uint64_t bytes, UnixMs now);

  // Charges a release of the past, whether it fits or not. At start the ledger's releases of the last 31 days are
  // replayed in its order, before the first admit().
  void replay(std::string_view principal, std::uint32_t tenant, std::uint64_t file, std::uint64_t bytes, UnixMs at);

 private:
  UnixMs advance(UnixMs now);

  Policy policy_;
  UsageTable<std::string> principals_;
  UsageTable<std::uint32_t> tenants_;
  Usage total_;
  UnixMs now_ = 0;
};

}  // namespace bulkhead::meter
