#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Role;
using policy::Right;
using policy::Rights;

Errc outcome(const auto& result) {
  return result.ok() ? Errc{} : result.error().kind();
}

TEST_CASE("a channel is nobody's until it adopts a capability made for its connection") {
  Running keeper;
  Client client = keeper.connect();
  CHECK(kind_of(client.gate.ask(asks::Adopt{Bytes(100, 1)})) == Errc::unauthenticated);
  CHECK(kind_of(client.gate.ask(asks::Adopt{capability_for("ann", Role::user, 99)})) == Errc::unauthenticated);
  CHECK(kind_of(keeper.connect().gate.ask(asks::Home{})) == Errc::io);  // ends the asker: no row admits it

  client.adopt(capability_for("ann", Role::user, client.connection)).value();
  CHECK(client.home() >= 100'000'000);
  CHECK(kind_of(client.gate.ask(asks::Adopt{capability_for("bob", Role::user, client.connection)})) ==
        Errc::other_principal);
  keeper.clock_ahead = 700'000;
  CHECK(kind_of(client.gate.ask(asks::Home{})) == Errc::expired);
  CHECK(kind_of(client.porter.ask(Client::create_ask(1, "a"))) == Errc::expired);
}

TEST_CASE("who may do what with a file in ann's home") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  keeper.sign_on("reader");
  keeper.sign_on("dropper");
  const std::uint32_t home = ann.home();
  const std::uint64_t file = ann.upload(home, "report").value().id;
  const std::uint64_t version = ann.gate.ask(asks::GetFile{file}).value().version;
  ann.gate.ask(asks::SetGrant{home, "READER", Rights{Right::read_files, Right::list_files}.bits()}).value();
  ann.gate.ask(asks::SetGrant{home, "dropper", Rights{Right::write_files}.bits()}).value();

  struct Case {
    std::string_view name;
    Role role;
    std::uint32_t tenant;
    Errc folder, list, look, read, write, remove, share;
  };
  constexpr Errc yes{};
  constexpr Errc hidden = Errc::not_found;
  constexpr Errc no = Errc::denied;
  constexpr Case cases[] = {
      // name, role, organisation          folder  list    look    read    write   remove  share
      {"ann", Role::user, company, yes, yes, yes, yes, yes, yes, yes},
      {"stranger", Role::user, company, hidden, hidden, hidden, hidden, hidden, hidden, hidden},
      {"auditor", Role::audit_user, company, hidden, hidden, hidden, hidden, hidden, hidden, hidden},
      {"reader", Role::user, company, yes, yes, yes, yes, no, no, no},
      {"dropper", Role::user, company, yes, no, hidden, hidden, yes, hidden, no},
      {"boss", Role::admin, company, yes, yes, yes, yes, yes, yes, yes},
      {"clerk", Role::file_admin, company, yes, yes, yes, yes, yes, yes, no},
      {"root", Role::sys_admin, company, no, no, hidden, hidden, no, hidden, no},
      {"boss", Role::admin, 2000, hidden, hidden, hidden, hidden, hidden, hidden, hidden},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    CAPTURE(each.tenant);
    Client who = keeper.sign_on(each.name, each.role, each.tenant);
    CHECK(outcome(who.gate.ask(asks::GetFolder{home})) == each.folder);
    asks::ListFiles list;
    list.folder = home;
    list.slice.limit = 10;
    CHECK(outcome(who.gate.ask(list)) == each.list);
    CHECK(outcome(who.gate.ask(asks::GetFile{file})) == each.look);
    CHECK(outcome(who.porter.ask(asks::LeaseRead{file, version})) == each.read);
    const Errc by_path = each.look == yes ? each.read : each.folder == yes ? hidden : each.folder;
    CHECK(outcome(who.porter.ask(asks::LeasePath{"/Home/ann/report"})) == by_path);
    CHECK(outcome(who.draft(home, "new")) == each.write);
    CHECK(outcome(who.gate.ask(asks::SetGrant{home, "stranger2", 1})) ==
          (each.share == yes ? Errc::not_found : each.share));
    CHECK(outcome(who.gate.ask(asks::DeleteFile{file + 1})) == Errc::not_found);
    if (each.remove != yes) CHECK(outcome(who.gate.ask(asks::DeleteFile{file})) == each.remove);

    const auto folders = who.gate.ask(asks::ListFolders{0, "", "", asks::FolderSort::path, {0, 100, false}}).value();
    const bool listed = std::ranges::any_of(folders.rows, [&](const auto& row) { return row.id == home; });
    CHECK(listed == (each.folder == yes));
    const bool root_listed = std::ranges::any_of(folders.rows, [](const auto& row) { return row.path == "/"; });
    CHECK(root_listed == (each.role == Role::admin || each.role == Role::file_admin));
    CHECK(folders.total == folders.rows.size());
  }
  CHECK(ann.gate.ask(asks::GetFile{file}).value().download_count == 8);  // ann, reader, boss, clerk: twice each
  CHECK(ann.gate.ask(asks::DeleteFile{file}).ok());
}

TEST_CASE("nobody hands on more than he has") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  keeper.sign_on("eve");
  const std::uint32_t home = ann.home();
  const auto set = [&](Client& who, const std::string& user, Rights rights) {
    if (rights.empty()) return outcome(who.gate.ask(asks::RemoveGrant{home, user}));
    return outcome(who.gate.ask(asks::SetGrant{home, user, rights.bits()}));
  };
  CHECK(set(ann, "bob", {Right::read_files, Right::share}) == Errc{});
  CHECK(set(bob, "eve", {Right::read_files}) == Errc{});
  CHECK(set(bob, "eve", {Right::write_files}) == Errc::denied);
  CHECK(set(bob, "eve", {Right::share}) == Errc::denied);
  CHECK(set(bob, "bob", {}) == Errc::denied);  // an entry with rights that he may not give
  CHECK(set(ann, "eve", {Right::write_files}) == Errc{});
  CHECK(set(bob, "eve", {}) == Errc::denied);
  CHECK(kind_of(bob.gate.ask(asks::ListGrants{home, {0, 10, false}})) == Errc::denied);
  CHECK(ann.gate.ask(asks::ListGrants{home, {0, 10, false}}).value().rows.size() == 3);
  CHECK(ann.gate.ask(asks::SetGrant{home, "eve", 0x200}).error().kind() == Errc::invalid);
  CHECK(set(ann, "bob", {}) == Errc{});
  CHECK(kind_of(bob.gate.ask(asks::GetFolder{home})) == Errc::not_found);  // at once
}

TEST_CASE("a home is never an existing folder of the same name") {
  Running keeper;
  Client boss = keeper.sign_on("boss", Role::admin);
  const auto homes = boss.gate.ask(asks::ListFolders{0, "", "/Home", asks::FolderSort::path, {0, 1, false}}).value();
  REQUIRE(homes.rows.size() == 1);
  const auto taken = boss.gate.ask(asks::CreateFolder{homes.rows[0].id, "carl", asks::Inherit::none}).value();
  Client carl = keeper.sign_on("carl");
  CHECK(carl.home() != taken.id);
  CHECK(carl.gate.ask(asks::GetFolder{carl.home()}).value().path == "/Home/carl.2");
  CHECK(kind_of(boss.gate.ask(asks::DeleteFolder{homes.rows[0].id})) == Errc::denied);
  CHECK(kind_of(boss.gate.ask(asks::ChangeFolder{homes.rows[0].id, "Casa", {}})) == Errc::denied);
}

}  // namespace
}  // namespace bulkhead::keeper
