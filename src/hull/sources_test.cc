#include "hull/sources.h"

#include <doctest/doctest.h>

using namespace bulkhead::hull;

TEST_CASE("caps per source and in total") {
  Sources sources{{3, 2}};
  CHECK(sources.admit("10.0.0.1", 0));
  CHECK(sources.admit("10.0.0.1", 0));
  CHECK_FALSE(sources.admit("10.0.0.1", 0));
  CHECK(sources.admit("10.0.0.2", 0));
  CHECK_FALSE(sources.admit("10.0.0.3", 0));
  sources.leave("10.0.0.1");
  CHECK(sources.admit("10.0.0.3", 0));
  CHECK(sources.connections() == 3);
}

TEST_CASE("penalties turn a source away, wear off, and touch no other") {
  Sources sources{{100, 100}};
  sources.penalise("10.0.0.1", penalty_max, 0);
  CHECK_FALSE(sources.admit("10.0.0.1", 0));
  CHECK_FALSE(sources.admit("10.0.0.1", penalty_step_ms - 1));
  CHECK(sources.admit("10.0.0.2", 0));
  CHECK(sources.admit("10.0.0.1", penalty_step_ms));
}

TEST_CASE("a sweep keeps what still counts") {
  Sources sources{{100, 1}};
  CHECK(sources.admit("10.0.0.1", 0));
  sources.penalise("10.0.0.2", penalty_max, 0);
  sources.sweep(1);
  CHECK_FALSE(sources.admit("10.0.0.1", 1));
  CHECK_FALSE(sources.admit("10.0.0.2", 1));
  sources.sweep(penalty_step_ms * (penalty_max + 1));
  CHECK(sources.admit("10.0.0.2", penalty_step_ms * (penalty_max + 1)));
}

TEST_CASE("IPv6 counts by /64, mapped IPv4 by address") {
  CHECK(source_key("2001:db8:1:2::1") == source_key("2001:db8:1:2:ffff::9"));
  CHECK(source_key("2001:db8:1:2::1") != source_key("2001:db8:1:3::1"));
  CHECK(source_key("::ffff:10.0.0.1") != source_key("::ffff:10.0.0.2"));
}
