#include "vault/expiries.h"

#include "core/seal/key.h"
#include "vault/stage.h"

namespace bulkhead::vault {
namespace {

constexpr std::uint32_t organisation = 7;
constexpr retention::Day one_day = retention::day_of(1'700'000'000'000);  // years ago

retention::Day today() {
  return retention::day_of(unix_now_ms());
}

ipc::Channel keeper_of(Vault& vault) {
  auto [ours, theirs] = socket_pair().value();
  vault.answers.serve_keeper(std::move(theirs), {});
  return ipc::Channel{std::move(ours)};
}

asks::RewrapItem item(const asks::FileTag& tag, Bytes wrapped, retention::Day from, retention::Day to) {
  return {organisation, tag, std::move(wrapped), from, to};
}
Bytes rewrapped(ipc::Channel& keeper, const asks::RewrapItem& item) {
  return keeper.ask(asks::Rewrap{{item}}).value().wrapped_keys.at(0);
}

TEST_CASE("a key is wrapped for another bucket, and only for a day that is ahead: asks::Rewrap") {
  TestDirectory directory;
  Vault vault{directory};
  const Bytes key(32, 4);
  const Bytes kept = vault.keys.wrap(key, tag_a, organisation).value();
  ipc::Channel keeper = keeper_of(vault);
  vault.during([&] {
    const retention::Day day = today() + 30;
    const Bytes moved = rewrapped(keeper, item(tag_a, kept, 0, day));
    CHECK(vault.keys.unwrap(moved, tag_a, organisation, day).value().view()[0] == 4);
    CHECK(vault.keys.unwrap(moved, tag_a, organisation).error().kind() == Errc::denied);
    const Bytes back = rewrapped(keeper, item(tag_a, moved, day, 0));
    CHECK(vault.keys.unwrap(back, tag_a, organisation).ok());

    CHECK(rewrapped(keeper, item(tag_b, kept, 0, day)).empty());       // another file
    CHECK(rewrapped(keeper, item(tag_a, kept, day, day + 1)).empty());  // another bucket than said
    CHECK(rewrapped(keeper, item(tag_a, kept, 0, today())).empty());
    CHECK(rewrapped(keeper, item(tag_a, kept, 0, one_day)).empty());
    CHECK(rewrapped(keeper, item(tag_a, kept, 0, day + 40'000)).empty());
    asks::RewrapItem foreign = item(tag_a, kept, 0, day);
    foreign.organisation = 8;
    CHECK(rewrapped(keeper, foreign).empty());
    CHECK(refused(keeper, asks::Rewrap{std::vector<asks::RewrapItem>(asks::rewraps_max + 1)}) == Errc::invalid);
    keeper = ipc::Channel{Fd{}};
  });
}

TEST_CASE("a bucket is destroyed when its day is over, entered before, and stays destroyed") {
  TestDirectory directory;
  const Bytes key(32, 4);
  Bytes wrapped;
  Bytes old_buckets;
  {
    Vault vault{directory};
    wrapped = vault.keys.wrap(key, tag_a, organisation, one_day).value();
    vault.keys.wrap(key, tag_b, organisation, today()).value();
    old_buckets = read_file(directory.fd(), "buckets", buckets_file_size_max).value();
    ipc::Channel keeper = keeper_of(vault);
    vault.during([&] {
      const asks::BucketName name{organisation, one_day};
      CHECK(keeper.ask(asks::DueBuckets{}).value().buckets == std::vector{name});
      CHECK(refused(keeper, asks::DestroyBuckets{{{organisation, today()}}}) == Errc::conflict);
      CHECK(refused(keeper, asks::DestroyBuckets{{name, {organisation, 0}}}) == Errc::conflict);
      CHECK(directory.all<ledger::Destroyed>().empty());
      CHECK(vault.keys.unwrap(wrapped, tag_a, organisation, one_day).ok());
      REQUIRE(keeper.ask(asks::DestroyBuckets{{name, {organisation, one_day - 1}}}).ok());
      CHECK(directory.all<ledger::Destroyed>() == std::vector{ledger::Destroyed{"7", one_day}});
      CHECK(vault.keys.unwrap(wrapped, tag_a, organisation, one_day).error().kind() == Errc::not_found);
      CHECK(keeper.ask(asks::DueBuckets{}).value().buckets.empty());
      CHECK(vault.keys.wrap(key, tag_a, organisation, one_day).error().kind() == Errc::expired);
      keeper = ipc::Channel{Fd{}};
    });
  }
  // An older copy of `buckets` is put back: the ledger destroys it once more.
  REQUIRE(replace_file(directory.fd(), "buckets", old_buckets, 0600).ok());
  Vault again{directory};
  CHECK(again.keys.unwrap(wrapped, tag_a, organisation, one_day).error().kind() == Errc::not_found);
  CHECK(again.keys.due(unix_now_ms(), 10).empty());
}

TEST_CASE("nothing is destroyed that the ledger does not hold") {
  TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 4), tag_a, organisation, one_day).value();
  ipc::Channel keeper = keeper_of(vault);
  vault.during([&] {
    vault.disk.full = true;
    CHECK(refused(keeper, asks::DestroyBuckets{{{organisation, one_day}}}) == Errc::storage_full);
    CHECK(vault.keys.unwrap(wrapped, tag_a, organisation, one_day).ok());
    vault.disk.full = false;
    CHECK(keeper.ask(asks::DestroyBuckets{{{organisation, one_day}}}).ok());
    CHECK_FALSE(vault.keys.unwrap(wrapped, tag_a, organisation, one_day).ok());
    keeper = ipc::Channel{Fd{}};
  });
}

TEST_CASE("a clock that jumped ahead makes no bucket due") {
  TestDirectory directory;
  ledger::LogDisk disk;
  Keys keys = Keys::load_or_make(directory.fd()).value();
  LedgerWriter writer = LedgerWriter::open(directory.fd(), "test.example/ledger", keys, disk).value();
  Expiries expiries{keys, writer};
  const UnixMs start = unix_now_ms();
  keys.wrap(Bytes(32, 4), tag_a, organisation, today()).value();
  expiries.tick(start, 0);
  CHECK(expiries.due().buckets.empty());
  expiries.tick(start + 10 * retention::day_ms, 60'000);
  CHECK(expiries.due().buckets.empty());
  expiries.tick(start + 10 * retention::day_ms, 60'000 + retention::distrust_ms);
  CHECK(expiries.due().buckets.size() == 1);
}

TEST_CASE("a file is received into the bucket of its days, and leaves it with its day") {
  TestDirectory directory;
  Vault vault{directory};
  ipc::Channel porter = vault.porter(3);
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", organisation, 3)}).ok());
    asks::Received ask{tag_a, draft_of(vault.keys, "alice"), 78, "/Home/alice/b.txt", {}, 12, 30};
    const auto received = porter.ask(ask).value();
    CHECK(received.bucket_day == retention::bucket_of(unix_now_ms(), 30));
    asks::Release release = release_of(tag_a, received.wrapped_key);
    CHECK(refused(porter, release) == Errc::denied);
    release.bucket_day = received.bucket_day;
    CHECK(porter.ask(release).ok());
    // A day whose bucket is no more is nobody's lie, however often.
    release.bucket_day = one_day;
    for (unsigned i = 0; i < 2 * wrong_keys_max; ++i) CHECK(refused(porter, release) == Errc::not_found);
    ask.keep_days = retention::days_max + 1;
    CHECK_FALSE(porter.ask(ask).ok());
    porter = ipc::Channel{Fd{}};
  });
}

}  // namespace
}  // namespace bulkhead::vault
