#include "keeper/journal.h"

#include <utility>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::keeper {
namespace {

using asks::EventKind;

constexpr db::Sql select_file =
    "SELECT f.name, d.id, d.path FROM files f JOIN folders d ON d.id = f.folder WHERE f.id = $1";
constexpr db::Sql select_binned = "SELECT name, folder, path FROM binned WHERE file = $1";
constexpr db::Sql select_hold = "SELECT coalesce(folder, 0), coalesce(file, 0) FROM holds WHERE id = $1";
constexpr db::Sql select_folder = "SELECT id, path FROM folders WHERE id = $1";
constexpr db::Sql select_link =
    "SELECT p.id, p.path, l.name, t.path FROM links l JOIN folders p ON p.id = l.parent "
    "JOIN folders t ON t.id = l.target WHERE l.id = $1";
constexpr db::Sql select_file_at = "SELECT id FROM files WHERE folder = $1 AND name = $2";
constexpr db::Sql select_user = "SELECT id, name FROM users WHERE number = $1";
constexpr db::Sql select_group = "SELECT name FROM groups WHERE id = $1";
constexpr db::Sql select_place =
    "SELECT f.folder, v.receipt, v.agent FROM files f JOIN versions v ON v.id = f.version WHERE f.id = $1";

struct RightName {
  policy::Right right;
  std::string_view name;
};
constexpr std::array right_names{
    RightName{policy::Right::read_files, "readFiles"},
    RightName{policy::Right::write_files, "writeFiles"},
    RightName{policy::Right::delete_files, "deleteFiles"},
    RightName{policy::Right::list_files, "listFiles"},
    RightName{policy::Right::notify, "notify"},
    RightName{policy::Right::add_delete_subfolders, "addDeleteSubfolders"},
    RightName{policy::Right::share, "share"},
    RightName{policy::Right::admin, "admin"},
    RightName{policy::Right::list_users, "listUsers"},
};

std::string rights_text(std::uint16_t bits) {
  std::string out;
  for (const RightName& each : right_names) {
    if (policy::Rights::from_bits(bits).has(each.right)) out += cat(out.empty() ? "" : " ", each.name);
  }
  return out.empty() ? "none" : out;
}

std::string joined(std::string_view folder, std::string_view name) {
  return cat(folder == "/" ? "" : folder, "/", name);
}

Journal::Spot spot_of(const asks::FolderRow& row) {
  return {0, {}, row.id, row.path};
}
Journal::Spot spot_of(const asks::FileRow& row) {
  return {row.id, row.name, row.folder, row.folder_path};
}

}  // namespace

std::string Journal::Spot::path() const {
  if (link != 0) return path_below(folder_path, link_name);
  return file == 0 ? folder_path : joined(folder_path, file_name);
}

Result<Journal::Spot> Journal::of_file(std::uint64_t file) {
  if (!std::in_range<std::int64_t>(file)) return Spot{};
  const auto found = TRY(store_.db.one(
      select_file,
      [&](db::Row& row) {
        return Spot{file, std::string{row.text(0)}, static_cast<std::uint32_t>(row.int64(1)), std::string{row.text(2)}};
      },
      file));
  return found.value_or(Spot{});
}

// Where it was when it was deleted.
Result<Journal::Spot> Journal::of_binned(std::uint64_t file) {
  if (!std::in_range<std::int64_t>(file)) return Spot{};
  const auto found = TRY(store_.db.one(
      select_binned,
      [&](db::Row& row) {
        return Spot{file, std::string{row.text(0)}, static_cast<std::uint32_t>(row.int64(1)), std::string{row.text(2)}};
      },
      file));
  return found.value_or(Spot{});
}

Result<Journal::Spot> Journal::of_folder(std::uint64_t folder) {
  const auto found = TRY(store_.db.one(
      select_folder,
      [](db::Row& row) { return Spot{0, {}, static_cast<std::uint32_t>(row.int64(0)), std::string{row.text(1)}}; },
      folder));
  return found.value_or(Spot{});
}

Result<Journal::Spot> Journal::of_hold(std::uint32_t hold) {
  struct Covered {
    std::uint32_t folder;
    std::uint64_t file;
  };
  const auto covered = TRY(store_.db.one(
      select_hold,
      [](db::Row& row) {
        return Covered{static_cast<std::uint32_t>(row.int64(0)), static_cast<std::uint64_t>(row.int64(1))};
      },
      hold));
  if (!covered) return Spot{};
  return covered->file == 0 ? of_folder(covered->folder) : of_file(covered->file);
}

