#pragma once
// Files that are published: lists, changes, and leases on their content.
//   see it in a list: list_files in its folder; look at one: list_files or read_files
//   rename: write_files and delete_files, since for others it is as if one file went and another came
//   is_new: who may look at it
// A file is new for a user until he downloads it or says otherwise; for who sent it, it never is.
// Downloads are counted, and files no longer new for who read them, within a second and not at once: a lease writes
// nothing, so it costs no sync and works on a full disk. These marks are in memory until the next commit that happens
// anyway, or a tick. A crash loses them; so does a disk that stays full until marks_max are waiting.
#include <map>

#include "ipc/catalog_asks.h"
#include "ipc/storage_asks.h"
#include "keeper/folders.h"

namespace bulkhead::keeper {

inline constexpr std::size_t listed_files_max = 2'000'000;  // that one list may look at

inline constexpr std::size_t marks_max = 10'000;

// Where a file is.
struct FilePlace {
  std::uint32_t folder = 0;
  std::uint64_t version = 0;
  std::string name;
  std::uint64_t id = 0;
};

// Errc::invalid for a time of last change that clients of 32 bits cannot have.
Result<void> need_modified(UnixMs modified_ms);

class Files {
 public:
  explicit Files(Store& store) : store_{store} {}

  // Sorted by path means by the path of the folder, then by name.
  Result<asks::ListFiles::Reply> list(const Asker& asker, const asks::ListFiles& ask);
  // The files of these folders; nothing is checked any more. The rest of `ask` counts.
  Result<asks::ListFiles::Reply> list_in(const Asker& asker, std::span<const VisibleFolder> folders,
                                         const asks::ListFiles& ask);
  // The folder, or with 0 all folders, whose files the asker may list.
  Result<std::vector<VisibleFolder>> listable(const Asker& asker, std::uint32_t folder);
  Result<asks::FileRow> get(const Asker& asker, std::uint64_t file);
  Result<asks::FileRow> change(const Asker& asker, const asks::ChangeFile& ask);
  Result<void> remove(const Asker& asker, std::uint64_t file);

  struct Lease {
    asks::LeaseRead::Reply reply;
    Fd blob;  // not valid when reply.small is there
  };
  // Counts as a download, and the file is no longer new for the asker: see above.
  Result<Lease> lease_read(const Asker& asker, const asks::LeaseRead& ask);
  // Kept only if there is none yet.
  Result<void> set_digest(const Asker& asker, const asks::SetDigest& ask);

  // Where a file is that the asker may look at.
  Result<FilePlace> reach_to_look(const Asker& asker, std::uint64_t file);
  // Within an ask().
  Result<void> mark(policy::UserId user, std::uint64_t file, bool is_new);
  // A download that the database does not know of yet.
  bool was_read_by(std::uint64_t file, policy::UserId user) const { return marks_.contains({file, user}); }
  // The row without any check: for one who has just been allowed.
  Result<asks::FileRow> row(const Asker& asker, std::uint64_t file);
  // The file of that name in a folder, if the asker may look at it there.
  Result<std::optional<FilePlace>> visible_at(const Asker& asker, policy::Chain chain, const std::string& name);
  // The same without a check.
  Result<std::optional<FilePlace>> at(std::uint32_t folder, const std::string& name);
  // Within an ask().
  Result<void> set_modified(std::uint64_t file, UnixMs modified_ms);
  // Within an ask(). The name is free there. Errc::held for another folder, under a hold.
  Result<void> move(const Asker& asker, const FilePlace& file, std::uint32_t folder, const std::string& name);
  // Writes what lease_read() left, as an ask of the turn. True if there was anything.
  Result<bool> write_marks();
  // Takes the file out of the catalog, within an ask(); its blob goes after the commit. The one way for a published file
  // to go, but for those of a folder that goes (Folders::erase_tree). Rights are the caller's; Errc::held under a hold.
  Result<void> erase(const Asker& asker, std::uint64_t file, std::uint32_t folder);

 private:
  struct Key;
  Result<FilePlace> place(std::uint64_t file);
  Result<FilePlace> reach(const Asker& asker, std::uint64_t file, policy::Action action);
  Result<std::vector<std::uint64_t>> plain_slice(std::span<const VisibleFolder> folders, const asks::ListFiles& ask,
                                                 std::uint64_t total);
  Result<std::vector<Key>> gather(const Asker& asker, std::span<const VisibleFolder> folders,
                                  const asks::ListFiles& ask);

  Store& store_;
  std::map<std::pair<std::uint64_t, policy::UserId>, std::uint32_t> marks_;  // downloads of a file by a user
};

}  // namespace bulkhead::keeper
