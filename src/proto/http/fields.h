#pragma once
// Header fields as values: one line, a list of them, and a value with parameters (RFC 9110 sections 5 and 5.6.6).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bulkhead::http {

struct FieldView {
  std::string_view name;
  std::string_view value;  // without the white space around it
};

// `line` without its CRLF: token, colon without a space before it, value without control bytes. Errc::invalid
// otherwise; a folded line (leading space) has no token and fails too.
Result<FieldView> parse_field_line(std::string_view line);

struct Field {
  std::string name;
  std::string value;
};

// The fields of one message in the order sent. Names compare without ASCII case.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::vector<Field> fields) : fields_{std::move(fields)} {}

  // The first field of that name. Those of which a second would be ambiguous are refused before (strict.h).
  std::optional<std::string_view> find(std::string_view name) const;
  // All of that name joined by ", " (RFC 9110 section 5.3), for list fields.
  std::optional<std::string> joined(std::string_view name) const;
  const std::vector<Field>& all() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

struct Parameter {
  std::string name;  // lower case
  std::string value;
  bool quoted = false;
};
struct ParameterizedValue {
  std::string value;  // what stands before the first ';', lower case: "multipart/form-data"
  std::vector<Parameter> parameters;
  const Parameter* find(std::string_view lower_name) const;
};
inline constexpr std::size_t parameters_max = 16;

// `form-data; name="a"; filename=b`. In quotes \" and \\ are unescaped; another backslash stays, as file names of old
// browsers need. Errc::invalid for a parameter given twice, an unclosed quote, or bytes between parameters.
Result<ParameterizedValue> parse_parameterized(std::string_view text);

}  // namespace bulkhead::http
