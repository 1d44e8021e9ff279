#pragma once
// Settings: what an administrator of a folder sets for it.
//   see      whoever may know of the folder
//   change   admin in the folder; with `below` in every folder below as well, or nothing is changed
//   users' quotas: see one's own; others', and change: administrators of the organisation
// Masks, characters, overwriting and quotas are kept to (name_rules.h, quotas.h), and clean-ups run (cleanup.h). The days
// that files are shown as new, history, thumbnails and order are kept for who asks, and nothing acts on them.
#include "keeper/folders.h"
#include "keeper/users.h"

namespace bulkhead::keeper {

inline constexpr std::size_t folder_masks_max = 100;
inline constexpr std::size_t folder_mask_size_max = 255;  // bytes
inline constexpr std::size_t char_list_size_max = 1'024;  // bytes
inline constexpr std::size_t char_value_size_max = 32;    // bytes
inline constexpr std::uint32_t days_max = 36'500;
inline constexpr std::uint64_t quota_max = std::uint64_t{1} << 60U;  // bytes
inline constexpr std::size_t set_folders_max = 20'000;               // by one ask

// The folder, and with `below` every folder below it: what an ask about settings concerns. Errc::denied if he may
// not change the settings of one of them.
Result<std::vector<std::uint32_t>> folders_to_set(Store& store, const Asker& asker, std::uint32_t folder, bool below);

class Settings {
 public:
  Settings(Store& store, Users& users) : store_{store}, users_{users} {}

  Result<asks::FolderSettings> get(const Asker& asker, std::uint32_t folder);
  Result<asks::FolderSettings> change(const Asker& asker, const asks::ChangeFolderSettings& ask);
  Result<asks::UserQuota::Reply> user_quota(const Asker& asker, const asks::UserQuota& ask);

 private:
  Result<asks::FolderSettings> read(std::uint32_t folder);
  Result<void> write(std::uint32_t folder, const asks::FolderSettings& settings);

  Store& store_;
  Users& users_;
};

}  // namespace bulkhead::keeper
