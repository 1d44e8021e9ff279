#include "core/kem/ml_kem.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "base/vector_cases.h"
#include "core/kem/ml_kem_poly.h"
#include "crypt/hash.h"

namespace bulkhead::kem::ml_kem_768 {
namespace {

std::string digest(ByteView bytes) {
  return to_hex(crypt::sha256(bytes));
}

ByteView public_part(ByteView secret_key) {
  return secret_key.subspan(secret_key_size - 64 - public_key_size, public_key_size);
}

Poly poly(const VectorCase& vector, const std::string& name) {
  Poly out{};
  std::istringstream numbers{vector.text(name)};
  for (std::uint16_t& coefficient : out) REQUIRE((numbers >> coefficient));
  return out;
}

TEST_CASE("seeds: key pair, encapsulation, decapsulation") {
  const auto cases = read_vector_cases(BULKHEAD_VECTORS "/kem/ml_kem_768_keys.txt");
  CHECK(cases.size() == 70);
  for (const VectorCase& vector : cases) {
    CAPTURE(vector.text("seed"));
    const KeyPair pair = generate_from(vector.hex("seed")).value();
    CHECK(digest(pair.public_key) == vector.text("public_key_sha256"));
    if (vector.has("secret_key_sha256")) CHECK(digest(pair.secret_key.view()) == vector.text("secret_key_sha256"));
    const Encapsulated made = encapsulate_from(pair.public_key, vector.hex("message")).value();
    CHECK(digest(made.ciphertext) == vector.text("ciphertext_sha256"));
    CHECK(to_hex(made.shared.view()) == vector.text("shared"));
    CHECK(to_hex(decapsulate(pair.secret_key.view(), made.ciphertext).value().view()) == vector.text("shared"));
  }
}

TEST_CASE("right, wrong and malformed ciphertexts and keys") {
  std::size_t refused = 0;
  const auto cases = read_vector_cases(BULKHEAD_VECTORS "/kem/ml_kem_768_decapsulate.txt");
  CHECK(cases.size() == 44);
  for (const VectorCase& vector : cases) {
    CAPTURE(vector.text("about"));
    const auto shared = [&]() -> Result<Secret> {
      if (vector.has("secret_key")) return decapsulate(vector.hex("secret_key"), vector.hex("ciphertext"));
      const KeyPair pair = TRY(generate_from(vector.hex("seed")));
      return decapsulate(pair.secret_key.view(), vector.hex("ciphertext"));
    }();
    if (vector.has("shared")) {
      REQUIRE(shared.ok());
      CHECK(to_hex(shared->view()) == vector.text("shared"));
      if (!vector.has("message")) continue;
      const Bytes secret_key = vector.hex("secret_key");
      const Encapsulated made = encapsulate_from(public_part(secret_key), vector.hex("message")).value();
      CHECK(to_hex(made.ciphertext) == vector.text("ciphertext"));
      CHECK(to_hex(made.shared.view()) == vector.text("shared"));
    } else {
      REQUIRE(!shared.ok());
      CHECK(shared.error().kind() == Errc::invalid);
      ++refused;
    }
  }
  CHECK(refused == 18);
}

TEST_CASE("encapsulation keys that are refused (FIPS 203 section 7.2)") {
  const Bytes message(message_size, 0x42);
  for (const VectorCase& vector : read_vector_cases(BULKHEAD_VECTORS "/kem/ml_kem_768_refuse.txt")) {
    CAPTURE(vector.text("about"));
    if (vector.has("bad_key")) {
      const auto refused = encapsulate_from(vector.hex("bad_key"), message);
      REQUIRE(!refused.ok());
      CHECK(refused.error().kind() == Errc::invalid);
      continue;
    }
    const Bytes good = vector.hex("good_key");
    CHECK(encapsulate_from(good, message).ok());
    std::istringstream changes{vector.text("changes")};
    std::size_t changed = 0;
    for (std::size_t index = 0, value = 0; changes >> index >> value; ++changed) {
      Bytes bad = good;
      const std::size_t at = index / 2 * 3;
      if (index % 2 == 0) {
        bad[at] = static_cast<std::uint8_t>(value);
        bad[at + 1] = static_cast<std::uint8_t>((bad[at + 1] & 0xf0U) | value >> 8U);
      } else {
        bad[at + 1] = static_cast<std::uint8_t>((bad[at + 1] & 0x0fU) | (value << 4U & 0xf0U));
        bad[at + 2] = static_cast<std::uint8_t>(value >> 4U);
      }
      CAPTURE(index);
      CHECK(!encapsulate_from(bad, message).ok());
    }
    CHECK(changed == 780);
  }
}

TEST_CASE("what is computed on the way") {
  const VectorCase vector = read_vector_cases(BULKHEAD_VECTORS "/kem/ml_kem_768_intermediate.txt").at(0);
  CHECK(sample_uniform(vector.hex("rho"), 0, 0) == poly(vector, "matrix_0_0"));
  Poly s{};
  sample_noise(s, vector.hex("sigma"), 0);
  CHECK(s == poly(vector, "s_0"));
  ntt(s);
  CHECK(s == poly(vector, "ntt_s_0"));
  inverse_ntt(s);
  CHECK(s == poly(vector, "s_0"));

  const Bytes z = vector.hex("z");
  const Bytes secret_key = vector.hex("secret_key");
  const Encapsulated made = encapsulate_from(public_part(secret_key), vector.hex("message")).value();
  CHECK(to_hex(made.ciphertext) == vector.text("ciphertext"));
  CHECK(to_hex(made.shared.view()) == vector.text("shared"));
  Bytes u(320);
  compress_poly(u, poly(vector, "u_0"), 10);
  CHECK(std::equal(u.begin(), u.end(), made.ciphertext.begin()));
  Bytes v(128);
  compress_poly(v, poly(vector, "v"), 4);
  CHECK(std::equal(v.begin(), v.end(), made.ciphertext.end() - 128));

  // The secret of rejection is J(z || c): another c, so another value, but of the same z.
  Bytes wrong = to_bytes(made.ciphertext);
  wrong.back() ^= 1U;
  Bytes rejection(32);
  Shake256 j_right;
  j_right.absorb(z).absorb(made.ciphertext).squeeze(rejection);
  CHECK(to_hex(rejection) == vector.text("rejection"));
  Shake256 j_wrong;
  j_wrong.absorb(z).absorb(wrong).squeeze(rejection);
  CHECK(to_hex(decapsulate(secret_key, wrong).value().view()) == to_hex(rejection));
}

// Straight from the definitions of FIPS 203 section 4.2.1: round(2^d / q * x), and round(q / 2^d * y).
TEST_CASE("compression of every coefficient, decompression of every value") {
  for (const std::uint32_t bits : {1U, 4U, 10U}) {
    Bytes bytes(std::size_t{32} * bits);
    for (std::uint32_t start = 0; start < ml_kem_q; start += ml_kem_n) {
      Poly in{};
      Poly out{};
      for (std::size_t i = 0; i < ml_kem_n; ++i) {
        in[i] = static_cast<std::uint16_t>(std::min<std::size_t>(start + i, ml_kem_q - 1));
      }
      compress_poly(bytes, in, bits);
      decompress_poly(out, bytes, bits);
      for (std::size_t i = 0; i < ml_kem_n; ++i) {
        const std::uint32_t compressed = (((2U * in[i]) << bits) + ml_kem_q) / (2 * ml_kem_q) % (1U << bits);
        REQUIRE(out[i] == (2 * compressed * ml_kem_q + (1U << bits)) / (2U << bits));
      }
    }
  }
}

// Schoolbook multiplication modulo x^256 + 1 as the other implementation.
TEST_CASE("products by the transform") {
  Poly left{};
  Poly right{};
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    left[i] = static_cast<std::uint16_t>(i * i * 31 % ml_kem_q);
    right[i] = static_cast<std::uint16_t>(i < 4 ? ml_kem_q - 1 : i * 1237 % ml_kem_q);
  }
  Poly expected{};
  for (std::size_t i = 0; i < ml_kem_n; ++i) {
    for (std::size_t j = 0; j < ml_kem_n; ++j) {
      const std::uint32_t product = std::uint32_t{left[i]} * right[j] % ml_kem_q;
      const std::size_t k = (i + j) % ml_kem_n;
      expected[k] =
          static_cast<std::uint16_t>((expected[k] + (i + j < ml_kem_n ? product : ml_kem_q - product)) % ml_kem_q);
    }
  }
  ntt(left);
  ntt(right);
  Poly product{};
  multiply_add(product, left, right);
  inverse_ntt(product);
  CHECK(product == expected);
}

TEST_CASE("random keys and messages") {
  const KeyPair pair = generate();
  const KeyPair other = generate();
  CHECK(pair.public_key != other.public_key);
  const Encapsulated first = encapsulate(pair.public_key).value();
  const Encapsulated second = encapsulate(pair.public_key).value();
  CHECK(first.ciphertext != second.ciphertext);
  CHECK(first.shared.size() == shared_secret_size);
  CHECK(equal_constant_time(decapsulate(pair.secret_key.view(), first.ciphertext)->view(), first.shared.view()));
  CHECK(!equal_constant_time(decapsulate(other.secret_key.view(), first.ciphertext)->view(), first.shared.view()));
  CHECK(!encapsulate(ByteView{}).ok());
  CHECK(!encapsulate_from(pair.public_key, Bytes(message_size + 1)).ok());
}

}  // namespace
}  // namespace bulkhead::kem::ml_kem_768
