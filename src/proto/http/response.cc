#include "proto/http/response.h"

#include <algorithm>

#include "base/cat.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

constexpr std::string_view hsts = "max-age=63072000";

// RFC 8187 section 3.2.1 attr-char.
bool is_attribute_letter(char letter) {
  return is_digit(letter) || is_alpha(letter) ||
         (letter != '\0' && std::string_view{"!#$&+-.^_`|~"}.find(letter) != std::string_view::npos);
}

std::string fallback_name(std::string_view filename) {
  std::string out;
  for (char letter : filename) {
    // '%' too: some browsers decode it inside the quotes.
    const bool plain =
        is_ascii(letter) && !is_control(letter) && std::string_view{"\"\\/%"}.find(letter) == std::string_view::npos;
    if (plain) {
      out += letter;
    } else if ((static_cast<unsigned char>(letter) & 0xC0U) != 0x80U) {
      out += '_';  // one for each character, not for each of its bytes
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char letter : text) {
    if (is_attribute_letter(letter)) {
      out += letter;
      continue;
    }
    const auto byte = static_cast<unsigned char>(letter);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = std::min<std::size_t>(4, text.size());
    while (length > 0 && !(is_utf8(text.substr(0, length)))) --length;
    out += length == 0 ? std::string_view{"\xEF\xBF\xBD"} : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace

bool ResponseHead::has(std::string_view name) const {
  return std::ranges::any_of(names_, [&](const std::string& known) { return equal_ignoring_case(known, name); });
}

ResponseHead& ResponseHead::field(std::string_view name, std::string_view value) {
  if (!state_) return *this;
  if (!is_token(name)) {
    state_ = fail(Errc::invalid, "a response field name is not a token");
  } else if (std::ranges::any_of(value, is_control) || value != trim_ows(value) || value.size() > response_value_max) {
    state_ = fail(Errc::invalid, cat("the value of ", name, " cannot stand in a response"));
  } else if (has(name) && !equal_ignoring_case(name, "set-cookie")) {
    state_ = fail(Errc::conflict, cat(name, " is already in the response"));
  } else {
    names_.emplace_back(name);
    lines_ += cat(name, ": ", value, "\r\n");
  }
  return *this;
}

ResponseHead& ResponseHead::content_length(std::uint64_t bytes) {
  return field("Content-Length", cat(bytes));
}

ResponseHead& ResponseHead::security_fields(std::string_view content_policy) {
  return field("X-Content-Type-Options", "nosniff")
      .field("Content-Security-Policy", content_policy)
      .field("Referrer-Policy", "no-referrer")
      .field("Cross-Origin-Resource-Policy", "same-origin")
      .field("Cache-Control", "no-store")
      .field("Strict-Transport-Security", hsts);
}

Result<std::string> ResponseHead::build() const {
  if (!state_) return state_.error();
  const bool length = has("content-length");
  const bool coding = has("transfer-encoding");
  const bool bodiless = status_ == Status::continue_ || status_ == Status::no_content;
  if ((length && coding) || (bodiless && (length || coding))) {
    return fail(Errc::conflict, "the response head frames its body in a forbidden way");
  }
  return cat("HTTP/1.1 ", static_cast<unsigned>(status_), ' ', reason_phrase(status_), "\r\n", lines_, "\r\n");
}

std::string attachment(std::string_view filename) {
  const std::string fallback = fallback_name(filename);
  std::string out = cat("attachment; filename=\"", fallback, '"');
  if (fallback != filename) out += cat("; filename*=UTF-8''", percent_encode(repaired(filename)));
  return out;
}

}  // namespace bulkhead::http
