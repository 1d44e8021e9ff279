#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Role;
using policy::Right;
using policy::Rights;

asks::ListFiles list_of(std::uint32_t folder, std::string mask = "", asks::FileSort sort = asks::FileSort::path,
                        asks::Slice slice = {0, 1'000, false}) {
  asks::ListFiles list;
  list.folder = folder;
  list.name_mask = std::move(mask);
  list.sort = sort;
  list.slice = slice;
  return list;
}

TEST_CASE("of two uploads of one name one is published") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint64_t first = ann.draft(home, "name").value();
  const std::uint64_t second = again.draft(home, "name").value();
  CHECK(ann.gate.ask(list_of(home)).value().total == 0);
  CHECK(kind_of(ann.gate.ask(asks::GetFile{first})) == Errc::not_found);  // until it is published
  CHECK(kind_of(again.porter.ask(Client::commit_of(first, 5, true))) == Errc::not_found);
  CHECK(kind_of(again.porter.ask(asks::DropDraft{first})) == Errc::not_found);

  const asks::FileRow row = ann.porter.ask(Client::commit_of(first, 5, true)).value();
  CHECK(row.id == first);
  CHECK(row.uploader_address == "192.0.2.7");
  CHECK_FALSE(row.is_new);
  CHECK(kind_of(again.porter.ask(Client::commit_of(second, 6, true))) == Errc::conflict);
  CHECK(kind_of(ann.porter.ask(Client::commit_of(first, 5, true))) == Errc::not_found);
  CHECK(kind_of(again.draft(home, "name")) == Errc::conflict);
  CHECK(ann.gate.ask(list_of(home)).value().total == 1);
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 5);
}

