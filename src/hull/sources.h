#pragma once
// What one source address may do before anybody has signed on: connections at a time, and penalties for refused sign-ons and
// broken grammar that wear off. Pure: time is passed in. An IPv6 source counts by its /64.
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace bulkhead::hull {

struct SourceLimits {
  std::uint32_t connections_max = 0;
  std::uint32_t connections_per_source_max = 0;
};

class Sources {
 public:
  explicit Sources(const SourceLimits& limits) : limits_{limits} {}

  // True, and counted, if one more connection from `address` may be served now.
  [[nodiscard]] bool admit(const std::string& address, MonotonicMs now);
  void leave(const std::string& address);
  // A refused sign-on weighs 1, broken grammar 20. At penalty_max the source is turned away until enough has worn off.
  void penalise(const std::string& address, std::uint32_t weight, MonotonicMs now);
  // Forgets sources without connections and penalty.
  void sweep(MonotonicMs now);

  std::size_t connections() const { return connections_; }

 private:
  struct Source {
    std::uint32_t connections = 0;
    std::uint32_t penalty = 0;      // wears off by one each penalty_step_ms
    MonotonicMs penalty_since = 0;
  };
  Source& at(const std::string& address, MonotonicMs now);

  SourceLimits limits_;
  std::unordered_map<std::string, Source> sources_;
  std::size_t connections_ = 0;
};

inline constexpr std::uint32_t penalty_max = 60;
inline constexpr MonotonicMs penalty_step_ms = 2'000;
inline constexpr std::size_t sources_max = 100'000;

// "10.1.2.3" as it is; "2001:db8:1:2:3:4:5:6" as its /64.
std::string source_key(const std::string& address);

}  // namespace bulkhead::hull
