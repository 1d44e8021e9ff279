#include "vault/keys.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"
#include "core/seal/key.h"
#include "vault/test_directory.h"

namespace bulkhead::vault {
namespace {

constexpr seal::FileId file_a{1, 2, 3};
constexpr seal::FileId file_b{1, 2, 4};
const Bytes file_key(32, 0x5a);

TEST_CASE("the first start makes private keys, and the second reads the same ones") {
  const TestDirectory directory;
  Bytes wrapped;
  crypt::Sha256 verifier{};
  Bytes seed;
  {
    Keys keys = Keys::load_or_make(directory.fd()).value();
    wrapped = keys.wrap(file_key, file_a, 7).value();
    verifier = keys.pepper("alice", Bytes(32, 1));
    seed = to_bytes(keys.ledger_seed());
  }
  for (const char* path : {"root.key", "ledger.key", "pepper.key", "buckets"}) {
    struct stat info{};
    REQUIRE(::fstatat(directory.fd(), path, &info, 0) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
  }
  const Keys again = Keys::load_or_make(directory.fd()).value();
  CHECK(to_bytes(again.unwrap(wrapped, file_a, 7).value().view()) == file_key);
  CHECK(again.pepper("alice", Bytes(32, 1)) == verifier);
  CHECK(to_bytes(again.ledger_seed()) == seed);
}

TEST_CASE("a wrapped key opens for its file and organisation only") {
  const TestDirectory directory;
  Keys keys = Keys::load_or_make(directory.fd()).value();
  const Bytes wrapped = keys.wrap(file_key, file_a, 7).value();
  REQUIRE(keys.wrap(file_key, file_a, 8).ok());  // the other organisation has keys of its own
  CHECK(keys.unwrap(wrapped, file_a, 7).ok());
  CHECK(keys.unwrap(wrapped, file_b, 7).error().kind() == Errc::denied);
  CHECK(keys.unwrap(wrapped, file_a, 8).error().kind() == Errc::denied);
  CHECK(keys.unwrap(wrapped, file_a, 9).error().kind() == Errc::denied);
  CHECK(keys.unwrap({}, file_a, 7).error().kind() == Errc::denied);
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    Bytes changed = wrapped;
    changed[i] ^= 1U;
    CHECK(keys.unwrap(changed, file_a, 7).error().kind() == Errc::denied);
  }
}

TEST_CASE("the key of a draft opens as such, for its file, organisation and principal only") {
  const TestDirectory directory;
  Keys keys = Keys::load_or_make(directory.fd()).value();
  capability::PrincipalId alice{};
  alice.fill('a');
  capability::PrincipalId bob = alice;
  bob.back() = 'b';
  const Bytes draft = keys.wrap_draft(file_key, file_a, 7, alice).value();
  const Bytes file = keys.wrap(file_key, file_a, 7).value();
  REQUIRE(keys.wrap(file_key, file_a, 8).ok());
  CHECK(to_bytes(keys.unwrap_draft(draft, file_a, 7, alice).value().view()) == file_key);
  CHECK(keys.unwrap_draft(draft, file_a, 7, bob).error().kind() == Errc::corrupt);
  CHECK(keys.unwrap_draft(draft, file_b, 7, alice).error().kind() == Errc::corrupt);
  CHECK(keys.unwrap_draft(draft, file_a, 8, alice).error().kind() == Errc::corrupt);
  CHECK(keys.unwrap_draft(file, file_a, 7, alice).error().kind() == Errc::corrupt);
  CHECK(keys.unwrap(draft, file_a, 7).error().kind() == Errc::denied);
}

TEST_CASE("a lost key file is never replaced by a new one") {
  for (const char* lost : {"root.key", "ledger.key", "pepper.key", "buckets"}) {
    const TestDirectory directory;
    REQUIRE(Keys::load_or_make(directory.fd()).ok());
    REQUIRE(::unlinkat(directory.fd(), lost, 0) == 0);
    const Result<Keys> refused = Keys::load_or_make(directory.fd());
    CHECK(refused.error().kind() == Errc::invalid);
    CHECK(refused.error().message().find(lost) != std::string::npos);
    CHECK(::faccessat(directory.fd(), lost, F_OK, 0) != 0);
  }
}

TEST_CASE("all keys lost from a vault that was in use is not a first start") {
  const TestDirectory directory;
  REQUIRE(Keys::load_or_make(directory.fd()).ok());
  REQUIRE(pin_capability_key(directory.fd(), crypt::Ed25519Public{1}).ok());
  for (const char* path : {"root.key", "ledger.key", "pepper.key", "buckets"}) ::unlinkat(directory.fd(), path, 0);
  CHECK(Keys::load_or_make(directory.fd()).error().kind() == Errc::invalid);
}

TEST_CASE("damaged or mixed key files are refused") {
  const TestDirectory directory;
  const TestDirectory other;
  REQUIRE(Keys::load_or_make(directory.fd()).value().wrap(file_key, file_a, 7).ok());
  REQUIRE(Keys::load_or_make(other.fd()).ok());
  const Bytes buckets = read_file(directory.fd(), "buckets", buckets_file_size_max).value();
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    Bytes changed = buckets;
    changed[i] ^= 0x80U;
    REQUIRE(replace_file(directory.fd(), "buckets", changed, 0600).ok());
    CHECK(Keys::load_or_make(directory.fd()).error().kind() == Errc::corrupt);
  }
  REQUIRE(replace_file(directory.fd(), "buckets", buckets, 0600).ok());
  CHECK(Keys::load_or_make(directory.fd()).ok());
  REQUIRE(replace_file(other.fd(), "buckets", buckets, 0600).ok());
  CHECK(Keys::load_or_make(other.fd()).error().kind() == Errc::corrupt);
  REQUIRE(replace_file(directory.fd(), "pepper.key", Bytes(31), 0600).ok());
  CHECK(Keys::load_or_make(directory.fd()).error().kind() == Errc::corrupt);
}

TEST_CASE("buckets of several tenants and days survive printing; one more than fits is refused") {
  const Bytes root(32, 9);
  Buckets buckets;
  REQUIRE(buckets.add(root, 1, retention::kept).ok());
  REQUIRE(buckets.add(root, 1, 20'000).ok());
  REQUIRE(buckets.add(root, 2, retention::kept).ok());
  const Buckets again = Buckets::parse(root, buckets.print(root)).value();
  for (const auto& [tenant, day] : {std::pair{1U, retention::kept}, std::pair{1U, 20'000U}, std::pair{2U, retention::kept}}) {
    CHECK(to_bytes(again.bucket_key(root, tenant, day).value().view()) ==
          to_bytes(buckets.bucket_key(root, tenant, day).value().view()));
  }
  CHECK(to_bytes(again.bucket_key(root, 1, retention::kept).value().view()) !=
        to_bytes(again.bucket_key(root, 1, 20'000).value().view()));
  CHECK(again.bucket_key(root, 2, 20'000).error().kind() == Errc::not_found);
  std::uint32_t tenant = 3;
  while (buckets.add(root, tenant, retention::kept).ok()) ++tenant;
  CHECK(buckets.add(root, tenant, retention::kept).error().kind() == Errc::exhausted);
  CHECK(buckets.print(root).size() <= buckets_file_size_max);
  CHECK(Buckets::parse(root, buckets.print(root)).ok());
}

TEST_CASE("warden's key is pinned at first sight") {
  const TestDirectory directory;
  CHECK(pin_capability_key(directory.fd(), crypt::Ed25519Public{1}).ok());
  CHECK(pin_capability_key(directory.fd(), crypt::Ed25519Public{1}).ok());
  CHECK(pin_capability_key(directory.fd(), crypt::Ed25519Public{2}).error().kind() == Errc::denied);
  CHECK(pin_capability_key(directory.fd(), crypt::Ed25519Public{1}).ok());
}

TEST_CASE("the pepper depends on user and tag") {
  const TestDirectory directory;
  const Keys keys = Keys::load_or_make(directory.fd()).value();
  CHECK(keys.pepper("alice", Bytes(32, 1)) != keys.pepper("bob", Bytes(32, 1)));
  CHECK(keys.pepper("alice", Bytes(32, 1)) != keys.pepper("alice", Bytes(32, 2)));
}

}  // namespace
}  // namespace bulkhead::vault
