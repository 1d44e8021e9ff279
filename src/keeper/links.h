#pragma once
// Links: virtual folders as they are stored, and the one way from a path to a folder. A link is a name in one folder
// that leads to another folder of the same organisation, its target. It has no rights of its own: what somebody may do
// behind it is decided at the target, as everywhere. It is there for who may know of both, the folder that holds it and
// the target; nobody gets to know of a folder because a link is in it.
#include <optional>

#include "core/path/path.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

inline constexpr std::size_t links_on_way_max = 4;         // that one path may lead through
inline constexpr std::size_t links_of_folder_max = 1'000;  // in one folder

struct Link {
  std::uint32_t id = 0;
  std::uint32_t parent = 0;
  std::uint32_t target = 0;
  std::string name;
};

// Of `name` in the folder at `above`.
std::string path_below(const std::string& above, const std::string& name);

Result<std::optional<Link>> link_of(Store& store, std::uint64_t id);
Result<std::optional<Link>> link_in(Store& store, policy::FolderId parent, const std::string& name);
// Those in a folder that the asker may know of, by name, that are there for him.
Result<std::vector<Link>> links_in(Store& store, const Asker& asker, policy::FolderId folder);
// Whether it is there for the asker.
Result<bool> is_there(Store& store, const Asker& asker, const Link& link);

// What a path names. Of the links on the way each is there for the asker; the rest is not judged: see() does that.
struct Resolved {
  std::uint32_t folder = 0;   // that the whole path names; 0: none
  std::uint32_t parent = 0;   // without one: the folder in which the last component would be; 0: none
  std::optional<Link> link;   // that the last component itself names; `folder` is its target
  std::vector<Link> through;  // all links on the way, that one included
};
// Errc::too_large when the path leads through more than links_on_way_max of them.
Result<Resolved> resolve(Store& store, const Asker& asker, const RemotePath& path);

// Links in a folder as lists show them, by name: those whose target the asker has a right in.
Result<std::vector<VisibleFolder>> links_for_list(Store& store, const Asker& asker, std::uint32_t folder);
// One of them, with the path that it has there. None when it is gone, or its target is not for him.
Result<std::optional<VisibleFolder>> link_for_list(Store& store, const Asker& asker, std::uint64_t id);

}  // namespace bulkhead::keeper
