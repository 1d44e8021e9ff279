#pragma once
// JSON written as a stream into one string. Misuse (a value without its name, an end too many) is our bug and ends the
// process. Bytes that are no UTF-8 come out as U+FFFD.
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::json {

class Writer {
 public:
  explicit Writer(std::string& out) : out_{out} {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  Writer& number(double value);  // always with a fraction or exponent; null when it is not finite
  Writer& boolean(bool value);
  Writer& null();

  // One whole value was written and nothing is open.
  bool complete() const { return open_.empty() && after_value_; }

 private:
  void before_value();
  Writer& raw(std::string_view text);
  Writer& end(char opening, char closing);

  std::string& out_;
  std::string open_;  // '{' or '[' for each level
  bool after_value_ = false;
  bool after_key_ = false;
};

}  // namespace bulkhead::json