TEST_CASE("where overwriting is allowed the new content takes the place of the old, whose blob goes") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  keeper.in_loop([&] {
    keeper.store.turn.ask([&] { return keeper.store.db.run("UPDATE folders SET overwrite_allowed = 1"); }).value();
    keeper.store.commit().value();
  });
  const asks::FileRow old = ann.upload(home, "name", 100'000).value();
  CHECK(blobs_become(keeper.directory, 1));
  std::vector<Fd> lease;
  ann.porter.ask(asks::LeaseRead{old.id, old.version}, &lease, 1).value();
  const asks::FileRow changed = ann.upload(home, "name", 200'000).value();
  CHECK(changed.id != old.id);
  CHECK(kind_of(ann.porter.ask(asks::LeaseRead{old.id, old.version})) == Errc::not_found);
  CHECK(kind_of(ann.porter.ask(asks::LeaseRead{changed.id, changed.version + 1})) == Errc::conflict);
  CHECK(blobs_become(keeper.directory, 1));
  Bytes still(100'000);
  CHECK(read_exactly_at(lease[0].get(), still, 0).ok());  // an open lease reads to its end
  CHECK(ann.gate.ask(asks::GetFolder{home}).value().files_size == 200'000);
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 200'000);
}

TEST_CASE("a commit that does not fit its content is refused; drafts end with their channel") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint64_t draft = ann.draft(home, "name").value();
  asks::Commit wrong = Client::commit_of(draft, 100, true);
  wrong.size = 101;
  CHECK(kind_of(ann.porter.ask(wrong)) == Errc::invalid);
  CHECK(kind_of(ann.porter.ask(Client::commit_of(draft, 100'000, false))) == Errc::invalid);
  std::vector<Fd> blob;
  ann.porter.ask(asks::DraftBlob{draft, Bytes(seal::wrapped_key_size, 1)}, &blob, 1).value();
  CHECK(kind_of(ann.porter.ask(asks::DraftBlob{draft, Bytes(seal::wrapped_key_size, 1)})) == Errc::conflict);
  CHECK(kind_of(ann.porter.ask(Client::commit_of(draft, 100'000, false))) == Errc::invalid);  // the blob is empty
  CHECK(blobs_become(keeper.directory, 1));
  for (int i = 0; i < 15; ++i) CHECK(ann.draft(home, cat("more", i)).ok());
  CHECK(kind_of(ann.draft(home, "too many")) == Errc::exhausted);
  ann.porter = ipc::Channel{Fd{}};
  CHECK(blobs_become(keeper.directory, 0));
}

TEST_CASE("names go in and out byte by byte, or are refused") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  for (const std::string name :
       {"'; DROP TABLE files; --", "%_*?[a]", "$(reboot)", "`id`", "a b", "-rf", "\xc3\xa9t\xc3\xa9",
        "\xf0\x9f\x94\x91", "%2e%2e%2f", "a&b", "~", ".hidden", "con", "a..b"}) {
    CAPTURE(name);
    const Result<asks::FileRow> row = ann.upload(home, name);
    if (!row.ok()) {
      CHECK(row.error().kind() == Errc::invalid);
      continue;
    }
    CHECK(row->name == name);
    CHECK(ann.gate.ask(asks::GetFile{row->id}).value().name == name);
  }
  for (const std::string& name :
       {std::string{"a\0b", 3}, std::string{".."}, std::string{"."}, std::string{}, std::string{"a/b"},
        std::string{"../x"}, std::string{"\xff"}, std::string{"a\nb"}, std::string{"a\\b"}, std::string(256, 'a')}) {
    CAPTURE(name);
    CHECK_FALSE(ann.draft(home, name).ok());
    CHECK_FALSE(ann.gate.ask(asks::CreateFolder{home, name, asks::Inherit::always}).ok());
  }
  CHECK(ann.upload(home, "'; DROP TABLE files; --2").ok());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(keeper.directory)) {
    const std::string name = entry.path().filename();
    const bool ours = name.starts_with("catalog.db") || name == "blobs" ||
                      name.find_first_not_of("0123456789abcdef") == std::string::npos;
    CHECK_MESSAGE(ours, name);
  }
}

TEST_CASE("twenty thousand files: pages to the end, sorts, masks") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  constexpr int count = 20'000;
  keeper.in_loop([&] {
    keeper.store.turn
        .ask([&]() -> Result<void> {
          const Bytes key(60, 1);
          for (int i = 0; i < count; ++i) {
            const std::int64_t id = 1'000'000'000 + i;
            const std::string digits = cat(100'000 + i);
            TRY(keeper.store.db.run("INSERT INTO files (id, folder, name, version) VALUES ($1, $2, $3, $1)", id, home,
                                    cat(i % 100 == 0 ? "Mark" : "file", digits)));
            TRY(keeper.store.db.run(
                "INSERT INTO versions (id, file, tag, wrapped_key, size, sha256, uploader, uploaded_ms, "
                "address, agent, comment, integrity_checked, receipt, small) "
                "VALUES ($1, $1, $2, $3, $4, $5, 1, $6, '', '', '', 0, 0, $3)",
                id, as_bytes(digits), key, count - i, Bytes(32, 2), i));
          }
          TRY(keeper.store.db.run("UPDATE folders SET file_count = $2 WHERE id = $1", home, count));
          return {};
        })
        .value();
    keeper.store.commit().value();
  });
  for (const bool descending : {false, true}) {
    std::vector<std::string> names;
    while (names.size() < count) {
      const auto offset = static_cast<std::uint32_t>(names.size());
      const auto page = ann.gate.ask(list_of(home, "", asks::FileSort::path, {offset, 1'000, descending})).value();
      CHECK(page.total == count);
      REQUIRE(!page.rows.empty());
      for (const auto& row : page.rows) names.push_back(row.name);
    }
    if (descending) std::ranges::reverse(names);
    CHECK(std::ranges::is_sorted(names));
    CHECK(std::ranges::adjacent_find(names) == names.end());
    const auto behind = ann.gate.ask(list_of(home, "", asks::FileSort::path, {count, 10, descending})).value();
    CHECK(behind.rows.empty());
    const auto by_size = ann.gate.ask(list_of(home, "", asks::FileSort::size, {0, 2, descending})).value();
    REQUIRE(by_size.rows.size() == 2);
    CHECK(by_size.rows[0].size == (descending ? count : 1));
    CHECK(by_size.rows[1].size == (descending ? count - 1 : 2));
  }
  CHECK(ann.gate.ask(list_of(home, "mark*")).value().total == 200);
  CHECK(ann.gate.ask(list_of(home, "FILE10000?")).value().total == 9);
  CHECK(ann.gate.ask(list_of(0, "%")).value().total == 0);
  CHECK(ann.gate.ask(list_of(0)).value().total == count);
  asks::ListFiles recent = list_of(home);
  recent.since_ms = count - 10;
  recent.new_only = true;
  const auto rows = ann.gate.ask(recent).value();
  CHECK(rows.total == 10);
  ann.gate.ask(asks::ChangeFile{rows.rows[0].id, {}, false}).value();
  CHECK(ann.gate.ask(recent).value().total == 9);
}

TEST_CASE("a renamed folder takes what is below along; a removed one takes it away") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const auto folder = [&](std::uint32_t parent, const std::string& name) {
    return ann.gate.ask(asks::CreateFolder{parent, name, asks::Inherit::always}).value().id;
  };
  const std::uint32_t top = folder(ann.home(), "a");
  const std::uint32_t beside = folder(ann.home(), "a-b");
  const std::uint32_t below = folder(folder(top, "x"), "y");
  const asks::FileRow file = ann.upload(below, "name", 100'000).value();
  CHECK(kind_of(ann.gate.ask(asks::ChangeFolder{top, "a-b", {}})) == Errc::conflict);
  CHECK(kind_of(ann.gate.ask(asks::ChangeFolder{ann.home(), "b", {}})) == Errc::denied);
  CHECK(ann.gate.ask(asks::ChangeFolder{top, "caf\xc3\xa9", "notes"}).value().description == "notes");
  CHECK(ann.gate.ask(asks::GetFile{file.id}).value().folder_path == "/Home/ann/caf\xc3\xa9/x/y");
  ann.gate.ask(asks::ChangeFolder{top, "z", {}}).value();
  CHECK(ann.gate.ask(asks::GetFolder{below}).value().path == "/Home/ann/z/x/y");
  CHECK(ann.gate.ask(asks::GetFolder{beside}).value().path == "/Home/ann/a-b");
  CHECK(ann.gate.ask(asks::ListFolders{0, "Y", "*/X/*", asks::FolderSort::name, {0, 9, true}}).value().total == 1);

  Client bob = keeper.sign_on("bob");
  ann.gate.ask(asks::SetGrant{ann.home(), "bob", Rights{Right::add_delete_subfolders}.bits()}).value();
  CHECK(kind_of(bob.gate.ask(asks::DeleteFolder{top})) == Errc::denied);  // there is a file below
  CHECK(blobs_become(keeper.directory, 1));
  CHECK(bob.gate.ask(asks::DeleteFolder{beside}).ok());
  ann.gate.ask(asks::DeleteFolder{top}).value();
  CHECK(kind_of(ann.gate.ask(asks::GetFile{file.id})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::GetFolder{below})) == Errc::not_found);
  CHECK(blobs_become(keeper.directory, 0));
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 0);
  CHECK(ann.gate.ask(asks::GetFolder{ann.home()}).value().subfolder_count == 0);
}

TEST_CASE("lists of folders are cheap, and cost no commit") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  for (int i = 0; i < 5; ++i) ann.gate.ask(asks::CreateFolder{ann.home(), cat("f", i), asks::Inherit::always}).value();
  const std::uint32_t home = ann.home();
  keeper.in_loop([&] {
    Folders folders{keeper.store};
    const Asker asker{
        {.user = 1, .org = company, .role = policy::Role::user, .groups = {}, .live = true}, company, "", 1};
    constexpr int rounds = 5'000;
    const MonotonicMs start = monotonic_now_ms();
    for (int i = 0; i < rounds; ++i) {
      CHECK(folders.list(asker, {home, "", "", asks::FolderSort::path, {0, 25, false}}).value().rows.size() == 5);
    }
    CHECK_FALSE(keeper.store.db.in_transaction());
    MESSAGE("list_folders of 5: ", rounds * 1000 / std::max<MonotonicMs>(1, monotonic_now_ms() - start), " a second");
  });
}

}  // namespace
}  // namespace bulkhead::keeper
