#include "keeper/imports.h"

#include <map>

#include "base/cat.h"
#include "core/path/path.h"

namespace bulkhead::keeper {
namespace {

constexpr std::size_t depth_max = 16;  // of an imported folder, below the account's own root

constexpr db::Sql select_known = "SELECT organisation FROM users WHERE id = $1";
constexpr db::Sql select_home =
    "SELECT home, path FROM users JOIN folders ON folders.id = users.home WHERE users.number = $1";
constexpr db::Sql update_quota = "UPDATE users SET quota = $2 WHERE number = $1";
constexpr db::Sql insert_folder =
    "INSERT INTO folders (id, organisation, parent, name, path, inherit, overwrite_allowed, changed_ms) "
    "SELECT $1, organisation, id, $3, $4, $5, $6, $7 FROM folders WHERE id = $2";
constexpr db::Sql update_overwrite = "UPDATE folders SET overwrite_allowed = $2 WHERE id = $1";
constexpr db::Sql update_subfolders =
    "UPDATE folders SET subfolder_count = subfolder_count + 1, changed_ms = $2 WHERE id = $1";
// One without rights takes away what the folder above gives.
constexpr db::Sql insert_grant =
    "INSERT INTO grants (folder, user, group_id, rights, share, behaviour, place) "
    "SELECT id, $2, NULL, $3, 0, $4, replace(path, '/', char(1)) FROM folders WHERE id = $1";

Asker administrator_of(std::uint32_t organisation, UnixMs now) {
  Asker asker;
  asker.subject.org = organisation;
  asker.subject.role = policy::Role::admin;
  asker.subject.live = true;
  asker.organisation = organisation;
  asker.now = now;
  return asker;
}

}  // namespace

Result<asks::ImportDone> Imports::group(const asks::ImportGroup& ask, UnixMs now) {
  TRY(store_.turn.ask([&] { return users_.found_organisation(ask.organisation, now); }));
  const Result<asks::GroupRow> made =
      groups_.create(administrator_of(ask.organisation, now), asks::CreateGroup{ask.name, ask.description});
  if (made.ok()) return asks::ImportDone{true};
  if (made.error().kind() == Errc::conflict) return asks::ImportDone{false};
  return made.error();
}

Result<asks::ImportDone> Imports::user(const asks::ImportUser& ask, UnixMs now) {
  if (ask.folders.size() > asks::import_folders_max || ask.groups.size() > asks::import_groups_max) {
    return fail(Errc::too_large, "too many folders or groups for one account");
  }
  capability::Capability as;
  if (ask.id.size() != as.principal.size() || ask.organisation == 0) {
    return fail(Errc::invalid, "the account has no id or no organisation");
  }
  std::copy(ask.id.begin(), ask.id.end(), as.principal.begin());
  as.tenant = ask.organisation;
  as.username = ask.user_name;
  as.role = capability::Role::user;
  as.issued = now;
  const auto known = TRY(store_.db.one(select_known, [](db::Row& row) { return row.int64(0); }, ask.id));
  if (known) return asks::ImportDone{false};
  TRY(store_.turn.ask([&] { return add_user(ask, as, now); }));
  return asks::ImportDone{true};
}

Result<void> Imports::add_user(const asks::ImportUser& ask, const capability::Capability& as, UnixMs now) {
  const policy::UserId user = TRY(users_.add(as, ask.id, ask.folders.empty() ? HomeRights::all : HomeRights::granted));
  if (ask.quota > 0) TRY(store_.db.run(update_quota, user, ask.quota));
  const Asker asker = administrator_of(ask.organisation, now);
  for (const std::string& name : ask.groups) {
    asks::AddMembers members;
    members.group = static_cast<std::uint32_t>(TRY(groups_.find(asker, name)));
    members.users.push_back(ask.id);
    TRY(groups_.add(asker, members));
  }
  return add_folders(ask.folders, user, now);
}

Result<void> Imports::add_folders(std::span<const asks::ImportedFolder> folders, policy::UserId user, UnixMs now) {
  if (folders.empty()) return {};
  struct Root {
    std::uint32_t id;
    std::string path;
  };
  const auto root = TRY(store_.db.one(
      select_home,
      [](db::Row& row) { return Root{static_cast<std::uint32_t>(row.int64(0)), std::string{row.text(1)}}; }, user));
  if (!root) return fail(Errc::corrupt, "the user has no home");
  const RemotePath home = TRY(RemotePath::parse(root->path));
  std::map<RemotePath, std::uint32_t> made{{RemotePath{}, root->id}};
  for (const asks::ImportedFolder& folder : folders) {
    const RemotePath path = TRY(RemotePath::parse(folder.path));
    if (path.is_root() != (&folder == folders.data())) return fail(Errc::invalid, "the first folder is not \"/\"");
    if (path.depth() > depth_max) return fail(Errc::too_large, cat("a folder is more than ", depth_max, " deep"));
    std::uint32_t id = root->id;
    RemotePath here;
    for (const Name& name : path.names()) {
      here = TRY(here.child(name));
      const auto found = made.find(here);
      if (found == made.end()) id = TRY(add_folder(id, TRY(home.concat(here)), folder.overwrite_allowed, now));
      if (found != made.end()) id = found->second;
      made.emplace(here, id);
    }
    TRY(store_.db.run(update_overwrite, id, folder.overwrite_allowed));
    TRY(store_.db.run(insert_grant, id, user, policy::Rights::from_bits(folder.rights).bits(),
                      static_cast<int>(policy::Behaviour::override_inherited)));
  }
  return {};
}

Result<std::uint32_t> Imports::add_folder(std::uint32_t parent, const RemotePath& path, bool overwrite_allowed,
                                          UnixMs now) {
  TRY(store_.need_free_name(parent, path.name().text()));
  const std::uint32_t id = TRY(store_.new_id());
  TRY(store_.db.run(insert_folder, id, parent, path.name().text(), path.print(),
                    static_cast<int>(policy::Inherit::always), overwrite_allowed, now));
  TRY(store_.hand_down(parent, id));
  TRY(store_.db.run(update_subfolders, parent, now));
  return id;
}

}  // namespace bulkhead::keeper
