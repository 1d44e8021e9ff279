#pragma once
// One prepared statement of SQLite, the row it stands on, and the meaning of SQLite's result codes. Used by db.h only.
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "db/sql.h"
#include "db/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bulkhead::db {

// The result code `code` of `connection`, while it is the connection's last one, as an Error:
//   full disk storage_full; other failures of files io; a taken unique key conflict; a reference that points nowhere,
//   or is still pointed at, conflict; a broken CHECK, NOT NULL or column type invalid; damaged files corrupt, and so is
//   a schema that the statement does not fit; a statement that the authorizer refuses denied; too long a value
//   too_large; a file that another process has open conflict. Out of memory and misuse of the interface end the
//   process.
Error sqlite_error(sqlite3* connection, int code, std::string_view what,
                   std::source_location where = std::source_location::current());

// The row that a statement stands on. Columns count from 0. A column that does not hold the asked type gives an empty
// value and makes ok() false from then on; query() and one() then fail with Errc::corrupt. Views last until the
// callback returns.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_{statement} {}

  std::int64_t int64(int column);
  bool boolean(int column);  // 0 or 1, nothing else
  std::string_view text(int column);
  ByteView blob(int column);
  std::optional<std::int64_t> optional_int64(int column);
  std::optional<std::string_view> optional_text(int column);
  std::optional<ByteView> optional_blob(int column);

  bool ok() const { return ok_; }

 private:
  bool holds(int column, int type);
  bool is_null(int column) const;

  sqlite3_stmt* statement_;
  bool ok_ = true;
};

class Statement {
 public:
  static Result<Statement> prepare(sqlite3* connection, Sql sql);

  // Errc::invalid for text that holds NUL and for a number beyond INTEGER, before anything is bound. The count must be
  // exactly that of the parameters.
  Result<void> bind(std::span<const Value> values);
  // True when it stands on a row, false when the statement is complete.
  Result<bool> step();
  // Ends the execution and forgets the bound values.
  void reset();

  bool busy() const;
  Row row() const { return Row{statement_.get()}; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_{statement} {}
  Result<void> number_parameters(Sql sql);
  Result<void> bind_one(int index, const Value& value);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::vector<int> index_of_;  // SQLite's index of $1, $2, ...: it numbers them in the order of their appearance
};

}  // namespace bulkhead::db
