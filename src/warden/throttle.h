#pragma once
// How many sign-ons failed lately, per account and network, and per source. A sliding window in bounded memory: when it
// is full the oldest failure is forgotten. Accounts are never locked as such: another network can still sign on
// . Names of accounts that do not exist count like others, so that being throttled tells nothing. No clock.
#include <deque>
#include <map>
#include <string_view>

#include "base/clock.h"
#include "crypt/hash.h"

namespace bulkhead::warden {

// The /24 of an IPv4 address, the /64 of an IPv6 address; an IPv6 address that maps an IPv4 one is that one. Any other
// text is its own network.
std::string network_of(std::string_view address);
// One sender: an IPv4 address, or the /64 of an IPv6 address, which one host has to itself.
std::string source_of(std::string_view address);

class Throttle {
 public:
  using Key = crypt::Sha256;

  struct Who {
    Key account;  // on one network
    Key source;
    bool trusted = false;  // the source: only the account counts
  };
  // `account` may be any text a peer sent.
  static Who who(std::string_view account, std::string_view address);

  // Both are at least 1.
  void configure(std::uint32_t attempts_max, MonotonicMs window_ms);

  [[nodiscard]] bool refuses(const Who& who, MonotonicMs now);
  void failed(const Who& who, MonotonicMs now);
  // Forgets the account's failures on this network. The source's stay: an own account must not wipe the slate.
  void succeeded(const Who& who);

  std::size_t remembered() const { return failures_.size(); }

 private:
  struct Failure {
    MonotonicMs when;
    Key key;
  };
  void forget_older(MonotonicMs now);
  void forget_first();
  void add(const Key& key, MonotonicMs now);
  std::uint32_t count(const Key& key) const;

  std::uint32_t attempts_max_ = 1;
  MonotonicMs window_ms_ = 1;
  std::deque<Failure> failures_;         // oldest first
  std::map<Key, std::uint32_t> counts_;  // of failures_
};

}  // namespace bulkhead::warden
