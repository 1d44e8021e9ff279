#include "warden/throttle.h"

#include <arpa/inet.h>

#include "base/cat.h"
#include "base/die.h"
#include "base/encode.h"
#include "warden/limits.h"

namespace bulkhead::warden {
namespace {

// The bytes of a numeric address: 4, 16, or none.
Bytes address_bytes(std::string_view address) {
  const std::string text{address.substr(0, address.find('%'))};
  Bytes v4(4);
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return v4;
  Bytes v6(16);
  if (::inet_pton(AF_INET6, text.c_str(), v6.data()) != 1) return {};
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), v6.begin())) return {v6.begin() + 12, v6.end()};
  return v6;
}

std::string leading(std::string_view address, std::size_t v4_size) {
  const Bytes bytes = address_bytes(address);
  if (bytes.empty()) return cat("other ", address);
  if (bytes.size() == 4) return cat("v4 ", to_hex(ByteView{bytes}.first(v4_size)));
  return cat("v6 ", to_hex(ByteView{bytes}.first(8)));
}

}  // namespace

std::string network_of(std::string_view address) {
  return leading(address, 3);
}
std::string source_of(std::string_view address) {
  return leading(address, 4);
}

Throttle::Who Throttle::who(std::string_view account, std::string_view address) {
  // The network has no zero byte, so the two parts cannot run into each other.
  return {crypt::sha256({as_bytes("account "), as_bytes(network_of(address)), as_bytes(std::string_view{"\0", 1}),
                         as_bytes(account)}),
          crypt::sha256({as_bytes("source "), as_bytes(source_of(address))})};
}

void Throttle::configure(std::uint32_t attempts_max, MonotonicMs window_ms) {
  ENSURE(attempts_max >= 1 && window_ms >= 1);
  attempts_max_ = attempts_max;
  window_ms_ = window_ms;
}

bool Throttle::refuses(const Who& who, MonotonicMs now) {
  forget_older(now);
  const std::uint64_t source_max = std::uint64_t{attempts_max_} * attempts_per_source;
  return count(who.account) >= attempts_max_ || (!who.trusted && count(who.source) >= source_max);
}

void Throttle::failed(const Who& who, MonotonicMs now) {
  forget_older(now);
  add(who.account, now);
  add(who.source, now);
}

void Throttle::succeeded(const Who& who) {
  if (counts_.erase(who.account) == 0) return;
  std::erase_if(failures_, [&](const Failure& failure) { return failure.key == who.account; });
}

void Throttle::forget_older(MonotonicMs now) {
  while (!failures_.empty() && failures_.front().when + window_ms_ <= now) forget_first();
}

void Throttle::forget_first() {
  const auto found = counts_.find(failures_.front().key);
  ENSURE(found != counts_.end());
  if (--found->second == 0) counts_.erase(found);
  failures_.pop_front();
}

void Throttle::add(const Key& key, MonotonicMs now) {
  if (failures_.size() >= failures_remembered_max) forget_first();
  failures_.push_back({now, key});
  ++counts_[key];
}

std::uint32_t Throttle::count(const Key& key) const {
  const auto found = counts_.find(key);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace bulkhead::warden
