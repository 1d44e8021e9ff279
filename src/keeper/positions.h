#pragma once
// Positions: slices of the files of one folder by name, each for about the cost of its rows: where a
// slice ended is remembered, and the next one goes on behind that name, or ends before it; the last ones are read from
// the end.
#include <map>
#include <string>

#include "db/db.h"
#include "keeper/changes.h"

namespace bulkhead::keeper {

inline constexpr std::size_t known_positions_max = 256;  // of one folder
inline constexpr std::size_t known_folders_max = 1'024;

class Positions {
 public:
  Positions(db::Db& db, const Changes& changes) : db_{db}, changes_{changes} {}

  struct Part {
    std::uint64_t first = 0;  // from 0
    std::uint64_t count = 0;
    bool descending = false;  // `first` counts from the last name
  };
  // Numbers in the order of names; `total` is how many the folder holds.
  Result<std::vector<std::uint64_t>> slice(std::uint32_t folder, std::uint64_t total, Part part);

 private:
  struct Known {
    std::uint64_t seen = 0;                      // Changes::now()
    std::map<std::uint64_t, std::string> names;  // the name before a position
  };
  Known& known(std::uint32_t folder);

  db::Db& db_;
  const Changes& changes_;
  std::map<std::uint32_t, Known> known_;
};

}  // namespace bulkhead::keeper
