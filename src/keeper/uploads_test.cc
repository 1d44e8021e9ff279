// Uploads that are known by their number: who finds them, what is held, and what ends them.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using policy::Right;
using policy::Rights;

asks::UploadPlan plan_of(std::optional<std::uint64_t> total, bool part = false) {
  return {.total = total, .part = part, .comment = "why", .metadata = "filename YQ=="};
}

// As a porter begins one: with a blob, and let go.
Result<std::uint64_t> begin(Client& who, std::uint32_t folder, const std::string& name, const asks::UploadPlan& plan) {
  const std::uint64_t upload = TRY(who.porter.ask(asks::BeginUpload{folder, name, plan})).draft;
  std::vector<Fd> blob;
  TRY(who.porter.ask(asks::DraftBlob{upload, Bytes(seal::wrapped_key_size, 5)}, &blob, 1));
  TRY(write_all_at(blob.at(0).get(), Bytes(seal::header_size, 7), 0));
  TRY(who.porter.ask(asks::KeepDraft{upload, 0, true}));
  return upload;
}

struct Taken {
  asks::CreateDraft::Reply reply;
  Fd blob;
};
Result<Taken> take(Client& who, std::uint64_t upload, bool hold = false) {
  Taken taken;
  std::vector<Fd> blob;
  taken.reply = TRY(who.porter.ask(asks::TakeUpload{upload, hold}, &blob, 1));
  taken.blob = std::move(blob.at(0));
  return taken;
}

TEST_CASE("an upload is its uploader's, found by its number, as long as he may write there") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  ann.gate.ask(asks::SetGrant{home, "bob", Rights::all().bits()}).value();
  const std::uint64_t upload = begin(ann, home, "a", plan_of(100)).value();
  const asks::UploadRow row = ann.gate.ask(asks::GetUpload{upload}).value();
  CHECK(row.folder == home);
  CHECK(row.name == "a");
  CHECK(row.size == 0);
  CHECK(row.plan.total == 100U);
  CHECK(row.plan.comment == "why");
  CHECK(row.plan.metadata == "filename YQ==");
  CHECK_FALSE(row.live);
  CHECK(row.expires_ms == row.changed_ms + kept_draft_life_ms);
  CHECK(row.file.folder_path == "/Home/ann");
  CHECK(kind_of(bob.gate.ask(asks::GetUpload{upload})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::RemoveUpload{upload})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::SetUploadTotal{upload, 100})) == Errc::not_found);
  CHECK(kind_of(take(bob, upload)) == Errc::not_found);
  CHECK(kind_of(take(ann, upload + 1)) == Errc::not_found);

  const std::uint64_t his = begin(bob, home, "b", plan_of(100)).value();
  ann.gate.ask(asks::SetGrant{home, "bob", 0}).value();
  CHECK(kind_of(bob.gate.ask(asks::GetUpload{his})) == Errc::not_found);
  CHECK(kind_of(take(bob, his)) == Errc::not_found);
  CHECK(bob.gate.ask(asks::RemoveUpload{his}).ok());
  CHECK(ann.gate.ask(asks::RemoveUpload{upload}).ok());
  CHECK(kind_of(ann.gate.ask(asks::GetUpload{upload})) == Errc::not_found);
  CHECK(blobs_become(keeper.directory, 0));
}

TEST_CASE("what is held does not count before it was said, not even when its porter dies") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint64_t upload = begin(ann, ann.home(), "a", plan_of({})).value();
  for (const bool hold : {true, false}) {
    CAPTURE(hold);
    const Taken taken = take(ann, upload, hold).value();
    CHECK(taken.reply.size == 0);
    write_all_at(taken.blob.get(), Bytes(seal::sealed_size(2 * seal::chunk_size), 7), 0).value();
    ann = keeper.sign_on("ann");
    keeper.in_loop([] {});
    CHECK(ann.gate.ask(asks::GetUpload{upload})->size == (hold ? 0 : 2 * seal::chunk_size));
  }
  const Taken taken = take(ann, upload, true).value();
  CHECK(ann.porter.ask(asks::KeepDraft{upload, 100, false}).ok());
  CHECK(ann.gate.ask(asks::GetUpload{upload})->live);
  CHECK(kind_of(take(ann, upload)) == Errc::conflict);  // by the same connection: nobody is ended
  CHECK(ann.porter.ask(asks::KeepDraft{upload, 100, true}).ok());
  CHECK(ann.gate.ask(asks::GetUpload{upload})->size == 100);
}

