// Copies of folders: whole or not at all, unseen until then, and only what the asker may read.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using policy::Right;
using policy::Rights;

std::uint32_t make_folder(Client& who, std::uint32_t parent, const std::string& name,
                          asks::Inherit inherit = asks::Inherit::always) {
  return who.gate.ask(asks::CreateFolder{parent, name, inherit}).value().id;
}

// Publishes every member, as a porter does.
Result<asks::FolderRow> copy(Client& who, std::uint32_t folder, std::uint32_t target) {
  TRY(who.porter.ask(asks::BeginCopy{folder, target}));
  while (true) {
    const asks::NextCopy::Reply next = TRY(who.porter.ask(asks::NextCopy{}));
    if (next.end) return who.porter.ask(asks::EndCopy{});
    const asks::FileRow source = TRY(who.gate.ask(asks::GetFile{next.file}));
    TRY(who.porter.ask(Client::commit_of(next.draft, source.size, true)));
  }
}

std::size_t seen(Client& who) {
  asks::ListFolders ask;
  ask.slice.limit = 100;
  return who.gate.ask(ask).value().total;
}

TEST_CASE("a copy appears whole at its end, and before that nobody sees any of it") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client boss = keeper.sign_on("boss", capability::Role::admin);
  const std::uint32_t home = ann.home();
  const std::uint32_t a = make_folder(ann, home, "a");
  const std::uint32_t b = make_folder(ann, home, "b");
  make_folder(ann, make_folder(ann, a, "sub"), "deep");
  make_folder(ann, home, "a-b");
  ann.upload(a, "f", 100).value();
  const std::size_t before = seen(boss);
  CHECK(ann.porter.ask(asks::BeginCopy{a, b}).value().files == 1);
  CHECK(kind_of(ann.porter.ask(asks::BeginCopy{a, b})) == Errc::conflict);
  CHECK(kind_of(ann.porter.ask(asks::EndCopy{})) == Errc::conflict);
  const asks::NextCopy::Reply next = ann.porter.ask(asks::NextCopy{}).value();
  CHECK(next.path == "/Home/ann/b/a/f");
  CHECK(kind_of(ann.porter.ask(asks::NextCopy{})) == Errc::conflict);  // the draft is not finished
  CHECK(kind_of(ann.porter.ask(asks::EndCopy{})) == Errc::conflict);
  ann.porter.ask(Client::commit_of(next.draft, 100, true)).value();
  CHECK(seen(boss) == before);
  CHECK(kind_of(ann.gate.ask(asks::GetFile{next.draft})) == Errc::not_found);
  CHECK(kind_of(boss.gate.ask(asks::GetFile{next.draft})) == Errc::not_found);
  CHECK(kind_of(boss.gate.ask(asks::DeleteFile{next.draft})) == Errc::not_found);
  CHECK(ann.porter.ask(asks::NextCopy{}).value().end);
  const asks::FolderRow made = ann.porter.ask(asks::EndCopy{}).value();
  CHECK(made.path == "/Home/ann/b/a");
  CHECK(made.subfolder_count == 1);
  CHECK(seen(boss) == before + 3);
  CHECK(ann.gate.ask(asks::GetFile{next.draft}).value().folder_path == "/Home/ann/b/a");
  CHECK(ann.gate.ask(asks::Lookup{"/Home/ann/b/a/sub/deep"}).ok());
  CHECK(kind_of(ann.porter.ask(asks::EndCopy{})) == Errc::not_found);
  CHECK(kind_of(copy(ann, a, b)) == Errc::conflict);
  CHECK(kind_of(copy(ann, b, made.id)) == Errc::conflict);
  CHECK(kind_of(copy(ann, b, b)) == Errc::conflict);
}

