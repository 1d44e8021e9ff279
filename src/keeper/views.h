#pragma once
// Views: all folders that an asker may know of, in order, read once and kept. A view is never taken as it is: whatever
// changed since it was looked at last is read and judged again first, folder by folder (changes.h), so that it always
// says what a walk through all folders would say, for the cost of what changed. It is made anew when that is cheaper,
// when the asker is in other groups than before, and when a turn fails.
#include <map>

#include "keeper/changes.h"
#include "keeper/tree.h"

namespace bulkhead::keeper {

struct Asker;

inline constexpr std::size_t listed_folders_max = 500'000;    // that one list may look at
inline constexpr std::size_t viewed_folders_max = 1'000'000;  // in all views together; about 150 bytes each
inline constexpr std::size_t caught_up_max = 1'000;           // folders; for more a view is made anew

// How many hold rights in a folder by entries of its own.
struct Shares {
  std::size_t users = 0;
  std::size_t groups = 0;
};
Shares shares_of(const policy::Folder& folder);

// A folder that the asker may know of, with what lists are sorted by.
struct VisibleFolder {
  std::uint32_t id = 0;
  std::uint32_t link = 0;  // in lists of one folder: the link (links.h) by which it is there; 0: it is there itself
  std::string name;
  std::string path;
  UnixMs changed_ms = 0;
  std::uint64_t file_count = 0;
  policy::Rights rights;
  Shares shares;
};
// From a row of id, name, path, changed_ms, file_count.
VisibleFolder read_visible(db::Row& row);
// The rights of the asker in it, and its shares; `chain` is that of the folder.
void judge(VisibleFolder& folder, const Asker& asker, policy::Chain chain);

// One of several folders whose files are listed one after the other.
struct ListedFolder {
  std::uint32_t id = 0;
  std::uint64_t file_count = 0;
  std::uint64_t before = 0;  // files in the folders before it
  std::size_t place = 0;     // of the folder in the list that this was made of
};

class View {
 public:
  std::span<const VisibleFolder> folders() const { return folders_; }  // by path
  // Those that hold files which the asker may list.
  std::span<const ListedFolder> listed() const { return listed_; }

 private:
  friend class Views;
  std::vector<policy::GroupId> groups_;
  std::vector<VisibleFolder> folders_;
  std::vector<std::uint32_t> ids_;  // of folders_, ascending
  std::vector<ListedFolder> listed_;
  std::uint64_t seen_ = 0;  // Changes::now()
  std::uint64_t used_ = 0;
  std::size_t counted_ = 0;  // in Views::folders_
  bool listed_is_old_ = true;

  // The folder at that place holds another number of files that may be listed.
  void count_again(std::size_t place, std::uint64_t before, std::uint64_t after);
};

class Views {
 public:
  Views(db::Db& db, Tree& tree, Changes& changes) : db_{db}, tree_{tree}, changes_{changes} {}

  // Lasts until the next call. Errc::too_large beyond listed_folders_max. Not within an ask() of a turn.
  Result<const View*> of(const Asker& asker);

 private:
  using Key = std::tuple<std::uint32_t, policy::UserId, policy::Role>;
  Result<void> make(View& view, const Asker& asker);
  // False when the view is to be made anew.
  Result<bool> catch_up(View& view, const Asker& asker);
  Result<bool> add_below(policy::FolderId folder, const Asker& asker, std::vector<policy::FolderId>& changed);
  Result<void> look_again(View& view, const Asker& asker, std::span<const policy::FolderId> changed);
  void make_room(const View& newest);

  db::Db& db_;
  Tree& tree_;
  Changes& changes_;
  std::map<Key, View> views_;
  std::uint64_t uses_ = 0;
  std::size_t folders_ = 0;  // in all views, and one for each view
};

// Files in folders one after the other, those without any left out.
std::vector<ListedFolder> listed_of(std::span<const VisibleFolder> folders);

}  // namespace bulkhead::keeper
