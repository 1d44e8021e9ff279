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

// Files of the index of names that a list looks at. Of fewer files, or with more candidates, it looks at all.
inline constexpr std::size_t candidates_max = 2'000;
inline constexpr std::size_t marks_max = 10'000;

// Errc::invalid for a time of last change that clients of 32 bits cannot have.
Result<void> need_modified(UnixMs modified_ms);

class Files {
 public:
  explicit Files(Store& store) : store_{store} {}

  // Sorted by path means by the path of the folder, then by name.
  Result<asks::ListFiles::Reply> list(const Asker& asker, const asks::ListFiles& ask);
  // The files of these folders; nothing is checked any more. The rest of `ask` counts; `of_folders` tells a choice of
  // folders from others, in any text.
  Result<asks::ListFiles::Reply> list_in(const Asker& asker, std::span<const ListedFolder> folders,
                                         const asks::ListFiles& ask, const std::string& of_folders);
  // The folder, or with 0 all folders that hold any, whose files the asker may list. Valid until the next change.
  Result<std::span<const ListedFolder>> listable(const Asker& asker, std::uint32_t folder);
  // Whether he may list a file, and if `folder` is not 0, whether it is there.
  Result<bool> is_listed(const Asker& asker, std::uint64_t file, std::uint32_t folder);
  Result<asks::FileRow> get(const Asker& asker, std::uint64_t file);
  Result<asks::FileRow> change(const Asker& asker, const asks::ChangeFile& ask);
  Result<void> remove(const Asker& asker, std::uint64_t file);

  struct Lease {
    asks::LeaseRead::Reply reply;
    Fd blob;  // not valid when reply.small is there
  };
  // Counts as a download, and the file is no longer new for the asker: see above.
  Result<Lease> lease_read(const Asker& asker, const asks::LeaseRead& ask);
  // The same of the current or an older version. That of an older one does not count.
  Result<Lease> lease_version(const Asker& asker, const asks::LeaseVersion& ask);
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
  // The same with what is particular to one of its versions; download_count is that of the file.
  Result<asks::FileRow> version_row(const Asker& asker, std::uint64_t file, std::uint64_t version);
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
  // Errc::not_found unless it is an older version of the file.
  Result<void> need_kept(const FilePlace& file, std::uint64_t version);
  // Within an ask(): into the recycle bin, if the folder has one, or for good, with all its versions. Errc::held under a
  // hold. Rights are the caller's, as for erase().
  Result<void> discard(const Asker& asker, const FilePlace& file);
  // The same, for good in any case.
  Result<void> erase(const Asker& asker, const FilePlace& file);
  // Within an ask(): its content is another one from here on, and new for everybody but the asker.
  Result<void> begin_anew(const Asker& asker, std::uint64_t file);

 private:
  struct Key;
  Result<FilePlace> place(std::uint64_t file);
  Result<Lease> lease_content(std::uint64_t version);  // without the row
  void count_download(const Asker& asker, std::uint64_t file);
  Result<FilePlace> reach(const Asker& asker, std::uint64_t file, policy::Action action);
  Result<std::vector<std::uint64_t>> plain_slice(std::span<const ListedFolder> folders, const asks::ListFiles& ask,
                                                 std::uint64_t total);
  Result<std::vector<std::uint64_t>> gather(const Asker& asker, std::span<const ListedFolder> folders,
                                            const asks::ListFiles& ask);
  Result<std::vector<Key>> keys_of(const Asker& asker, std::span<const ListedFolder> folders,
                                   const asks::ListFiles& ask, const Mask& names,
                                   std::span<const std::uint64_t> files);
  static std::vector<std::uint64_t> sorted(std::vector<Key> keys, asks::FileSort by, bool descending);
  std::uint64_t version_of_lists(const asks::ListFiles& ask) const;

  Store& store_;
  std::map<std::pair<std::uint64_t, policy::UserId>, std::uint32_t> marks_;  // downloads of a file by a user
  std::uint64_t seen_changes_ = 0;  // of what is new for anybody
  ListedFolder only_;
};

}  // namespace bulkhead::keeper
