#pragma once
// SearchIndex: which files have three given letters in a row in their names, so that a search need not look at all of
// them. It is SQLite's FTS5 with its trigram tokenizer, over the folded name and the organisation.
// It follows the table of files itself, not the statements that change it: the database tells which rows a turn has
// written (db.watch), and settle() puts them down in the same transaction. A few rows wait for their lines, as a line costs
// more than the row; as long as a row waits, every search looks at it.
// What it finds is a guess from above: names are matched and rights are asked afterwards, for each file.
#include <set>

#include "base/clock.h"
#include "db/db.h"
#include "keeper/mask.h"

namespace bulkhead::keeper {

inline constexpr std::size_t search_terms_max = 8;  // of three letters, in one search
inline constexpr std::size_t waiting_rows_max = 64;  // of one turn; more get their lines at once

// What stands in the index for a name: the function search_text of SQL.
std::string search_text(std::string_view name, std::int64_t organisation);
inline constexpr db::Function search_functions[] = {{"search_text", search_text}};

class SearchIndex {
 public:
  explicit SearchIndex(db::Db& db) : db_{db} {}

  // A row was written.
  void note(std::string_view table, std::int64_t rowid) {
    if (table == "files") note(static_cast<std::uint64_t>(rowid));
  }
  // A file whose organisation is another than before.
  void note(std::uint64_t file) { changed_.insert(file); }
  bool is_behind() const { return !changed_.empty(); }
  // Within an ask() of the turn that wrote the rows.
  Result<void> settle();

  // Whether rows may wait for their lines.
  bool has_waiting() const { return has_waiting_; }
  // Within an ask(): makes the lines of rows that wait, as many as the time suffices for.
  Result<void> catch_up(MonotonicMs budget_ms);

  // Files behind the number `after` whose names may fit, at most `limit`, ascending.
  Result<std::vector<std::uint64_t>> find(const Mask& names, std::uint32_t organisation, std::uint64_t after,
                                          std::size_t limit);

 private:
  Result<void> index(std::uint64_t file);

  db::Db& db_;
  std::set<std::uint64_t> changed_;
  bool has_waiting_ = true;  // an earlier process may have left some
};

}  // namespace bulkhead::keeper
