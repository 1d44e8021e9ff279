#pragma once
// What may stand in the fields of an account. Whoever asks, it is checked here, where it is stored. Errc::invalid with
// a text for the person who wrote it; no text repeats what was written.
#include <string>

#include "core/capability/capability.h"

namespace bulkhead::warden {

inline constexpr std::size_t note_size_max = 1'000;  // bytes

// Any role but that of nobody.
Result<capability::Role> role_of(std::uint8_t number);
// Empty, or one address.
Result<void> check_email(std::string_view email);
// Empty, or valid, visible UTF-8 in one form, without slashes: the rules of a file name. `what` names the field.
Result<std::string> line_of(std::string_view what, const std::string& text);
// Several lines without other control characters. Whoever shows it copes with broken UTF-8 (proto/http/json_out.h).
Result<void> check_note(std::string_view what, std::string_view text);
// "en", "pt-br": letters and hyphens.
Result<void> check_language(std::string_view text);
// Of ASCII text; other characters stay.
std::string in_small_letters(std::string_view text);

}  // namespace bulkhead::warden
