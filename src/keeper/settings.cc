#include "keeper/settings.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_settings =
    "SELECT mask_rule, masks, clean, clean_files_days, clean_folders_days, new_days, quota, quota_below, hide_history, "
    "thumbnails, shown_sort, char_set, char_list, char_replace, char_value FROM folder_settings WHERE folder = $1";
constexpr db::Sql replace_settings =
    "INSERT OR REPLACE INTO folder_settings (folder, mask_rule, masks, clean, clean_files_days, clean_folders_days, "
    "new_days, quota, quota_below, hide_history, thumbnails, shown_sort, char_set, char_list, char_replace, "
    "char_value) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
constexpr db::Sql select_overwrite = "SELECT overwrite_allowed FROM folders WHERE id = $1";
constexpr db::Sql update_overwrite = "UPDATE folders SET overwrite_allowed = $2 WHERE id = $1";
constexpr db::Sql select_tree =
    "SELECT id FROM folders WHERE organisation = $1 AND (path = $2 OR $2 = '/' "
    "OR (path >= $2 || '/' AND path < $2 || '0'))";
constexpr db::Sql select_quota = "SELECT id, quota, files_size FROM users WHERE number = $1";
constexpr db::Sql update_quota = "UPDATE users SET quota = $2 WHERE number = $1";

std::uint32_t small(db::Row& row, int column) {
  return static_cast<std::uint32_t>(row.int64(column));
}

// Lists are stored with a line for each.
std::string join(const std::vector<std::string>& masks) {
  std::string out;
  for (const std::string& mask : masks) out += cat(out.empty() ? "" : "\n", mask);
  return out;
}
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

// UTF-8 without control characters.
Result<void> need_text(std::string_view what, std::string_view text, std::size_t size_max) {
  if (text.size() > size_max) return fail(Errc::too_large, cat(what, " has more than ", size_max, " bytes"));
  const auto is_control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20; };
  if (std::ranges::any_of(text, is_control)) return fail(Errc::invalid, cat(what, " holds a control character"));
  while (!text.empty()) {
    utf8proc_int32_t number = 0;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &number);
    if (size <= 0) return fail(Errc::invalid, cat(what, " is not UTF-8"));
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> need_sound(const asks::ChangeFolderSettings& ask) {
  if (ask.masks) {
    if (ask.masks->size() > folder_masks_max)
      return fail(Errc::too_large, cat("more than ", folder_masks_max, " masks"));
    for (const std::string& mask : *ask.masks) {
      if (mask.empty()) return fail(Errc::invalid, "a mask is empty");
      TRY(need_text("a mask", mask, folder_mask_size_max));
      TRY(Mask::parse(mask));
    }
  }
  TRY(need_text("customCharSet", ask.char_list.value_or(""), char_list_size_max));
  TRY(need_text("replacementValue", ask.char_value.value_or(""), char_value_size_max));
  for (const auto& days : {ask.clean_files_days, ask.clean_folders_days, ask.new_days}) {
    if (days.value_or(0) > days_max) return fail(Errc::invalid, cat("at most ", days_max, " days"));
  }
  if (ask.quota.value_or(0) > quota_max) return fail(Errc::invalid, "the quota is too large");
  return {};
}

template <class T>
void take(T& setting, const std::optional<T>& change) {
  if (change) setting = *change;
}

void apply(asks::FolderSettings& settings, const asks::ChangeFolderSettings& ask) {
  take(settings.mask_rule, ask.mask_rule);
  take(settings.masks, ask.masks);
  take(settings.clean, ask.clean);
  take(settings.clean_files_days, ask.clean_files_days);
  take(settings.clean_folders_days, ask.clean_folders_days);
  take(settings.new_days, ask.new_days);
  take(settings.quota, ask.quota);
  take(settings.quota_below, ask.quota_below);
  take(settings.overwrite_allowed, ask.overwrite_allowed);
  take(settings.hide_history, ask.hide_history);
  take(settings.thumbnails, ask.thumbnails);
  take(settings.shown_sort, ask.shown_sort);
  take(settings.char_set, ask.char_set);
  take(settings.char_list, ask.char_list);
  take(settings.char_replace, ask.char_replace);
  take(settings.char_value, ask.char_value);
}

}  // namespace

