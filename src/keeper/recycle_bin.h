#pragma once
// The recycle bin: files that were deleted in a folder that keeps them for some days. Such a file is a row of `files`
// in a folder of organisation 0, which nobody belongs to, so that no list and no path leads to it; `binned` says what
// it was. It counts in the folder where it was, and when that is removed, in the root of its organisation: nobody gains
// by the removal of a folder, as rights in the folder above may be other ones (docs/decisions/027-recycle-bin.md).
//   see it    who deleted it, or delete_file where it counts
//   restore   see it, and write_file where it goes to. Elsewhere than where it was: delete_file where it was, and
//             read_file there, if he may read where it goes to. If that folder is gone: who deleted it, if he could
//             read it then or cannot read where it goes to
//   delete    delete_file where it counts; of a folder that is gone, also who deleted it
#include "keeper/files.h"

namespace bulkhead::keeper {

inline constexpr policy::FolderId bin_folder = 99;  // numbers of other folders have nine digits
inline constexpr std::uint32_t expired_files_per_tick_max = 200;
inline constexpr std::size_t emptied_versions_max = 1'000;  // by one ask or tick, and those of one more file
inline constexpr std::uint32_t emptied_files_max = 1'000;   // that one ask looks at

// Within an ask(): the file goes into the bin of its folder for that many days, or until a clean-up would have taken it,
// if that is sooner. Errc::held under a legal hold.
Result<void> put_in_bin(Store& store, const Asker& asker, const FilePlace& file, std::uint32_t days);
// Within an ask(): the folder at `path` is about to be removed with all below it. The files in folders with a bin go
// there, and what lies there already stays, without a folder to go back to. No hold covers any of it.
Result<void> put_tree_in_bin(Store& store, const Asker& asker, const std::string& path);

class RecycleBin {
 public:
  RecycleBin(Store& store, Files& files) : store_{store}, files_{files} {}

  Result<asks::ListBin::Reply> list(const Asker& asker, const asks::ListBin& ask);
  Result<asks::FileRow> restore(const Asker& asker, const asks::RestoreBinned& ask);
  Result<void> remove(const Asker& asker, std::uint64_t file);
  Result<asks::EmptyBin::Reply> empty(const Asker& asker, const asks::EmptyBin& ask);
  // Removes some of what has been there for its days. Between turns.
  Result<void> remove_expired(UnixMs now);

 private:
  struct Entry;
  Result<bool> may(const Asker& asker, policy::Action action, policy::FolderId folder);
  Result<bool> may_see(const Asker& asker, const Entry& entry);
  Result<bool> may_remove(const Asker& asker, const Entry& entry);
  Result<void> need_restore(const Asker& asker, const Entry& entry, policy::FolderId target);
  Result<Entry> find(const Asker& asker, std::uint64_t file);
  Result<std::size_t> erase(const Asker& asker, std::uint64_t file, policy::FolderId folder);

  Store& store_;
  Files& files_;
};

}  // namespace bulkhead::keeper
