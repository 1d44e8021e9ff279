#include "core/kem/sntrup761.h"

#include <algorithm>

#include "core/kem/constant_time.h"
#include "core/kem/sntrup761_code.h"
#include "core/kem/sntrup761_ring.h"
#include "crypt/hash.h"
#include "crypt/random.h"

namespace bulkhead::kem::sntrup761 {
namespace {

constexpr std::size_t p = sntrup761_p;
constexpr std::uint32_t q = sntrup761_q;
constexpr std::int32_t half_q = (sntrup761_q - 1) / 2;
constexpr std::uint32_t rounded_modulus = (q + 2) / 3;
constexpr std::size_t small_size = 191;
constexpr std::size_t rounded_size = 1007;
constexpr std::size_t hash_size = 32;
static_assert(rounded_size + hash_size == ciphertext_size);
static_assert(2 * small_size + public_key_size + small_size + hash_size == secret_key_size);

using SmallBytes = std::array<std::uint8_t, small_size>;
using Ciphertext = std::array<std::uint8_t, ciphertext_size>;
using Random = std::array<std::uint8_t, random_size>;

// The first half of SHA-512(prefix || parts).
using HashBytes = std::array<std::uint8_t, hash_size>;
void hash(HashBytes& out, std::uint8_t prefix, std::initializer_list<ByteView> parts) {
  crypt::Hash digest{crypt::HashKind::sha512};
  digest.update({&prefix, 1});
  for (const ByteView part : parts) digest.update(part);
  const Secret full{digest.finish()};
  copy_to(out, full.view().first(hash_size));
}

// Four coefficients a byte, each plus one.
void encode_small(MutableByteView bytes, const Small& small) {
  std::ranges::fill(bytes, std::uint8_t{0});
  for (std::size_t i = 0; i < p; ++i) {
    const auto digit = static_cast<std::uint32_t>(small[i] + 1);
    bytes[i / 4] = static_cast<std::uint8_t>(bytes[i / 4] | digit << (i % 4 * 2));
  }
}

void decode_small(Small& small, ByteView bytes) {
  for (std::size_t i = 0; i < p; ++i) small[i] = static_cast<std::int8_t>((bytes[i / 4] >> (i % 4 * 2) & 3) - 1);
}

void encode_ring(MutableByteView bytes, const Ring& ring) {
  Wiped<CodeNumbers> numbers;
  for (std::size_t i = 0; i < p; ++i) (*numbers)[i] = static_cast<std::uint16_t>(ring[i] + half_q);
  encode_numbers(bytes, *numbers, q);
}

void decode_ring(Ring& ring, ByteView bytes) {
  CodeNumbers numbers{};
  decode_numbers(numbers, bytes, q);
  for (std::size_t i = 0; i < p; ++i) ring[i] = static_cast<std::int16_t>(numbers[i] - half_q);
}

// Of multiples of 3: 10923 / 2^15 is 1 / 3, exactly enough for them.
void encode_rounded(MutableByteView bytes, const Ring& ring) {
  Wiped<CodeNumbers> numbers;
  for (std::size_t i = 0; i < p; ++i) (*numbers)[i] = static_cast<std::uint16_t>((ring[i] + half_q) * 10923 >> 15U);
  encode_numbers(bytes, *numbers, rounded_modulus);
}

void decode_rounded(Ring& ring, ByteView bytes) {
  CodeNumbers numbers{};
  decode_numbers(numbers, bytes, rounded_modulus);
  for (std::size_t i = 0; i < p; ++i) ring[i] = static_cast<std::int16_t>(numbers[i] * 3 - half_q);
}

// random_size bytes as p words.
void words_of(SortNumbers& words, ByteView random) {
  for (std::size_t i = 0; i < p; ++i) {
    words[i] = random[4 * i] | std::uint32_t{random[4 * i + 1]} << 8U | std::uint32_t{random[4 * i + 2]} << 16U |
               std::uint32_t{random[4 * i + 3]} << 24U;
  }
}

// Weight w: the last two bits of w words say -1 or 1, of the others 0; sorting shuffles them.
void sample_short(Small& out, ByteView random) {
  Wiped<SortNumbers> words;
  words_of(*words, random);
  for (std::size_t i = 0; i < p; ++i) {
    (*words)[i] = i < sntrup761_w ? (*words)[i] & ~1U : ((*words)[i] & ~3U) | 1U;
  }
  sort(*words);
  std::ranges::transform(*words, out.begin(), [](std::uint32_t w) { return static_cast<std::int8_t>((w & 3U) - 1); });
}

void sample_small(Small& out, ByteView random) {
  Wiped<SortNumbers> words;
  words_of(*words, random);
  std::ranges::transform(*words, out.begin(),
                         [](std::uint32_t w) { return static_cast<std::int8_t>(((w & 0x3fff'ffffU) * 3 >> 30U) - 1); });
}

// "Hide" of the submission: the ciphertext for r, with its confirmation hash, and the byte form of r.
void hide(Ciphertext& ciphertext, SmallBytes& r_bytes, const Small& r, ByteView public_key, const HashBytes& key_hash) {
  const MutableByteView out{ciphertext};
  Wiped<Ring> h;
  decode_ring(*h, public_key);
  Wiped<Ring> product;
  multiply(*product, *h, r);
  round_to_multiples(*product);
  encode_rounded(out.first(rounded_size), *product);

  encode_small(r_bytes, r);
  Wiped<HashBytes> r_hash;
  hash(*r_hash, 3, {r_bytes});
  HashBytes confirmation{};
  hash(confirmation, 2, {*r_hash, key_hash});
  copy_to(out.last(hash_size), confirmation);
}

// Prefix 1 when the ciphertext was right, 0 when it was not.
Secret session_secret(std::uint8_t prefix, const SmallBytes& r_bytes, ByteView ciphertext) {
  Wiped<HashBytes> r_hash;
  hash(*r_hash, 3, {r_bytes});
  Wiped<HashBytes> session;
  hash(*session, prefix, {*r_hash, ciphertext});
  return Secret::copy_of(*session);
}

// "Decrypt" of the submission: r, or 1 in the first w coefficients if the ciphertext holds none.
void decrypt(Small& r, ByteView rounded, ByteView secret_polys) {
  Wiped<Small> f;
  Wiped<Small> g_inverse;
  decode_small(*f, secret_polys.first(small_size));
  decode_small(*g_inverse, secret_polys.subspan(small_size, small_size));
  Wiped<Ring> c;
  decode_rounded(*c, rounded);
  Wiped<Ring> cf;
  multiply(*cf, *c, *f);
  Wiped<Small> e;
  triple_mod3(*e, *cf);
  multiply_mod3(r, *e, *g_inverse);
  const std::uint32_t wrong = mask_wrong_weight(r);
  for (std::size_t i = 0; i < p; ++i) {
    const auto coefficient = static_cast<std::uint32_t>(r[i]);
    const std::uint32_t instead = i < sntrup761_w ? 1 : 0;
    r[i] = static_cast<std::int8_t>(coefficient ^ (wrong & (coefficient ^ instead)));
  }
}

}  // namespace

KeyPair generate() {
  Wiped<Random> random;
  Wiped<Small> g;
  Wiped<Small> g_inverse;
  do {
    crypt::fill_random(*random);
    sample_small(*g, *random);
  } while (!reciprocal_mod3(*g_inverse, *g));
  Wiped<Small> f;
  crypt::fill_random(*random);
  sample_short(*f, *random);
  Wiped<Ring> f_inverse;
  reciprocal_of_triple(*f_inverse, *f);
  Wiped<Ring> h;
  multiply(*h, *f_inverse, *g);

  KeyPair pair{{}, Secret::zeroed(secret_key_size)};
  encode_ring(pair.public_key, *h);
  const MutableByteView secret_key = pair.secret_key.mutable_view();
  encode_small(secret_key.first(small_size), *f);
  encode_small(secret_key.subspan(small_size, small_size), *g_inverse);
  copy_to(secret_key.subspan(2 * small_size), pair.public_key);
  crypt::fill_random(secret_key.subspan(2 * small_size + public_key_size, small_size));
  HashBytes key_hash{};
  hash(key_hash, 4, {pair.public_key});
  copy_to(secret_key.last(hash_size), key_hash);
  return pair;
}

Result<Encapsulated> encapsulate(ByteView public_key) {
  Wiped<Random> random;
  crypt::fill_random(*random);
  return encapsulate_from(public_key, *random);
}

Result<Encapsulated> encapsulate_from(ByteView public_key, ByteView random) {
  if (public_key.size() != public_key_size) return fail(Errc::invalid, "sntrup761: the public key has a wrong length");
  if (random.size() != random_size) return fail(Errc::invalid, "sntrup761: the random bytes have a wrong length");
  HashBytes key_hash{};
  hash(key_hash, 4, {public_key});
  Wiped<Small> r;
  sample_short(*r, random);
  Wiped<SmallBytes> r_bytes;
  Ciphertext ciphertext{};
  hide(ciphertext, *r_bytes, *r, public_key, key_hash);
  return Encapsulated{ciphertext, session_secret(1, *r_bytes, ciphertext)};
}

Result<Secret> decapsulate(ByteView secret_key, ByteView ciphertext) {
  if (secret_key.size() != secret_key_size) return fail(Errc::invalid, "sntrup761: the secret key has a wrong length");
  if (ciphertext.size() != ciphertext_size) return fail(Errc::invalid, "sntrup761: the ciphertext has a wrong length");
  const ByteView public_key = secret_key.subspan(2 * small_size, public_key_size);
  const ByteView rho = secret_key.subspan(2 * small_size + public_key_size, small_size);
  HashBytes key_hash{};
  copy_to(key_hash, secret_key.last(hash_size));

  Wiped<Small> r;
  decrypt(*r, ciphertext.first(rounded_size), secret_key.first(2 * small_size));
  Wiped<SmallBytes> r_bytes;
  Wiped<Ciphertext> again;
  hide(*again, *r_bytes, *r, public_key, key_hash);
  const std::uint32_t different = mask_different(ciphertext, *again);
  copy_masked(*r_bytes, rho, different);
  return session_secret(static_cast<std::uint8_t>(1 + different), *r_bytes, ciphertext);
}

}  // namespace bulkhead::kem::sntrup761
