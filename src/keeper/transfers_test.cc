#include "keeper/transfers.h"

#include <doctest/doctest.h>

#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using asks::TransferDirection;
using capability::Role;
using asks::TransferState;
using How = asks::TransferEnd::How;

constexpr ipc::PeerId channel = 7;
constexpr UnixMs start = 1'000'000;

struct World {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client boss = keeper.sign_on("boss", Role::admin);

  // The transfers as they are at that moment, of one user.
  asks::ListTransfers::Reply list(Transfers& transfers, std::string_view user, policy::Role role, UnixMs now, asks::ListTransfers ask) {
    const auto number = keeper.store.db.one("SELECT number FROM users WHERE name = $1", [](db::Row& row) { return row.int64(0); }, user);
    const Asker asker{.subject = {.user = static_cast<policy::UserId>(number.value().value()), .org = company, .role = role, .groups = {}, .live = true},
                      .organisation = company,
                      .address = "192.0.2.1",
                      .now = now};
    ask.slice.limit = 100;
    return transfers.list(asker, ask).value();
  }
};

Transfer transfer_of(Running& keeper, std::string_view user, TransferDirection direction, std::uint64_t file, std::string_view name) {
  const auto number = keeper.store.db.one("SELECT number FROM users WHERE name = $1", [](db::Row& row) { return row.int64(0); }, user);
  Transfer transfer;
  transfer.direction = direction;
  transfer.user = static_cast<policy::UserId>(number.value().value());
  transfer.organisation = company;
  transfer.address = "192.0.2.1";
  transfer.started_ms = start;
  transfer.file = file;
  transfer.name = name;
  transfer.folder_path = "/Home/ann";
  return transfer;
}

}  // namespace