TEST_CASE("a newer connection ends the older one, and waits until it has let go") {
  Running keeper;
  std::atomic<std::uint64_t> ended = 0;
  keeper.in_loop([&] { keeper.answers.on_cut_off([&](std::uint64_t connection) { ended = connection; }); });
  Client old = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  const std::uint64_t upload = begin(old, old.home(), "a", plan_of(100)).value();
  const std::uint64_t held_by = old.connection;
  Taken first = take(old, upload).value();
  std::thread hull{[&] {
    while (ended == 0) ::usleep(1'000);
    Client gone = std::move(old);  // its channels close
  }};
  CHECK(take(again, upload).value().reply.draft == upload);
  hull.join();
  CHECK(ended == held_by);
}

TEST_CASE("a published upload is told to its uploader under the same number") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint64_t upload = begin(ann, home, "a", plan_of(70'000)).value();
  const Taken taken = take(ann, upload).value();
  write_all_at(taken.blob.get(), Bytes(seal::sealed_size(70'000), 7), 0).value();
  CHECK(ann.porter.ask(Client::commit_of(upload, 70'000, false)).ok());
  const asks::UploadRow row = ann.gate.ask(asks::GetUpload{upload}).value();
  CHECK(row.published);
  CHECK(row.size == 70'000);
  CHECK(row.file.name == "a");
  CHECK(kind_of(take(ann, upload)) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::SetUploadTotal{upload, 70'000})) == Errc::conflict);
  CHECK(kind_of(ann.porter.ask(asks::BeginUpload{home, "a", plan_of(1)})) == Errc::conflict);
}

TEST_CASE("parts are nowhere to be seen, and never published") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint64_t one = begin(ann, home, "", plan_of(0, true)).value();
  const std::uint64_t two = begin(ann, home, "", plan_of(0, true)).value();
  CHECK(ann.gate.ask(asks::ListEntries{home, {}, {}})->rows.empty());
  const Taken taken = take(ann, one).value();
  CHECK(ann.gate.ask(asks::ListEntries{home, {}, {}})->rows.empty());
  CHECK(kind_of(ann.porter.ask(Client::commit_of(one, 0, false))) == Errc::conflict);
  keeper.clock_ahead = 8LL * 24 * 60 * 60 * 1'000;
  CHECK(blobs_become(keeper.directory, 1));  // the one that is held stays
  CHECK(kind_of(ann.gate.ask(asks::RemoveUpload{two})) == Errc::expired);
}

TEST_CASE("a draft of any origin becomes an upload by its name; a length is said once") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  CHECK(kind_of(ann.gate.ask(asks::ResumeUpload{home, "a", plan_of(5)})) == Errc::not_found);
  const auto made = ann.porter.ask(Client::create_ask(home, "a", asks::DraftMode::create, true)).value();
  std::vector<Fd> blob;
  ann.porter.ask(asks::DraftBlob{made.draft, Bytes(seal::wrapped_key_size, 5)}, &blob, 1).value();
  write_all_at(blob.at(0).get(), Bytes(seal::sealed_size(100), 7), 0).value();
  ann.porter.ask(asks::KeepDraft{made.draft, 100, true}).value();
  CHECK(kind_of(ann.gate.ask(asks::GetUpload{made.draft})) == Errc::not_found);  // not yet
  CHECK(kind_of(ann.gate.ask(asks::ResumeUpload{home, "a", plan_of(99)})) == Errc::conflict);
  const asks::UploadRow row = ann.gate.ask(asks::ResumeUpload{home, "a", plan_of({})}).value();
  CHECK(row.id == made.draft);
  CHECK(row.size == 100);
  CHECK(kind_of(ann.gate.ask(asks::SetUploadTotal{row.id, 99})) == Errc::conflict);
  CHECK(ann.gate.ask(asks::SetUploadTotal{row.id, 200}).ok());
  CHECK(ann.gate.ask(asks::SetUploadTotal{row.id, 200}).ok());
  CHECK(kind_of(ann.gate.ask(asks::SetUploadTotal{row.id, 201})) == Errc::conflict);
  CHECK(take(ann, row.id).value().reply.size == 100);
}

}  // namespace
}  // namespace bulkhead::keeper
