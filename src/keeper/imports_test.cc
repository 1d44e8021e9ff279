// Accounts that the command line brings: their homes with all rights or with those that entries give, their groups and
// quotas; and that an ask which comes again, or fails, changes nothing.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Role;
using policy::Right;
using policy::Rights;

struct Office {
  Running keeper;
  ipc::Channel admin{connect()};

  Fd connect() {
    auto [mine, theirs] = socket_pair().value();
    keeper.in_loop([&] { keeper.answers.serve(keeper.service, std::move(theirs), 0, asks::Role::admin); });
    return std::move(mine);
  }
  static asks::ImportUser user(std::string_view name) {
    asks::ImportUser ask;
    ask.organisation = company;
    ask.id = to_hex(crypt::sha256(as_bytes(cat(name, company)))).substr(0, 16);
    ask.user_name = name;
    return ask;
  }
  static asks::ImportedFolder folder(std::string path, Rights rights, bool overwrite = false) {
    return {std::move(path), rights.bits(), overwrite};
  }
  // Of the folder at that path of the account's own root; 0: not there for him.
  static std::uint32_t find(Client& who, const std::string& path) {
    const std::string home = who.gate.ask(asks::GetFolder{who.home()}).value().path;
    const auto found = who.gate.ask(asks::Lookup{home + path});
    return found.ok() && found->folder ? found->folder->id : 0;
  }
};

std::uint16_t rights_in(Client& who, std::uint32_t folder) {
  return who.gate.ask(asks::GetFolder{folder}).value().rights;
}

TEST_CASE("an imported account has its home, quota and groups before it ever signs on, and once only") {
  Office at;
  CHECK(at.admin.ask(asks::ImportGroup{company, "Partners", "from afar"})->added);
  CHECK(!at.admin.ask(asks::ImportGroup{company, "PARTNERS", ""})->added);
  asks::ImportUser ask = Office::user("ann");
  ask.quota = 1'000;
  ask.groups = {"partners"};
  CHECK(at.admin.ask(ask)->added);
  ask.quota = 5;
  CHECK(!at.admin.ask(ask)->added);
  Client ann = at.keeper.sign_on("ann");
  const auto home = ann.gate.ask(asks::Home{}).value();
  CHECK(home.quota == 1'000);
  CHECK(ann.gate.ask(asks::GetFolder{home.home_folder})->path == "/Home/ann");
  CHECK(rights_in(ann, home.home_folder) == Rights::all().bits());
  CHECK(ann.gate.ask(asks::UserGroups{"", {0, 100, false}})->total == 1);
}

TEST_CASE("an imported account with permissions has those and no more") {
  Office at;
  asks::ImportUser ask = Office::user("bob");
  ask.folders = {Office::folder("/", Right::list_files), Office::folder("/in", {Right::write_files}, true),
                 Office::folder("/in/deep/er", {Right::read_files, Right::list_files}), Office::folder("/none", {})};
  REQUIRE(at.admin.ask(ask)->added);
  Client bob = at.keeper.sign_on("bob");
  CHECK(rights_in(bob, bob.home()) == Rights{Right::list_files}.bits());
  CHECK(kind_of(bob.upload(bob.home(), "a.txt")) == Errc::denied);
  const std::uint32_t in = Office::find(bob, "/in");
  REQUIRE(in != 0);
  CHECK(rights_in(bob, in) == Rights{Right::write_files}.bits());
  CHECK(bob.upload(in, "a.txt").ok());
  CHECK(rights_in(bob, Office::find(bob, "/in/deep")) == Rights{Right::write_files}.bits());
  CHECK(rights_in(bob, Office::find(bob, "/in/deep/er")) == Rights{Right::read_files, Right::list_files}.bits());
  CHECK(Office::find(bob, "/none") == 0);
  CHECK(kind_of(bob.gate.ask(asks::CreateFolder{bob.home(), "more", asks::Inherit::always})) == Errc::denied);
  Client eve = at.keeper.sign_on("eve");
  CHECK(kind_of(eve.gate.ask(asks::GetFolder{in})) == Errc::not_found);
}

TEST_CASE("imported folders keep versions as the one above does") {
  Office at;
  REQUIRE(at.admin.ask(Office::user("ann"))->added);
  at.keeper.in_loop([&] {
    auto& store = at.keeper.store;
    constexpr db::Sql set =
        "INSERT INTO folder_history (folder, versions_kept, bin_days) SELECT homes, 7, 30 FROM organisations WHERE id "
        "<> 0";
    store.turn.ask([&] { return store.db.run(set); }).value();
    store.commit().value();
  });
  asks::ImportUser ask = Office::user("bob");
  ask.folders = {Office::folder("/", Rights::all()), Office::folder("/in/deep", Rights::all())};
  REQUIRE(at.admin.ask(ask)->added);
  Client bob = at.keeper.sign_on("bob");
  for (const std::uint32_t folder : {bob.home(), Office::find(bob, "/in"), Office::find(bob, "/in/deep")}) {
    const asks::HistorySettings kept = bob.gate.ask(asks::GetHistorySettings{folder}).value();
    CHECK(kept.versions_kept == 7);
    CHECK(kept.bin_days == 30);
  }
}

TEST_CASE("an ask that fails leaves nothing") {
  Office at;
  const auto refuses = [&](auto change) {
    asks::ImportUser ask = Office::user("ann");
    ask.folders = {Office::folder("/", Right::list_files)};
    change(ask);
    return !at.admin.ask(ask).ok();
  };
  CHECK(refuses([&](auto& ask) { ask.folders = {Office::folder("/in", {})}; }));
  CHECK(refuses([&](auto& ask) { ask.folders.push_back(Office::folder("/../x", {})); }));
  CHECK(refuses([&](auto& ask) { ask.folders.push_back(Office::folder("/", {})); }));
  CHECK(refuses([&](auto& ask) { ask.folders.push_back(Office::folder("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", {})); }));
  CHECK(refuses([&](auto& ask) { ask.groups = {"none"}; }));
  CHECK(refuses([&](auto& ask) { ask.id = "short"; }));
  CHECK(refuses([&](auto& ask) { ask.user_name = "../x"; }));
  CHECK(!at.admin.ask(asks::ImportGroup{company, "a/b", ""}).ok());
  CHECK(at.admin.ask(Office::user("ann"))->added);  // as one who was not there
}

}  // namespace
}  // namespace bulkhead::keeper
