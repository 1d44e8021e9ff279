#pragma once
// How text becomes the letters that a mail may have: encoded words in header fields (RFC 2047), quoted-printable in the
// body (RFC 2045 section 6.7).
#include <string>
#include <string_view>

namespace bulkhead::mail {

// UTF-8 without control characters, line ends and tabs included.
[[nodiscard]] bool is_plain_text(std::string_view text);

// For `text` that is_plain_text(): as it is, if it is of letters, digits and blanks only, or as encoded words, each of
// whole characters and at most 75 letters, with folds between them.
std::string encoded_phrase(std::string_view text);

// Lines of `text` end with "\n", those of the result with "\r\n" and within 76 letters. Any bytes can be encoded; bytes
// that are not visible ASCII come out as =XX.
std::string quoted_printable(std::string_view text);

}  // namespace bulkhead::mail
