#pragma once
// Strict JSON (RFC 8259) into a small immutable tree, and the tolerant reads that real clients need (moveit-rest
// section 9). Names compare without ASCII case; a name that stands twice in one object is refused, so that no second
// reader can see the other value.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::json {

struct Limits {
  std::size_t bytes_max = 1'048'576;
  std::size_t depth_max = 32;
  std::size_t values_max = 65'536;  // of the whole tree
  std::size_t members_max = 256;    // of one object
};

class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, number, string, array, object };

  Kind kind() const { return kind_; }
  bool boolean() const { return integer_ != 0; }                    // Kind::boolean
  std::int64_t integer() const { return integer_; }                 // Kind::integer: exact
  double number() const { return number_; }                         // Kind::number: written with a fraction or exponent
  const std::string& string() const { return text_; }               // Kind::string: UTF-8 without NUL
  const std::vector<Value>& items() const { return items_; }        // of an array, or the values of an object
  const std::vector<std::string>& names() const { return names_; }  // of an object, beside items()

  // The member of that name, without ASCII case; nullptr when there is none or this is no object.
  const Value* find(std::string_view name) const;

 private:
  friend class TreeBuilder;
  Kind kind_ = Kind::null;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;
  std::vector<Value> items_;
  std::vector<std::string> names_;
};

// Errc::invalid: not one JSON value, a name twice, NUL in a string, bytes that are no UTF-8, an integer beyond 64 bits
// signed, a number beyond a double. Errc::too_large: over a limit.
Result<Value> parse(ByteView text, const Limits& limits = {});

// Members of `object`. Absent and null are both none. An Error is Errc::invalid and names the member, which is a
// compile-time word of the caller: fit for `errors[].field`.
Result<std::optional<std::string>> read_string(const Value& object, std::string_view name);
// true, false, "True", "false": any case.
Result<std::optional<bool>> read_bool(const Value& object, std::string_view name);
// 12, "12", "-12": within [min, max].
Result<std::optional<std::int64_t>> read_integer(const Value& object, std::string_view name,
                                                 std::int64_t min = INT64_MIN, std::int64_t max = INT64_MAX);
// The same from 0 to `max`, in 32 bits.
Result<std::optional<std::uint32_t>> read_u32(const Value& object, std::string_view name,
                                              std::uint32_t max = UINT32_MAX);
// nullptr for none.
Result<const Value*> read_array(const Value& object, std::string_view name);
Result<const Value*> read_object(const Value& object, std::string_view name);

}  // namespace bulkhead::json
