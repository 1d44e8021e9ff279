// Uploads that are not finished: who may go on with them, and when they go.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using asks::DraftMode;
using policy::Right;
using policy::Rights;

struct Held {
  std::uint64_t draft = 0;
  Fd blob;
  asks::CreateDraft::Reply reply;
};

Result<Held> begin(Client& who, std::uint32_t folder, const std::string& name, std::uint64_t size,
                   DraftMode mode = DraftMode::create, bool resumable = true) {
  Held held;
  held.reply = TRY(who.porter.ask(Client::create_ask(folder, name, mode, resumable)));
  held.draft = held.reply.draft;
  std::vector<Fd> blob;
  TRY(who.porter.ask(asks::DraftBlob{held.draft, Bytes(seal::wrapped_key_size, 5)}, &blob, 1));
  held.blob = std::move(blob.at(0));
  TRY(write_all_at(held.blob.get(), Bytes(seal::sealed_size(size), 7), 0));
  return held;
}

Result<Held> resume(Client& who, std::uint32_t folder, const std::string& name) {
  Held held;
  std::vector<Fd> blob;
  held.reply = TRY(who.porter.ask_with_any(Client::create_ask(folder, name, DraftMode::resume, true), blob));
  held.draft = held.reply.draft;
  if (!blob.empty()) held.blob = std::move(blob[0]);
  return held;
}

// Ends the porter's channel and gives the client another.
void lose(Running& keeper, Client& who, std::string_view name) {
  who = keeper.sign_on(name);
  keeper.in_loop([] {});
}

std::optional<asks::DraftRow> draft_at(Client& who, const std::string& path) {
  const auto found = who.gate.ask(asks::Lookup{path});
  return found.ok() ? found->draft : std::nullopt;
}

TEST_CASE("a resumable upload outlives its channel, and its uploader goes on with it") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  ann.gate.ask(asks::SetGrant{home, "bob", Rights::all().bits()}).value();
  constexpr std::uint64_t some = 2 * seal::chunk_size + 500;
  const Held first = begin(ann, home, "big", some).value();
  CHECK(kind_of(resume(again, home, "big")) == Errc::conflict);  // held by a live channel
  CHECK(draft_at(again, "/Home/ann/big").value().size == 2 * seal::chunk_size);
  CHECK_FALSE(draft_at(bob, "/Home/ann/big").has_value());
  CHECK_FALSE(resume(bob, home, "big").value().blob.valid());
  CHECK(begin(ann, home, "short-lived", 9, DraftMode::create, false).ok());
  CHECK(blobs_become(keeper.directory, 2));

  lose(keeper, ann, "ann");
  CHECK(blobs_become(keeper.directory, 1));
  Held second = resume(ann, home, "big").value();
  CHECK(second.draft == first.draft);
  CHECK(second.reply.tag == first.reply.tag);
  CHECK(second.reply.wrapped_key == Bytes(seal::wrapped_key_size, 5));
  CHECK(second.reply.size == 2 * seal::chunk_size);  // the rest is no whole chunk
  REQUIRE(second.blob.valid());
  CHECK(kind_of(again.porter.ask(asks::KeepDraft{second.draft, 1, true})) == Errc::not_found);
  CHECK(kind_of(ann.porter.ask(asks::KeepDraft{second.draft, some + 1, true})) == Errc::invalid);
  CHECK(ann.porter.ask(asks::KeepDraft{second.draft, some, true}).ok());
  CHECK(kind_of(ann.porter.ask(asks::DropDraft{second.draft})) == Errc::not_found);  // let go
  CHECK(draft_at(ann, "/Home/ann/big").value().size == some);

  second = resume(again, home, "big").value();
  CHECK(second.reply.size == some);
  CHECK(again.porter.ask(Client::commit_of(second.draft, some, false)).value().id == first.draft);
  CHECK_FALSE(draft_at(ann, "/Home/ann/big").has_value());
  CHECK(blobs_become(keeper.directory, 1));
  const auto row = ann.gate.ask(asks::Lookup{"/Home/ann/big"}).value().file.value();
  const Held base = resume(ann, home, "big").value();
  CHECK_FALSE(base.blob.valid());
  CHECK(base.reply.base_file == row.id);
  CHECK(base.reply.base_version == row.version);
}

