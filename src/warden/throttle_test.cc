#include "warden/throttle.h"

#include <doctest/doctest.h>

#include "base/cat.h"
#include "warden/limits.h"

using namespace bulkhead;
using warden::Throttle;

TEST_CASE("throttle: networks and sources of addresses") {
  CHECK(warden::network_of("192.0.2.7") == warden::network_of("192.0.2.250"));
  CHECK(warden::network_of("192.0.2.7") != warden::network_of("192.0.3.7"));
  CHECK(warden::source_of("192.0.2.7") != warden::source_of("192.0.2.8"));
  CHECK(warden::network_of("::ffff:192.0.2.7") == warden::network_of("192.0.2.9"));
  CHECK(warden::source_of("2001:db8::1") == warden::source_of("2001:db8::ffff:1"));
  CHECK(warden::source_of("2001:db8:0:1::1") != warden::source_of("2001:db8:0:2::1"));
  CHECK(warden::network_of("fe80::1%eth0") == warden::network_of("fe80::2"));
  CHECK(warden::network_of("") == warden::network_of(""));
  CHECK(warden::network_of("nonsense") != warden::network_of("nonsensf"));
}

TEST_CASE("throttle: an account is refused on its network only, until the window has passed") {
  Throttle throttle;
  throttle.configure(3, 1000);
  const Throttle::Who here = Throttle::who("anna", "192.0.2.7");
  for (MonotonicMs now = 0; now < 3; ++now) {
    CHECK_FALSE(throttle.refuses(here, now));
    throttle.failed(here, now);
  }
  CHECK(throttle.refuses(here, 3));
  CHECK(throttle.refuses(Throttle::who("anna", "192.0.2.99"), 3));
  CHECK_FALSE(throttle.refuses(Throttle::who("anna", "198.51.100.7"), 3));
  CHECK_FALSE(throttle.refuses(Throttle::who("berta", "192.0.2.7"), 3));
  CHECK(throttle.refuses(here, 999));
  CHECK_FALSE(throttle.refuses(here, 1000));  // the first of the three is a window old
}

TEST_CASE("throttle: one source is refused after many failures over many accounts, whatever its own successes") {
  Throttle throttle;
  throttle.configure(2, 1000);
  const Throttle::Who own = Throttle::who("own", "192.0.2.7");
  for (std::uint32_t i = 0; i < 2 * warden::attempts_per_source; ++i) {
    const Throttle::Who guess = Throttle::who(cat("user", i), "192.0.2.7");
    CHECK_FALSE(throttle.refuses(guess, 1));
    throttle.failed(guess, 1);
    throttle.succeeded(own);
  }
  CHECK(throttle.refuses(Throttle::who("another", "192.0.2.7"), 2));
  CHECK(throttle.refuses(own, 2));
  CHECK_FALSE(throttle.refuses(Throttle::who("another", "192.0.2.8"), 2));
}

TEST_CASE("throttle: a success forgets the account's own failures") {
  Throttle throttle;
  throttle.configure(2, 1000);
  const Throttle::Who who = Throttle::who("anna", "192.0.2.7");
  throttle.failed(who, 0);
  throttle.succeeded(who);
  throttle.failed(who, 1);
  CHECK_FALSE(throttle.refuses(who, 2));
  throttle.failed(who, 2);
  CHECK(throttle.refuses(who, 3));
}

TEST_CASE("throttle: memory is bounded, and what is old goes away") {
  Throttle throttle;
  throttle.configure(2, 1'000'000);
  for (std::uint32_t i = 0; i < warden::failures_remembered_max; ++i) {
    throttle.failed(Throttle::who(cat("user", i), cat("10.", i / 65536 % 256, ".", i / 256 % 256, ".", i % 256)), i);
  }
  CHECK(throttle.remembered() == warden::failures_remembered_max);
  CHECK_FALSE(throttle.refuses(Throttle::who("x", "192.0.2.1"), 10'000'000));
  CHECK(throttle.remembered() == 0);
}
