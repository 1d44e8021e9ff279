#pragma once
// Store: the rows of log.db. Nothing here knows who looks; lists.h and answers.h do.
#include "chronicle/views.h"
#include "db/db.h"

namespace bulkhead::chronicle {

enum class Source : std::uint8_t { vault = 0, warden = 1, keeper = 2 };

// What the ledger says of one release, beyond its row.
struct Release {
  std::uint64_t release = 0;
  std::array<std::uint8_t, 16> session{};
  std::array<std::uint8_t, 32> sha256{};
  std::uint64_t file_size = 0;
};

// How a release ended.
struct ReleaseEnd {
  std::uint64_t release = 0;
  std::int64_t time_ms = 0;
  std::uint8_t outcome = 0;  // core/ledger Outcome
  std::uint64_t bytes = 0;
  std::vector<asks::FetchRow::Range> ranges;
  bool failed = false;
  std::string message;
};

struct Uploader {
  std::uint32_t organisation = 0;
  std::string user;
};

class Store {
 public:
  explicit Store(db::Db db) : db_{std::move(db)} {}

  // The turn's transaction begins with its first change.
  Result<void> begin();
  Result<void> commit();
  void rollback() { db_.rollback(); }
  Result<void> checkpoint_if_large() { return db_.checkpoint_if_large(); }
  Result<void> close() { return db_.close(); }

  Result<std::uint64_t> position(Source source);
  // The following belong between begin() and commit(). add() gives the row its number.
  Result<void> set_position(Source source, std::uint64_t position);
  Result<std::int64_t> add(const asks::LogRow& row);
  Result<void> add_release(std::int64_t row, const Release& release);
  Result<void> end_release(const ReleaseEnd& end);
  Result<void> set_uploader(std::uint64_t file, const Uploader& uploader);
  Result<void> set_retention(std::uint32_t organisation, std::uint32_t days);
  // Removes some rows that are older than their organisation keeps them, or of no organisation and beyond
  // nobodys_rows_max. Whether there may be more.
  Result<bool> remove_old(std::int64_t now_ms);

  Result<std::optional<asks::LogRow>> row(std::int64_t id);
  // The folder that the newest row about this file names; 0: none does.
  Result<std::uint32_t> folder_of(std::uint64_t file);
  Result<std::optional<Uploader>> uploader(std::uint64_t file);
  Result<std::uint64_t> count_fetches(std::uint64_t file);
  Result<std::vector<asks::FetchRow>> fetches(std::uint64_t file, const asks::Slice& slice);
  // The numbers of the rows within `scope` that fit the filter, in that order, ascending. Errc::invalid beyond
  // list_rows_max.
  Result<std::vector<std::int64_t>> find(const Scope& scope, const asks::LogFilter& filter, asks::LogSort sort);

 private:
  db::Db db_;
};

inline constexpr std::size_t list_rows_max = 2'000'000;
inline constexpr std::int64_t nobodys_rows_max = 500'000;

}  // namespace bulkhead::chronicle
