#pragma once
// Db: one database file of one process, over the C interface of SQLite 3.40. The interface keeps to what PostgreSQL can
// do too: constant SQL text, parameters $1, $2, ..., typed columns.
//
// One process has one Db for a file, and that is the only connection that writes or checkpoints: SQLite before 3.51.3
// can damage a file when two connections write or checkpoint at the same moment. The file stays locked (locking_mode
// EXCLUSIVE), so a second Db is refused with Errc::conflict, and no memory is shared with anyone.
//
// Every commit is on the disk when commit() returns (WAL, synchronous FULL). After open() no statement can attach a
// file, change a schema or a setting, or load code.
//
// Errors: see sqlite_error() in statement.h. Not for several threads.
#include <array>
#include <functional>
#include <map>
#include <type_traits>

#include "db/migration.h"
#include "db/statement.h"

namespace bulkhead::db {

inline constexpr int value_size_max = 16 * 1024 * 1024;  // bytes of one text, blob or row
inline constexpr int parameters_max = 64;                // of one statement

// A function of SQL that the program brings: a text made of a text and a number, always the same of the same. A value
// of another type gives NULL.
struct Function {
  const char* name;
  std::string (*apply)(std::string_view text, std::int64_t number);
};

struct Options {
  std::span<const Migration> migrations;  // must outlive open() only
  int wal_pages_max = 4096;               // of 4 KiB: where checkpoint_if_large() begins to work
  std::span<const Function> functions{};  // must outlive the Db
};

class Db;

// The part of a transaction that belongs to one ask: undone when it goes out of scope without keep(). Savepoints nest,
// and end in the reverse order of their beginning. Must not outlive its Db.
class Savepoint {
 public:
  Savepoint(Savepoint&& other) noexcept
      : db_{std::exchange(other.db_, nullptr)}, transaction_number_{other.transaction_number_} {}
  Savepoint& operator=(Savepoint&&) = delete;
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  ~Savepoint();

  // An error when the transaction was lost meanwhile: then the ask is undone as well.
  Result<void> keep();

 private:
  friend class Db;
  Savepoint(Db* db, std::uint64_t transaction_number) : db_{db}, transaction_number_{transaction_number} {}

  Db* db_;
  std::uint64_t transaction_number_;
};

class Db {
 public:
  // Makes the file (mode 0600) when it does not exist, applies the migrations, then locks the connection down.
  static Result<Db> open(const char* path, const Options& options);
  Db(Db&&) noexcept = default;
  Db& operator=(Db&&) = delete;
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;
  ~Db();

  // Executes a statement that gives no rows. The number of rows it inserted, updated or deleted itself.
  template <class... Binds>
  Result<std::int64_t> run(Sql sql, const Binds&... binds) {
    const std::array<Value, sizeof...(Binds)> values{Value{binds}...};
    return run_values(sql, values);
  }

  // Calls `on_row` with each Row&. It may return Result<void>: an error ends the query and is its result. The same Sql
  // must not be executed again inside `on_row`.
  template <class OnRow, class... Binds>
  Result<void> query(Sql sql, OnRow&& on_row, const Binds&... binds) {
    const std::array<Value, sizeof...(Binds)> values{Value{binds}...};
    Cursor cursor = TRY(start(sql, values));
    while (true) {
      const bool on_a_row = TRY(cursor.next());
      if (!on_a_row) return {};
      Row row = cursor.row();
      if constexpr (std::is_void_v<std::invoke_result_t<OnRow&, Row&>>) {
        on_row(row);
        TRY(check_row(row, sql));
      } else {
        Result<void> read = on_row(row);
        TRY(check_row(row, sql));
        TRY(std::move(read));
      }
    }
  }

  // What `read` makes of the only row, or nothing when there is none. A second row is Errc::corrupt.
  template <class Read, class... Binds>
  auto one(Sql sql, Read&& read, const Binds&... binds) -> Result<std::optional<std::invoke_result_t<Read&, Row&>>> {
    using T = std::invoke_result_t<Read&, Row&>;
    static_assert(!std::is_same_v<T, std::string_view> && !std::is_same_v<T, ByteView>, "a view dies with its row");
    std::optional<T> found;
    TRY(query(
        sql,
        [&](Row& row) -> Result<void> {
          if (found) return fail(Errc::corrupt, "the database holds two rows where one may be");
          found.emplace(read(row));
          return {};
        },
        binds...));
    return found;
  }

  // The rowid of the last successful INSERT into a rowid table.
  std::int64_t last_insert_rowid() const;

  // A transaction. When the disk is full or fails, SQLite may undo all of it at once: from then on everything but
  // commit() and rollback() fails with the same kind of error, so that nothing of a lost turn is stored alone.
  Result<void> begin();
  // On success everything is durable. On an error nothing is kept and the Db is ready for the next begin(). After
  // Errc::io there is one exception: if the machine stops before the next successful commit, the transaction may be
  // found committed.
  Result<void> commit();
  void rollback();
  bool in_transaction() const { return transaction_ != Transaction::none; }
  Result<Savepoint> savepoint();

  // Copies the log into the database file when the log has grown to wal_pages_max. Call it between transactions.
  Result<void> checkpoint_if_large();
  // Undoes an open transaction and empties the log. The Db may be used on; its destructor ends it without a report.
  Result<void> close();

  // Calls `changed` for each row that a statement inserts, updates or deletes, those that a reference or a trigger
  // changes included; also when the change is undone later, and then not again. It must not use the Db. Not for tables
  // WITHOUT ROWID.
  void watch(std::function<void(std::string_view table, std::int64_t rowid)> changed);

  // Statements that are kept prepared. As many as the program has Sql constants, at most.
  std::size_t cached_statements() const { return statements_.size(); }

 private:
  friend class Savepoint;
  enum class Transaction : std::uint8_t { none, open, lost };

  // One execution of a cached statement.
  class Cursor {
   public:
    Cursor(Db& db, Statement& statement) : db_{&db}, statement_{&statement} {}
    Cursor(Cursor&& other) noexcept : db_{other.db_}, statement_{std::exchange(other.statement_, nullptr)} {}
    Cursor& operator=(Cursor&&) = delete;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    ~Cursor() {
      if (statement_ != nullptr) statement_->reset();
    }
    Result<bool> next();
    Row row() const { return statement_->row(); }

   private:
    Db* db_;
    Statement* statement_;
  };

  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit Db(sqlite3* connection) : log_pages_{std::make_unique<int>(0)}, connection_{connection} {}

  Result<void> configure();
  Result<void> add_functions(std::span<const Function> functions);
  Result<void> lock_down();
  Result<std::int64_t> run_values(Sql sql, std::span<const Value> values);
  Result<Cursor> start(Sql sql, std::span<const Value> values);
  Result<Statement*> cached(Sql sql);
  Result<void> control(Sql sql);
  static Result<void> check_row(const Row& row, Sql sql);
  // Notices that SQLite has ended the transaction by itself.
  void note_failure(const Error& error);
  void undo_savepoint(std::uint64_t transaction_number);

  // Members are destroyed from the last to the first: the statements before their connection.
  std::unique_ptr<int> log_pages_;  // written by SQLite after each commit
  std::unique_ptr<std::function<void(std::string_view, std::int64_t)>> watcher_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::map<const char*, Statement, std::less<>> statements_;
  int log_pages_max_ = 0;
  Transaction transaction_ = Transaction::none;
  std::uint64_t transaction_number_ = 0;
  std::optional<Error> lost_to_;
};

}  // namespace bulkhead::db
