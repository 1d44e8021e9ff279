#include "gate_http/api/check.h"

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http::api {
namespace {

using json::Value;

Error wrong(std::string_view where, std::string_view what) {
  return fail(Errc::invalid, cat(where, ": ", what));
}

bool is_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return http::equal_ignoring_case(word, text); });
}

bool is_whole(const Value& value) {
  if (value.kind() == Value::Kind::integer) return true;
  if (value.kind() != Value::Kind::string) return false;
  std::string_view digits = value.string();
  if (digits.starts_with('-')) digits.remove_prefix(1);
  return parse_decimal(digits, INT64_MAX).ok();
}

Result<void> check_text(const Property& property, const std::string& where, const Value& value) {
  if (value.kind() != Value::Kind::string) return wrong(where, "must be a string");
  if (property.max != 0 && value.string().size() > property.max)
    return wrong(where, cat("may have at most ", property.max, " bytes"));
  if (property.values.empty() || value.string().empty()) return {};
  std::string known;
  for (const std::string_view one : property.values) {
    if (http::equal_ignoring_case(one, value.string())) return {};
    known += cat(known.empty() ? "" : ", ", one);
  }
  return wrong(where, cat("must be one of: ", known));
}

Result<void> check_object(const Schema& schema, const std::string& where, const Value& value);

Result<void> check_list(const Property& property, const std::string& where, const Value& value) {
  if (value.kind() != Value::Kind::array) return wrong(where, "must be an array");
  if (property.max != 0 && value.items().size() > property.max) {
    return fail(Errc::too_large, cat(where, ": may have at most ", property.max, " items"));
  }
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const Value& item = value.items()[i];
    if (property.type == Type::list)
      TRY(check_object(*find_schema(property.of), cat(where, "[", i, "]"), item));
    else if (!is_whole(item))
      return wrong(cat(where, "[", i, "]"), "must be an id");
  }
  return {};
}

Result<void> check_value(const Property& property, const std::string& where, const Value& value) {
  switch (property.type) {
    case Type::text:
      return check_text(property, where, value);
    case Type::key:
      if (value.kind() == Value::Kind::string || value.kind() == Value::Kind::integer) return {};
      return wrong(where, "must be an id");
    case Type::whole:
      return is_whole(value) ? Result<void>{} : wrong(where, "must be an integer");
    case Type::flag:
      if (value.kind() == Value::Kind::boolean) return {};
      if (value.kind() == Value::Kind::string && is_word(value.string(), {"true", "false"})) return {};
      return wrong(where, "must be true or false");
    case Type::object:
      return check_object(*find_schema(property.of), where, value);
    case Type::list:
    case Type::ids:
      return check_list(property, where, value);
    case Type::number:  // in answers only
    case Type::binary:
      break;  // in forms only, which the multipart parser reads
  }
  return {};
}

Result<void> check_object(const Schema& schema, const std::string& where, const Value& value) {
  if (value.kind() != Value::Kind::object) return wrong(where.empty() ? "the body" : where, "must be an object");
  if (!schema.base.empty()) TRY(check_object(*find_schema(schema.base), where, value));
  for (const Property& property : schema.properties) {
    const std::string inner = where.empty() ? std::string{property.name} : cat(where, ".", property.name);
    const Value* member = value.find(property.name);
    if (member != nullptr && member->kind() != Value::Kind::null)
      TRY(check_value(property, inner, *member));
    else if (property.needed)
      return wrong(inner, "is missing");
  }
  return {};
}

}  // namespace

Result<void> check_body(const Schema& schema, const json::Value& body) {
  return check_object(schema, "", body);
}

Result<void> check_query(const Operation& operation, const http::Target& target) {
  for (const Parameter& parameter : operation.query) {
    if (parameter.type == Type::list) continue;
    if (parameter.type == Type::ids) {
      for (const std::string_view id : target.query_all(parameter.name)) {
        if (!parse_decimal(id, INT64_MAX).ok()) return wrong(parameter.name, "must be an id");
      }
      continue;
    }
    const std::string_view value = TRY(target.query_one(parameter.name)).value_or("");
    if (value.empty()) continue;
    if (parameter.type == Type::whole && (!parse_decimal(value).ok() || value == "0")) {
      return wrong(parameter.name, "must be a whole number of 1 or more");
    }
    if (parameter.type == Type::flag && !is_word(value, {"true", "false", "1", "0"})) {
      return wrong(parameter.name, "must be true or false");
    }
  }
  return {};
}

}  // namespace bulkhead::gate_http::api
