#include "gate_http/zip_plan.h"

#include <map>
#include <set>

#include "base/cat.h"
#include "core/policy/rights.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::uint32_t slice_rows = 500;

bool not_there(const Error& error) {
  return error.kind() == Errc::not_found || error.kind() == Errc::denied;
}
// What a virtual folder leads to is no part of the tree that it is in.
bool is_virtual(const asks::FolderRow& row) {
  return row.kind == asks::FolderKind::virtual_folder;
}
bool is_virtual(const asks::FileRow&) {
  return false;
}
bool may(std::uint16_t rights, policy::Right right) {
  return policy::Rights::from_bits(rights).has(right);
}

class Planner {
 public:
  explicit Planner(ipc::Channel& keeper) : keeper_{keeper} {}

  Result<void> choose_folder(std::uint32_t id) {
    const Result<asks::FolderRow> folder = keeper_.ask(asks::GetFolder{id});
    if (folder.ok()) return take_tree(*folder);
    if (!not_there(folder.error())) return folder.error();
    plan_.leave_out(cat("folder ", id));
    return {};
  }

  Result<void> choose_file(std::uint64_t id) {
    const Result<asks::FileRow> file = keeper_.ask(asks::GetFile{id});
    if (file.ok()) {
      const std::uint16_t rights = TRY(rights_in(file->folder));
      return take_file(*file, rights, SIZE_MAX);
    }
    if (!not_there(file.error())) return file.error();
    plan_.leave_out(cat("file ", id));
    return {};
  }

  ZipPlan take() { return std::move(plan_); }

 private:
  struct Open {  // a folder that is in the plan, and not listed yet
    asks::FolderRow row;
    std::size_t parent;
    unsigned depth;
  };

  // In the order of a list: a folder, its files, then the folders in it.
  Result<void> take_tree(const asks::FolderRow& top) {
    std::vector<Open> open{Open{top, SIZE_MAX, 0}};
    while (!open.empty()) {
      Open next = std::move(open.back());
      open.pop_back();
      if (next.depth > zip_depth_max) return too_deep();
      if (++folders_ > zip_folders_max) return too_many();
      const std::size_t place = plan_.members.size();
      const std::string name = next.row.kind == asks::FolderKind::root ? "all" : next.row.name;
      plan_.members.push_back(ZipMember{true, next.parent, name, next.row.path, 0, 0, 0, next.row.changed_ms});
      if (may(next.row.rights, policy::Right::list_files)) {
        TRY(take_files_of(next.row, place));
      } else if (next.row.rights != 0) {
        plan_.leave_out(cat(next.row.path, "/: its files"));
      }
      TRY(push_subfolders(open, next, place));
    }
    return {};
  }

  // Lists are asked for by offset, so a change between two slices could hide a row: then there is no plan.
  template <class Ask, class Take>
  Result<void> list(const asks::FolderRow& folder, Ask ask, bool descending, Take take) {
    const asks::FolderRow before = TRY(keeper_.ask(asks::GetFolder{folder.id}));
    std::uint32_t taken = 0;
    std::set<std::uint64_t> seen;
    bool twice = false;  // a rename between two slices shows one row twice, and hides another
    for (unsigned slices = 1;; ++slices) {
      ask.slice = {taken, slice_rows, descending};
      typename Ask::Reply reply = TRY(keeper_.ask(ask));
      taken += static_cast<std::uint32_t>(reply.rows.size());
      for (auto& row : reply.rows) {
        if (is_virtual(row)) continue;
        twice = !seen.insert(row.id).second || twice;
        TRY(take(row));
      }
      if (!reply.rows.empty() && taken < reply.total) continue;
      if (slices == 1) return {};
      const asks::FolderRow after = TRY(keeper_.ask(asks::GetFolder{folder.id}));
      if (!twice && taken == reply.total && after.changed_ms == before.changed_ms) return {};
      return fail(Errc::conflict, "a folder changed while the archive was being put together: try again");
    }
  }

  Result<void> take_files_of(const asks::FolderRow& folder, std::size_t place) {
    asks::ListFiles ask;
    ask.folder = folder.id;
    ask.sort = asks::FileSort::name;
    return list(folder, ask, false, [&](const asks::FileRow& row) { return take_file(row, folder.rights, place); });
  }

  Result<void> push_subfolders(std::vector<Open>& open, const Open& parent, std::size_t place) {
    asks::ListFolders ask;
    ask.parent = parent.row.id;
    ask.sort = asks::FolderSort::name;
    // The last one first: `open` is a stack.
    return list(parent.row, ask, true, [&](asks::FolderRow& row) -> Result<void> {
      if (open.size() >= zip_folders_max) return too_many();
      open.push_back(Open{std::move(row), place, parent.depth + 1});
      return {};
    });
  }

  Result<void> take_file(const asks::FileRow& row, std::uint16_t rights, std::size_t parent) {
    std::string path = cat(row.folder_path == "/" ? "" : row.folder_path, "/", row.name);
    if (!may(rights, policy::Right::read_files)) {
      plan_.leave_out(std::move(path));
      return {};
    }
    if (++files_ > zip_files_max) return too_many();
    plan_.members.push_back(
        ZipMember{false, parent, row.name, std::move(path), row.id, row.version, row.size, row.modified_ms});
    return {};
  }

  Result<std::uint16_t> rights_in(std::uint32_t folder) {
    if (const auto known = rights_.find(folder); known != rights_.end()) return known->second;
    const asks::FolderRow row = TRY(keeper_.ask(asks::GetFolder{folder}));
    return rights_[folder] = row.rights;
  }

  static Error too_deep() {
    return fail(Errc::too_large, cat("an archive can have at most ", zip_depth_max, " folders in one another"));
  }
  static Error too_many() {
    return fail(Errc::too_large, cat("an archive can have at most ", zip_files_max, " files and ", zip_folders_max,
                                     " folders: choose less at a time"));
  }

  ipc::Channel& keeper_;
  ZipPlan plan_;
  std::size_t files_ = 0;
  std::size_t folders_ = 0;
  std::map<std::uint32_t, std::uint16_t> rights_;  // of the folders of chosen files
};

}  // namespace

// One line too many says that there are more.
void ZipPlan::leave_out(std::string what) {
  if (left_out.size() < zip_left_out_max)
    left_out.push_back(std::move(what));
  else if (left_out.size() == zip_left_out_max)
    left_out.emplace_back("and more");
}

Result<ZipPlan> plan_zip(ipc::Channel& keeper, const ZipChoice& choice) {
  Planner planner{keeper};
  for (const std::uint32_t folder : choice.folders) TRY(planner.choose_folder(folder));
  for (const std::uint64_t file : choice.files) TRY(planner.choose_file(file));
  return planner.take();
}

}  // namespace bulkhead::gate_http
