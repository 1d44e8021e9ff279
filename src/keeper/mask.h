#pragma once
// Mask: the wildcard pattern of a list filter. `*` stands for any characters, none included, `?` for one; everything
// else for itself, capital or small. A `*` of a path mask crosses slashes. Never becomes SQL.
#include <string>
#include <string_view>

#include "base/result.h"

namespace bulkhead::keeper {

inline constexpr std::size_t mask_size_max = 1'024;  // bytes

class Mask {
 public:
  // Empty text matches everything. Errc::invalid for broken UTF-8, Errc::too_large.
  static Result<Mask> parse(std::string_view text);

  bool matches_all() const { return matches_all_; }
  // `text` is a Name or a printed RemotePath. At most size of the mask times size of the text steps.
  bool matches(std::string_view text) const;

 private:
  std::u32string pattern_;  // small letters; runs of `*` are one
  bool matches_all_ = true;
};

}  // namespace bulkhead::keeper
