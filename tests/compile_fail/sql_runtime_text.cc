// Compiled with SQL_CASE=0..5 and syntax check only. Case 0 must compile; every other case must be refused.
#include <string>

#include "db/sql.h"

using bulkhead::db::Sql;

std::size_t size_of(Sql sql);
std::size_t size_of(Sql sql) {
  return sql.text().size();
}

std::size_t use(const char* pointer, const std::string& text);
std::size_t use([[maybe_unused]] const char* pointer, [[maybe_unused]] const std::string& text) {
#if SQL_CASE == 0
  return size_of("SELECT name FROM users WHERE id = $1;");
#elif SQL_CASE == 1
  return size_of(pointer);  // text that is known only when the program runs
#elif SQL_CASE == 2
  char built[] = "SELECT 1";
  built[7] = text[0];
  return size_of(built);  // an array, but its content is not constant
#elif SQL_CASE == 3
  return size_of("");
#elif SQL_CASE == 4
  return size_of("SELECT 1; DROP TABLE users");
#elif SQL_CASE == 5
  return size_of("SELECT 1\0 -- more");
#endif
}
