#pragma once
// Value: what may be bound to a parameter, always with its explicit length. Texts and blobs are viewed, not copied: a
// Value lives for one call. A Secret does not convert.
#include <concepts>
#include <limits>
#include <optional>
#include <variant>

#include "base/bytes.h"

namespace bulkhead::db {

struct Null {};
struct NumberTooLarge {};  // an unsigned number that no INTEGER column can hold; refused when it is bound

class Value {
 public:
  using Kind = std::variant<Null, NumberTooLarge, std::int64_t, std::string_view, ByteView>;

  // NOLINTBEGIN(google-explicit-constructor): a bind list reads as plain arguments
  Value(Null) {}
  Value(std::nullopt_t) {}
  template <std::same_as<bool> B>
  Value(B flag) : kind_{std::int64_t{flag ? 1 : 0}} {}
  template <std::integral N>
    requires(!std::same_as<N, bool> && !std::same_as<N, char>)
  Value(N number) {
    if (std::in_range<std::int64_t>(number)) {
      kind_ = static_cast<std::int64_t>(number);
    } else {
      kind_ = NumberTooLarge{};
    }
  }
  template <std::convertible_to<std::string_view> T>
  Value(const T& text) : kind_{std::string_view{text}} {}
  template <std::convertible_to<ByteView> T>
    requires(!std::convertible_to<T, std::string_view>)
  Value(const T& blob) : kind_{ByteView{blob}} {}
  template <class T>
  Value(const std::optional<T>& value) {
    if (value) kind_ = Value{*value}.kind_;
  }
  // NOLINTEND(google-explicit-constructor)

  const Kind& kind() const { return kind_; }

 private:
  Kind kind_ = Null{};
};

}  // namespace bulkhead::db
