#pragma once
// Sql: the text of one SQL statement, usable only as a compile-time constant. There is no way to make one from text
// that is known only when the program runs (tests/compile_fail/sql_runtime_text.cc), so values can only be bound.
// Parameters are written $1, $2, ...: the form that PostgreSQL has and SQLite accepts.
#include <cstddef>
#include <string_view>

namespace bulkhead::db {

// Never defined: the compiler prints the name of the broken rule when the check below reaches one of them.
void sql_text_is_empty();
void sql_text_holds_nul();
void sql_text_holds_more_than_one_statement();

class Sql {
 public:
  // The literal must not be empty, hold NUL, or hold a ';' other than one at its end (not even inside quotes).
  template <std::size_t Size>
  consteval Sql(const char (&literal)[Size])  // NOLINT(google-explicit-constructor): a literal is the statement
      : text_{literal, Size - 1} {
    if (literal[Size - 1] != '\0') sql_text_holds_nul();
    if (text_.ends_with(';')) text_.remove_suffix(1);
    if (text_.find_first_not_of(" \n\t") == std::string_view::npos) sql_text_is_empty();
    if (text_.find('\0') != std::string_view::npos) sql_text_holds_nul();
    if (text_.find(';') != std::string_view::npos) sql_text_holds_more_than_one_statement();
  }

  constexpr std::string_view text() const { return text_; }
  // Two Sql with the same key have the same text, since literals are constants and hold no NUL.
  constexpr const char* key() const { return text_.data(); }

 private:
  std::string_view text_;
};

}  // namespace bulkhead::db
