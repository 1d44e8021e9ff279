// Uploads, moves, deletions, restorations and settings at random against a model in memory; all counts after each step.
#include <map>
#include <random>

#include "keeper/history_fixture.h"

namespace bulkhead::keeper {
namespace {

constexpr UnixMs day_ms = 24LL * 60 * 60 * 1'000;

struct Version {
  std::uint64_t id = 0;
  std::uint64_t size = 0;
};
struct File {
  std::uint32_t folder = 0;  // 0: in the bin, and its folder gone
  std::string name;
  std::vector<Version> versions;  // newest first
};
struct Folder {
  std::uint32_t parent = 0;
  std::size_t kept = 0;
  std::uint32_t days = 0;
};

class Steps {
 public:
  explicit Steps(std::uint32_t seed) : random_{seed} {
    for (const char* name : {"a", "b", "c"}) add_folder(ann_.home(), name);
  }

  void step() {
    switch (any(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return upload();
      case 4:
        return change_version();
      case 5:
        return move();
      case 6:
      case 7:
        return remove();
      case 8:
        return restore();
      case 9:
        return purge();
      case 10:
        return change_settings();
      default:
        return change_folders();
    }
  }

  void compare() {
    check_counts(keeper_);
    std::uint64_t size = 0;
    for (const auto& [id, file] : files_) {
      std::vector<std::uint64_t> sizes;
      for (const Version& version : file.versions) sizes.push_back(version.size);
      CHECK(version_sizes(ann_, id) == sizes);
      for (const Version& version : file.versions) size += version.size;
    }
    const auto binned = bin_of(ann_);
    CHECK(binned.size() == bin_.size());
    for (const asks::BinRow& row : binned) {
      REQUIRE(bin_.contains(row.id));
      const File& file = bin_.at(row.id);
      CHECK(row.name == file.name);
      CHECK(row.folder == file.folder);
      CHECK(row.version_count == file.versions.size());
      CHECK(row.size == file.versions.front().size);
      size += row.total_size;
    }
    CHECK(ann_.gate.ask(asks::Home{}).value().files_size == size);
    CHECK(all_files(ann_) == files_.size());
  }

  std::size_t done() const { return done_; }

 private:
  std::size_t any(std::size_t count) { return std::uniform_int_distribution<std::size_t>{0, count - 1}(random_); }
  template <class Map>
  auto pick(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(any(map.size())));
  }
  std::string any_name() { return cat("f", any(3)); }
  auto at(std::uint32_t folder, const std::string& name) {
    return std::find_if(files_.begin(), files_.end(),
                        [&](const auto& entry) { return entry.second.folder == folder && entry.second.name == name; });
  }

  void add_folder(std::uint32_t parent, const std::string& name) {
    const auto made = ann_.gate.ask(asks::CreateFolder{parent, name, asks::Inherit::always});
    if (!made.ok()) return;
    const auto above = folders_.find(parent);
    Folder& folder = folders_[made->id];
    if (above != folders_.end()) folder = above->second;
    folder.parent = parent;
    ++done_;
  }

  void upload() {
    const std::uint32_t folder = pick(folders_)->first;
    const std::string name = any_name();
    const std::uint64_t size = any(20) == 0 ? 70'000 + any(10) : any(1'000);
    const asks::FileRow made = put(ann_, folder, name, size).value();
    File file{folder, name, {{made.version, size}}};
    if (const auto old = at(folder, name); old != files_.end()) take_over(file, old->second, folders_.at(folder).kept);
    if (const auto old = at(folder, name); old != files_.end()) files_.erase(old);
    files_[made.id] = std::move(file);
    ++done_;
  }

  // `file` has replaced `old`: newest first is the order in which versions gave way, and that is not told by a list. So
  // the model only joins lists whose order is clear.
  static void take_over(File& file, const File& old, std::size_t kept) {
    if (kept == 0) return;
    file.versions.insert(file.versions.end(), old.versions.begin(), old.versions.end());
    if (file.versions.size() > kept + 1) file.versions.resize(kept + 1);
  }

  void change_version() {
    if (files_.empty()) return;
    const auto chosen = pick(files_);
    File& file = chosen->second;
    const std::size_t index = any(file.versions.size());
    const Version version = file.versions[index];
    if (any(2) == 0) {
      const auto restored = ann_.gate.ask(asks::RestoreVersion{chosen->first, version.id});
      CHECK(restored.ok() == (index > 0));
      if (!restored.ok()) return;
      file.versions.erase(file.versions.begin() + static_cast<std::ptrdiff_t>(index));
      file.versions.insert(file.versions.begin(), version);
    } else {
      const auto removed = ann_.gate.ask(asks::DeleteVersion{chosen->first, version.id});
      CHECK(removed.ok() == (index > 0));
      if (!removed.ok()) return;
      file.versions.erase(file.versions.begin() + static_cast<std::ptrdiff_t>(index));
    }
    ++done_;
  }

