#pragma once
// Expiries: for each version that is not simply kept, when a clean-up takes its file, in which bucket of keys its key
// lies, and in which it is to lie. A row is written with what it follows from: a publication, another current version,
// a move, a legal hold; after a change of settings, folder by folder, by settle_some().
//   due      its file goes then, unless something holds it (cleanup.h)
//   day      of the bucket that its key lies in; 0: kept
//   wanted   of the bucket that it is to lie in: 0 while a hold covers it or no clean-up is set. Rewraps sees to it
// Ages count from when the file got its current version: that was published then, or restored. Older versions go with
// their file, so their rows are like that of the current one. What goes into the recycle bin keeps the rows that it
// has, and stays there no longer than they say (recycle_bin.h).
#include "keeper/holds.h"

namespace bulkhead::keeper {

inline constexpr std::size_t settled_files_max = 500;    // by one settle_some()
inline constexpr std::size_t settled_folders_max = 200;  // the same

class Expiries {
 public:
  Expiries(db::Db& db, Holds& holds) : db_{db}, holds_{holds} {}

  // How long a file that comes now is kept there; 0: for good.
  Result<std::uint32_t> keep_days(policy::FolderId folder);

  // Whether settle_some() has something to do.
  Result<bool> is_unsettled();

  // All of these within an ask().
  // A version whose key lies in that bucket. Errc::conflict for a day that is past.
  Result<void> published(std::uint64_t version, std::uint64_t file, std::uint32_t organisation, std::uint32_t day,
                         UnixMs now);
  // Settings, hold or place of the file may be others than before.
  Result<void> settle(std::uint64_t file, UnixMs now);
  // Those of all files in the folder, or below the path: soon.
  Result<void> settle_folder(policy::FolderId folder);
  Result<void> settle_tree(std::uint32_t organisation, const std::string& path);
  // Does some of that.
  Result<void> settle_some(UnixMs now);
  // The key of the version lies in its wanted bucket now.
  Result<void> rewrapped(std::uint64_t version, std::uint32_t day);

 private:
  struct Row;
  Result<void> settle(std::uint64_t file, bool folder_is_held, UnixMs now);
  // Of one folder, at most `limit` files. How many there were; nothing when nothing is left.
  Result<std::optional<std::size_t>> settle_next(std::size_t limit, UnixMs now);
  Result<void> write(const Row& row);

  db::Db& db_;
  Holds& holds_;
};

}  // namespace bulkhead::keeper
