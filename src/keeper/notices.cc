#include "keeper/notices.h"

#include "base/cat.h"
#include "keeper/settings.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_notices =
    "SELECT inbox_outbox, confirmation, new_file, delivery_receipt, not_downloaded, unit FROM folder_notices "
    "WHERE folder = $1";
constexpr db::Sql replace_notices =
    "INSERT OR REPLACE INTO folder_notices (folder, inbox_outbox, confirmation, new_file, delivery_receipt, "
    "not_downloaded, unit) VALUES ($1, $2, $3, $4, $5, $6, $7)";

Result<void> need_time(std::string_view what, const std::optional<std::int64_t>& time) {
  if (!time || (*time >= -1 && *time <= notice_time_max)) return {};
  return fail(Errc::invalid, cat(what, ": from -1 to ", notice_time_max));
}

asks::NoticeUnit unit_of(std::int64_t stored) {
  switch (stored) {
    case 1:
      return asks::NoticeUnit::days;
    case 2:
      return asks::NoticeUnit::minutes;
    default:
      return asks::NoticeUnit::hours;
  }
}

}  // namespace

Result<asks::Notices> FolderNotices::read(std::uint32_t folder) {
  const auto stored = TRY(store_.db.one(
      select_notices,
      [](db::Row& row) {
        return asks::Notices{.inbox_outbox = row.boolean(0),
                             .confirmation_minutes = row.int64(1),
                             .new_file_minutes = row.int64(2),
                             .delivery_receipt = row.boolean(3),
                             .not_downloaded = row.int64(4),
                             .unit = unit_of(row.int64(5))};
      },
      folder));
  return stored.value_or(asks::Notices{});
}

Result<void> FolderNotices::write(std::uint32_t folder, const asks::Notices& notices) {
  TRY(store_.db.run(replace_notices, folder, notices.inbox_outbox, notices.confirmation_minutes,
                    notices.new_file_minutes, notices.delivery_receipt, notices.not_downloaded,
                    static_cast<int>(notices.unit)));
  return {};
}

Result<asks::Notices> FolderNotices::get(const Asker& asker, std::uint32_t folder) {
  TRY(store_.reach(asker, folder, policy::Action::view_folder));
  return read(folder);
}

Result<asks::Notices> FolderNotices::change(const Asker& asker, const asks::ChangeNotices& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::change_settings));
  TRY(need_time("uploadConfirmationToSenderTime", ask.confirmation_minutes));
  TRY(need_time("newFileAlertToRecipientTime", ask.new_file_minutes));
  TRY(need_time("alertSenderFileIsNotDownloadedTime", ask.not_downloaded));
  const std::vector<std::uint32_t> folders = TRY(folders_to_set(store_, asker, ask.folder, ask.below));
  TRY(store_.turn.ask([&]() -> Result<void> {
    for (const std::uint32_t folder : folders) {
      asks::Notices notices = TRY(read(folder));
      notices.inbox_outbox = ask.inbox_outbox.value_or(notices.inbox_outbox);
      notices.confirmation_minutes = ask.confirmation_minutes.value_or(notices.confirmation_minutes);
      notices.new_file_minutes = ask.new_file_minutes.value_or(notices.new_file_minutes);
      notices.delivery_receipt = ask.delivery_receipt.value_or(notices.delivery_receipt);
      notices.not_downloaded = ask.not_downloaded.value_or(notices.not_downloaded);
      notices.unit = ask.unit.value_or(notices.unit);
      TRY(write(folder, notices));
    }
    return {};
  }));
  return read(ask.folder);
}

}  // namespace bulkhead::keeper
