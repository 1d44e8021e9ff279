#include "keeper/token_scopes.h"

#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Scopes;

// The same user, on a new connection, with a token of these scopes.
Client with_scopes(Running& keeper, std::string_view name, Scopes scopes) {
  Client client = keeper.connect();
  client.adopt(capability_for(name, capability::Role::user, client.connection, company, 600'000, scopes)).value();
  return client;
}

TEST_CASE("scopes: a token reads, writes or removes, on the channel of its gate and on that of its porter") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const asks::FileRow file = ann.upload(home, "a").value();
  const asks::CreateFolder folder{home, "sub", asks::Inherit::always};

  Client reads = with_scopes(keeper, "ann", Scope::read);
  CHECK(reads.gate.ask(asks::ListFiles{}).ok());
  CHECK(reads.gate.ask(asks::GetFile{file.id}).ok());
  CHECK(kind_of(reads.gate.ask(folder)) == Errc::denied);
  CHECK(kind_of(reads.gate.ask(asks::DeleteFile{file.id})) == Errc::denied);
  CHECK(kind_of(reads.upload(home, "b")) == Errc::denied);
  CHECK(reads.porter.ask(asks::LeaseRead{file.id, file.version}).ok());

  Client writes = with_scopes(keeper, "ann", Scope::write);
  CHECK(writes.upload(home, "b").ok());
  CHECK(writes.gate.ask(folder).ok());
  CHECK(writes.gate.ask(asks::GetFolder{home}).ok());
  CHECK(kind_of(writes.gate.ask(asks::ListFiles{})) == Errc::denied);
  CHECK(kind_of(writes.gate.ask(asks::GetFile{file.id})) == Errc::denied);
  CHECK(kind_of(writes.porter.ask(asks::LeaseRead{file.id, file.version})) == Errc::denied);
  CHECK(kind_of(writes.gate.ask(asks::MoveFile{file.id, home})) == Errc::denied);

  // What no table names, and what may be done by path over SSH, is for whole sessions.
  Client most = with_scopes(keeper, "ann", capability::token_scopes);
  CHECK(kind_of(most.gate.ask(asks::Space{})) == Errc::denied);
  CHECK(kind_of(most.gate.ask(asks::RemoveEntry{"/Home/ann/a", false})) == Errc::denied);

  // A whole session on the same connection is one again; another token narrows it.
  reads.adopt(capability_for("ann", capability::Role::user, reads.connection)).value();
  CHECK(reads.upload(home, "c").ok());
  reads.adopt(capability_for("ann", capability::Role::user, reads.connection, company, 600'000, Scope::remove)).value();
  CHECK(kind_of(reads.upload(home, "d")) == Errc::denied);
  CHECK(reads.gate.ask(asks::DeleteFile{file.id}).ok());
}

TEST_CASE("scopes: each row of the tables is that of an ask there is") {
  const auto all_there = [](std::span<const ScopeRow> scopes, ipc::Table table) {
    return std::ranges::all_of(scopes, [&](const ScopeRow& row) { return ipc::find_row(table, row.ask) != nullptr; });
  };
  CHECK(all_there(catalog_scopes, asks::catalog_asks));
  CHECK(all_there(storage_scopes, asks::storage_asks));
}

}  // namespace
}  // namespace bulkhead::keeper
