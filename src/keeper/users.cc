#include "keeper/users.h"

#include "base/cat.h"
#include "core/path/path.h"
#include "core/path/user_name.h"

namespace bulkhead::keeper {
namespace {

constexpr int home_names_max = 100;

constexpr db::Sql select_user = "SELECT number, organisation, name, role FROM users WHERE id = $1";
constexpr db::Sql insert_user =
    "INSERT INTO users (id, organisation, name, folded_name, role) VALUES ($1, $2, $3, $4, $5)";
constexpr db::Sql update_user = "UPDATE users SET name = $2, folded_name = $3, role = $4 WHERE number = $1";
constexpr db::Sql update_home = "UPDATE users SET home = $2 WHERE number = $1";
constexpr db::Sql select_home = "SELECT coalesce(home, 0), files_size, quota FROM users WHERE number = $1";
constexpr db::Sql select_by_name =
    "SELECT number FROM users WHERE organisation = $1 AND folded_name = $2 ORDER BY number DESC LIMIT 1";
constexpr db::Sql select_by_id = "SELECT number FROM users WHERE id = $1 AND organisation = $2";
constexpr db::Sql select_known = "SELECT id, name, role FROM users WHERE number = $1";
constexpr db::Sql select_organisation = "SELECT homes FROM organisations WHERE id = $1";
constexpr db::Sql insert_organisation = "INSERT INTO organisations (id, root, homes) VALUES ($1, $2, $3)";
constexpr db::Sql insert_built_in =
    "INSERT INTO folders (id, organisation, parent, name, path, built_in, inherit, changed_ms, subfolder_count) "
    "VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8)";
constexpr db::Sql insert_home =
    "INSERT INTO folders (id, organisation, parent, name, path, owner, home_of, inherit, changed_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";
constexpr db::Sql update_subfolders =
    "UPDATE folders SET subfolder_count = subfolder_count + 1, changed_ms = $2 WHERE id = $1";

// A system administrator touches no files and acts in an organisation as a guest; an auditor, a temporary user and
// nobody in particular have none of their own.
bool has_home(const capability::Capability& capability) {
  const capability::Role role = capability.role;
  return capability.method != capability::Method::acting &&
         (role == capability::Role::user || role == capability::Role::file_admin || role == capability::Role::admin);
}

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}

}  // namespace

policy::Role role_of(capability::Role role) {
  switch (role) {
    case capability::Role::file_admin:
      return policy::Role::file_admin;
    case capability::Role::admin:
      return policy::Role::admin;
    case capability::Role::sys_admin:
      return policy::Role::system_admin;
    case capability::Role::audit_user:
      return policy::Role::auditor;
    case capability::Role::anonymous:
    case capability::Role::temporary_user:
    case capability::Role::user:
      break;
  }
  return policy::Role::user;
}

Result<Principal> Users::adopt(const capability::Capability& capability) {
  const std::string id{capability.principal.begin(), capability.principal.end()};
  const UserName name = TRY(UserName::parse(capability.username));
  if (capability.tenant == 0) return fail(Errc::unauthenticated, "the capability names no organisation");
  Principal principal{.user = 0,
                      .id = capability.principal,
                      .organisation = capability.tenant,
                      .role = role_of(capability.role),
                      .scopes = capability.scopes,
                      .expires = capability.expires};
  struct Known {
    policy::UserId user;
    std::uint64_t organisation;
    bool same;
  };
  const auto role = static_cast<std::int64_t>(capability.role);
  const auto known = TRY(store_.db.one(
      select_user,
      [&](db::Row& row) {
        return Known{number(row, 0), number(row, 1), row.text(2) == name.text() && row.int64(3) == role};
      },
      id));
  if (!known) {
    principal.user = TRY(store_.turn.ask([&] { return add(capability, id, HomeRights::all); }));
    return principal;
  }
  if (known->organisation != capability.tenant) {
    return fail(Errc::other_principal, "the user belongs to another organisation");
  }
  principal.user = known->user;
  if (known->same) return principal;
  TRY(store_.turn.ask([&] { return store_.db.run(update_user, known->user, name.text(), name.fold(), role); }));
  return principal;
}

