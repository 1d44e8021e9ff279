#include "core/kem/sntrup761.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/vector_cases.h"
#include "core/kem/sntrup761_ring.h"
#include "crypt/hash.h"
#include "crypt/random.h"

namespace bulkhead::kem::sntrup761 {
namespace {

TEST_CASE("known answers: encapsulation, decapsulation, implicit rejection") {
  const auto cases = read_vector_cases(BULKHEAD_VECTORS "/kem/sntrup761.txt");
  CHECK(cases.size() == 20);
  for (const VectorCase& vector : cases) {
    const Encapsulated made = encapsulate_from(vector.hex("public_key"), vector.hex("random")).value();
    CHECK(to_hex(made.ciphertext) == vector.text("ciphertext"));
    CHECK(to_hex(made.shared.view()) == vector.text("shared"));
    const Bytes secret_key = vector.hex("secret_key");
    CHECK(to_hex(decapsulate(secret_key, made.ciphertext).value().view()) == vector.text("shared"));
    Bytes wrong = to_bytes(made.ciphertext);
    const std::uint64_t bit = vector.number("flipped_bit");
    wrong.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK(to_hex(decapsulate(secret_key, wrong).value().view()) == vector.text("rejected_shared"));
  }
}

// Made once: with the sanitizers, key generation takes a second.
const KeyPair& test_pair() {
  static const KeyPair pair = generate();
  return pair;
}

TEST_CASE("random keys and polynomials") {
  const KeyPair& pair = test_pair();
  const KeyPair other = generate();
  CHECK(pair.public_key != other.public_key);
  for (int i = 0; i < 5; ++i) {
    const Encapsulated first = encapsulate(pair.public_key).value();
    const Encapsulated second = encapsulate(pair.public_key).value();
    CHECK(first.ciphertext != second.ciphertext);
    CHECK(first.shared.size() == shared_secret_size);
    CHECK(equal_constant_time(decapsulate(pair.secret_key.view(), first.ciphertext)->view(), first.shared.view()));
    CHECK(!equal_constant_time(decapsulate(other.secret_key.view(), first.ciphertext)->view(), first.shared.view()));
  }
}

TEST_CASE("a changed confirmation hash is a rejection") {
  const KeyPair& pair = test_pair();
  Encapsulated made = encapsulate(pair.public_key).value();
  made.ciphertext.back() ^= 0x80U;
  const Secret first = decapsulate(pair.secret_key.view(), made.ciphertext).value();
  CHECK(!equal_constant_time(first.view(), made.shared.view()));
  CHECK(equal_constant_time(first.view(), decapsulate(pair.secret_key.view(), made.ciphertext)->view()));
}

Bytes hash(std::uint8_t prefix, std::initializer_list<ByteView> parts) {
  crypt::Hash digest{crypt::HashKind::sha512};
  digest.update({&prefix, 1});
  for (const ByteView part : parts) digest.update(part);
  Bytes full = digest.finish();
  full.resize(32);
  return full;
}

// A sender that breaks the rules: everything is right but the weight of r. The same code with the right weight is
// accepted.
TEST_CASE("a short polynomial of another weight is a rejection") {
  const KeyPair& pair = test_pair();
  for (const std::uint32_t weight : {sntrup761_w, sntrup761_w - 1}) {
    CAPTURE(weight);
    Small r{};
    std::fill_n(r.begin() + 100, weight, std::int8_t{1});
    CodeNumbers numbers{};
    decode_numbers(numbers, pair.public_key, sntrup761_q);
    Ring ring{};
    for (std::size_t i = 0; i < r.size(); ++i) ring[i] = static_cast<std::int16_t>(numbers[i] - 2295);
    Ring product{};
    multiply(product, ring, r);
    round_to_multiples(product);
    for (std::size_t i = 0; i < r.size(); ++i) numbers[i] = static_cast<std::uint16_t>((product[i] + 2295) / 3);
    Bytes ciphertext(code_size(1531));
    encode_numbers(ciphertext, numbers, 1531);
    Bytes r_bytes(191);
    for (std::size_t i = 0; i < r.size(); ++i) {
      r_bytes[i / 4] = static_cast<std::uint8_t>(r_bytes[i / 4] | (r[i] + 1) << (i % 4 * 2));
    }
    const Bytes confirmation = hash(2, {hash(3, {r_bytes}), hash(4, {pair.public_key})});
    ciphertext.insert(ciphertext.end(), confirmation.begin(), confirmation.end());
    const Bytes session = hash(1, {hash(3, {r_bytes}), ciphertext});
    const Secret shared = decapsulate(pair.secret_key.view(), ciphertext).value();
    CHECK(equal_constant_time(shared.view(), session) == (weight == sntrup761_w));
  }
}

TEST_CASE("lengths") {
  const Bytes public_key(public_key_size);
  const Bytes secret_key(secret_key_size);
  const Bytes ciphertext(ciphertext_size);
  CHECK(encapsulate(public_key).ok());
  CHECK(decapsulate(secret_key, ciphertext).ok());
  const auto refused = [](const auto& result) { return !result.ok() && result.error().kind() == Errc::invalid; };
  CHECK(refused(encapsulate(ByteView{public_key}.first(public_key_size - 1))));
  CHECK(refused(encapsulate(Bytes(public_key_size + 1))));
  CHECK(refused(encapsulate_from(public_key, Bytes(random_size - 1))));
  CHECK(refused(decapsulate(ByteView{secret_key}.first(secret_key_size - 1), ciphertext)));
  CHECK(refused(decapsulate(secret_key, Bytes(ciphertext_size + 1))));
}

TEST_CASE("numbers and their code") {
  for (const std::uint32_t modulus : {4591U, 1531U}) {
    CodeNumbers numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint16_t>((i * 7919 + 3) % modulus);
    numbers.front() = numbers.back() = static_cast<std::uint16_t>(modulus - 1);
    CodeNumbers used = numbers;
    Bytes bytes(code_size(modulus));
    encode_numbers(bytes, used, modulus);
    CodeNumbers decoded{};
    decode_numbers(decoded, bytes, modulus);
    CHECK(decoded == numbers);
    decode_numbers(decoded, Bytes(bytes.size(), 0xff), modulus);
    CHECK(std::ranges::all_of(decoded, [&](std::uint16_t number) { return number < modulus; }));
  }
}

// x^761 = x + 1, by schoolbook over the integers and %, as the other implementation.
TEST_CASE("products and reciprocals") {
  constexpr std::int64_t q = sntrup761_q;
  constexpr std::size_t p = sntrup761_p;
  Ring left{};
  Small right{};
  for (std::size_t i = 0; i < p; ++i) {
    left[i] = static_cast<std::int16_t>(i < 300 ? 2295 : static_cast<std::int64_t>(i * i * 17 % 4591) - 2295);
    right[i] = static_cast<std::int8_t>(i < 300 ? 1 : static_cast<int>(i * i % 3) - 1);
  }
  std::array<std::int64_t, 2 * p> sums{};
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) sums[i + j] += left[i] * right[j];
  }
  for (std::size_t i = 2 * p - 1; i >= p; --i) {
    sums[i - p] += sums[i];
    sums[i - p + 1] += sums[i];
  }
  Ring product{};
  multiply(product, left, right);
  for (std::size_t i = 0; i < p; ++i) {
    REQUIRE(product[i] >= -2295);
    REQUIRE(product[i] <= 2295);
    REQUIRE((sums[i] - product[i]) % q == 0);
  }

  Ring third{};
  reciprocal_of_triple(third, right);
  multiply(product, third, right);  // 1/3 modulo q
  CHECK((product[0] * 3 - 1) % q == 0);
  CHECK(std::all_of(product.begin() + 1, product.end(), [](std::int16_t c) { return c == 0; }));

  Small inverse{};
  Small one{};
  while (!reciprocal_mod3(inverse, right)) right[0] = static_cast<std::int8_t>(right[0] == 1 ? -1 : right[0] + 1);
  multiply_mod3(one, inverse, right);
  CHECK(one[0] == 1);
  CHECK(std::all_of(one.begin() + 1, one.end(), [](std::int8_t c) { return c == 0; }));
  CHECK(!reciprocal_mod3(inverse, Small{}));
}

TEST_CASE("sorting") {
  for (int round = 0; round < 20; ++round) {
    SortNumbers numbers{};
    for (std::uint32_t& number : numbers)
      number = static_cast<std::uint32_t>(crypt::random_u64()) | (round == 0 ? 0xffff'fff0U : 0U);
    SortNumbers expected = numbers;
    std::ranges::sort(expected);
    sort(numbers);
    CHECK(numbers == expected);
  }
}

}  // namespace
}  // namespace bulkhead::kem::sntrup761
