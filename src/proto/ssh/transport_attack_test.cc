// What a hostile peer does before and after keys: the cases.
#include <doctest/doctest.h>

#include "proto/ssh/client_double.h"

namespace bulkhead::ssh {
namespace {

Bytes ignore_message() {
  return Writer{}.u8(number::ignore).string(as_bytes("x")).take();
}

// The server refused, told so if it could, gave nothing upward, and stays refused.
void check_refused(Pair& pair, Errc kind) {
  CHECK_FALSE(pair.to_server());
  REQUIRE(pair.error);
  CHECK(pair.error->kind() == kind);
  CHECK(pair.delivered.empty());
  CHECK_FALSE(pair.server.may_send());
  CHECK_FALSE(pair.server.next().ok());
  CHECK(pair.server.state() == State::closing);
}

// A packet in the clear with any length field, padding and content.
Bytes clear_packet(std::uint32_t length, std::uint8_t padding, std::size_t content) {
  return Writer{}.u32(length).u8(padding).bytes(Bytes(content, 2)).take();
}

TEST_CASE("every number in every state: what the table refuses ends the connection (R-053, R-054, R-055, R-071)") {
  struct Place {
    State state;
    bool strict;
  };
  for (Place place : {Place{State::exchange, false}, Place{State::exchanging, true}, Place{State::exchanging, false},
                      Place{State::service, true}, Place{State::auth, true}, Place{State::dialogue, true},
                      Place{State::connected, true}}) {
    for (unsigned message = 0; message < 256; ++message) {
      const std::uint8_t number = static_cast<std::uint8_t>(message);
      const Verdict found = state_table.at(static_cast<std::size_t>(place.state)).at(message);
      Offer offer;
      if (!place.strict) offer.exchanges = {"curve25519-sha256"};
      Pair pair{offer};
      if (place.state == State::exchange) {
        pair.send_version();
      } else if (place.state == State::exchanging) {
        pair.send_version();
        pair.send_kexinit();
      } else {
        REQUIRE(pair.handshake());
        if (place.state != State::service) {
          pair.request_service();
          REQUIRE(pair.to_server());
          pair.server.enter(place.state);
        }
      }
      REQUIRE(pair.to_server());
      pair.send(number);
      const bool good = pair.to_server();
      CAPTURE(message);
      CAPTURE(static_cast<int>(place.state));
      if (admits(place.state, number, place.strict && place.state < State::service)) {
        // Transport messages of one byte are cut short and so refused too, but for those without a content that
        // matters.
        const bool upward = place.state >= State::auth &&
                            (message == number::userauth_request || message == number::userauth_info_response ||
                             (message >= 80 && message < 192));
        CHECK(pair.delivered.size() == (upward ? 1 : 0));
      } else {
        CHECK(pair.delivered.empty());
        CHECK(good == (found == Verdict::drop || found == Verdict::unimplemented));
        if (!good) CHECK(pair.error->kind() == Errc::invalid);
      }
    }
  }
}

// packet_test.cc flips every bit.
TEST_CASE("bits of length, text and tag: nothing goes upward (R-064)") {
  for (const CipherRow& cipher : ciphers) {
    for (const MacRow& mac : macs) {
      if (cipher.tag_size != 0 && &mac != &macs.front()) continue;
      Offer offer;
      offer.ciphers = {std::string{cipher.name}};
      offer.macs = {std::string{mac.name}};
      const std::size_t tag_bits = 8 * (cipher.tag_size == 0 ? mac.size : cipher.tag_size);
      // A payload whose padding is four, for both block sizes: a plain MAC pads the length field, too.
      const std::size_t body_size = cipher.tag_size == 0 && !mac.encrypt_then_mac ? 108 : 112;
      const std::size_t packet_bits = 8 * (4 + body_size) + tag_bits;
      for (std::size_t bit = 0; bit < packet_bits; bit += bit < 32 ? 1 : 29) {
        Pair pair{offer};
        REQUIRE(pair.connect());
        pair.send(Bytes(body_size - 5, 94));
        MutableByteView packet = pair.writer.output().mutable_view();
        REQUIRE(packet.size() * 8 == packet_bits);
        packet[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        CAPTURE(cipher.name);
        CAPTURE(bit);
        // A longer length makes the server wait for more, which then fails.
        if (bit < 32 && pair.to_server()) {
          CHECK(pair.delivered.empty());
          pair.put_raw(Bytes(packet_size_max + 100));
        }
        CHECK_FALSE(pair.to_server());
        CHECK(pair.delivered.empty());
        if (bit >= 32) CHECK(pair.error->kind() == Errc::corrupt);
      }
    }
  }
}

TEST_CASE("Terrapin: nothing may come before or within a strict exchange (R-065)") {
  {
    Pair pair;
    pair.send_version();
    pair.send(ignore_message());
    pair.send_kexinit();
    check_refused(pair, Errc::invalid);
  }
  for (std::uint8_t message : {number::ignore, number::debug, number::unimplemented}) {
    Pair pair;
    pair.send_version();
    pair.send_kexinit();
    pair.send(message);
    check_refused(pair, Errc::invalid);
  }
  Pair late;  // between the server's NEWKEYS and the client's
  late.send_version();
  late.send_kexinit();
  late.to_client();
  late.send_share();
  REQUIRE(late.to_server());
  late.send(ignore_message());
  check_refused(late, Errc::invalid);

  Offer old;
  old.exchanges = {"curve25519-sha256"};
  Pair lenient{old};
  lenient.send_version();
  lenient.send(ignore_message());
  lenient.send_kexinit();
  lenient.send(ignore_message());
  CHECK(lenient.to_server());
}

TEST_CASE("sequence numbers start anew at NEWKEYS with strict, and run on without (R-065)") {
  Pair strict;
  REQUIRE(strict.connect());
  CHECK(strict.server.last_sequence_in() == 0);  // SERVICE_REQUEST
  Offer old;
  old.exchanges = {"curve25519-sha256"};
  Pair lenient{old};
  REQUIRE(lenient.connect());
  CHECK(lenient.server.last_sequence_in() == 3);  // after KEXINIT, ECDH_INIT, NEWKEYS
}

TEST_CASE("a wrong guess takes one packet of the method, no more (R-066)") {
  Offer offer;
  offer.first_packet_follows = true;
  offer.exchanges = {"curve25519-sha256", std::string{strict_client}};
  Pair pair{offer};
  pair.send_version();
  pair.send_kexinit();
  pair.send(Bytes{number::kex_ecdh_init, 1, 2, 3});
  REQUIRE(pair.to_server());
  pair.to_client();
  pair.send_share();
  REQUIRE(pair.to_server());
  CHECK(pair.exchanges_done == 1);

  Pair twice{offer};
  twice.send_version();
  twice.send_kexinit();
  twice.send(Bytes{34, 1, 2, 3});
  REQUIRE(twice.to_server());
  twice.send(Bytes{34, 1, 2, 3});
  check_refused(twice, Errc::invalid);

  Pair again{offer};
  again.send_version();
  again.send_kexinit();
  again.send_kexinit();
  check_refused(again, Errc::invalid);
}

TEST_CASE("lengths and paddings that no packet has (R-067)") {
  for (std::uint32_t length : {0U, 1U, 2U, 5U, 8U, 11U, 13U, 35'004U, 1U << 20U, 1U << 31U, UINT32_MAX}) {
    Pair pair;
    pair.send_version();
    pair.put_raw(clear_packet(length, 4, 100));
    CAPTURE(length);
    check_refused(pair, length > early_packet_size_max ? Errc::too_large : Errc::invalid);
  }
  for (std::uint8_t padding :
       {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{11}, std::uint8_t{12}, std::uint8_t{255}}) {
    Pair pair;
    pair.send_version();
    pair.put_raw(clear_packet(12, padding, 11));
    CAPTURE(padding);
    check_refused(pair, Errc::invalid);
  }
  Pair early;
  REQUIRE(early.handshake());
  early.send(Bytes(early_packet_size_max, number::ignore));
  check_refused(early, Errc::too_large);
  Pair late;
  REQUIRE(late.connect());
  late.send(Bytes(packet_size_max, 94));
  check_refused(late, Errc::too_large);
}

TEST_CASE("before sign-on no peer makes the input grow (R-067)") {
  Pair pair;
  pair.send_version();
  pair.send_kexinit();
  REQUIRE(pair.to_server());
  for (int i = 0; i < 3'000; ++i) {
    MutableByteView space = pair.server.received_space();
    if (space.empty()) break;
    pair.server.received(space.size(), 1);
  }
  CHECK(pair.server.received_space().empty());
}

TEST_CASE("key shares: short, long, of low order, off the curve, a wrong ML-KEM key (R-068)") {
  for (const ExchangeRow& row : exchanges) {
    Offer offer;
    offer.exchanges.front() = row.name;
    std::vector<Bytes> bad{{}, Bytes(1), Bytes(row.client_share_size - 1, 9), Bytes(row.client_share_size + 1, 9)};
    bad.emplace_back(row.client_share_size);  // all zeros: infinity, or of low order
    Bytes share = ClientShare{row}.share();
    if (curve_of(row.exchange) == crypt::Curve::x25519) {
      std::fill(share.end() - 32, share.end(), std::uint8_t{0});
      share[share.size() - 32] = 1;  // the point of order 1
      bad.push_back(share);
    } else {
      share.back() ^= 1U;  // another y: not on the curve
      bad.push_back(share);
      share.back() ^= 1U;
      share.front() = 2;  // says compressed
      bad.push_back(share);
    }
    if (row.exchange == Exchange::mlkem768x25519) {
      Bytes unreduced = ClientShare{row}.share();
      std::fill_n(unreduced.begin(), 3, std::uint8_t{0xff});
      bad.push_back(unreduced);
    }
    for (const Bytes& wrong : bad) {
      Pair pair{offer};
      pair.send_version();
      pair.send_kexinit();
      pair.send(Writer{}.u8(number::kex_ecdh_init).string(wrong).take());
      CAPTURE(row.name);
      CAPTURE(wrong.size());
      check_refused(pair, Errc::invalid);
      CHECK(pair.exchanges_done == 0);
    }
  }
}

TEST_CASE("EXT_INFO is taken right after the first NEWKEYS only (R-071)") {
  Pair good;
  REQUIRE(good.handshake());
  good.send(Writer{}.u8(number::ext_info).u32(0).take());
  CHECK(good.to_server());
  good.send(Writer{}.u8(number::ext_info).u32(0).take());
  check_refused(good, Errc::invalid);
}

TEST_CASE("messages in the clear after the server's NEWKEYS, or before the client's, are refused (R-071)") {
  Pair pair;
  pair.send_version();
  pair.send_kexinit();
  pair.to_client();
  pair.send_share();
  REQUIRE(pair.to_server());
  pair.request_service();
  check_refused(pair, Errc::invalid);
}

}  // namespace
}  // namespace bulkhead::ssh
