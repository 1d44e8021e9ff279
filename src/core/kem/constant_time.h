#pragma once
// What code over secrets is written with: masks in place of branches, and scratch memory that is wiped.
//
// The rules in this folder: no branch, no index and no division depends on a secret. A choice is a mask (all ones or
// all zeros) made here, each behind a barrier, so that the compiler cannot see that it has two values only and turn it
// back into a branch. Quotients by a constant are written as a multiplication and a shift. Loops have public bounds.
// constant_time_test.cc checks this on the compiled code where valgrind is installed.
#include <cstdint>
#include <type_traits>

#include "base/secret.h"

namespace bulkhead::kem {

// `value`, of which the compiler no longer knows anything.
inline std::uint32_t hidden(std::uint32_t value) {
  __asm__("" : "+r"(value));
  return value;
}

// All ones if `value` is not zero, else zero.
inline std::uint32_t mask_nonzero(std::uint32_t value) {
  return 0U - hidden((value | (0U - value)) >> 31U);
}
// All ones if `value` is negative, else zero.
inline std::uint32_t mask_negative(std::int32_t value) {
  return 0U - hidden(static_cast<std::uint32_t>(value) >> 31U);
}

// All ones unless left and right, of the same length, are equal.
inline std::uint32_t mask_different(ByteView left, ByteView right) {
  std::uint32_t difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) difference |= static_cast<std::uint32_t>(left[i] ^ right[i]);
  return mask_nonzero(difference);
}

// Copies `from` over `to`, of the same length, where `mask` is all ones; leaves it where the mask is zero.
inline void copy_masked(MutableByteView to, ByteView from, std::uint32_t mask) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<std::uint8_t>(to[i] ^ (mask & static_cast<std::uint32_t>(to[i] ^ from[i])));
  }
}

// A value of fixed size that holds something secret: starts as zeros, is wiped when it goes.
template <class T>
class Wiped {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Wiped() = default;
  ~Wiped() { wipe({reinterpret_cast<std::uint8_t*>(&value_), sizeof value_}); }  // NOLINT(*reinterpret-cast)
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;

  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }

 private:
  T value_{};
};

}  // namespace bulkhead::kem
