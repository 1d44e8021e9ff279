#include "core/kem/keccak.h"

#include <doctest/doctest.h>

#include "base/vector_cases.h"

namespace bulkhead::kem {
namespace {

std::string sha3_512_hex(ByteView message) {
  std::array<std::uint8_t, 64> digest{};
  sha3_512(digest, {message});
  return to_hex(digest);
}

TEST_CASE("the empty message") {
  CHECK(to_hex(sha3_256({})) == "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  CHECK(sha3_512_hex({}) ==
        "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
        "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26");
}

TEST_CASE("the permutation of zeros") {
  std::array<std::uint64_t, 25> state{};
  keccak_f1600(state);
  CHECK(state[0] == 0xf1258f7940e1dde7U);
  CHECK(state[24] == 0xeaf1ff7b5ceca249U);
}

TEST_CASE("messages around the block sizes") {
  const auto cases = read_vector_cases(BULKHEAD_VECTORS "/kem/keccak.txt");
  CHECK(cases.size() == 15);
  for (const VectorCase& vector : cases) {
    CAPTURE(vector.text("about"));
    const Bytes message = vector.hex("input");
    CHECK(to_hex(sha3_256({message})) == vector.text("sha3_256"));
    CHECK(sha3_512_hex(message) == vector.text("sha3_512"));
    Bytes out(400);
    Shake128 shake128;
    shake128.absorb(message).squeeze(out);
    CHECK(to_hex(out) == vector.text("shake128"));
    Shake256 shake256;
    shake256.absorb(message).squeeze(out);
    CHECK(to_hex(out) == vector.text("shake256"));
  }
}

TEST_CASE("parts in, parts out: every way to cut gives the same") {
  const Bytes message(300, 0x5c);
  Bytes whole(400);
  Shake128 once;
  once.absorb(message).squeeze(whole);
  for (const std::size_t step : {1U, 7U, 8U, 167U, 168U, 169U}) {
    CAPTURE(step);
    Shake128 shake;
    for (std::size_t at = 0; at < message.size(); at += step) {
      shake.absorb(ByteView{message}.subspan(at, std::min(step, message.size() - at)));
    }
    Bytes out(whole.size());
    for (std::size_t at = 0; at < out.size(); at += step) {
      shake.squeeze(MutableByteView{out}.subspan(at, std::min(step, out.size() - at)));
    }
    CHECK(out == whole);
    CHECK(sha3_256({message}) == sha3_256({ByteView{message}.first(step), ByteView{message}.subspan(step)}));
  }
}

}  // namespace
}  // namespace bulkhead::kem