TEST_CASE("the newest upload of a name is kept, and a published one ends the older") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const Held old = begin(ann, home, "a", 70'000).value();
  const Held newer = begin(again, home, "a", 140'000).value();
  CHECK(kind_of(ann.porter.ask(asks::KeepDraft{old.draft, 100, false})) == Errc::conflict);
  CHECK(again.porter.ask(asks::KeepDraft{newer.draft, 140'000, true}).ok());
  lose(keeper, ann, "ann");
  CHECK(blobs_become(keeper.directory, 1));
  CHECK(draft_at(ann, "/Home/ann/a").value().size == 140'000);
  ann.upload(home, "a").value();
  CHECK(blobs_become(keeper.directory, 0));
  CHECK_FALSE(resume(ann, home, "a").value().blob.valid());
}

TEST_CASE("what a mode may replace") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  ann.upload(home, "taken").value();
  const auto mode = [&](Client& who, DraftMode asked) {
    const auto made = who.porter.ask(Client::create_ask(home, "taken", asked));
    return made.ok() ? Errc{} : made.error().kind();
  };
  ann.gate.ask(asks::SetGrant{home, "bob", Rights{Right::write_files}.bits()}).value();
  CHECK(mode(bob, DraftMode::create) == Errc::conflict);
  CHECK(mode(bob, DraftMode::exclusive) == Errc::conflict);
  CHECK(mode(bob, DraftMode::replace) == Errc::denied);
  CHECK(mode(bob, DraftMode::resume) == Errc::denied);
  ann.gate.ask(asks::SetGrant{home, "bob", Rights{Right::write_files, Right::delete_files}.bits()}).value();
  CHECK(mode(bob, DraftMode::create) == Errc::conflict);
  CHECK(mode(bob, DraftMode::replace) == Errc{});
  CHECK(mode(bob, DraftMode::resume) == Errc{});
  const auto draft = bob.porter.ask(Client::create_ask(home, "taken", DraftMode::replace)).value().draft;
  ann.gate.ask(asks::SetGrant{home, "bob", Rights{Right::write_files}.bits()}).value();
  CHECK(kind_of(bob.porter.ask(Client::commit_of(draft, 1, true))) == Errc::denied);  // asked again at the end
  const auto own = ann.porter.ask(Client::create_ask(home, "taken", DraftMode::replace)).value().draft;
  CHECK(ann.porter.ask(Client::commit_of(own, 42, true)).ok());
  CHECK(ann.gate.ask(asks::GetFolder{home}).value().files_size == 42);
  keeper.in_loop([&] {
    keeper.store.turn.ask([&] { return keeper.store.db.run("UPDATE folders SET overwrite_allowed = 1"); }).value();
    keeper.store.commit().value();
  });
  CHECK(mode(bob, DraftMode::create) == Errc{});
  CHECK(mode(bob, DraftMode::replace) == Errc{});
  CHECK(mode(bob, DraftMode::exclusive) == Errc::conflict);
}

TEST_CASE("drafts are moved, listed and removed by their uploader; folders take them along") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  const auto folder = ann.gate.ask(asks::CreateFolder{home, "d", asks::Inherit::always}).value().id;
  ann.gate.ask(asks::SetGrant{folder, "bob", Rights::all().bits()}).value();
  const Held live = begin(ann, folder, "x", 70'000).value();
  const std::uint64_t small = ann.draft(folder, "y").value();
  const auto rows = ann.gate.ask(asks::ListEntries{folder, asks::EntryKind::folder, ""}).value().rows;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].kind == asks::EntryKind::draft);
  CHECK(rows[0].size == seal::chunk_size);
  CHECK(bob.gate.ask(asks::ListEntries{folder, asks::EntryKind::folder, ""}).value().rows.empty());
  CHECK(kind_of(ann.gate.ask(asks::Move{"/Home/ann/d/x", "/Home/ann/d/y", false})) == Errc::conflict);
  CHECK(ann.gate.ask(asks::Move{"/Home/ann/d/y", "/Home/ann/z", false}).ok());
  CHECK(ann.porter.ask(Client::commit_of(small, 5, true)).value().name == "z");
  CHECK(ann.gate.ask(asks::Move{"/Home/ann/d/x", "/Home/ann/w", false}).ok());
  CHECK(kind_of(ann.gate.ask(asks::Lookup{"/Home/ann/d/x"})) == Errc::not_found);
  CHECK(ann.porter.ask(Client::commit_of(live.draft, 70'000, false)).value().folder == home);

  // A file hides the draft of its name, and a move may replace it.
  CHECK(begin(ann, home, "p", 70'000, DraftMode::create).ok());
  CHECK(ann.gate.ask(asks::Move{"/Home/ann/p", "/Home/ann/w", true}).ok());
  CHECK(draft_at(ann, "/Home/ann/w").has_value());
  CHECK(ann.gate.ask(asks::RemoveEntry{"/Home/ann/w", false}).ok());
  CHECK_FALSE(draft_at(ann, "/Home/ann/w").has_value());
  CHECK(blobs_become(keeper.directory, 0));

  const Held foreign = begin(bob, folder, "his", 70'000).value();
  CHECK(ann.gate.ask(asks::RemoveEntry{"/Home/ann/d", true}).ok());
  CHECK(blobs_become(keeper.directory, 0));
  CHECK(kind_of(bob.porter.ask(asks::KeepDraft{foreign.draft, 70'000, true})) != Errc{});
  CHECK(kind_of(bob.porter.ask(Client::commit_of(foreign.draft, 70'000, false))) == Errc::not_found);
}

TEST_CASE("kept uploads survive a restart and the sweep; after seven days without a touch they go") {
  const std::string directory = new_directory();
  const std::string copy = new_directory();
  std::uint64_t draft = 0;
  {
    Running keeper{directory};
    Client ann = keeper.sign_on("ann");
    draft = begin(ann, ann.home(), "kept", seal::chunk_size + 9).value().draft;
    begin(ann, ann.home(), "not kept", 70'000, DraftMode::create, false).value();
    const Held said = begin(ann, ann.home(), "said", 100).value();
    ann.porter.ask(asks::KeepDraft{said.draft, 100, false}).value();
    // As a crash leaves it: with every channel open.
    keeper.in_loop([&] {
      std::filesystem::copy(
          directory, copy,
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    });
  }
  CHECK(blobs_become(copy, 3));
  Running keeper{copy};
  Client ann = keeper.sign_on("ann");
  CHECK(blobs_become(copy, 2));  // the start sweeps as well
  CHECK(draft_at(ann, "/Home/ann/kept").value().size == seal::chunk_size);
  CHECK(draft_at(ann, "/Home/ann/said").value().size == 100);
  CHECK_FALSE(draft_at(ann, "/Home/ann/not kept").has_value());
  Held held = resume(ann, ann.home(), "kept").value();
  CHECK(held.draft == draft);

  keeper.clock_ahead = kept_draft_life_ms - 60'000;
  keeper.in_loop([] {});
  CHECK(blobs_become(copy, 2));
  keeper.clock_ahead = kept_draft_life_ms + 60'000;
  CHECK(blobs_become(copy, 1));  // the one that is held
  Client later = keeper.connect();
  capability::Capability made;
  const std::string id = to_hex(crypt::sha256(as_bytes(cat("ann", company))));
  std::copy_n(id.begin(), made.principal.size(), made.principal.begin());
  made.tenant = company;
  made.username = "ann";
  made.role = capability::Role::user;
  made.scopes = capability::Scopes::all();
  made.connection = later.connection;
  made.issued = unix_now_ms() + keeper.clock_ahead;
  made.expires = made.issued + 600'000;
  later.adopt(capability::sign(warden_seed, made)).value();
  CHECK(draft_at(later, "/Home/ann/kept").has_value());
  CHECK_FALSE(draft_at(later, "/Home/ann/said").has_value());
}

TEST_CASE("small files, one after the other: each costs one commit") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  constexpr int count = 500;
  const MonotonicMs start = monotonic_now_ms();
  for (int i = 0; i < count; ++i) CHECK(ann.upload(home, cat("small", i)).ok());
  MESSAGE(count, " small files in ", monotonic_now_ms() - start, " ms");
  CHECK(ann.gate.ask(asks::GetFolder{home}).value().file_count == count);
}

}  // namespace
}  // namespace bulkhead::keeper
