// The promise of constant_time.h on the compiled code: under valgrind the secrets are marked as not defined, and a
// branch or an index that depends on them is an error of memcheck. Elsewhere these cases only run the code.
#include <doctest/doctest.h>

#include "core/kem/constant_time.h"
#include "core/kem/ml_kem.h"
#include "core/kem/sntrup761.h"
#include "crypt/random.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(address, size) 0
#define VALGRIND_MAKE_MEM_DEFINED(address, size) 0
#define VALGRIND_COUNT_ERRORS 0
#define RUNNING_ON_VALGRIND 0
#endif

namespace bulkhead::kem {
namespace {

void mark(MutableByteView secret) {
  static_cast<void>(VALGRIND_MAKE_MEM_UNDEFINED(secret.data(), secret.size()));
}
void unmark(ByteView known) {
  static_cast<void>(VALGRIND_MAKE_MEM_DEFINED(known.data(), known.size()));
}
unsigned errors() {
  return VALGRIND_COUNT_ERRORS;
}

// Compares bytes that may be marked.
bool same(const Secret& left, const Secret& right) {
  unmark(left.view());
  unmark(right.view());
  return equal_constant_time(left.view(), right.view());
}

Bytes wrong(ByteView ciphertext) {
  Bytes bytes = to_bytes(ciphertext);
  bytes[7] ^= 1U;
  return bytes;
}

// The secret parts of `key` are marked; its public key is what everyone has.
void check_decapsulation(auto decapsulate, const Secret& key, std::initializer_list<MutableByteView> parts,
                         ByteView ciphertext, const Secret& shared) {
  const unsigned before = errors();
  for (const MutableByteView part : parts) mark(part);
  const Secret right = decapsulate(key.view(), ciphertext).value();
  const Secret rejected = decapsulate(key.view(), wrong(ciphertext)).value();
  CHECK(errors() == before);
  CHECK(same(right, shared));
  CHECK(!same(rejected, shared));
}

TEST_CASE("masks") {
  CHECK(mask_nonzero(0) == 0);
  CHECK(mask_negative(0) == 0);
  CHECK(mask_negative(INT32_MAX) == 0);
  CHECK(mask_negative(INT32_MIN) == UINT32_MAX);
  CHECK(mask_negative(-1) == UINT32_MAX);
  for (std::uint32_t bit = 0; bit < 32; ++bit) CHECK(mask_nonzero(1U << bit) == UINT32_MAX);
  const Bytes left(1088, 0x00);
  Bytes right = left;
  CHECK(mask_different(left, right) == 0);
  for (std::uint8_t& byte : right) {
    byte = 0x80;
    CHECK(mask_different(left, right) == UINT32_MAX);
    byte = 0;
  }
  copy_masked(right, Bytes(1088, 0x5a), 0);
  CHECK(right == left);
  copy_masked(right, Bytes(1088, 0x5a), UINT32_MAX);
  CHECK(right == Bytes(1088, 0x5a));
}

TEST_CASE("constant time: ML-KEM-768") {
  namespace scheme = ml_kem_768;
  Secret seed = crypt::random_secret(scheme::seed_size);
  scheme::KeyPair pair = scheme::generate_from(seed.view()).value();
  Secret message = crypt::random_secret(scheme::message_size);

  const unsigned before = errors();
  mark(message.mutable_view());
  scheme::Encapsulated made = scheme::encapsulate_from(pair.public_key, message.view()).value();
  CHECK(errors() == before);
  unmark(made.ciphertext);

  const MutableByteView key = pair.secret_key.mutable_view();
  check_decapsulation(scheme::decapsulate, pair.secret_key, {key.first(1152), key.last(32)}, made.ciphertext,
                      made.shared);
}

TEST_CASE("constant time: sntrup761") {
  namespace scheme = sntrup761;
  scheme::KeyPair pair = scheme::generate();
  Secret random = crypt::random_secret(scheme::random_size);

  const unsigned before = errors();
  mark(random.mutable_view());
  scheme::Encapsulated made = scheme::encapsulate_from(pair.public_key, random.view()).value();
  CHECK(errors() == before);
  unmark(made.ciphertext);

  const MutableByteView key = pair.secret_key.mutable_view();
  check_decapsulation(scheme::decapsulate, pair.secret_key, {key.first(382), key.subspan(382 + 1158, 191)},
                      made.ciphertext, made.shared);
}

// That the cases above could fail.
TEST_CASE("constant time: a branch on a secret is seen") {
  Secret secret = crypt::random_secret(1);
  mark(secret.mutable_view());
  const unsigned before = errors();
  if (secret.view()[0] > 100) __asm__ volatile("nop");
  CHECK(errors() - before == (RUNNING_ON_VALGRIND != 0 ? 1U : 0U));
}

}  // namespace
}  // namespace bulkhead::kem
