#include "db/outbox.h"

#include <algorithm>

namespace bulkhead::db {
namespace {

std::uint64_t number(Row& row, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(row.int64(column), 0));
}

}  // namespace

Result<bool> Outbox::add(Db& db, ByteView body) {
  if (taken_ > 0) {
    TRY(db.run("DELETE FROM outbox WHERE sequence <= $1 AND sequence < (SELECT max(sequence) FROM outbox)", taken_));
    taken_ = 0;
  }
  struct Ends {
    std::uint64_t first;
    std::uint64_t last;
  };
  const auto ends = TRY(
      db.one("SELECT coalesce((SELECT min(sequence) FROM outbox), 0), coalesce((SELECT max(sequence) FROM outbox), 0)",
             [](Row& row) { return Ends{number(row, 0), number(row, 1)}; }));
  if (ends && ends->last > 0 && ends->last - ends->first + 1 >= rows_max_) return false;
  TRY(db.run("INSERT INTO outbox (sequence, body) VALUES ($1, $2)", (ends ? ends->last : 0) + 1, body));
  return true;
}

Result<Outbox::Batch> Outbox::after(Db& db, std::uint64_t after) {
  Batch batch;
  batch.last =
      TRY(db.one("SELECT coalesce(max(sequence), 0) FROM outbox", [](Row& row) { return number(row, 0); })).value_or(0);
  const bool known = after <= batch.last;
  taken_ = known ? after : 0;
  std::size_t size = 0;
  TRY(db.query(
      "SELECT sequence, body FROM outbox WHERE sequence > $1 ORDER BY sequence LIMIT $2",
      [&](Row& row) {
        const ByteView body = row.blob(1);
        size += body.size() + 16;
        if (batch.rows.empty() || size <= outbox_batch_size_max) batch.rows.push_back({number(row, 0), to_bytes(body)});
      },
      known ? after : 0, outbox_batch_rows_max));
  return batch;
}

}  // namespace bulkhead::db
