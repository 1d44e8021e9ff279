#pragma once
// Mask: the wildcard pattern of a list filter. `*` stands for any characters, none included, `?` for one; everything
// else for itself, capital or small. A `*` of a path mask crosses slashes. Never becomes SQL.
#include <string>
#include <string_view>

#include "base/result.h"

namespace bulkhead::keeper {

inline constexpr std::size_t mask_size_max = 1'024;  // bytes

// A name as masks compare it: in small letters, letter by letter.
std::string fold_name(std::string_view name);
// Adds the UTF-8 of a letter.
void append_letter(std::string& text, char32_t letter);

// Whether it has no wildcard, and so may be a path.
bool is_plain(std::string_view mask);

class Mask {
 public:
  // Empty text matches everything. Errc::invalid for broken UTF-8, Errc::too_large.
  static Result<Mask> parse(std::string_view text);

  bool matches_all() const { return matches_all_; }
  // Small letters, `*` and `?`; empty when it matches everything.
  const std::u32string& pattern() const { return pattern_; }
  // `text` is a Name or a printed RemotePath. At most size of the mask times size of the text steps.
  bool matches(std::string_view text) const;

 private:
  std::u32string pattern_;  // small letters; runs of `*` are one
  bool matches_all_ = true;
};

}  // namespace bulkhead::keeper
