#include "db/db.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>

#include "base/cat.h"
#include "base/fd.h"

namespace bulkhead::db {
namespace {

constexpr Sql sql_begin = "BEGIN IMMEDIATE";
constexpr Sql sql_commit = "COMMIT";
constexpr Sql sql_rollback = "ROLLBACK";
// Savepoints of the same name nest: the innermost is meant.
constexpr Sql sql_savepoint = "SAVEPOINT ask";
constexpr Sql sql_release = "RELEASE SAVEPOINT ask";
constexpr Sql sql_rollback_to = "ROLLBACK TO SAVEPOINT ask";

struct Mode {
  Sql set;
  std::string_view expected;
};
// EXCLUSIVE first: then the index of the log lives in plain memory and never in a shared file.
constexpr Mode modes[] = {
    {"PRAGMA locking_mode=EXCLUSIVE", "exclusive"},
    {"PRAGMA journal_mode=WAL", "wal"},
};

struct Setting {
  Sql set;
  Sql get;
  std::int64_t expected;
};
constexpr Setting settings[] = {
    {"PRAGMA synchronous=FULL", "PRAGMA synchronous", 2},
    {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", 1},
    {"PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", 0},
    {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", 1},
    {"PRAGMA mmap_size=0", "PRAGMA mmap_size", 0},
    {"PRAGMA cache_size=-8192", "PRAGMA cache_size", -8192},  // 8 MiB
    {"PRAGMA temp_store=MEMORY", "PRAGMA temp_store", 2},
    {"PRAGMA secure_delete=ON", "PRAGMA secure_delete", 1},
    // The log keeps at most this many bytes after it was emptied.
    {"PRAGMA journal_size_limit=67108864", "PRAGMA journal_size_limit", 67'108'864},
};

// The whole power of a statement after open(); what is not named here is denied.
int authorize(void* /*context*/, int action, const char* first, const char* second, const char* /*database*/,
              const char* /*trigger*/) {
  const std::string_view table = first == nullptr ? std::string_view{} : first;
  const std::string_view function = second == nullptr ? std::string_view{} : second;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return table.starts_with("sqlite_") ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:  // FTS5 asks so whether its structure is the one that it knows
      return table == "data_version" && second == nullptr ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return function == "load_extension" || function == "fts3_tokenizer" ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

void call(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) != SQLITE_TEXT || sqlite3_value_type(values[1]) != SQLITE_INTEGER) return;
  const auto* const function = static_cast<const Function*>(sqlite3_user_data(context));
  const auto* const text = static_cast<const char*>(static_cast<const void*>(sqlite3_value_text(values[0])));
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  const std::string made = function->apply({text, size}, sqlite3_value_int64(values[1]));
  sqlite3_result_text64(context, made.data(), made.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void tell_watcher(void* watcher, int /*action*/, const char* /*database*/, const char* table, sqlite3_int64 rowid) {
  (*static_cast<std::function<void(std::string_view, std::int64_t)>*>(watcher))(table, rowid);
}

int note_log_size(void* pages, sqlite3* /*connection*/, const char* /*database*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

// SQLite would make the file readable for everybody. It must not be touched when it exists: closing any descriptor of
// it drops the locks that this process holds on it.
Result<void> create_file(const char* path) {
  const std::string_view name = path;
  if (name.empty() || name.starts_with(':') || name.starts_with("file:")) {
    return fail(Errc::invalid, "the database path names no plain file");
  }
  const Fd file{::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.valid() && errno != EEXIST) return fail_errno(cat("create ", path));
  return {};
}

}  // namespace

void Db::Close::operator()(sqlite3* connection) const {
  sqlite3_close(connection);
}

Db::~Db() = default;

Result<Db> Db::open(const char* path, const Options& options) {
  TRY(create_file(path));
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path, &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  Db db{raw};
  ENSURE(raw != nullptr);
  if (code != SQLITE_OK) return sqlite_error(raw, code, cat("open ", path));
  db.log_pages_max_ = options.wal_pages_max;

  Result<void> ready = db.configure();
  if (ready.ok()) ready = db.add_functions(options.functions);
  if (ready.ok()) ready = migrate(db, options.migrations);
  if (ready.ok()) ready = db.lock_down();
  if (!ready.ok()) return fail(ready.error().kind(), cat(path, ": ", ready.error().message()));
  return db;
}

Result<void> Db::configure() {
  sqlite3* raw = connection_.get();
  sqlite3_extended_result_codes(raw, 1);
  const std::pair<int, int> switches[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},         {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
  };
  for (const auto& [name, on] : switches) {
    int now = -1;
    if (sqlite3_db_config(raw, name, on, &now) != SQLITE_OK || now != on) {
      return fail(Errc::unsupported, "this SQLite lacks a protection that is needed");
    }
  }
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, value_size_max);
  sqlite3_limit(raw, SQLITE_LIMIT_SQL_LENGTH, 64 * 1024);
  sqlite3_limit(raw, SQLITE_LIMIT_VARIABLE_NUMBER, parameters_max);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(raw, SQLITE_LIMIT_WORKER_THREADS, 0);

  for (const Mode& mode : modes) {
    const auto value = TRY(one(mode.set, [](Row& row) { return std::string{row.text(0)}; }));
    if (value != mode.expected) return fail(Errc::unsupported, cat("no effect: ", mode.set.text()));
  }
  for (const Setting& setting : settings) {
    TRY(query(setting.set, [](Row&) {}));
    const auto value = TRY(one(setting.get, [](Row& row) { return row.int64(0); }));
    if (value != setting.expected) return fail(Errc::unsupported, cat("no effect: ", setting.set.text()));
  }
  sqlite3_wal_autocheckpoint(raw, 0);
  sqlite3_wal_hook(raw, note_log_size, log_pages_.get());
  return {};
}

Result<void> Db::add_functions(std::span<const Function> functions) {
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const Function& function : functions) {
    auto* const data = const_cast<Function*>(&function);  // NOLINT(cppcoreguidelines-pro-type-const-cast): only read
    const int code = sqlite3_create_function_v2(connection_.get(), function.name, 2, flags, data, call, nullptr,
                                                nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(connection_.get(), code, "add a function");
  }
  return {};
}

void Db::watch(std::function<void(std::string_view, std::int64_t)> changed) {
  watcher_ = std::make_unique<std::function<void(std::string_view, std::int64_t)>>(std::move(changed));
  sqlite3_update_hook(connection_.get(), tell_watcher, watcher_.get());
}

Result<void> Db::lock_down() {
  statements_.clear();
  sqlite3_set_authorizer(connection_.get(), authorize, nullptr);
  // What ends a transaction must not have to be prepared when the disk fails.
  for (const Sql sql : {sql_begin, sql_commit, sql_rollback, sql_savepoint, sql_release, sql_rollback_to})
    TRY(cached(sql));
  return {};
}

Result<Statement*> Db::cached(Sql sql) {
  if (const auto found = statements_.find(sql.key()); found != statements_.end()) return &found->second;
  Result<Statement> prepared = Statement::prepare(connection_.get(), sql);
  if (!prepared.ok()) return fail(prepared.error().kind(), cat(prepared.error().message(), " in: ", sql.text()));
  return &statements_.emplace(sql.key(), std::move(prepared).value()).first->second;
}

Result<Db::Cursor> Db::start(Sql sql, std::span<const Value> values) {
  if (transaction_ == Transaction::lost) return Error{*lost_to_};
  Statement* statement = TRY(cached(sql));
  ENSURE(!statement->busy());
  Cursor cursor{*this, *statement};
  TRY(statement->bind(values));
  return cursor;
}

Result<bool> Db::Cursor::next() {
  Result<bool> stepped = statement_->step();
  if (!stepped.ok()) db_->note_failure(stepped.error());
  return stepped;
}

Result<std::int64_t> Db::run_values(Sql sql, std::span<const Value> values) {
  Cursor cursor = TRY(start(sql, values));
  const bool gave_a_row = TRY(cursor.next());
  ENSURE(!gave_a_row);
  return sqlite3_changes64(connection_.get());
}

Result<void> Db::check_row(const Row& row, Sql sql) {
  if (!row.ok()) return fail(Errc::corrupt, cat("a column has an unexpected type in: ", sql.text()));
  return {};
}

std::int64_t Db::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(connection_.get());
}

void Db::note_failure(const Error& error) {
  if (transaction_ != Transaction::open || sqlite3_get_autocommit(connection_.get()) == 0) return;
  transaction_ = Transaction::lost;
  lost_to_ = Error{error.kind(), cat("the transaction was undone: ", error.message()), error.where()};
}

// A statement that begins or ends something, whatever the state of the transaction.
Result<void> Db::control(Sql sql) {
  Statement* statement = TRY(cached(sql));
  Cursor cursor{*this, *statement};
  const Result<bool> stepped = statement->step();
  if (!stepped.ok()) return Error{stepped.error()};
  return {};
}

Result<void> Db::begin() {
  ENSURE(transaction_ == Transaction::none);
  TRY(control(sql_begin));
  transaction_ = Transaction::open;
  ++transaction_number_;
  return {};
}

Result<void> Db::commit() {
  ENSURE(transaction_ != Transaction::none);
  if (transaction_ == Transaction::lost) {
    rollback();
    return Error{*lost_to_};
  }
  Result<void> committed = control(sql_commit);
  if (!committed.ok()) {
    rollback();
    return committed;
  }
  transaction_ = Transaction::none;
  return {};
}

void Db::rollback() {
  if (transaction_ == Transaction::none) return;
  transaction_ = Transaction::none;
  if (sqlite3_get_autocommit(connection_.get()) != 0) return;
  // It may report the failure that made it necessary; what counts is that the transaction has ended.
  static_cast<void>(control(sql_rollback));
  ENSURE(sqlite3_get_autocommit(connection_.get()) != 0);
}

Result<Savepoint> Db::savepoint() {
  ENSURE(transaction_ != Transaction::none);
  if (transaction_ == Transaction::lost) return Error{*lost_to_};
  TRY(control(sql_savepoint));
  return Savepoint{this, transaction_number_};
}

void Db::undo_savepoint(std::uint64_t transaction_number) {
  if (transaction_ != Transaction::open || transaction_number != transaction_number_) return;
  Result<void> undone = control(sql_rollback_to);
  if (undone.ok()) undone = control(sql_release);
  if (undone.ok()) return;
  // Half an ask must not be committed with the others: give up the whole transaction.
  const Error error = undone.error();
  rollback();
  transaction_ = Transaction::open;
  note_failure(error);
}

Savepoint::~Savepoint() {
  if (db_ != nullptr) db_->undo_savepoint(transaction_number_);
}

Result<void> Savepoint::keep() {
  ENSURE(db_ != nullptr);
  ENSURE(transaction_number_ == db_->transaction_number_ && db_->transaction_ != Db::Transaction::none);
  if (db_->transaction_ == Db::Transaction::lost) return Error{*db_->lost_to_};
  TRY(db_->control(sql_release));
  db_ = nullptr;
  return {};
}

Result<void> Db::checkpoint_if_large() {
  ENSURE(transaction_ == Transaction::none);
  if (*log_pages_ < log_pages_max_) return {};
  // PASSIVE: the next commit writes over the copied log from its start, which is cheaper than growing a truncated file.
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(connection_.get(), code, "checkpoint");
  *log_pages_ = 0;
  return {};
}

Result<void> Db::close() {
  rollback();
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(connection_.get(), code, "checkpoint");
  *log_pages_ = 0;
  return {};
}

}  // namespace bulkhead::db
