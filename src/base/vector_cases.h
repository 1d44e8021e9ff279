#pragma once
// For tests: the cases of a file of vectors. A case is lines `name: value`; an empty line ends it; `#` begins a
// comment.
#include <fcntl.h>

#include <map>
#include <string>

#include "base/encode.h"
#include "base/fd.h"

namespace bulkhead {

class VectorCase {
 public:
  void add(std::string_view name, std::string_view value) {
    ENSURE(values_.emplace(std::string{name}, std::string{value}).second);
  }
  bool has(const std::string& name) const { return values_.contains(name); }
  bool empty() const { return values_.empty(); }
  // A name that is not there, or a value of another form, ends the test.
  std::string text(const std::string& name) const { return values_.at(name); }
  Bytes hex(const std::string& name) const { return from_hex(values_.at(name)).value(); }
  std::uint64_t number(const std::string& name) const { return parse_decimal(values_.at(name)).value(); }

 private:
  std::map<std::string, std::string> values_;
};

inline std::vector<VectorCase> read_vector_cases(const std::string& path) {
  constexpr std::size_t file_size_max = 1'000'000;
  const std::string content = to_text(read_file(AT_FDCWD, path.c_str(), file_size_max).value());
  std::vector<VectorCase> cases(1);
  std::string_view rest = content;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with('#')) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      cases.back().add(line.substr(0, colon), line.substr(colon + 2));
    } else {
      ENSURE(line.empty());
      if (!cases.back().empty()) cases.emplace_back();
    }
  }
  if (cases.back().empty()) cases.pop_back();
  return cases;
}

}  // namespace bulkhead
