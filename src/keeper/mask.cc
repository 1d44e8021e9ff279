#include "keeper/mask.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "base/bytes.h"

namespace bulkhead::keeper {
namespace {

// Small letters of the whole text, or nothing for broken UTF-8.
std::optional<std::u32string> fold(ByteView text) {
  std::u32string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    utf8proc_int32_t letter = text[0];
    std::size_t taken = 1;
    if (letter >= 0x80) {
      const utf8proc_ssize_t size = utf8proc_iterate(text.data(), static_cast<utf8proc_ssize_t>(text.size()), &letter);
      if (size <= 0) return std::nullopt;
      taken = static_cast<std::size_t>(size);
      letter = utf8proc_tolower(letter);
    } else if (letter >= 'A' && letter <= 'Z') {
      letter += 'a' - 'A';
    }
    folded.push_back(static_cast<char32_t>(letter));
    text = text.subspan(taken);
  }
  return folded;
}

// Names are in normalisation form C, so the mask must be too.
Result<std::string> normal_form(std::string_view text) {
  utf8proc_uint8_t* raw = nullptr;
  const ByteView bytes = as_bytes(text);
  const utf8proc_ssize_t size = utf8proc_map(bytes.data(), static_cast<utf8proc_ssize_t>(bytes.size()), &raw,
                                             static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  struct Free {
    void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
  };
  const std::unique_ptr<utf8proc_uint8_t, Free> owned{raw};
  if (size < 0) return fail(Errc::invalid, "mask: is not UTF-8");
  return to_text({owned.get(), static_cast<std::size_t>(size)});
}

}  // namespace

void append_letter(std::string& text, char32_t letter) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(letter), bytes.data());
  text += as_text(ByteView{bytes}.first(static_cast<std::size_t>(size)));
}

std::string fold_name(std::string_view name) {
  const std::optional<std::u32string> folded = fold(as_bytes(name));
  if (!folded) return std::string{name};
  std::string text;
  for (const char32_t letter : *folded) append_letter(text, letter);
  return text;
}

bool is_plain(std::string_view mask) {
  return !mask.empty() && mask.find_first_of(std::string_view{"*?\0", 3}) == std::string::npos;
}

Result<Mask> Mask::parse(std::string_view text) {
  if (text.size() > mask_size_max) return fail(Errc::too_large, "mask: is longer than 1024 bytes");
  Mask mask;
  if (text.empty() || text == "*") return mask;
  const std::string normal = TRY(normal_form(text));
  const std::optional<std::u32string> folded = fold(as_bytes(normal));
  if (!folded) return fail(Errc::invalid, "mask: is not UTF-8");
  for (const char32_t letter : *folded) {
    if (letter != U'*' || !mask.pattern_.ends_with(U'*')) mask.pattern_.push_back(letter);
  }
  mask.matches_all_ = false;
  return mask;
}

bool Mask::matches(std::string_view text) const {
  if (matches_all_) return true;
  const std::optional<std::u32string> folded = fold(as_bytes(text));
  if (!folded) return false;
  std::size_t at = 0;    // in the text
  std::size_t next = 0;  // in the pattern
  std::size_t star = std::u32string::npos;
  std::size_t resume = 0;  // the text that the last star has not taken yet
  while (at < folded->size()) {
    if (next < pattern_.size() && pattern_[next] == U'*') {
      star = next++;
      resume = at;
    } else if (next < pattern_.size() && (pattern_[next] == U'?' || pattern_[next] == (*folded)[at])) {
      ++next;
      ++at;
    } else if (star != std::u32string::npos) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  if (next < pattern_.size() && pattern_[next] == U'*') ++next;
  return next == pattern_.size();
}

}  // namespace bulkhead::keeper
