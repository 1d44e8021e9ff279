#pragma once
// Expansion: the paths that one word of a command stands for, as a shell would find them (POSIX.1-2017, Shell Command
// Language, section 2.6.6), one after the other: a folder of any size costs the memory of one page of its list.
#include <optional>
#include <string>
#include <vector>

#include "gate_ssh/files/catalog.h"
#include "proto/scp/command.h"

namespace bulkhead::gate_ssh {

inline constexpr std::size_t wild_components_max = 16;  // of one word; more, and it only stands for itself
inline constexpr std::size_t wild_size_max = 512;       // bytes of one component with wildcards

class Expansion {
 public:
  // Begins as Catalog::resolve() does.
  Expansion(Catalog& catalog, const scp::Word& word);

  struct Found {
    RemotePath path;
    std::string shown;  // as it was asked for, the wildcards replaced
  };
  // Empty at the end. A word that matches nothing is given once as it stands: whether that exists is for the caller to
  // see.
  Result<std::optional<Found>> next();

 private:
  struct Level {
    Found folder;
    ListCursor cursor;
    std::size_t component;  // that the list is matched with
  };

  std::optional<Found> descend(Found at, std::size_t component);
  std::optional<Found> next_match();

  Catalog& catalog_;
  std::string text_;
  std::string prefix_;                   // up to the first component with wildcards, as it was written
  std::vector<std::string> components_;  // from there on, as patterns; empty: no wildcards
  std::vector<Level> levels_;
  bool begun_ = false;
  bool found_any_ = false;
};

}  // namespace bulkhead::gate_ssh
