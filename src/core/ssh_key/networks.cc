#include "core/ssh_key/networks.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encode.h"

namespace bulkhead::ssh_key {
namespace {

using Address = std::array<std::uint8_t, 16>;
constexpr std::size_t v4_at = 12;  // where the four bytes stand in a mapped address

// Four decimal numbers without leading zeros (RFC 6943 section 3.1.1: nothing looser).
bool parse_v4(std::string_view text, std::uint8_t* out) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return false;
    const Result<std::uint64_t> number = parse_decimal(text.substr(0, dot), 255);
    if (!number.ok()) return false;
    out[part] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

// A run of 16-bit groups, the last of which may be an IPv4 address; how many bytes, or nothing.
std::optional<std::size_t> parse_groups(std::string_view text, Address& out) {
  std::size_t size = 0;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, colon);
    if (colon == text.size() && group.find('.') != std::string_view::npos) {
      if (size + 4 > out.size() || !parse_v4(group, &out[size])) return {};
      return size + 4;
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), number, 16);
    if (group.empty() || group.size() > 4 || error != std::errc{} || end != group.data() + group.size()) return {};
    if (size + 2 > out.size()) return {};
    out[size++] = static_cast<std::uint8_t>(number >> 8U);
    out[size++] = static_cast<std::uint8_t>(number);
    if (colon == text.size()) return size;
    text.remove_prefix(colon + 1);
    if (text.empty()) return {};
  }
  return size;
}

std::optional<Address> parse_v6(std::string_view text) {
  Address head{};
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (parse_groups(text, head) != head.size()) return {};
    return head;
  }
  Address tail{};
  const auto before = parse_groups(text.substr(0, gap), head);
  const auto after = parse_groups(text.substr(gap + 2), tail);
  if (!before || !after || *before + *after > head.size() - 2 ||
      text.substr(0, gap).find('.') != std::string_view::npos)
    return {};
  std::copy_n(tail.begin(), *after, head.end() - static_cast<std::ptrdiff_t>(*after));
  return head;
}

std::optional<Address> address_of(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  Address out{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!parse_v4(text, &out[v4_at])) return {};
  return out;
}

bool bit(const Address& address, unsigned at) {
  return (address[at / 8] >> (7 - at % 8) & 1) != 0;
}

}  // namespace

Result<Networks> Networks::parse(std::string_view list) {
  Networks out;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view entry = list.substr(0, comma);
    const std::size_t slash = entry.find('/');
    const std::optional<Address> address = address_of(entry.substr(0, slash));
    if (!address) return fail(Errc::invalid, "a list of networks with something else in it");
    const bool v4 = entry.find(':') == std::string_view::npos;
    Network network{*address, 128};
    if (slash != std::string_view::npos) {
      const unsigned bits = static_cast<unsigned>(TRY(parse_decimal(entry.substr(slash + 1), v4 ? 32 : 128)));
      network.bits = v4 ? 8 * v4_at + bits : bits;
    }
    for (unsigned at = network.bits; at < 128; ++at) {
      if (bit(*address, at)) return fail(Errc::invalid, "a network with bits beyond its prefix");
    }
    if (out.networks_.size() == networks_max) return fail(Errc::invalid, "a list of more networks than are taken");
    out.networks_.push_back(network);
    if (comma == list.size()) return out;
    list.remove_prefix(comma + 1);
  }
}

bool Networks::contain(std::string_view text) const {
  const std::optional<Address> address = address_of(text);
  if (!address) return false;
  return std::ranges::any_of(networks_, [&](const Network& network) {
    for (unsigned at = 0; at < network.bits; ++at) {
      if (bit(network.address, at) != bit(*address, at)) return false;
    }
    return true;
  });
}

}  // namespace bulkhead::ssh_key
