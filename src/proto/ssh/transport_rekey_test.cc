// Rekeys of either side while data flows, by bytes and by time, and storms of them.
#include <doctest/doctest.h>

#include "proto/ssh/client_double.h"

namespace bulkhead::ssh {
namespace {

constexpr TransportLimits small_limits{.rekey_bytes = 20'000, .rekey_ms = MonotonicMs{3'600} * 1'000};

Bytes data_message(std::uint32_t serial) {
  return Writer{}.u8(94).u32(serial).bytes(Bytes(900)).take();
}

std::uint32_t serial_of(const Bytes& message) {
  return Reader{ByteView{message}.subspan(1, 4)}.u32();
}

TEST_CASE("data in both directions survives rekeys by bytes, in order") {
  for (std::string_view cipher : {"aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr"}) {
    for (bool strict : {true, false}) {
      Offer offer;
      offer.ciphers = {std::string{cipher}};
      if (!strict) offer.exchanges = {"curve25519-sha256"};
      if (!strict && cipher.starts_with("chacha")) continue;
      Pair pair{offer, small_limits};
      REQUIRE(pair.connect());
      pair.got.clear();
      std::uint32_t to_client = 0;
      for (std::uint32_t serial = 0; serial < 500; ++serial) {
        // A client keeps sending until it sees our KEXINIT.
        if (serial % 100 == 50 && pair.server.may_send()) pair.begin_rekey();
        if (!pair.offered) pair.send(data_message(serial));
        REQUIRE(pair.to_server());
        while (pair.server.may_send() && to_client <= serial) pair.server.send(data_message(to_client++));
        // What was begun is ended: a client sends no data between its KEXINIT and NEWKEYS.
        do {
          pair.to_client();
          REQUIRE(pair.to_server());
        } while (!pair.server.output().empty());
      }
      CHECK(pair.exchanges_done > 20);
      CHECK(to_bytes(pair.server.session_id()) == pair.session_id);
      std::uint32_t last = 0;
      for (const Bytes& message : pair.delivered) CHECK(std::exchange(last, serial_of(message)) <= serial_of(message));
      CHECK(pair.delivered.size() > 480);
      REQUIRE(pair.got.size() > 480);
      for (std::size_t i = 0; i < pair.got.size(); ++i) CHECK(serial_of(pair.got[i]) == i);
    }
  }
}

TEST_CASE("while our KEXINIT is out the peer's data is delivered, ours waits, and PONGs are held back") {
  Pair pair{{}, small_limits};
  REQUIRE(pair.connect());
  pair.to_client();
  pair.got.clear();
  for (std::uint32_t serial = 0; serial < 30; ++serial) pair.send(data_message(serial));
  pair.send(Writer{}.u8(number::ping).string(as_bytes("held")).take());
  REQUIRE(pair.to_server());
  CHECK(pair.delivered.size() == 30);
  CHECK_FALSE(pair.server.may_send());
  CHECK(pair.server.state() == State::connected);
  pair.to_client();  // its KEXINIT: the client answers
  CHECK(pair.got.empty());
  REQUIRE(pair.to_server());
  CHECK(pair.server.may_send());
  pair.to_client();
  REQUIRE(pair.got.size() == 1);
  CHECK(pair.got.front() == Writer{}.u8(number::pong).string(as_bytes("held")).take());
  REQUIRE(pair.to_server());
  CHECK(pair.exchanges_done == 2);
}

TEST_CASE("time alone starts a rekey, and only when signed on") {
  Pair pair;
  REQUIRE(pair.handshake());
  pair.now += small_limits.rekey_ms;
  pair.request_service();
  REQUIRE(pair.to_server());
  CHECK(pair.server.may_send());
  pair.server.enter(State::connected);
  pair.send(number::ignore);
  REQUIRE(pair.to_server());
  CHECK_FALSE(pair.server.may_send());
}

TEST_CASE("data of a peer that does not pause in its rekey is taken, under the keys of before") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.begin_rekey();
  pair.send(data_message(0));
  REQUIRE(pair.to_server());
  pair.to_client();  // which answers with its share
  pair.send(data_message(1));
  REQUIRE(pair.to_server());
  pair.to_client();  // NEWKEYS
  pair.send(data_message(2));
  REQUIRE(pair.to_server());
  CHECK(pair.delivered == std::vector{data_message(0), data_message(1), data_message(2)});
  CHECK(pair.exchanges_done == 2);
}

TEST_CASE("a second KEXINIT within a rekey, and one before sign-on, end the connection") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.begin_rekey();
  pair.begin_rekey();
  CHECK_FALSE(pair.to_server());
  Pair early;
  REQUIRE(early.handshake());
  early.begin_rekey();
  CHECK_FALSE(early.to_server());
}

TEST_CASE("IGNORE and DEBUG are harmless in a rekey, strict or not") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.begin_rekey();
  pair.send(number::ignore);
  pair.send(number::debug);
  CHECK(pair.to_server());
}

TEST_CASE("a storm of rekeys keeps memory flat, read or unread (R-066)") {
  Pair pair;
  REQUIRE(pair.connect());
  for (int i = 0; i < 300; ++i) {
    pair.begin_rekey();
    REQUIRE(pair.to_server());
    CHECK(pair.server.output().size() < 8'192);
    pair.to_client();
    REQUIRE(pair.to_server());
    pair.to_client();
    REQUIRE(pair.to_server());
  }
  CHECK(pair.exchanges_done == 301);

  // A peer that never reads gets so far and no further.
  Pair deaf;
  REQUIRE(deaf.connect());
  bool good = true;
  for (int i = 0; i < 100 && good; ++i) {
    deaf.send(Writer{}.u8(number::ping).string(Bytes(20'000)).take());
    good = deaf.to_server();
  }
  CHECK_FALSE(good);
  CHECK(deaf.server.output().size() < unread_answers_max + 64 * 1024);
}

}  // namespace
}  // namespace bulkhead::ssh
