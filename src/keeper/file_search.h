#pragma once
// FileSearch: files by name in everything that the asker may list, or in what is below one folder of it.
// An ask looks at searched_max files at most, so that it takes milliseconds whatever it is asked. Who may list few
// files has those looked at one by one, so that what others have costs him nothing; else the index names candidates.
// The right to list is asked for each file when it is found. A position is the number of a file that was found, or one
// that says nothing: never that of a file that the asker may not know of.
#include "keeper/files.h"

namespace bulkhead::keeper {

inline constexpr std::size_t searched_max = 2'000;     // candidates of one ask
inline constexpr std::size_t searched_first = 250;     // of them at first, then more each time
inline constexpr std::uint64_t few_files_max = 5'000;  // that are looked at one by one
inline constexpr std::uint64_t positions_apart = 256;  // numbers between positions that name no found file

class FileSearch {
 public:
  FileSearch(Store& store, Files& files) : store_{store}, files_{files} {}

  // Errc::not_found for a path at which the asker sees no folder; Errc::invalid without a name.
  Result<asks::Search::Reply> find(const Asker& asker, const asks::Search& ask);

 private:
  struct Place {
    std::string path;
    policy::FolderId folder = 0;  // 0: everything
  };
  Result<Place> place_of(const Asker& asker, const asks::Search& ask);
  // The numbers of all that fit, or nothing when there are too many files to look at.
  Result<std::optional<std::vector<std::uint64_t>>> among_few(const Asker& asker, const Mask& names,
                                                              const Place& place);
  Result<void> among_candidates(const Asker& asker, const Mask& names, const Place& place, const asks::Search& ask,
                                asks::Search::Reply& reply);
  Result<bool> is_found(const Asker& asker, const Mask& names, const Place& place, std::uint64_t file);
  Result<void> add(const Asker& asker, std::uint64_t file, asks::Search::Reply& reply, std::size_t& size);

  Store& store_;
  Files& files_;
};

}  // namespace bulkhead::keeper