Result<Journal::Spot> Journal::of_link(std::uint32_t link) {
  Spot spot;
  TRY(store_.db.query(
      select_link,
      [&](db::Row& row) {
        spot.folder = static_cast<std::uint32_t>(row.int64(0));
        spot.folder_path = row.text(1);
        spot.link = link;
        spot.link_name = row.text(2);
        spot.target_path = row.text(3);
      },
      link));
  return spot;
}

Result<Journal::Spot> Journal::again(const Spot& spot) {
  if (spot.link != 0) return of_link(spot.link);
  return spot.file != 0 ? of_file(spot.file) : of_folder(spot.folder);
}

// A virtual folder itself, a folder, or else a file; a draft is nobody's business yet. What is no path names nothing.
Result<Journal::Spot> Journal::at_path(const Asker& asker, const std::string& path) {
  const Result<RemotePath> parsed = RemotePath::parse(path);
  if (!parsed.ok()) return Spot{};
  const Resolved at = TRY(resolve(store_, asker, *parsed));
  if (at.link) return of_link(at.link->id);
  if (at.folder != 0) return of_folder(at.folder);
  if (at.parent == 0) return Spot{};
  const auto file = TRY(store_.db.one(
      select_file_at, [](db::Row& row) { return static_cast<std::uint64_t>(row.int64(0)); }, at.parent,
      parsed->name().text()));
  return file ? of_file(*file) : Spot{};
}

Result<void> Journal::add(const Asker& asker, EventKind kind, const Spot& spot, std::string message, std::string target,
                          std::string target_name, std::string_view nobody) {
  asks::Event event;
  event.time_ms = asker.now;
  event.kind = kind;
  event.organisation = asker.organisation;
  event.user_name = nobody;  // unless it is a user
  TRY(store_.db.query(
      select_user,
      [&](db::Row& row) {
        event.user = row.text(0);
        event.user_name = row.text(1);
      },
      asker.subject.user));
  event.address = asker.address;
  event.file = spot.file;
  event.file_name = spot.file_name;
  event.folder = spot.folder;
  event.folder_path = spot.folder_path;
  event.message = std::move(message);
  event.target = std::move(target);
  event.target_name = std::move(target_name);
  event.cut();
  const bool kept = TRY(outbox_.add(store_.db, ipc::encode(event)));
  if (!kept) {
    log(Level::error, "event not kept", {{"why", "the log is too far behind"}, {"kind", cat(static_cast<int>(kind))}});
  }
  return {};
}

Result<void> Journal::moved(const Asker& asker, const Spot& before, const Spot& after) {
  if (before.folder == 0 || after.folder == 0 || before.path() == after.path()) return {};
  if (after.link != 0) return add_link(asker, EventKind::virtual_moved, after, cat("was ", before.path()));
  return add(asker, after.file == 0 ? EventKind::folder_moved : EventKind::file_moved, after,
             cat("was ", before.path()));
}

Result<void> Journal::note(const Asker& asker, const asks::CreateFolder&, const Spot&, const asks::FolderRow& row) {
  return add(asker, EventKind::folder_created, spot_of(row));
}

Result<void> Journal::note(const Asker& asker, const asks::ChangeFolder& ask, const Spot& spot,
                           const asks::FolderRow& row) {
  TRY(moved(asker, spot, spot_of(row)));
  std::string change;
  if (ask.description) change = "description";
  if (ask.inherit_access)
    change += cat(change.empty() ? "" : "; ", *ask.inherit_access ? "inherits" : "does not inherit");
  if (change.empty()) return {};
  return add(asker, EventKind::folder_changed, spot_of(row), std::move(change));
}

Result<void> Journal::note(const Asker& asker, const asks::DeleteFolder&, const Spot& spot, const ipc::Nothing&) {
  if (spot.folder == 0) return {};
  return add(asker, EventKind::folder_deleted, spot);
}

Result<void> Journal::note(const Asker& asker, const asks::ChangeFile&, const Spot& spot, const asks::FileRow& row) {
  return moved(asker, spot, spot_of(row));
}

Result<void> Journal::note(const Asker& asker, const asks::DeleteFile&, const Spot& spot, const ipc::Nothing&) {
  if (spot.file == 0) return {};
  return add(asker, EventKind::file_deleted, spot);
}

Result<void> Journal::note(const Asker& asker, const asks::SetGrant& ask, const Spot& spot, const asks::GrantRow& row) {
  return add(asker, EventKind::rights_set, spot, cat(ask.is_group ? "group: " : "", rights_text(row.rights)), row.id,
             row.name);
}

Result<void> Journal::note(const Asker& asker, const asks::RemoveGrant& ask, const Spot& spot, const ipc::Nothing&) {
  return add(asker, EventKind::rights_removed, spot, ask.is_group ? "group" : "", {}, ask.holder);
}

