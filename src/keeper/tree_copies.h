#pragma once
// TreeCopies: copies of folders with all that is in them. A copy is built in organisation 0, which nobody belongs to,
// so that nobody can see it; when it is whole it moves to its place in one transaction, or is removed. Its folders and
// files have their final numbers from the start (docs/decisions/023-copies-of-trees.md).
//   copy             view_folder in the folder; change_subfolders where it goes to, and write_file, if there are files
//   a folder below   what the asker may not know of is left out, with all below it
//   its files        list_files and read_file; without list_files they are left out, as in lists; who may list and not
//                    read them cannot copy the folder
// The copy takes rights and settings of where it goes to, as a new folder does, and belongs to the asker.
#include <map>

#include "ipc/service.h"
#include "keeper/drafts.h"

namespace bulkhead::keeper {

inline constexpr std::size_t copied_folders_max = 1'000;  // by one ask
inline constexpr std::size_t copied_files_max = 10'000;   // by one ask

class TreeCopies {
 public:
  TreeCopies(Store& store, Folders& folders, Drafts& drafts) : store_{store}, folders_{folders}, drafts_{drafts} {}

  // Errc::conflict when the name is taken, the place is within the folder, or this channel copies one already.
  Result<asks::BeginCopy::Reply> begin(const Asker& asker, ipc::PeerId channel, const asks::BeginCopy& ask);
  // The next file to be copied, with a draft for it.
  Result<asks::NextCopy::Reply> next(const Asker& asker, ipc::PeerId channel);
  // Rights and name are checked again. Errc::conflict unless every file was published.
  Result<asks::FolderRow> end(const Asker& asker, ipc::PeerId channel);
  Result<void> drop(ipc::PeerId channel);
  // The channel has ended, and with it its drafts.
  void gone(ipc::PeerId channel);
  bool is_target(std::uint32_t folder) const;
  // What an earlier run left. Once, before the first ask.
  Result<void> remove_left_over();

 private:
  struct Member {
    std::uint64_t file = 0;
    std::uint64_t version = 0;
    std::string name;
    std::uint32_t folder = 0;  // of the copy
    std::size_t parent = 0;    // index of its path
    std::uint64_t size = 0;
  };
  struct Copied {
    std::uint32_t source = 0;
    std::uint32_t id = 0;  // of the copy
    std::size_t parent = 0;
    std::string name;
    std::string path;  // where it will be
    std::string staged_path;
    bool files = false;
  };
  struct Copy {
    policy::UserId user = 0;
    std::uint32_t target = 0;
    std::vector<Copied> folders;  // the first is the top
    std::vector<Member> files;
    std::size_t taken = 0;
    std::uint64_t draft = 0;  // of the last one taken
    std::uint64_t size = 0;   // of all files
  };

  Result<RemotePath> need_place(const Asker& asker, std::uint32_t target, const Name& name);
  Result<void> need_right_to_write(const Asker& asker, const Copy& copy);
  Result<void> add_folders(const Asker& asker, const RemotePath& before, const RemotePath& after, Copy& copy);
  Result<void> add_files(Copy& copy);
  Result<void> stage(const Asker& asker, const Copy& copy);
  Result<void> publish(const Asker& asker, const Copy& copy);
  Result<Copy*> find(const Asker& asker, ipc::PeerId channel);
  Result<void> remove_staged(const std::string& path);

  Store& store_;
  Folders& folders_;
  Drafts& drafts_;
  std::map<ipc::PeerId, Copy> copies_;
};

}  // namespace bulkhead::keeper