TEST_CASE("nothing stays of a copy that is dropped, loses its channel, or its place") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint32_t a = make_folder(ann, home, "a");
  const std::uint32_t b = make_folder(ann, home, "b");
  ann.upload(a, "f", seal::chunk_size + 1).value();
  const std::uint64_t used = ann.gate.ask(asks::Home{}).value().files_size;
  const auto begin = [&](Client& who) {
    who.porter.ask(asks::BeginCopy{a, b}).value();
    const asks::NextCopy::Reply next = who.porter.ask(asks::NextCopy{}).value();
    std::vector<Fd> blob;
    who.porter.ask(asks::DraftBlob{next.draft, Bytes(seal::wrapped_key_size, 1)}, &blob, 1).value();
    write_all_at(blob[0].get(), Bytes(seal::sealed_size(seal::chunk_size + 1), 7), 0).value();
    who.porter.ask(Client::commit_of(next.draft, seal::chunk_size + 1, false)).value();
  };
  begin(ann);
  CHECK(ann.porter.ask(asks::DropCopy{}).ok());
  CHECK(kind_of(ann.porter.ask(asks::DropCopy{})) == Errc::not_found);
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == used);
  CHECK(blobs_become(keeper.directory, 1));

  begin(again);
  again = keeper.sign_on("ann");
  keeper.in_loop([] {});
  CHECK(blobs_become(keeper.directory, 1));
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == used);

  begin(ann);
  make_folder(again, b, "a");
  CHECK(kind_of(ann.porter.ask(asks::EndCopy{})) == Errc::conflict);
  CHECK(ann.porter.ask(asks::DropCopy{}).ok());
  CHECK(blobs_become(keeper.directory, 1));
}

TEST_CASE("what may not be known is left out; what may be listed and not read refuses the whole") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t shared = make_folder(ann, ann.home(), "shared");
  const std::uint32_t hidden = make_folder(ann, shared, "hidden", asks::Inherit::none);
  ann.upload(hidden, "h", 10).value();
  ann.upload(make_folder(ann, hidden, "below"), "b", 10).value();
  ann.upload(shared, "f", 10).value();
  const auto give = [&](std::uint32_t folder, Rights rights) {
    ann.gate.ask(asks::SetGrant{folder, "bob", rights.bits()}).value();
  };
  CHECK(kind_of(copy(bob, shared, bob.home())) == Errc::not_found);
  give(shared, {Right::read_files, Right::list_files});
  const asks::FolderRow made = copy(bob, shared, bob.home()).value();
  CHECK(made.subfolder_count == 0);
  CHECK(made.file_count == 1);
  CHECK(made.owner == bob.gate.ask(asks::UserQuota{"bob", {}}).value().id);
  bob.gate.ask(asks::DeleteFolder{made.id}).value();
  give(hidden, {Right::list_files});
  CHECK(kind_of(copy(bob, shared, bob.home())) == Errc::denied);
  give(hidden, {Right::write_files});
  CHECK(copy(bob, shared, bob.home()).value().subfolder_count == 1);

  const std::uint32_t inbox = make_folder(ann, ann.home(), "inbox");
  give(inbox, {Right::add_delete_subfolders});
  CHECK(kind_of(copy(bob, shared, inbox)) == Errc::denied);
  give(inbox, {Right::write_files});
  CHECK(kind_of(copy(bob, shared, inbox)) == Errc::denied);
}

TEST_CASE("a copy needs room for all of it before it begins") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t a = make_folder(ann, ann.home(), "a");
  const std::uint32_t b = make_folder(ann, ann.home(), "b");
  ann.upload(a, "f", 60).value();
  ann.upload(make_folder(ann, a, "sub"), "g", 60).value();
  asks::ChangeFolderSettings quota;
  quota.folder = b;
  quota.quota = 119;
  quota.quota_below = true;
  ann.gate.ask(quota).value();
  CHECK(kind_of(ann.porter.ask(asks::BeginCopy{a, b})) == Errc::over_quota);
  quota.quota = 120;
  ann.gate.ask(quota).value();
  CHECK(copy(ann, a, b).ok());
  CHECK(kind_of(ann.upload(b, "x", 1)) == Errc::over_quota);
}

}  // namespace
}  // namespace bulkhead::keeper