  void move() {
    if (files_.empty()) return;
    const auto chosen = pick(files_);
    const std::uint32_t folder = pick(folders_)->first;
    const std::string name = any_name();
    const auto old = at(folder, name);
    if (old == chosen) return;
    const bool replace = any(2) == 0;
    if (replace && chosen->second.versions.size() > 1) return;  // see take_over()
    const std::string from = cat(path_of(chosen->second.folder), '/', chosen->second.name);
    const bool moved = ann_.gate.ask(asks::Move{from, cat(path_of(folder), '/', name), replace}).ok();
    CHECK(moved == (replace || old == files_.end()));
    if (!moved) return;
    if (old != files_.end()) {
      take_over(chosen->second, old->second, folders_.at(folder).kept);
      files_.erase(old);
    }
    chosen->second.folder = folder;
    chosen->second.name = name;
    ++done_;
  }

  std::string path_of(std::uint32_t folder) { return ann_.gate.ask(asks::GetFolder{folder}).value().path; }

  void remove() {
    if (files_.empty()) return;
    const auto chosen = pick(files_);
    ann_.gate.ask(asks::DeleteFile{chosen->first}).value();
    if (folders_.at(chosen->second.folder).days > 0) bin_.insert(*chosen);
    files_.erase(chosen);
    ++done_;
  }

  void restore() {
    if (bin_.empty()) return;
    const auto chosen = pick(bin_);
    const std::uint32_t wanted = any(2) == 0 ? 0 : pick(folders_)->first;
    const std::uint32_t target = wanted == 0 ? chosen->second.folder : wanted;
    const bool free = target != 0 && at(target, chosen->second.name) == files_.end();
    CHECK(ann_.gate.ask(asks::RestoreBinned{chosen->first, wanted}).ok() == free);
    if (!free) return;
    chosen->second.folder = target;
    files_.insert(*chosen);
    bin_.erase(chosen);
    ++done_;
  }

  void purge() {
    if (bin_.empty()) return;
    if (any(8) == 0) {
      CHECK(ann_.gate.ask(asks::EmptyBin{}).value().removed == bin_.size());
      bin_.clear();
    } else {
      const auto chosen = pick(bin_);
      ann_.gate.ask(asks::DeleteBinned{chosen->first}).value();
      bin_.erase(chosen);
    }
    ++done_;
  }

  void change_settings() {
    const auto chosen = pick(folders_);
    chosen->second.kept = any(4);
    chosen->second.days = static_cast<std::uint32_t>(any(2));
    ann_.gate
        .ask(asks::ChangeHistorySettings{chosen->first, false, static_cast<std::uint32_t>(chosen->second.kept),
                                         chosen->second.days})
        .value();
    ++done_;
  }

  bool is_below(std::uint32_t folder, std::uint32_t top) const {
    for (auto found = folders_.find(folder); found != folders_.end(); found = folders_.find(found->second.parent)) {
      if (found->first == top) return true;
    }
    return false;
  }

  void change_folders() {
    if (folders_.size() < 6 || any(3) > 0) return add_folder(pick(folders_)->first, cat("d", any(2)));
    const std::uint32_t top = pick(folders_)->first;
    ann_.gate.ask(asks::DeleteFolder{top}).value();
    for (auto& [id, file] : bin_) {
      if (is_below(file.folder, top)) file.folder = 0;
    }
    std::erase_if(files_, [&](const auto& entry) {
      if (!is_below(entry.second.folder, top)) return false;
      if (folders_.at(entry.second.folder).days > 0) {
        File binned = entry.second;
        binned.folder = 0;
        bin_[entry.first] = std::move(binned);
      }
      return true;
    });
    std::vector<std::uint32_t> gone;
    for (const auto& [id, folder] : folders_) {
      if (is_below(id, top)) gone.push_back(id);
    }
    for (const std::uint32_t id : gone) folders_.erase(id);
    if (folders_.empty()) add_folder(ann_.home(), "again");
    ++done_;
  }

  Running keeper_;
  Client ann_ = keeper_.sign_on("ann");
  std::mt19937 random_;
  std::map<std::uint64_t, File> files_;
  std::map<std::uint64_t, File> bin_;
  std::map<std::uint32_t, Folder> folders_;
  std::size_t done_ = 0;
};

TEST_CASE("versions and the bin do what a model in memory does, and every count is right after each step") {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    Steps steps{seed};
    for (int i = 0; i < 250; ++i) {
      steps.step();
      steps.compare();
    }
    CHECK(steps.done() > 120);
  }
}

TEST_CASE("hundreds of expired files go in several ticks, and only they") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 1, 1);
  for (std::uint32_t i = 0; i < 2 * expired_files_per_tick_max + 50; ++i) {
    ann.gate.ask(asks::DeleteFile{put(ann, folder, "f", 1).value().id}).value();
  }
  const std::uint64_t stays = put(ann, folder, "stays", 1).value().id;
  keeper.clock_ahead = day_ms + 1'000;
  std::int64_t left = -1;
  for (int i = 0; i < 1'000 && left != 0; ++i) {
    keeper.in_loop([&] {
      const auto count = [](db::Row& row) { return row.int64(0); };
      left = keeper.store.db.one("SELECT count(*) FROM binned", count).value().value();
    });
  }
  CHECK(left == 0);
  check_counts(keeper);
  keeper.clock_ahead = 0;
  CHECK(ann.gate.ask(asks::GetFile{stays}).ok());
}

}  // namespace
}  // namespace bulkhead::keeper