Result<policy::UserId> Users::add(const capability::Capability& capability, const std::string& id, HomeRights rights) {
  const UserName name = TRY(UserName::parse(capability.username));
  TRY(found_organisation(capability.tenant, capability.issued));
  TRY(store_.db.run(insert_user, id, capability.tenant, name.text(), name.fold(),
                    static_cast<std::int64_t>(capability.role)));
  const auto user = static_cast<policy::UserId>(store_.db.last_insert_rowid());
  if (has_home(capability)) TRY(make_home(user, capability, rights));
  return user;
}

Result<void> Users::found_organisation(std::uint32_t organisation, UnixMs now) {
  const auto homes = TRY(store_.db.one(select_organisation, [](db::Row& row) { return row.int64(0); }, organisation));
  if (homes) return {};
  const std::uint32_t root = TRY(store_.new_id());
  TRY(store_.db.run(insert_built_in, root, organisation, db::Null{}, "/", "/", static_cast<int>(policy::Inherit::none),
                    now, 1));
  const std::uint32_t home = TRY(store_.new_id());
  TRY(store_.db.run(insert_built_in, home, organisation, root, "Home", "/Home",
                    static_cast<int>(policy::Inherit::always), now, 0));
  TRY(store_.db.run(insert_organisation, organisation, root, home));
  return {};
}

Result<void> Users::make_home(policy::UserId user, const capability::Capability& capability, HomeRights rights) {
  const auto homes =
      TRY(store_.db.one(select_organisation, [](db::Row& row) { return row.int64(0); }, capability.tenant));
  ENSURE(homes.has_value());
  const auto parent = static_cast<policy::FolderId>(*homes);
  std::string name = capability.username;
  // Never a folder that exists: it may hold the files of a namesake.
  for (int i = 2; !store_.need_free_name(parent, name).ok(); ++i) {
    if (i > home_names_max) return fail(Errc::conflict, "no name is left for the home folder");
    name = cat(capability.username, '.', i);
  }
  const Name checked = TRY(Name::parse(name));
  const std::uint32_t home = TRY(store_.new_id());
  const std::optional<policy::UserId> owner = rights == HomeRights::all ? std::optional{user} : std::nullopt;
  TRY(store_.db.run(insert_home, home, capability.tenant, parent, checked.text(), cat("/Home/", checked.text()), owner,
                    static_cast<int>(policy::Inherit::none), capability.issued));
  TRY(store_.versions.hand_down(parent, home));
  TRY(store_.db.run(update_home, user, home));
  TRY(store_.db.run(update_subfolders, parent, capability.issued));
  return {};
}

Result<asks::Home::Reply> Users::home(const Asker& asker) {
  const auto home = TRY(store_.db.one(
      select_home,
      [](db::Row& row) {
        return asks::Home::Reply{static_cast<std::uint32_t>(row.int64(0)), number(row, 1), number(row, 2)};
      },
      asker.subject.user));
  if (!home) return fail(Errc::corrupt, "the catalog has lost this user");
  return *home;
}

Result<policy::UserId> Users::find(const Asker& asker, const std::string& id_or_name) {
  const auto read = [](db::Row& row) { return number(row, 0); };
  std::optional<policy::UserId> user = TRY(store_.db.one(select_by_id, read, id_or_name, asker.organisation));
  if (!user) {
    const Result<UserName> name = UserName::parse(id_or_name);
    if (name.ok()) user = TRY(store_.db.one(select_by_name, read, asker.organisation, name->fold()));
  }
  if (!user) return no_such_user();
  return *user;
}

Result<KnownUser> Users::look_up(const Asker& asker, const std::string& id_or_name) {
  const policy::UserId number = id_or_name.empty() ? asker.subject.user : TRY(find(asker, id_or_name));
  auto known = TRY(store_.db.one(
      select_known,
      [&](db::Row& row) {
        return KnownUser{.number = number,
                         .id = std::string{row.text(0)},
                         .name = std::string{row.text(1)},
                         .role = role_of(static_cast<capability::Role>(row.int64(2)))};
      },
      number));
  if (!known) return fail(Errc::corrupt, "the catalog has lost a user");
  return std::move(*known);
}

Error no_such_user() {
  return fail(Errc::not_found, "no such user, or one who has never signed on");
}

}  // namespace bulkhead::keeper
