#pragma once
// A vector of vectors/ssh_key: lines "name: value" (tests only).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/encode.h"

namespace bulkhead::ssh_key {

struct Vector {
  std::map<std::string, std::string> fields;

  const std::string& text(const std::string& name) const {
    const auto found = fields.find(name);
    REQUIRE_MESSAGE(found != fields.end(), name);
    return found->second;
  }
  Bytes bytes(const std::string& name) const { return *from_base64(text(name)); }
};

// Those whose file name begins with `prefix`, by name.
inline std::map<std::string, Vector> read_vectors(std::string_view prefix) {
  std::map<std::string, Vector> out;
  for (const auto& entry : std::filesystem::directory_iterator(std::string{BULKHEAD_VECTORS} + "/ssh_key")) {
    const std::string name = entry.path().stem();
    if (!name.starts_with(prefix) || entry.path().extension() != ".txt") continue;
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);) {
      const std::size_t colon = line.find(": ");
      REQUIRE(colon != std::string::npos);
      out[name].fields[line.substr(0, colon)] = line.substr(colon + 2);
    }
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

}  // namespace bulkhead::ssh_key
