#include "proto/http/fields.h"

#include <algorithm>

#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

// Takes a quoted string, its opening quote already gone, off `rest`.
Result<std::string> take_quoted(std::string_view& rest) {
  std::string out;
  while (!rest.empty()) {
    char letter = rest.front();
    rest.remove_prefix(1);
    if (letter == '"') return out;
    if (letter == '\\' && !rest.empty() && (rest.front() == '"' || rest.front() == '\\')) {
      letter = rest.front();
      rest.remove_prefix(1);
    }
    out += letter;
  }
  return fail(Errc::invalid, "a quoted parameter is not closed");
}

Result<Parameter> take_parameter(std::string_view& rest) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return fail(Errc::invalid, "a parameter has no value");
  Parameter parameter{.name = to_lower(rest.substr(0, equals)), .value = {}, .quoted = false};
  if (!is_token(parameter.name)) return fail(Errc::invalid, "a parameter name is not a token");
  rest.remove_prefix(equals + 1);
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    parameter.value = TRY(take_quoted(rest));
    parameter.quoted = true;
    return parameter;
  }
  const std::size_t end = std::min(rest.find_first_of("; \t"), rest.size());
  parameter.value = std::string{rest.substr(0, end)};
  rest.remove_prefix(end);
  if (parameter.value.empty() || parameter.value.find('"') != std::string::npos) {
    return fail(Errc::invalid, "a parameter value is empty or holds a quote");
  }
  return parameter;
}

}  // namespace

Result<FieldView> parse_field_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail(Errc::invalid, "a field line has no colon");
  const FieldView field{.name = line.substr(0, colon), .value = trim_ows(line.substr(colon + 1))};
  if (!is_token(field.name)) return fail(Errc::invalid, "a field name is empty, folded or not a token");
  if (!is_field_value(field.value)) return fail(Errc::invalid, "a control byte in a field value");
  return field;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string> Fields::joined(std::string_view name) const {
  std::optional<std::string> out;
  for (const Field& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    out = out ? *out + ", " + field.value : field.value;
  }
  return out;
}

const Parameter* ParameterizedValue::find(std::string_view lower_name) const {
  const auto found = std::ranges::find(parameters, lower_name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

Result<ParameterizedValue> parse_parameterized(std::string_view text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  ParameterizedValue out{.value = to_lower(trim_ows(text.substr(0, end))), .parameters = {}};
  std::string_view rest = text.substr(end);
  while (!(rest = trim_ows(rest)).empty()) {
    if (!rest.starts_with(';')) return fail(Errc::invalid, "bytes between two parameters");
    rest = trim_ows(rest.substr(1));
    if (rest.empty() || rest.starts_with(';')) continue;
    Parameter parameter = TRY(take_parameter(rest));
    if (out.find(parameter.name) != nullptr) return fail(Errc::invalid, "a parameter is given twice");
    if (out.parameters.size() == parameters_max) return fail(Errc::too_large, "too many parameters");
    out.parameters.push_back(std::move(parameter));
  }
  return out;
}

}  // namespace bulkhead::http
