#include "keeper/search_index.h"

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_text =
    "SELECT search_text(f.name, d.organisation) FROM files f JOIN folders d ON d.id = f.folder WHERE f.id = $1";
constexpr db::Sql select_indexed = "SELECT text FROM search WHERE rowid = $1";
constexpr db::Sql delete_indexed = "DELETE FROM search WHERE rowid = $1";
constexpr db::Sql insert_indexed = "INSERT INTO search (rowid, text) VALUES ($1, $2)";
constexpr db::Sql insert_waiting = "INSERT OR IGNORE INTO unindexed (file) VALUES ($1)";
constexpr db::Sql delete_waiting = "DELETE FROM unindexed WHERE file = $1";
constexpr db::Sql select_waiting = "SELECT file FROM unindexed LIMIT 100";
constexpr db::Sql select_found =
    "SELECT rowid FROM search WHERE search MATCH $1 AND rowid > $2 "
    "UNION SELECT file FROM unindexed WHERE file > $2 ORDER BY 1 LIMIT $3";
// Organisation 0 has no users.
constexpr db::Sql select_organisations = "SELECT count(*) FROM organisations WHERE id <> 0";

// Stands before and behind each name, and is in none: so "a*" and "*a" have three letters sooner.
constexpr char32_t edge = 1;

// An organisation as three characters that have no meaning: a name that holds them is found, and does not fit.
std::u32string organisation_term(std::uint64_t organisation) {
  constexpr std::uint64_t first = 0xF0000;
  constexpr std::uint64_t digit = 2'048;
  std::u32string term;
  for (const std::uint64_t place : {digit * digit, digit, std::uint64_t{1}}) {
    term.push_back(static_cast<char32_t>(first + organisation / place % digit));
  }
  return term;
}

// The runs of plain letters of a mask, with the edges of the name that they stand at.
std::vector<std::u32string> runs_of(const std::u32string& pattern) {
  std::u32string whole = pattern;
  whole.insert(whole.begin(), edge);
  whole.push_back(edge);
  std::vector<std::u32string> runs(1);
  for (const char32_t letter : whole) {
    if (letter == U'*' || letter == U'?')
      runs.emplace_back();
    else
      runs.back().push_back(letter);
  }
  return runs;
}

// Whatever a user writes stands within quotes, where only a quote means anything, and it is doubled.
void add_term(std::string& match, std::u32string_view letters) {
  match += match.empty() ? "\"" : " \"";
  for (const char32_t letter : letters) {
    if (letter == U'"') match += '"';
    append_letter(match, letter);
  }
  match += '"';
}

// Evenly from all of them.
std::vector<std::u32string> terms_of(const Mask& names) {
  std::vector<std::u32string> all;
  for (const std::u32string& run : runs_of(names.pattern())) {
    for (std::size_t i = 0; i + 3 <= run.size(); ++i) all.push_back(run.substr(i, 3));
  }
  if (all.size() <= search_terms_max) return all;
  std::vector<std::u32string> some;
  for (std::size_t i = 0; i < search_terms_max; ++i) some.push_back(all[i * (all.size() - 1) / (search_terms_max - 1)]);
  return some;
}

}  // namespace

std::string search_text(std::string_view name, std::int64_t organisation) {
  std::string text;
  append_letter(text, edge);
  text += fold_name(name);
  append_letter(text, edge);
  text += ' ';
  for (const char32_t letter : organisation_term(static_cast<std::uint64_t>(organisation))) append_letter(text, letter);
  return text;
}

Result<void> SearchIndex::settle() {
  const bool wait = changed_.size() <= waiting_rows_max;
  for (const std::uint64_t file : changed_) {
    if (wait)
      TRY(db_.run(insert_waiting, file));
    else
      TRY(index(file));
  }
  if (wait) has_waiting_ = true;
  changed_.clear();
  return {};
}

Result<void> SearchIndex::catch_up(MonotonicMs budget_ms) {
  const MonotonicMs until = monotonic_now_ms() + budget_ms;
  std::vector<std::uint64_t> files;
  const auto add = [&](db::Row& row) { files.push_back(static_cast<std::uint64_t>(row.int64(0))); };
  do {
    files.clear();
    TRY(db_.query(select_waiting, add));
    for (const std::uint64_t file : files) {
      TRY(index(file));
      TRY(db_.run(delete_waiting, file));
    }
    has_waiting_ = !files.empty();
  } while (has_waiting_ && monotonic_now_ms() < until);
  return {};
}

Result<void> SearchIndex::index(std::uint64_t file) {
  const auto read = [](db::Row& row) { return std::string{row.text(0)}; };
  const auto text = TRY(db_.one(select_text, read, file));
  const auto indexed = TRY(db_.one(select_indexed, read, file));
  if (text == indexed) return {};
  if (indexed) TRY(db_.run(delete_indexed, file));
  if (text) TRY(db_.run(insert_indexed, file, *text));
  return {};
}

Result<std::vector<std::uint64_t>> SearchIndex::find(const Mask& names, std::uint32_t organisation, std::uint64_t after,
                                                     std::size_t limit) {
  std::vector<std::uint64_t> found;
  const std::u32string& pattern = names.pattern();
  if (pattern.find_first_of(std::u32string_view{U"\0\1", 2}) != std::u32string::npos) return found;  // in no name
  std::string match;
  for (const std::u32string& term : terms_of(names)) add_term(match, term);
  // The term of the organisation is in every line where there is but one: it would only cost.
  const auto organisations = TRY(db_.one(select_organisations, [](db::Row& row) { return row.int64(0); }));
  if (match.empty() || organisations.value_or(0) > 1) add_term(match, organisation_term(organisation));
  TRY(db_.query(
      select_found, [&](db::Row& row) { found.push_back(static_cast<std::uint64_t>(row.int64(0))); }, match, after,
      limit));
  return found;
}

}  // namespace bulkhead::keeper
