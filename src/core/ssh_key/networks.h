#pragma once
// Lists of networks as the critical option source-address has them: addresses or CIDR blocks (RFC 4632, RFC 4291
// section 2.3), IPv4 and IPv6, joined by commas. Pure.
#include <array>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bulkhead::ssh_key {

inline constexpr std::size_t networks_max = 64;

class Networks {
 public:
  // Errc::invalid for an empty list, one with names, wildcards or negations, or a block with bits beyond its prefix.
  static Result<Networks> parse(std::string_view list);
  // `address` is numeric, without port or zone; an IPv6 address that maps an IPv4 one is that one. Any other text is in
  // no network.
  [[nodiscard]] bool contain(std::string_view address) const;

 private:
  // IPv4 as ::ffff:a.b.c.d
  struct Network {
    std::array<std::uint8_t, 16> address{};
    unsigned bits = 0;
  };
  std::vector<Network> networks_;
};

}  // namespace bulkhead::ssh_key
