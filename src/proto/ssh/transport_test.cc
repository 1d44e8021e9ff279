#include "proto/ssh/transport.h"

#include <doctest/doctest.h>

#include "proto/ssh/client_double.h"

namespace bulkhead::ssh {
namespace {

Offer offer_of(std::string_view exchange, std::string_view cipher, std::string_view mac) {
  Offer offer;
  offer.exchanges.front() = exchange;
  offer.ciphers = {std::string{cipher}};
  offer.macs = {std::string{mac}};
  return offer;
}

// Messages of many sizes both ways: gathered and in pieces, whole and byte by byte.
void check_traffic(Pair& pair) {
  for (std::size_t size :
       {std::size_t{2}, std::size_t{40}, std::size_t{1'100}, std::size_t{70'000}, message_size_max}) {
    Bytes message(size, 0x5a);
    message.front() = 94;
    pair.delivered.clear();
    pair.got.clear();
    pair.send(message);
    REQUIRE(pair.to_server(size > 1'000 ? SIZE_MAX : 3));
    REQUIRE(pair.delivered.size() == 1);
    CHECK(pair.delivered.front() == message);
    const ByteView whole{message};
    const std::array<ByteView, 3> pieces{whole.first(1), whole.subspan(1, size / 2), whole.subspan(1 + size / 2)};
    pair.server.send(pieces);
    pair.to_client();
    REQUIRE(pair.got.size() == 1);
    CHECK(pair.got.front() == message);
  }
}

TEST_CASE("every exchange, cipher and MAC: handshake, traffic, rekey from each side") {
  for (const ExchangeRow& exchange : exchanges) {
    for (const CipherRow& cipher : ciphers) {
      for (const MacRow& mac : macs) {
        if (cipher.tag_size != 0 && &mac != &macs.front()) continue;
        CAPTURE(exchange.name);
        CAPTURE(cipher.name);
        CAPTURE(mac.name);
        Pair pair{offer_of(exchange.name, cipher.name, mac.name)};
        REQUIRE(pair.connect());
        CHECK(to_bytes(pair.server.session_id()) == pair.session_id);
        CHECK(pair.server.agreed().exchange == &exchange);
        CHECK(pair.server.agreed().cipher_out == &cipher);
        check_traffic(pair);
        pair.begin_rekey();
        for (int turn = 0; turn < 3; ++turn) {
          REQUIRE(pair.to_server());
          pair.to_client();
        }
        CHECK(pair.exchanges_done == 2);
        CHECK(to_bytes(pair.server.session_id()) == pair.session_id);
        check_traffic(pair);
      }
    }
  }
}

TEST_CASE("byte by byte gives the same as all at once") {
  Pair pair;
  pair.send_version();
  pair.send_kexinit();
  pair.to_client();
  pair.send_share();
  REQUIRE(pair.to_server(1));
  pair.to_client();
  pair.request_service();
  REQUIRE(pair.to_server(1));
  pair.to_client();
  CHECK(pair.server.state() == State::auth);
  REQUIRE(pair.got.size() == 2);
  CHECK(pair.got.front().front() == number::ext_info);
  CHECK(pair.got.back() == Writer{}.u8(number::service_accept).string(as_bytes("ssh-userauth")).take());
}

TEST_CASE("EXT_INFO is for clients that ask, and the first thing under new keys") {
  Pair pair;
  REQUIRE(pair.handshake());
  REQUIRE(pair.got.size() == 1);
  Reader reader{pair.got.front()};
  CHECK(reader.u8() == number::ext_info);
  CHECK(reader.u32() == 3);
  CHECK(as_text(reader.string(99)) == "server-sig-algs");
  CHECK(as_text(reader.string(999)) == server_signature_algorithms());
  CHECK(as_text(reader.string(99)) == "publickey-hostbound@openssh.com");
  CHECK(as_text(reader.string(99)) == "0");
  CHECK(as_text(reader.string(99)) == "ping@openssh.com");
  CHECK(as_text(reader.string(99)) == "0");
  CHECK(reader.done("EXT_INFO").ok());
  Offer offer;
  offer.exchanges = {"curve25519-sha256", std::string{strict_client}};
  Pair quiet{offer};
  REQUIRE(quiet.handshake());
  CHECK(quiet.got.empty());
}

TEST_CASE("identification lines") {
  auto answer_to = [](std::string_view line) {
    Pair pair;
    pair.put_raw(as_bytes(line));
    const bool good = pair.to_server();
    return good && pair.server.state() != State::version;
  };
  CHECK(answer_to("SSH-2.0-OpenSSH_9.9 Debian\r\n"));
  CHECK(answer_to("SSH-2.0-old\n"));
  CHECK(answer_to("SSH-2.0-" + std::string(version_size_max - 8, 'a') + "\r\n"));
  for (std::string_view bad : {"SSH-1.5-x\r\n", "SSH-2.0-\r\n", "hello\r\nSSH-2.0-x\r\n", "\r\n", "SSH-2.0-a\tb\r\n",
                               "SSH-2.0-\x80\r\n", "GET / HTTP/1.1\r\n"}) {
    CHECK_FALSE(answer_to(bad));
  }
  CHECK_FALSE(answer_to("SSH-2.0-" + std::string(version_size_max - 7, 'a') + "\r\n"));
  CHECK_FALSE(answer_to("SSH-2.0-" + std::string(300, 'a')));
}

TEST_CASE("PING is answered with its data, IGNORE and DEBUG with nothing, unknown numbers with UNIMPLEMENTED") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.got.clear();
  pair.send(Writer{}.u8(number::ping).string(as_bytes("abc")).take());
  pair.send(number::ignore);
  pair.send(number::debug);
  pair.send(120);
  REQUIRE(pair.to_server());
  const std::uint32_t sequence = pair.server.last_sequence_in();
  pair.to_client();
  REQUIRE(pair.got.size() == 2);
  CHECK(pair.got[0] == Writer{}.u8(number::pong).string(as_bytes("abc")).take());
  CHECK(pair.got[1] == Writer{}.u8(number::unimplemented).u32(sequence).take());
  CHECK(pair.delivered.empty());
}

TEST_CASE("a peer that does not read its answers is cut off, one that reads is not") {
  Pair pair;
  REQUIRE(pair.connect());
  const Bytes ping = Writer{}.u8(number::ping).string(Bytes(30'000)).take();
  for (int i = 0; i < 100; ++i) {
    pair.send(ping);
    REQUIRE(pair.to_server());
    pair.to_client();
  }
  CHECK(pair.got.size() >= 100);
  for (int i = 0; i < 30; ++i) pair.send(ping);
  CHECK_FALSE(pair.to_server());
  CHECK(pair.error->kind() == Errc::exhausted);
  CHECK(pair.server.output().size() < unread_answers_max + 64 * 1024);
}

TEST_CASE("DISCONNECT of the peer ends it without an answer, and its text is made printable") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.to_client();
  pair.send(Writer{}.u8(number::disconnect).u32(11).string(as_bytes("bye\x1b[0m")).string({}).take());
  pair.send(94);
  CHECK_FALSE(pair.to_server());
  CHECK(pair.error->kind() == Errc::expired);
  CHECK(pair.error->message() == "the peer disconnected, reason 11: bye?[0m");
  CHECK(pair.server.output().empty());
  CHECK(pair.delivered.empty());
  CHECK_FALSE(pair.server.next().ok());
}

TEST_CASE("disconnect() is the last message, and what comes in after it is dropped") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.to_client();
  pair.got.clear();
  pair.server.disconnect(reason::by_application, "done");
  CHECK_FALSE(pair.server.may_send());
  pair.server.send(Bytes{94});
  for (int i = 0; i < 100; ++i) pair.send(Bytes(30'000, 94));
  CHECK(pair.to_server());
  CHECK(pair.delivered.empty());
  pair.to_client();
  REQUIRE(pair.got.size() == 1);
  CHECK(pair.got.front() == Writer{}.u8(number::disconnect).u32(11).string(as_bytes("done")).string({}).take());
}

TEST_CASE("only ssh-userauth is a service") {
  Pair pair;
  REQUIRE(pair.handshake());
  pair.send(Writer{}.u8(number::service_request).string(as_bytes("ssh-connection")).take());
  CHECK_FALSE(pair.to_server());
  pair.to_client();
  CHECK(pair.got.back().front() == number::disconnect);
  CHECK(pair.got.back()[4] == reason::service_not_available);
}

}  // namespace
}  // namespace bulkhead::ssh
