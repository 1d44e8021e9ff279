#include "hull/sources.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/encode.h"

namespace bulkhead::hull {

std::string source_key(const std::string& address) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return address;
  static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), std::begin(parsed.s6_addr))) return address;
  return to_hex(ByteView{parsed.s6_addr}.first(8));
}

Sources::Source& Sources::at(const std::string& address, MonotonicMs now) {
  Source& source = sources_[source_key(address)];
  const auto steps = static_cast<std::uint64_t>(std::max<MonotonicMs>(0, now - source.penalty_since) / penalty_step_ms);
  source.penalty -= static_cast<std::uint32_t>(std::min<std::uint64_t>(source.penalty, steps));
  source.penalty_since += static_cast<MonotonicMs>(steps) * penalty_step_ms;
  if (source.penalty == 0) source.penalty_since = now;
  return source;
}

bool Sources::admit(const std::string& address, MonotonicMs now) {
  if (connections_ >= limits_.connections_max) return false;
  if (sources_.size() >= sources_max && !sources_.contains(source_key(address))) return false;
  Source& source = at(address, now);
  if (source.connections >= limits_.connections_per_source_max || source.penalty >= penalty_max) return false;
  ++source.connections;
  ++connections_;
  return true;
}

void Sources::leave(const std::string& address) {
  const auto found = sources_.find(source_key(address));
  if (found == sources_.end() || found->second.connections == 0) return;
  --found->second.connections;
  --connections_;
}

void Sources::penalise(const std::string& address, std::uint32_t weight, MonotonicMs now) {
  Source& source = at(address, now);
  source.penalty = std::min(source.penalty + weight, 2 * penalty_max);
}

void Sources::sweep(MonotonicMs now) {
  std::erase_if(sources_, [&](auto& entry) {
    return entry.second.connections == 0 &&
           now - entry.second.penalty_since >= static_cast<MonotonicMs>(entry.second.penalty) * penalty_step_ms;
  });
}

}  // namespace bulkhead::hull
