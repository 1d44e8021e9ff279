#pragma once
// cat("read ", count, " of ", total): strings, characters and integers joined into one string.
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace bulkhead {

inline void append_to(std::string& out, std::string_view text) { out += text; }
inline void append_to(std::string& out, char letter) { out += letter; }
template <std::integral N>
  requires(!std::same_as<N, char> && !std::same_as<N, bool>)
void append_to(std::string& out, N number) {
  char digits[24];
  auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number);
  out.append(std::begin(digits), end);
}

template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
  std::string out;
  (append_to(out, parts), ...);
  return out;
}

}  // namespace bulkhead
