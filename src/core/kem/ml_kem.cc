#include "core/kem/ml_kem.h"

#include <algorithm>

#include "core/kem/constant_time.h"
#include "core/kem/keccak.h"
#include "core/kem/ml_kem_poly.h"
#include "crypt/random.h"

namespace bulkhead::kem::ml_kem_768 {
namespace {

constexpr std::size_t vector_size = ml_kem_k * poly_size;
constexpr std::size_t rho_size = 32;
constexpr std::size_t hash_size = 32;
constexpr std::uint32_t u_bits = 10;
constexpr std::uint32_t v_bits = 4;
constexpr std::size_t u_size = 32 * u_bits;  // of one polynomial
constexpr std::size_t v_size = 32 * v_bits;
static_assert(vector_size + rho_size == public_key_size && ml_kem_k * u_size + v_size == ciphertext_size);
static_assert(vector_size + public_key_size + hash_size + 32 == secret_key_size);

using Ciphertext = std::array<std::uint8_t, ciphertext_size>;

// An encapsulation key, taken apart.
struct PublicKey {
  PolyVector t;
  std::array<std::uint8_t, rho_size> rho;
};

// The two halves of G's output: the shared secret (or rho), and the seed of the noise.
struct Halves {
  explicit Halves(std::initializer_list<ByteView> parts) { sha3_512(*both, parts); }
  ByteView first() const { return ByteView{*both}.first(32); }
  ByteView second() const { return ByteView{*both}.last(32); }
  Wiped<std::array<std::uint8_t, 64>> both;
};

Result<PublicKey> decode_public_key(ByteView bytes) {
  if (bytes.size() != public_key_size) return fail(Errc::invalid, "ML-KEM-768: the public key has a wrong length");
  PublicKey key{};
  bool reduced = true;
  for (std::size_t i = 0; i < ml_kem_k; ++i) {
    reduced = decode_poly(key.t[i], bytes.subspan(i * poly_size, poly_size)) && reduced;
  }
  if (!reduced) return fail(Errc::invalid, "ML-KEM-768: a coefficient of the public key is not below q");
  copy_to(key.rho, bytes.last(rho_size));
  return key;
}

void sample_noise(PolyVector& out, ByteView seed, std::uint8_t counter) {
  for (Poly& poly : out) kem::sample_noise(poly, seed, counter++);
}

// sum += row `row` of the matrix of `rho`, or of its transpose, times `vector`.
void multiply_add_row(Poly& sum, ByteView rho, std::size_t row, bool transposed, const PolyVector& vector) {
  for (std::size_t column = 0; column < ml_kem_k; ++column) {
    const auto i = static_cast<std::uint8_t>(row);
    const auto j = static_cast<std::uint8_t>(column);
    multiply_add(sum, transposed ? sample_uniform(rho, i, j) : sample_uniform(rho, j, i), vector[column]);
  }
}

// Algorithm 14, K-PKE.Encrypt.
Ciphertext encrypt(const PublicKey& key, ByteView message, ByteView seed) {
  Wiped<PolyVector> y;
  Wiped<PolyVector> noise;
  Wiped<Poly> v_noise;
  sample_noise(*y, seed, 0);
  sample_noise(*noise, seed, ml_kem_k);
  kem::sample_noise(*v_noise, seed, 2 * ml_kem_k);
  for (Poly& poly : *y) ntt(poly);

  Ciphertext ciphertext{};
  const MutableByteView out{ciphertext};
  Wiped<Poly> sum;
  for (std::size_t i = 0; i < ml_kem_k; ++i) {
    *sum = {};
    multiply_add_row(*sum, key.rho, i, true, *y);
    inverse_ntt(*sum);
    add_to(*sum, (*noise)[i]);
    compress_poly(out.subspan(i * u_size, u_size), *sum, u_bits);
  }
  Wiped<Poly> mu;
  decompress_poly(*mu, message, 1);
  *sum = {};
  for (std::size_t i = 0; i < ml_kem_k; ++i) multiply_add(*sum, key.t[i], (*y)[i]);
  inverse_ntt(*sum);
  add_to(*sum, *v_noise);
  add_to(*sum, *mu);
  compress_poly(out.last(v_size), *sum, v_bits);
  return ciphertext;
}

// Algorithm 15, K-PKE.Decrypt.
void decrypt(MutableByteView message, ByteView secret_vector, ByteView ciphertext) {
  Wiped<Poly> sum;
  Wiped<Poly> s;
  Wiped<Poly> u;
  for (std::size_t i = 0; i < ml_kem_k; ++i) {
    decompress_poly(*u, ciphertext.subspan(i * u_size, u_size), u_bits);
    ntt(*u);
    // FIPS 203 has no check of s: values of q and above, which no key generation makes, are reduced.
    static_cast<void>(decode_poly(*s, secret_vector.subspan(i * poly_size, poly_size)));
    multiply_add(*sum, *s, *u);
  }
  inverse_ntt(*sum);
  Wiped<Poly> w;
  decompress_poly(*w, ciphertext.last(v_size), v_bits);
  subtract_from(*w, *sum);
  compress_poly(message, *w, 1);
}

// Algorithms 13 and 16. `seed` is d || z.
KeyPair key_pair_of(ByteView seed) {
  constexpr std::uint8_t k = ml_kem_k;
  const Halves rho_sigma{{seed.first(32), ByteView{&k, 1}}};
  const ByteView rho = rho_sigma.first();

  Wiped<PolyVector> s;
  Wiped<PolyVector> t;
  sample_noise(*s, rho_sigma.second(), 0);
  sample_noise(*t, rho_sigma.second(), ml_kem_k);
  KeyPair pair{{}, Secret::zeroed(secret_key_size)};
  const MutableByteView public_key{pair.public_key};
  const MutableByteView secret_key = pair.secret_key.mutable_view();
  for (std::size_t i = 0; i < ml_kem_k; ++i) {
    ntt((*s)[i]);
    encode_poly(secret_key.subspan(i * poly_size, poly_size), (*s)[i]);
  }
  for (std::size_t i = 0; i < ml_kem_k; ++i) {
    ntt((*t)[i]);
    multiply_add_row((*t)[i], rho, i, false, *s);
    encode_poly(public_key.subspan(i * poly_size, poly_size), (*t)[i]);
  }
  copy_to(public_key.last(rho_size), rho);
  copy_to(secret_key.subspan(vector_size), public_key);
  copy_to(secret_key.subspan(vector_size + public_key_size), sha3_256({public_key}));
  copy_to(secret_key.last(32), seed.last(32));
  return pair;
}

}  // namespace

KeyPair generate() {
  Wiped<std::array<std::uint8_t, seed_size>> seed;
  crypt::fill_random(*seed);
  return key_pair_of(*seed);
}

Result<KeyPair> generate_from(ByteView seed) {
  if (seed.size() != seed_size) return fail(Errc::invalid, "ML-KEM-768: the seed has a wrong length");
  return key_pair_of(seed);
}

Result<Encapsulated> encapsulate(ByteView public_key) {
  Wiped<std::array<std::uint8_t, message_size>> message;
  crypt::fill_random(*message);
  return encapsulate_from(public_key, *message);
}

// Algorithm 17.
Result<Encapsulated> encapsulate_from(ByteView public_key, ByteView message) {
  const PublicKey key = TRY(decode_public_key(public_key));
  if (message.size() != message_size) return fail(Errc::invalid, "ML-KEM-768: the message has a wrong length");
  const Halves shared_seed{{message, sha3_256({public_key})}};
  return Encapsulated{encrypt(key, message, shared_seed.second()), Secret::copy_of(shared_seed.first())};
}

// Algorithm 18.
Result<Secret> decapsulate(ByteView secret_key, ByteView ciphertext) {
  if (secret_key.size() != secret_key_size) return fail(Errc::invalid, "ML-KEM-768: the secret key has a wrong length");
  if (ciphertext.size() != ciphertext_size) return fail(Errc::invalid, "ML-KEM-768: the ciphertext has a wrong length");
  const ByteView public_key = secret_key.subspan(vector_size, public_key_size);
  const ByteView hash = secret_key.subspan(vector_size + public_key_size, hash_size);
  if (!std::ranges::equal(sha3_256({public_key}), hash)) {
    return fail(Errc::invalid, "ML-KEM-768: the secret key does not fit its hash");
  }
  const PublicKey key = TRY(decode_public_key(public_key));

  Wiped<std::array<std::uint8_t, message_size>> message;
  decrypt(*message, secret_key.first(vector_size), ciphertext);
  const Halves shared_seed{{*message, hash}};
  Wiped<Ciphertext> again;
  *again = encrypt(key, *message, shared_seed.second());
  Secret shared = Secret::copy_of(shared_seed.first());

  Wiped<std::array<std::uint8_t, shared_secret_size>> rejection;
  Shake256{}.absorb(secret_key.last(32)).absorb(ciphertext).squeeze(*rejection);
  copy_masked(shared.mutable_view(), *rejection, mask_different(ciphertext, *again));
  return shared;
}

}  // namespace bulkhead::kem::ml_kem_768