Result<asks::FolderSettings> Settings::read(std::uint32_t folder) {
  asks::FolderSettings settings;
  TRY(store_.db.query(
      select_settings,
      [&](db::Row& row) {
        settings.mask_rule = static_cast<asks::MaskRule>(row.int64(0));
        settings.masks = split(row.text(1));
        settings.clean = row.boolean(2);
        settings.clean_files_days = small(row, 3);
        settings.clean_folders_days = small(row, 4);
        settings.new_days = small(row, 5);
        settings.quota = static_cast<std::uint64_t>(row.int64(6));
        settings.quota_below = row.boolean(7);
        settings.hide_history = row.boolean(8);
        settings.thumbnails = row.boolean(9);
        settings.shown_sort = static_cast<asks::ShownSort>(row.int64(10));
        settings.char_set = static_cast<asks::CharSet>(row.int64(11));
        settings.char_list = row.text(12);
        settings.char_replace = row.boolean(13);
        settings.char_value = row.text(14);
      },
      folder));
  const auto overwrite = TRY(store_.db.one(select_overwrite, [](db::Row& row) { return row.boolean(0); }, folder));
  settings.overwrite_allowed = overwrite.value_or(false);
  return settings;
}

Result<void> Settings::write(std::uint32_t folder, const asks::FolderSettings& settings) {
  TRY(store_.db.run(replace_settings, folder, static_cast<int>(settings.mask_rule), join(settings.masks),
                    settings.clean, settings.clean_files_days, settings.clean_folders_days, settings.new_days,
                    settings.quota, settings.quota_below, settings.hide_history, settings.thumbnails,
                    static_cast<int>(settings.shown_sort), static_cast<int>(settings.char_set), settings.char_list,
                    settings.char_replace, settings.char_value));
  TRY(store_.db.run(update_overwrite, folder, settings.overwrite_allowed));
  return {};
}

Result<asks::FolderSettings> Settings::get(const Asker& asker, std::uint32_t folder) {
  TRY(store_.reach(asker, folder, policy::Action::view_folder));
  return read(folder);
}

Result<std::vector<std::uint32_t>> folders_to_set(Store& store, const Asker& asker, std::uint32_t folder, bool below) {
  std::vector<std::uint32_t> folders{folder};
  if (!below) return folders;
  folders.clear();
  const auto add = [&](db::Row& row) -> Result<void> {
    const std::uint32_t found = small(row, 0);
    const Chain chain = TRY(store.tree.chain(found));
    if (!policy::decide(asker.subject, policy::Action::change_settings, chain, asker.now).allowed()) {
      return fail(Errc::denied, "your rights in a folder below do not allow this; nothing was changed");
    }
    if (folders.size() == set_folders_max) return fail(Errc::too_large, "too many folders are below this one");
    folders.push_back(found);
    return {};
  };
  TRY(store.db.query(select_tree, add, asker.organisation, TRY(store.path_of(folder))));
  return folders;
}

Result<asks::FolderSettings> Settings::change(const Asker& asker, const asks::ChangeFolderSettings& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::change_settings));
  TRY(need_sound(ask));
  const std::vector<std::uint32_t> folders = TRY(folders_to_set(store_, asker, ask.folder, ask.below));
  TRY(store_.turn.ask([&]() -> Result<void> {
    for (const std::uint32_t folder : folders) {
      asks::FolderSettings settings = TRY(read(folder));
      apply(settings, ask);
      TRY(write(folder, settings));
      if (ask.clean || ask.clean_files_days) TRY(store_.expiries.settle_folder(folder));
    }
    return {};
  }));
  return read(ask.folder);
}

Result<asks::UserQuota::Reply> Settings::user_quota(const Asker& asker, const asks::UserQuota& ask) {
  const bool admin = asker.subject.role == policy::Role::admin;
  const Result<policy::UserId> found = users_.find(asker, ask.user);
  // One who may not ask learns nothing of who there is.
  if (!admin && (!found.ok() || *found != asker.subject.user)) return fail(Errc::not_found, "no such user");
  const policy::UserId user = TRY(found);
  if (ask.quota && !admin) return fail(Errc::denied, "only an administrator of the organisation may do this");
  if (ask.quota.value_or(0) > quota_max) return fail(Errc::invalid, "the quota is too large");
  if (ask.quota) TRY(store_.turn.ask([&] { return store_.db.run(update_quota, user, *ask.quota); }));
  auto row = TRY(store_.db.one(
      select_quota,
      [](db::Row& read) {
        return asks::UserQuota::Reply{std::string{read.text(0)}, static_cast<std::uint64_t>(read.int64(1)),
                                      static_cast<std::uint64_t>(read.int64(2))};
      },
      user));
  if (!row) return fail(Errc::corrupt, "the catalog has lost this user");
  return std::move(*row);
}

}  // namespace bulkhead::keeper
