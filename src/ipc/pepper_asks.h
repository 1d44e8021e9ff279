#pragma once
// warden -> vault: the pepper of password verifiers, so that a stolen identity database cannot be attacked alone.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// HMAC-SHA-256 under a key that never leaves the vault, of label, user id and argon2id tag.
struct Pepper {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::array<std::uint8_t, 32> verifier{};
    static auto fields(auto& m, auto&& f) { return f(m.verifier); }
  };
  std::string user;
  std::array<std::uint8_t, 32> tag{};
  static auto fields(auto& m, auto&& f) { return f(m.user, m.tag); }
};

inline constexpr std::array pepper_asks{
    ipc::Row{Pepper::number, "pepper", ipc::Phase::any, ipc::Times::unlimited, 64},
};
static_assert(ipc::sorted_unique(pepper_asks));

}  // namespace bulkhead::asks
