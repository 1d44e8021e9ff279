#pragma once
// Result<T>: a value, or an Error that knows what kind it is and the line it was born on. A subset of std::expected,
// which g++ 12 lacks in C++20. Taking the wrong side ends the process.
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/die.h"

namespace bulkhead {

// What went wrong, in the only words that callers branch on. The numbers travel between processes: never reuse one.
enum class Errc : std::uint8_t {
  invalid = 1,       // the input breaks a rule; the message says which
  not_found = 2,     // no such thing, or none that the asker may know of
  denied = 3,        // it exists, and the asker may not
  conflict = 4,      // the name is taken, or the state changed meanwhile
  too_large = 5,     // over a limit of size or count
  exhausted = 6,     // a budget, quota or rate is used up: later may work
  storage_full = 7,  // no space left: when space returns it works
  io = 8,            // the environment failed: disk, descriptor, sibling gone
  corrupt = 9,       // stored bytes do not match what was written
  unauthenticated = 10,  // who are you
  expired = 11,          // was valid once
  unsupported = 12,      // understood, and not done here
  other_principal = 13,  // a second principal on one connection
  over_quota = 14,       // a quota has no room for it
  held = 15,             // a legal hold covers it
};
inline constexpr Errc errc_max = Errc::held;

class [[nodiscard]] Error {
 public:
  explicit Error(Errc kind, std::string message, std::source_location where = std::source_location::current())
      : kind_{kind}, message_{std::move(message)}, where_{where} {}

  Errc kind() const { return kind_; }
  // For a person: says what to do where that is known. Holds no secret.
  const std::string& message() const { return message_; }
  const std::source_location& where() const { return where_; }

 private:
  Errc kind_;
  std::string message_;
  std::source_location where_;
};

template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}         // NOLINT(google-explicit-constructor)
  Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}     // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return need_value(), *std::get_if<0>(&state_); }
  const T& value() const& { return need_value(), *std::get_if<0>(&state_); }
  T&& value() && { return need_value(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return need_error(), *std::get_if<1>(&state_); }
  Error&& error() && { return need_error(), std::move(*std::get_if<1>(&state_)); }

 private:
  void need_value() const {
    if (!ok()) [[unlikely]] die(std::get_if<1>(&state_)->message(), std::get_if<1>(&state_)->where());
  }
  void need_error() const { ensure(!ok(), "error() of a Result that holds a value"); }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;
  Result() = default;
  Result(Error error) : error_{std::move(error)} {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const {
    if (error_) [[unlikely]] die(error_->message(), error_->where());
  }
  const Error& error() const& { return need_error(), *error_; }
  Error&& error() && { return need_error(), std::move(*error_); }

 private:
  void need_error() const { ensure(!ok(), "error() of a Result that holds a value"); }
  std::optional<Error> error_;
};

// Short spelling of the most common return: `return fail(Errc::invalid, "chunk size has no digits");`
inline Error fail(Errc kind, std::string message, std::source_location where = std::source_location::current()) {
  return Error{kind, std::move(message), where};
}
// The failed system call in `errno`, as io or storage_full: `return fail_errno("open ledger/log");`
Error fail_errno(std::string_view what, std::source_location where = std::source_location::current());

}  // namespace bulkhead

// The value of `expression`, or an early return of its error. House rule: only as a whole initialiser, statement or argument.
#define TRY(expression) BULKHEAD_TRY(expression, BULKHEAD_JOIN(bulkhead_try_, __COUNTER__))
#define BULKHEAD_JOIN(left, right) BULKHEAD_JOIN_EXPANDED(left, right)
#define BULKHEAD_JOIN_EXPANDED(left, right) left##right
#define BULKHEAD_TRY(expression, name)                       \
  __extension__({                                            \
    auto&& name = (expression);                              \
    if (!name.ok()) return std::move(name).error();          \
    std::move(name).value();                                 \
  })
