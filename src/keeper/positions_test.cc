// Slices of a folder's files by name, asked for in any order, against the whole list.
#include "keeper/positions.h"

#include <algorithm>
#include <random>

#include "base/cat.h"
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql table_of_files[] = {
    "CREATE TABLE files (id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, name TEXT NOT NULL,"
    " UNIQUE (folder, name)) STRICT"};
constexpr db::Migration schema[] = {{1, table_of_files}};
constexpr std::uint32_t folder = 7;

std::string name_of(std::uint64_t number) {
  const std::string digits = cat(number);
  return cat("file ", std::string(6 - digits.size(), '0'), digits);
}

// Descending ones count from the last name and come from there.
std::vector<std::uint64_t> wanted(const std::vector<std::uint64_t>& all, Positions::Part part) {
  std::vector<std::uint64_t> ids = all;
  if (part.descending) std::ranges::reverse(ids);
  const std::uint64_t first = std::min<std::uint64_t>(part.first, ids.size());
  const std::uint64_t end = std::min<std::uint64_t>(first + part.count, ids.size());
  return {ids.begin() + static_cast<std::ptrdiff_t>(first), ids.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

TEST_CASE("positions: slices in any order, before and after changes") {
  const std::string path = new_directory() + "/files.db";
  db::Db db = db::Db::open(path.c_str(), {.migrations = schema}).value();
  Changes changes;
  Positions positions{db, changes};
  std::vector<std::uint64_t> all;  // in the order of names
  std::uint64_t number = 0;
  const auto add = [&](std::uint64_t id) {
    db.run("INSERT INTO files (id, folder, name) VALUES ($1, $2, $3)", id, folder, name_of(id)).value();
    all.push_back(id);
  };
  while (number < 1'000) add(++number);
  std::mt19937 random{5};  // NOLINT(*msc51*): the same each time
  for (std::size_t round = 0; round < 1'000; ++round) {
    if (round % 200 == 199) {
      db.run("DELETE FROM files WHERE id = $1", all[round / 2]).value();
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(round / 2));
      add(++number);
      changes.note(Change{.folder = folder, .below = false});
    }
    const Positions::Part part{random() % 1'100, random() % 120, random() % 2 == 0};
    CAPTURE(round);
    CHECK(positions.slice(folder, all.size(), part).value() == wanted(all, part));
  }
}

}  // namespace bulkhead::keeper
