#pragma once
// Outbox: what a process has to tell another, in its own database, so that it is there exactly when the change that it
// tells of is. The reader says up to where it has everything; what lies before is removed with the next add(), so that
// reading never writes. The newest row stays: numbers go on from it and never come again.
#include "db/db.h"

namespace bulkhead::db {

inline constexpr std::uint64_t outbox_rows_max = 1'000'000;
inline constexpr std::size_t outbox_batch_size_max = 96 * 1'024;  // bytes, unless one row alone is larger
inline constexpr std::size_t outbox_batch_rows_max = 500;

// A step of the owner's migrations.
inline constexpr Sql outbox_table[] = {"CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"};

class Outbox {
 public:
  struct Stored {
    std::uint64_t sequence = 0;
    Bytes body;
  };
  struct Batch {
    std::uint64_t last = 0;  // the newest there ever was
    std::vector<Stored> rows;
  };

  explicit Outbox(std::uint64_t rows_max = outbox_rows_max) : rows_max_{rows_max} {}

  // Within a transaction. False when as many as may be wait already: it is not kept.
  Result<bool> add(Db& db, ByteView body);
  // The first ones after `after`, up to which the reader has everything. When there never was so much, in a database
  // that was restored, from the first that there is.
  Result<Batch> after(Db& db, std::uint64_t after);

 private:
  std::uint64_t rows_max_;
  std::uint64_t taken_ = 0;
};

}  // namespace bulkhead::db
