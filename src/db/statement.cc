#include "db/statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::db {
namespace {

Errc kind_of_constraint(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Errc::conflict;
    default:
      return Errc::invalid;
  }
}

Errc kind_of(sqlite3* connection, int code) {
  switch (code & 0xff) {  // NOLINT(*signed-bitwise): the primary code is the low byte
    case SQLITE_FULL:
      return Errc::storage_full;
    case SQLITE_IOERR: {
      const int number = sqlite3_system_errno(connection);
      return number == ENOSPC || number == EDQUOT ? Errc::storage_full : Errc::io;
    }
    case SQLITE_CONSTRAINT:
      return kind_of_constraint(code);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR:
      return Errc::corrupt;
    case SQLITE_AUTH:
      return Errc::denied;
    case SQLITE_TOOBIG:
      return Errc::too_large;
    case SQLITE_MISMATCH:
      return Errc::invalid;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::conflict;
    case SQLITE_NOMEM:
      die("out of memory in the database");
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      die("the database interface was misused");
    default:
      return Errc::io;
  }
}

ByteView bytes_of(const void* data, int size) {
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

}  // namespace

Error sqlite_error(sqlite3* connection, int code, std::string_view what, std::source_location where) {
  const bool busy = (code & 0xff) == SQLITE_BUSY;  // NOLINT(*signed-bitwise)
  const std::string_view detail = busy ? "another process has the database open" : sqlite3_errmsg(connection);
  return Error{kind_of(connection, code), cat(what, ": ", detail), where};
}

bool Row::holds(int column, int type) {
  ENSURE(column >= 0 && column < sqlite3_data_count(statement_));
  if (sqlite3_column_type(statement_, column) != type) ok_ = false;
  return ok_;
}

bool Row::is_null(int column) const {
  ENSURE(column >= 0 && column < sqlite3_data_count(statement_));
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Row::int64(int column) {
  return holds(column, SQLITE_INTEGER) ? sqlite3_column_int64(statement_, column) : 0;
}

bool Row::boolean(int column) {
  const std::int64_t number = int64(column);
  if (number != 0 && number != 1) ok_ = false;
  return ok_ && number == 1;
}

std::string_view Row::text(int column) {
  if (!holds(column, SQLITE_TEXT)) return {};
  // SQLite asks for the pointer first and the length after it: the other order may convert and move the text.
  const void* data = sqlite3_column_text(statement_, column);
  const std::string_view text = as_text(bytes_of(data, sqlite3_column_bytes(statement_, column)));
  // None was ever bound: whoever wrote this was not this program.
  if (text.find('\0') != std::string_view::npos) ok_ = false;
  return ok_ ? text : std::string_view{};
}

ByteView Row::blob(int column) {
  if (!holds(column, SQLITE_BLOB)) return {};
  const void* data = sqlite3_column_blob(statement_, column);
  return bytes_of(data, sqlite3_column_bytes(statement_, column));
}

std::optional<std::int64_t> Row::optional_int64(int column) {
  if (is_null(column)) return std::nullopt;
  return int64(column);
}
std::optional<std::string_view> Row::optional_text(int column) {
  if (is_null(column)) return std::nullopt;
  return text(column);
}
std::optional<ByteView> Row::optional_blob(int column) {
  if (is_null(column)) return std::nullopt;
  return blob(column);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Statement> Statement::prepare(sqlite3* connection, Sql sql) {
  sqlite3_stmt* raw = nullptr;
  const std::string_view text = sql.text();
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(connection, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                                      &raw, &rest);
  Statement statement{raw};
  if (code != SQLITE_OK) return sqlite_error(connection, code, "prepare");
  ENSURE(raw != nullptr && rest == text.data() + text.size());
  TRY(statement.number_parameters(sql));
  return statement;
}

Result<void> Statement::number_parameters(Sql sql) {
  const int count = sqlite3_bind_parameter_count(statement_.get());
  index_of_.assign(static_cast<std::size_t>(count), 0);
  for (int index = 1; index <= count; ++index) {
    const char* raw = sqlite3_bind_parameter_name(statement_.get(), index);
    const std::string_view name = raw == nullptr ? std::string_view{} : raw;
    if (!name.starts_with('$')) return fail(Errc::invalid, cat("a parameter is not written $1, $2, ...: ", sql.text()));
    const std::uint64_t number = TRY(parse_decimal(name.substr(1), index_of_.size()));
    if (number == 0) return fail(Errc::invalid, cat("parameters count from $1: ", sql.text()));
    index_of_[number - 1] = index;
  }
  return {};
}

Result<void> Statement::bind(std::span<const Value> values) {
  ENSURE(values.size() == index_of_.size());
  for (const Value& value : values) {
    const auto* text = std::get_if<std::string_view>(&value.kind());
    if (text != nullptr && text->find('\0') != std::string_view::npos) {
      return fail(Errc::invalid, "a text value holds NUL");
    }
    if (std::holds_alternative<NumberTooLarge>(value.kind())) {
      return fail(Errc::invalid, "a number is larger than the database can hold");
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) TRY(bind_one(index_of_[i], values[i]));
  return {};
}

Result<void> Statement::bind_one(int index, const Value& value) {
  sqlite3_stmt* raw = statement_.get();
  int code = SQLITE_OK;
  if (const auto* number = std::get_if<std::int64_t>(&value.kind())) {
    code = sqlite3_bind_int64(raw, index, *number);
  } else if (const auto* text = std::get_if<std::string_view>(&value.kind())) {
    // A null pointer would bind NULL, and an empty view may hold one.
    const char* data = text->empty() ? "" : text->data();
    code = sqlite3_bind_text64(raw, index, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<ByteView>(&value.kind())) {
    code = blob->empty() ? sqlite3_bind_zeroblob(raw, index, 0)
                         : sqlite3_bind_blob64(raw, index, blob->data(), blob->size(), SQLITE_STATIC);
  } else {
    code = sqlite3_bind_null(raw, index);
  }
  if (code != SQLITE_OK) return sqlite_error(sqlite3_db_handle(raw), code, "bind");
  return {};
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement_.get()), code, "database");
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

bool Statement::busy() const {
  return sqlite3_stmt_busy(statement_.get()) != 0;
}

}  // namespace bulkhead::db
