#include "proto/http/json_out.h"

#include <charconv>
#include <cmath>

#include "base/cat.h"
#include "base/die.h"
#include "base/log.h"

namespace bulkhead::json {

void Writer::before_value() {
  const bool in_object = open_.ends_with('{');
  ENSURE(in_object == after_key_);
  ENSURE(!open_.empty() || !after_value_);
  if (after_value_ && !in_object) out_ += ',';
  after_key_ = false;
}

Writer& Writer::raw(std::string_view text) {
  before_value();
  out_ += text;
  after_value_ = true;
  return *this;
}

Writer& Writer::begin_object() {
  before_value();
  out_ += '{';
  open_ += '{';
  after_value_ = false;
  return *this;
}

Writer& Writer::begin_array() {
  before_value();
  out_ += '[';
  open_ += '[';
  after_value_ = false;
  return *this;
}

Writer& Writer::end(char opening, char closing) {
  ENSURE(open_.ends_with(opening) && !after_key_);
  open_.pop_back();
  out_ += closing;
  after_value_ = true;
  return *this;
}

Writer& Writer::end_object() {
  return end('{', '}');
}
Writer& Writer::end_array() {
  return end('[', ']');
}

Writer& Writer::key(std::string_view name) {
  ENSURE(open_.ends_with('{') && !after_key_);
  if (after_value_) out_ += ',';
  out_ += json_quoted(name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  return raw(json_quoted(text));
}
Writer& Writer::integer(std::int64_t value) {
  return raw(cat(value));
}
Writer& Writer::unsigned_integer(std::uint64_t value) {
  return raw(cat(value));
}
Writer& Writer::boolean(bool value) {
  return raw(value ? "true" : "false");
}
Writer& Writer::null() {
  return raw("null");
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  char digits[32];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), value);
  ENSURE(error == std::errc{});
  const std::string_view text{std::begin(digits), end};
  return raw(text.find_first_of(".e") == std::string_view::npos ? cat(text, ".0") : std::string{text});
}

}  // namespace bulkhead::json