TEST_CASE("transfers: shown with their first progress, stalled without more, and for a while after their ends") {
  World at;
  at.keeper.in_loop([&] {
    Transfers transfers{at.keeper.store};
    transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::upload, 1, "a"));
    transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::download, 2, "b"));
    transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::download, 3, "copied inside"));
    const auto seen = [&](UnixMs now, std::uint64_t ended_within_ms = 0) {
      asks::ListTransfers ask;
      ask.ended_within_ms = ended_within_ms;
      return at.list(transfers, "ann", policy::Role::user, now, ask);
    };
    CHECK(seen(start).total == 0);
    transfers.progress(channel, {TransferDirection::upload, 1, 5'000, 9'000}, start + 1'000);
    transfers.progress(channel, {TransferDirection::download, 2, 10, 0}, start + 2'000);
    transfers.progress(channel, {TransferDirection::download, 99, 10, 0}, start + 2'000);
    transfers.progress(channel + 1, {TransferDirection::download, 2, 99, 0}, start + 2'000);
    asks::ListTransfers::Reply reply = seen(start + 2'000);
    REQUIRE(reply.rows.size() == 2);
    CHECK(reply.rows[0].file_name == "a");
    CHECK(reply.rows[0].bytes == 5'000);
    CHECK(reply.rows[0].total == 9'000);
    CHECK(reply.rows[0].rate == 2'500);
    CHECK(reply.rows[0].state == TransferState::active);
    CHECK(reply.rows[1].bytes == 10);
    CHECK(seen(start + 1'000 + stalled_after_ms).rows[0].state == TransferState::stalled);
    CHECK(seen(start + 1'000 + stalled_after_ms).rows[1].state == TransferState::active);
    transfers.progress(channel, {TransferDirection::upload, 1, 5'000, 9'000}, start + 20'000);  // not a byte more
    CHECK(seen(start + 1'000 + stalled_after_ms).rows[0].state == TransferState::stalled);

    transfers.end(channel, {TransferDirection::download, 2, 12, How::complete}, start + 3'000);
    transfers.end(channel, {TransferDirection::download, 2, 12, How::complete}, start + 3'000);
    transfers.gone(channel, start + 4'000);
    transfers.gone(channel, start + 4'000);
    CHECK(seen(start + 5'000).total == 0);
    reply = seen(start + 5'000, 1'000);
    REQUIRE(reply.rows.size() == 1);
    CHECK(reply.rows[0].state == TransferState::failed);
    CHECK(reply.failed == 1);
    CHECK(reply.completed == 1);
    CHECK(seen(start + 5'000, 60'000).total == 2);
    transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::download, 2, "b"));
    transfers.end(channel, {TransferDirection::download, 2, 12, How::complete}, start + 4'000 + ended_transfer_life_ms + 1);
    CHECK(seen(start + 5'000 + ended_transfer_life_ms, 10 * ended_transfer_life_ms).total == 1);
  });
}

TEST_CASE("transfers: a pause is no end, and a publication says how large it was") {
  World at;
  at.keeper.in_loop([&] {
    Transfers transfers{at.keeper.store};
    const auto all = [&] {
      asks::ListTransfers ask;
      ask.ended_within_ms = 60'000;
      return at.list(transfers, "ann", policy::Role::user, start + 9'000, ask);
    };
    transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::upload, 1, "a"));
    transfers.progress(channel, {TransferDirection::upload, 1, 5'000, 0}, start + 1'000);
    transfers.end(channel, {TransferDirection::upload, 1, 6'000, How::paused}, start + 2'000);
    CHECK(all().total == 0);
    transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::upload, 1, "a"));
    asks::FileRow row;
    row.id = 1;
    row.size = 7'000;
    row.integrity_checked = true;
    row.uploader_agent = "curl/8";
    transfers.published(channel, row, start + 3'000);
    const auto reply = all();
    REQUIRE(reply.rows.size() == 1);
    CHECK(reply.rows[0].state == TransferState::completed);
    CHECK(reply.rows[0].bytes == 7'000);
    CHECK(reply.rows[0].total == 7'000);
    CHECK(reply.rows[0].integrity_checked);
    CHECK(reply.rows[0].agent == "curl/8");
  });
}

TEST_CASE("transfers: users see their own, and what is kept is bounded") {
  World at;
  at.keeper.in_loop([&] {
    Transfers transfers{at.keeper.store};
    const auto count = [&](std::string_view user, policy::Role role, asks::ListTransfers ask) {
      ask.ended_within_ms = 60'000;
      return at.list(transfers, user, role, start + 1'000, ask).total;
    };
    for (std::uint64_t file = 1; file <= transfers_of_a_channel_max + 10; ++file) {
      transfers.begin(channel, transfer_of(at.keeper, "ann", TransferDirection::download, file, "n"));
      transfers.progress(channel, {TransferDirection::download, file, 1, 2}, start + 1'000);
    }
    CHECK(count("ann", policy::Role::user, {}) == transfers_of_a_channel_max);
    CHECK(count("boss", policy::Role::user, {}) == 0);
    CHECK(count("boss", policy::Role::admin, {}) == transfers_of_a_channel_max);
    CHECK(count("boss", policy::Role::auditor, {}) == transfers_of_a_channel_max);
    CHECK(count("boss", policy::Role::system_admin, {}) == 0);
    asks::ListTransfers filtered;
    filtered.user = "NN";
    CHECK(count("boss", policy::Role::admin, filtered) == transfers_of_a_channel_max);
    filtered.any = "no such text";
    CHECK(count("boss", policy::Role::admin, filtered) == 0);
    filtered = {};
    filtered.states = 1U << static_cast<unsigned>(TransferState::failed);
    CHECK(count("boss", policy::Role::admin, filtered) == 0);
    for (std::uint64_t round = 0; round <= ended_transfers_max; ++round) {
      transfers.begin(channel + 1, transfer_of(at.keeper, "ann", TransferDirection::download, 1, "n"));
      transfers.end(channel + 1, {TransferDirection::download, 1, 1, How::complete}, start + 1'000);
    }
    CHECK(count("ann", policy::Role::user, {}) == transfers_of_a_channel_max + ended_transfers_max);
  });
}

}  // namespace bulkhead::keeper
