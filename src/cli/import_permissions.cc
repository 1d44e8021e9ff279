#include "cli/import_permissions.h"

#include <algorithm>

namespace bulkhead::cli {
namespace {

using policy::Right;

class Permissions {
 public:
  explicit Permissions(const std::vector<std::string>& names) : left_{names} {
    std::ranges::sort(left_);
    const auto same = std::ranges::unique(left_);
    left_.erase(same.begin(), same.end());
  }

  bool has(std::string_view name) const { return std::ranges::find(left_, name) != left_.end(); }
  // "rename" stands for "rename_files" and "rename_dirs".
  bool has_either(std::string_view name, std::string_view part) const { return has(name) || has(part); }
  // They are carried over.
  void settle(std::initializer_list<std::string_view> names) {
    std::erase_if(left_, [&](const std::string& name) { return std::ranges::find(names, name) != names.end(); });
  }
  const std::vector<std::string>& left() const { return left_; }

 private:
  std::vector<std::string> left_;
};

}  // namespace

FolderRights rights_of(const std::vector<std::string>& names) {
  Permissions given{names};
  FolderRights out;
  if (given.has("*")) {
    out.everything = true;
    out.overwrite_allowed = true;
    out.rights = {Right::read_files, Right::write_files, Right::delete_files, Right::list_files,
                  Right::add_delete_subfolders};
    return out;
  }
  if (given.has("list")) out.rights |= Right::list_files;
  if (given.has("download")) out.rights |= Right::read_files;
  given.settle({"list", "download"});
  if (given.has("upload")) {
    out.rights |= Right::write_files;
    out.overwrite_allowed = given.has("overwrite");
    given.settle({"upload", "overwrite"});
  }
  const bool deletes_files = given.has_either("delete", "delete_files");
  const bool deletes_folders = given.has_either("delete", "delete_dirs");
  if (deletes_files) out.rights |= Right::delete_files;
  // A file is renamed by who may write and delete; whoever may that here can rename.
  const bool renames_files =
      given.has_either("rename", "rename_files") && deletes_files && out.rights.has(Right::write_files);
  // One right here: to add, rename and remove subfolders.
  const bool folders = given.has("create_dirs") && deletes_folders && given.has_either("rename", "rename_dirs");
  if (folders) out.rights |= Right::add_delete_subfolders;
  if (deletes_files) given.settle({"delete_files"});
  if (renames_files) given.settle({"rename_files"});
  if (folders) given.settle({"create_dirs", "delete_dirs", "rename_dirs"});
  if (deletes_files && folders) given.settle({"delete"});
  if (renames_files && folders) given.settle({"rename"});
  // Those who read and write copy.
  if (out.rights.has({Right::read_files, Right::write_files})) given.settle({"copy"});
  if (out.rights.has(Right::write_files)) given.settle({"chtimes"});
  out.lost = given.left();
  return out;
}

}  // namespace bulkhead::cli
