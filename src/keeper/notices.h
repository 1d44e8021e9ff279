#pragma once
// FolderNotices: who is to hear by mail of what happens in a folder, and when. Kept for who asks; no mail is sent yet.
//   see      whoever may know of the folder
//   change   admin in the folder; with `below` in every folder below as well, or nothing is changed
#include "keeper/folders.h"

namespace bulkhead::keeper {

inline constexpr std::int64_t notice_time_max = 525'600;  // a year of minutes

class FolderNotices {
 public:
  explicit FolderNotices(Store& store) : store_{store} {}

  Result<asks::Notices> get(const Asker& asker, std::uint32_t folder);
  Result<asks::Notices> change(const Asker& asker, const asks::ChangeNotices& ask);

 private:
  Result<asks::Notices> read(std::uint32_t folder);
  Result<void> write(std::uint32_t folder, const asks::Notices& notices);

  Store& store_;
};

}  // namespace bulkhead::keeper
