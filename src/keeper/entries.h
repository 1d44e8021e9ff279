#pragma once
// Entries: what stands at a path, for gates whose clients speak in paths: folders, files, and drafts of the asker.
//   see a folder           a right in it, or in something below it (visibility.h)
//   see a file             list_files or read_files in its folder; in a list: list_files
//   see a draft            its uploader, where he sees the folder
//   move a file            rename_file in its folder, or delete_file there and write_file in the other; and read_file
//                          there, if he may read in the other: nobody gains by a move
//   move a draft           write_file in the folder it goes to
//   move a folder          see folders.h
//   replace by a move      delete_file there, unless the folder allows overwriting
//   remove                 delete_file; an own draft without more; an empty folder as folders.h says
//   set the time           write_file, or the file is his own upload
//   move or remove a virtual folder itself: see virtual_folders.h
// A path may lead through virtual folders (links.h). What is moved goes from folder to folder, whatever paths named
// them.
#include "keeper/drafts.h"
#include "keeper/virtual_folders.h"
#include "keeper/visibility.h"

namespace bulkhead::keeper {

inline constexpr std::size_t page_rows_max = 1'000;

class Entries {
 public:
  Entries(Store& store, Folders& folders, Files& files, Drafts& drafts, VirtualFolders& virtual_folders)
      : store_{store}, folders_{folders}, files_{files}, drafts_{drafts}, virtual_folders_{virtual_folders} {}

  Result<asks::Lookup::Reply> lookup(const Asker& asker, const asks::Lookup& ask);
  // Of the published file at a path; Errc::conflict for a folder or a draft.
  Result<Files::Lease> lease_read(const Asker& asker, const std::string& path);
  Result<asks::ListEntries::Reply> list(const Asker& asker, const asks::ListEntries& ask);
  Result<void> move(const Asker& asker, const asks::Move& ask);
  // The same by number: files and folders only, into a folder that the asker may know of; nothing gives way.
  Result<asks::FileRow> move_file_to(const Asker& asker, const asks::MoveFile& ask);
  Result<asks::FolderRow> move_folder_to(const Asker& asker, const asks::MoveFolder& ask);
  Result<void> remove(const Asker& asker, const asks::RemoveEntry& ask);
  Result<void> set_modified(const Asker& asker, const asks::SetModified& ask);
  Result<asks::Space::Reply> space() const;

 private:
  // What the asker sees at a path: a folder, or else a file, or else a draft in the folder `chain` leads to.
  struct Found {
    asks::EntryKind kind = asks::EntryKind::folder;
    Chain chain;  // of the folder itself, or of the one that holds it
    std::optional<FilePlace> file;
    std::optional<OwnDraft> draft;
    std::optional<Link> link = {};  // that the last component names; the folder is its target
    bool is_through_link = false;   // the path is not that of the folder itself
    std::uint32_t folder() const { return static_cast<std::uint32_t>(chain.back().id); }
  };
  class Page;
  // The chain of the folder at `path`; Errc::not_found also for one that the asker may not know of.
  Result<Chain> chain_at(const Asker& asker, const RemotePath& path);
  Result<Found> find(const Asker& asker, const RemotePath& path);
  Result<std::uint32_t> folder_in(std::uint32_t parent, const std::string& name);  // 0: none
  Result<std::optional<Found>> find_file(const Asker& asker, Chain chain, const std::string& name);

  Result<void> add_folders(const Asker& asker, Chain& chain, std::string after, Page& page);
  Result<void> add_files(const Asker& asker, policy::Chain chain, const std::string& after, Page& page);
  Result<void> add_drafts(const Asker& asker, Chain& chain, std::string after, Page& page);

  Result<bool> is_listed(const Asker& asker, policy::Chain chain, const std::string& name);

  // Within an ask().
  Result<void> move_to(const Asker& asker, const Found& from, policy::Chain target, const Name& name, bool replace);
  Result<void> move_folder(const Asker& asker, policy::Chain chain, const RemotePath& before, policy::Chain target,
                           const RemotePath& after);
  Result<void> need_no_draft(const Asker& asker, policy::Chain target, const Name& name);
  Result<void> move_file(const Asker& asker, const Found& from, policy::Chain target, const Name& name, bool replace);
  Result<void> move_draft(const Asker& asker, const Found& from, policy::Chain target, const Name& name, bool replace);
  Result<bool> is_own(const Asker& asker, const FilePlace& file);
  // Frees the name of the file `by`, or of a draft, that is to come there: what has it gives way, or Errc::conflict.
  Result<void> make_way(const Asker& asker, policy::Chain target, const std::string& name, bool replace,
                        const FilePlace* by);

  Store& store_;
  Folders& folders_;
  Files& files_;
  Drafts& drafts_;
  VirtualFolders& virtual_folders_;
};

}  // namespace bulkhead::keeper
