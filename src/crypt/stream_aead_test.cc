#include "crypt/stream_aead.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "base/encode.h"

namespace bulkhead::crypt {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

std::vector<ByteView> cut(ByteView bytes, std::size_t size) {
  std::vector<ByteView> pieces;
  for (; bytes.size() > size; bytes = bytes.subspan(size)) pieces.push_back(bytes.first(size));
  pieces.push_back(bytes);
  return pieces;
}

// vectors/crypt/stream_gcm.txt: key, nonce, associated, plaintext, ciphertext, tag, "valid" or "invalid"; "-" is empty.
TEST_CASE("AES-GCM vectors, whole and in pieces") {
  std::ifstream file{BULKHEAD_VECTORS "/crypt/stream_gcm.txt"};
  std::string line;
  int valid = 0;
  int invalid = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields{line};
    std::vector<Bytes> values;
    std::string word;
    while (fields >> word && word != "valid" && word != "invalid") values.push_back(word == "-" ? Bytes{} : hex(word));
    REQUIRE(values.size() == 6);
    CAPTURE(line);
    Bytes sealed = values[4];
    sealed.insert(sealed.end(), values[5].begin(), values[5].end());
    StreamGcm opener = StreamGcm::make(values[0], Direction::open).value();
    Bytes opened = sealed;
    const Result<void> result = opener.open(opened, values[1], values[2]);
    if (word == "invalid") {
      CHECK(result.error().kind() == Errc::corrupt);
      CHECK(opened == Bytes(opened.size()));
      ++invalid;
      continue;
    }
    ++valid;
    REQUIRE(result.ok());
    CHECK(Bytes(opened.begin(), opened.end() - 16) == values[3]);
    StreamGcm sealer = StreamGcm::make(values[0], Direction::seal).value();
    for (std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      Bytes out(sealed.size());
      CHECK(sealer.seal(out, values[1], values[2], cut(values[3], size)).ok());
      CHECK(out == sealed);
    }
  }
  CHECK(valid > 50);
  CHECK(invalid > 20);
}

TEST_CASE("AES-GCM: a changed bit anywhere is found, and nothing of the text stays") {
  const Bytes key(32, 1);
  const Bytes nonce(12, 2);
  StreamGcm sealer = StreamGcm::make(key, Direction::seal).value();
  StreamGcm opener = StreamGcm::make(key, Direction::open).value();
  const Bytes text(50, 3);
  Bytes sealed(66);
  REQUIRE(sealer.seal(sealed, nonce, nonce, cut(text, 20)).ok());
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(opener.open(changed, nonce, nonce).ok());
    CHECK(changed == Bytes(changed.size()));
  }
  Bytes short_one(15);
  CHECK(opener.open(short_one, nonce, nonce).error().kind() == Errc::corrupt);
  Bytes good = sealed;
  CHECK(opener.open(good, nonce, nonce).ok());
}

TEST_CASE("ChaCha20 and Poly1305: RFC 8439 sections 2.4.2 and 2.5.2") {
  // Its nonce of 96 bits with a zero first word is the nonce of 64 bits used here.
  Bytes key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  const std::string_view text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  ChaCha20 cipher = ChaCha20::make(key).value();
  REQUIRE(cipher.start(1, 0x0000004a00000000).ok());
  Bytes out(text.size());
  REQUIRE(cipher.apply(out, cut(as_bytes(text), 33)).ok());
  CHECK(to_hex(ByteView{out}.first(32)) == "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b");
  CHECK(to_hex(ByteView{out}.last(16)) == "0bbf74a35be6b40b8eedf2785e42874d");

  Poly1305 poly = Poly1305::make().value();
  const Bytes one_time = hex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
  for (int twice = 0; twice < 2; ++twice) {
    CHECK(to_hex(poly.tag(one_time, as_bytes("Cryptographic Forum Research Group")).value()) ==
          "a8061dc1305136c6c22b8baf0c0127a9");
  }
}

TEST_CASE("AES-CTR: NIST SP 800-38A sections F.5.1 and F.5.5, the key stream runs on") {
  const Bytes counter = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  const Bytes text = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
  struct Row {
    std::string_view key, sealed;
  };
  for (Row row :
       {Row{"2b7e151628aed2a6abf7158809cf4f3c", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"},
        Row{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"}}) {
    StreamCtr ctr = StreamCtr::make(hex(row.key), counter).value();
    Bytes out(text.size());
    const ByteView first = ByteView{text}.first(5);
    const ByteView second = ByteView{text}.subspan(5);
    REQUIRE(ctr.apply(MutableByteView{out}.first(5), {&first, 1}).ok());
    REQUIRE(ctr.apply(MutableByteView{out}.subspan(5), {&second, 1}).ok());
    CHECK(to_hex(out) == row.sealed);
  }
}

TEST_CASE("HMAC: RFC 4231 test case 2, again and again under one key") {
  for (std::size_t size : {std::size_t{32}, std::size_t{64}}) {
    StreamHmac hmac = StreamHmac::make(size, as_bytes("Jefe")).value();
    for (int again = 0; again < 3; ++again) {
      Bytes tag(size);
      REQUIRE(hmac.tag(tag, {as_bytes("what do ya want "), as_bytes("for nothing?")}).ok());
      CHECK(to_hex(tag).starts_with(size == 32 ? "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
                                               : "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"));
    }
  }
}

TEST_CASE("keys of a wrong length are an Error") {
  CHECK(StreamGcm::make(Bytes(24), Direction::seal).error().kind() == Errc::invalid);
  CHECK(ChaCha20::make(Bytes(16)).error().kind() == Errc::invalid);
  CHECK(StreamCtr::make(Bytes(16), Bytes(12)).error().kind() == Errc::invalid);
  CHECK(StreamHmac::make(20, Bytes(20)).error().kind() == Errc::invalid);
  CHECK(StreamHmac::make(32, {}).error().kind() == Errc::invalid);
}

}  // namespace
}  // namespace bulkhead::crypt