// By its number: with it, the way to where it went may have changed.
Result<void> Journal::note(const Asker& asker, const asks::Move&, const Spot& spot, const ipc::Nothing&) {
  return moved(asker, spot, TRY(again(spot)));
}

Result<void> Journal::note(const Asker& asker, const asks::RemoveEntry& ask, const Spot& spot, const ipc::Nothing&) {
  if (spot.link != 0) return add_link(asker, EventKind::virtual_deleted, spot, {});
  // A draft may have the name of a folder that its owner may not know of.
  if (spot.folder == 0 || ask.folder != (spot.file == 0)) return {};
  return add(asker, spot.file == 0 ? EventKind::folder_deleted : EventKind::file_deleted, spot);
}

Result<void> Journal::note(const Asker& asker, const asks::MoveFile&, const Spot& spot, const asks::FileRow& row) {
  return moved(asker, spot, spot_of(row));
}

Result<void> Journal::note(const Asker& asker, const asks::MoveFolder&, const Spot& spot, const asks::FolderRow& row) {
  return moved(asker, spot, spot_of(row));
}

Result<void> Journal::note(const Asker& asker, const asks::EndCopy&, const Spot&, const asks::FolderRow& row) {
  return add(asker, EventKind::folder_copied, spot_of(row));
}

Result<void> Journal::note(const Asker& asker, const asks::CreateGroup&, const Spot&, const asks::GroupRow& row) {
  return add(asker, EventKind::group_created, {}, {}, cat(row.id), row.name);
}

Result<void> Journal::note(const Asker& asker, const asks::AddMembers& ask, const Spot&, const ipc::Nothing&) {
  std::string users;
  for (const std::string& user : ask.users) {
    if (users.size() > asks::event_text_max) break;
    users += cat(users.empty() ? "" : " ", user);
  }
  const auto name = TRY(store_.db.one(select_group, [](db::Row& row) { return std::string{row.text(0)}; }, ask.group));
  return add(asker, EventKind::group_members_added, {}, std::move(users), cat(ask.group), name.value_or(""));
}

Result<void> Journal::note(const Asker& asker, const asks::RemoveMember& ask, const Spot&, const ipc::Nothing&) {
  const auto name = TRY(store_.db.one(select_group, [](db::Row& row) { return std::string{row.text(0)}; }, ask.group));
  return add(asker, EventKind::group_member_removed, {}, ask.user, cat(ask.group), name.value_or(""));
}

Result<void> Journal::note(const Asker& asker, const asks::ChangeFolderSettings& ask, const Spot& spot,
                           const asks::FolderSettings& settings) {
  std::string change = ask.below ? "with all folders below" : "";
  const auto add_to = [&](bool named, const auto&... parts) {
    if (named) change += cat(change.empty() ? "" : "; ", parts...);
  };
  add_to(ask.mask_rule || ask.masks, "file masks: ", settings.masks.size());
  add_to(ask.quota.has_value(), "quota ", settings.quota);
  add_to(ask.clean || ask.clean_files_days || ask.clean_folders_days, "cleanup ", settings.clean ? "on" : "off",
         ", files ", settings.clean_files_days, " days");
  add_to(ask.overwrite_allowed.has_value(), "overwriting ", settings.overwrite_allowed ? "allowed" : "refused");
  add_to(ask.char_set || ask.char_list || ask.char_value, "characters");
  return add(asker, EventKind::folder_settings_changed, spot, std::move(change));
}

Result<void> Journal::note(const Asker& asker, const asks::UserQuota& ask, const Spot&,
                           const asks::UserQuota::Reply& reply) {
  if (!ask.quota) return {};
  return add(asker, EventKind::quota_set, {}, cat(reply.quota, " bytes"), reply.id, ask.user);
}

Result<void> Journal::note(const Asker& asker, const asks::ChangeNotices& ask, const Spot& spot, const asks::Notices&) {
  return add(asker, EventKind::folder_settings_changed, spot,
             ask.below ? "notifications; with all folders below" : "notifications");
}

Result<void> Journal::note(const Asker& asker, const asks::PlaceHold& ask, const Spot& spot, const asks::HoldRow& row) {
  return add(asker, EventKind::hold_placed, spot, ask.reason, cat(row.id), row.name);
}

Result<void> Journal::note(const Asker& asker, const asks::LiftHold& ask, const Spot& spot, const ipc::Nothing&) {
  return add(asker, EventKind::hold_lifted, spot, {}, cat(ask.hold));
}

Result<void> Journal::add_link(const Asker& asker, EventKind kind, const Spot& spot, std::string message) {
  if (spot.link == 0) return {};
  if (message.empty()) message = cat("leads to ", spot.target_path);
  return add(asker, kind, spot, std::move(message), cat(spot.link), spot.link_name);
}

