#pragma once
// Visibility: which folders an asker may know of. Those in which he has a right, and those on the way to one, up to the
// root: he has no right in them, and is shown nothing in them but that way.
// What an asker sees below a folder comes from three places, each of them an ordered range of an index, so that a page
// of a list costs the same however many folders there are that he does not see:
//   everything        by his role, or within his home
//   what inherits     when he has a right in the folder itself
//   entries           of his and of his groups in the folders below, and his home
#include "keeper/store.h"

namespace bulkhead::keeper {

// The chain of `folder`. Errc::not_found for an unknown folder and for one that the asker may not know of.
Result<Chain> see(Store& store, const Asker& asker, policy::FolderId folder);

// By his role, or within his home: then he may read, write and delete in everything below, whatever stands there.
bool sees_all_below(const Asker& asker, policy::Chain chain);

struct Subfolder {
  std::uint32_t id = 0;
  std::string name;
  UnixMs changed_ms = 0;
  policy::Rights rights;    // maybe none
  bool is_virtual = false;  // `id` and the rest are of the target
};
struct SubfolderPage {
  std::vector<Subfolder> rows;  // by name
  std::string last;             // where the next page goes on
  bool end = false;
};
// What the asker may know of in the folder with that chain, from behind the name `after`: about `limit` at most, and
// maybe none although it is not the end.
Result<SubfolderPage> subfolders(Store& store, const Asker& asker, Chain& chain, const std::string& after,
                                 std::size_t limit);

}  // namespace bulkhead::keeper
