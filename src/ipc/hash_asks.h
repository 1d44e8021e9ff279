#pragma once
// warden -> hasher: one computation over one password, then the helper exits.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// argon2id (RFC 9106)
struct HashPassword {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::array<std::uint8_t, 32> tag{};
    static auto fields(auto& m, auto&& f) { return f(m.tag); }
  };
  Secret password;
  std::array<std::uint8_t, 16> salt{};
  std::uint32_t memory_kib = 0;
  std::uint32_t passes = 0;
  static auto fields(auto& m, auto&& f) { return f(m.password, m.salt, m.memory_kib, m.passes); }
};

// Whether the password is that of a hash that another server made (core/foreign_hash).
struct CheckForeign {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    bool matches = false;
    static auto fields(auto& m, auto&& f) { return f(m.matches); }
  };
  Secret password;
  std::string hash;  // its text
  static auto fields(auto& m, auto&& f) { return f(m.password, m.hash); }
};

inline constexpr std::array hash_asks{
    ipc::Row{HashPassword::number, "hash_password", ipc::Phase::any, ipc::Times::once, 1'100},
    ipc::Row{CheckForeign::number, "check_foreign", ipc::Phase::any, ipc::Times::once, 1'600},
};
static_assert(ipc::sorted_unique(hash_asks));

}  // namespace bulkhead::asks