Result<void> Journal::note(const Asker& asker, const asks::CreateVirtual&, const Spot&, const asks::VirtualRow& row) {
  return add_link(asker, EventKind::virtual_created, TRY(of_link(row.id)), {});
}

Result<void> Journal::note(const Asker& asker, const asks::RenameVirtual&, const Spot& spot, const asks::VirtualRow&) {
  return moved(asker, spot, TRY(again(spot)));
}

Result<void> Journal::note(const Asker& asker, const asks::DeleteVirtual&, const Spot& spot, const ipc::Nothing&) {
  return add_link(asker, EventKind::virtual_deleted, spot, {});
}

Result<void> Journal::cleaned(std::uint64_t file, std::uint32_t organisation, UnixMs now) {
  const Spot spot = TRY(of_file(file));
  return add(Asker::nobody(organisation, now), EventKind::file_deleted, spot, "its days were over", {}, {}, "clean-up");
}

Result<void> Journal::note(const Asker& asker, const asks::SetLogo& ask, const Spot&, const asks::Brand&) {
  return add(asker, EventKind::organisation_changed, {}, ask.content.empty() ? "logo removed" : cat("logo ", ask.name));
}

Result<void> Journal::note(const Asker& asker, const asks::SetBrand& ask, const Spot&, const asks::Brand&) {
  if (!ask.custom_notifications) return {};
  return add(asker, EventKind::organisation_changed, {}, *ask.custom_notifications ? "notifications branded" : "notifications plain");
}

Result<void> Journal::note(const Asker& asker, const asks::ChangeHistorySettings& ask, const Spot& spot,
                           const asks::HistorySettings& settings) {
  return add(asker, EventKind::folder_settings_changed, spot,
             cat("keeps ", settings.versions_kept, " versions, deleted files for ", settings.bin_days, " days",
                 ask.below ? "; with all folders below" : ""));
}

Result<void> Journal::note(const Asker& asker, const asks::RestoreVersion& ask, const Spot&, const asks::FileRow& row) {
  return add(asker, EventKind::version_restored, spot_of(row), cat("version ", ask.version));
}

Result<void> Journal::note(const Asker& asker, const asks::DeleteVersion& ask, const Spot& spot, const ipc::Nothing&) {
  return add(asker, EventKind::version_deleted, spot, cat("version ", ask.version));
}

Result<void> Journal::note(const Asker& asker, const asks::RestoreBinned&, const Spot&, const asks::FileRow& row) {
  return add(asker, EventKind::file_undeleted, spot_of(row));
}

Result<void> Journal::note(const Asker& asker, const asks::DeleteBinned&, const Spot& spot, const ipc::Nothing&) {
  return add(asker, EventKind::bin_file_deleted, spot);
}

Result<void> Journal::note(const Asker& asker, const asks::EmptyBin&, const Spot&, const asks::EmptyBin::Reply& reply) {
  if (reply.removed == 0) return {};
  return add(asker, EventKind::bin_emptied, {}, cat(reply.removed, " files"));
}

Result<void> Journal::note(const asks::ImportGroup& ask, UnixMs now) {
  Asker nobody;
  nobody.organisation = ask.organisation;
  nobody.now = now;
  return add(nobody, EventKind::group_created, {}, "imported", {}, ask.name);
}

Result<void> Journal::note(const asks::ImportUser& ask, UnixMs now) {
  Asker nobody;
  nobody.organisation = ask.organisation;
  nobody.now = now;
  return add(nobody, EventKind::places_imported, {},
             cat(ask.folders.size(), " folders, ", ask.groups.size(), " groups, quota ", ask.quota), ask.id,
             ask.user_name);
}

Result<asks::EventsAfter::Reply> Journal::after(std::uint64_t after) {
  db::Outbox::Batch batch = TRY(outbox_.after(store_.db, after));
  asks::EventsAfter::Reply reply;
  reply.last = batch.last;
  for (db::Outbox::Stored& row : batch.rows) reply.events.push_back({row.sequence, std::move(row.body)});
  return reply;
}

Result<asks::PlacesOf::Reply> Journal::places(const asks::PlacesOf& ask) {
  asks::PlacesOf::Reply reply;
  for (const std::uint64_t file : ask.files) {
    TRY(store_.db.query(
        select_place,
        [&](db::Row& row) {
          reply.places.push_back({file, static_cast<std::uint32_t>(row.int64(0)),
                                  static_cast<std::uint64_t>(row.int64(1)), std::string{row.text(2)}});
        },
        file));
  }
  return reply;
}

}  // namespace bulkhead::keeper
