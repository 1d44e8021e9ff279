#pragma once
// Scopes: what of its owner's rights a session may use. A session that began with a password or a key holds all; an API
// token holds what it was made with, and never `session`. They are signed in the capability, so that keeper, vault and
// warden each decide by them, by tables of asks (ScopeRow): what stands in no table is for whole sessions only.
#include <cstdint>
#include <initializer_list>
#include <span>

namespace bulkhead::capability {

// The numbers are in signed bytes and in databases: never reuse one.
enum class Scope : std::uint8_t {
  read = 1,        // list and download
  write = 2,       // upload, and make folders
  remove = 4,      // delete
  administer = 8,  // accounts, groups, access and settings, for those whose role allows it
  session = 16,    // everything else: one's own passwords, tokens and keys, and whatever no table names
};

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(Scope scope) : bits_{static_cast<std::uint8_t>(scope)} {}  // NOLINT(google-explicit-constructor)
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(scope));
  }
  static constexpr Scopes all() { return from_bits(all_bits); }
  // Bits that are no scope are dropped.
  static constexpr Scopes from_bits(std::uint64_t bits) {
    Scopes scopes;
    scopes.bits_ = static_cast<std::uint8_t>(bits & all_bits);
    return scopes;
  }
  static constexpr std::uint8_t all_bits = 31;

  [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr bool has(Scopes wanted) const { return (bits_ & wanted.bits_) == wanted.bits_; }
  friend constexpr bool operator==(Scopes, Scopes) = default;

 private:
  std::uint8_t bits_ = 0;
};

// What an API token may be made with.
inline constexpr Scopes token_scopes{Scope::read, Scope::write, Scope::remove, Scope::administer};

// An ask, and the scopes that it takes: all of `needed`, or all of `instead` where that names any.
struct ScopeRow {
  std::uint16_t ask;
  Scopes needed;
  Scopes instead = {};
};

// Whether `held` suffices for this ask.
[[nodiscard]] constexpr bool admits(std::span<const ScopeRow> table, Scopes held, std::uint16_t ask) {
  if (held.has(Scope::session)) return true;
  for (const ScopeRow& row : table) {
    if (row.ask != ask) continue;
    return held.has(row.needed) || (!row.instead.empty() && held.has(row.instead));
  }
  return false;
}

}  // namespace bulkhead::capability
