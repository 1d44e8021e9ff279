#pragma once
// Folders: lists, and changes of the tree.
//   add, rename, remove a subfolder: add_delete_subfolders in its parent
//   move: add_delete_subfolders in both parents; and, since it takes away from the old place what it brings to the new
//   one, the rights to remove it, and to read what can be read by the asker where it goes to: nobody gains by a move
//   description, and whether it inherits: admin in the folder; and nobody gains by inheritance what the asker could not
//   give him (grants.h)
//   remove: besides, delete_files in every folder below that holds files, and add_delete_subfolders in every one that
//   holds folders or virtual ones: nothing disappears that its owner could not have removed one by one
// The root and /Home stay as they are.
#include "core/path/path.h"
#include "ipc/catalog_asks.h"
#include "keeper/links.h"
#include "keeper/mask.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

inline constexpr std::size_t changed_folders_max = 200'000;  // that one rename may touch
inline constexpr std::size_t removed_folders_max = 20'000;   // by one ask
inline constexpr std::size_t removed_files_max = 200'000;    // by one ask
inline constexpr std::size_t removed_versions_max = 400'000;

// Of folders in the order of their paths, those that stand right below `path`, in the order of their names.
std::vector<const VisibleFolder*> children_in(std::span<const VisibleFolder> folders, const std::string& path);
// What stands for one of them in an order: the number of the folder, or of the link.
std::uint64_t key_of(const VisibleFolder& folder);

class Folders {
 public:
  explicit Folders(Store& store) : store_{store} {}

  Result<asks::ListFolders::Reply> list(const Asker& asker, const asks::ListFolders& ask);
  Result<asks::FolderRow> get(const Asker& asker, std::uint32_t folder);
  // CopyOnly copies the entries in force in the parent. With None the creator keeps the rights he has in the parent.
  Result<asks::FolderRow> create(const Asker& asker, const asks::CreateFolder& ask);
  Result<asks::FolderRow> change(const Asker& asker, const asks::ChangeFolder& ask);
  Result<void> remove(const Asker& asker, std::uint32_t folder);
  // Errc::conflict unless it holds no file and no folder. Drafts in it, which only others know of, go with it.
  Result<void> remove_empty(const Asker& asker, std::uint32_t folder, policy::Chain chain);
  // Renames or moves the last folder of `chain`, and with it the paths of everything below; `target` is the chain of
  // the folder that holds `after`. Within an ask(). Errc::conflict when the name is taken, or is below the folder.
  Result<void> move(const Asker& asker, policy::Chain chain, const RemotePath& before, policy::Chain target,
                    const RemotePath& after);
  // Takes the folder at `path` out of the catalog with all below it, unchecked, and for good; its blobs go after the
  // commit. Within an ask().
  Result<void> erase_tree(const Asker& asker, const std::string& path);
  // The same for one that is empty, with its counter in the folder above.
  Result<void> erase_empty(const Asker& asker, std::uint32_t folder, std::uint32_t parent, const std::string& path);
  Result<asks::FolderRow> row(const Asker& asker, std::uint32_t folder);
  // The target of a link, under the name that it has there.
  Result<asks::FolderRow> row(const Asker& asker, const Link& link);
  // The folders and links in `parent` in which the asker has a right, by name. Valid until the next call or change.
  Result<std::vector<const VisibleFolder*>> children(const Asker& asker, std::uint32_t parent);
  // Whether what key_of() said still stands for something that children() gives; with 0, for a folder anywhere.
  Result<bool> is_listed(const Asker& asker, std::uint64_t listed, std::uint32_t parent);

 private:
  Result<asks::ListFolders::Reply> list_plain(const Asker& asker, const asks::ListFolders& ask);
  Result<void> drop_gone(const Asker& asker, const asks::ListFolders& ask, Orders::Order& order, std::uint64_t version);
  Result<std::optional<asks::FolderRow>> exactly(const Asker& asker, const std::string& path);
  Result<asks::FolderRow> row(std::uint32_t folder, policy::Rights rights, Shares shares);
  // By what key_of() says.
  Result<asks::FolderRow> row_of(const Asker& asker, std::uint64_t listed);
  Result<std::uint32_t> insert(const Asker& asker, const asks::CreateFolder& ask, policy::Chain parent);
  Result<void> give_entries(const Asker& asker, std::uint32_t folder, asks::Inherit inherit, policy::Chain parent);
  // Within an ask(). What it inherits becomes its own when it stops to inherit: nobody loses anything by that.
  Result<void> change_inheritance(const Asker& asker, policy::Chain chain, bool inherits);
  Result<void> need_move(const Asker& asker, policy::Chain chain, const RemotePath& before, policy::Chain target);
  Result<void> change_counters(policy::Chain chain, policy::Chain target);
  Result<void> change_paths(policy::Chain chain, const RemotePath& before, const RemotePath& after);
  Result<policy::FolderId> need_change_in_parent(const Asker& asker, policy::Chain chain);
  Result<void> remove_all(const Asker& asker, std::uint32_t folder, policy::FolderId parent);
  // `besides` is needed in folders with files.
  Result<void> need_removal(const Asker& asker, std::uint32_t organisation, const std::string& path,
                            policy::Rights besides = {});
  Result<void> remove_files_below(const Asker& asker, const std::string& path);

  Store& store_;
  std::vector<VisibleFolder> links_;  // of the last children()
};

}  // namespace bulkhead::keeper
