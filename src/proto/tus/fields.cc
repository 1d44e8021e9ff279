#include "proto/tus/fields.h"

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::tus {
namespace {

constexpr std::uint64_t size_max = INT64_MAX;
constexpr std::string_view path = "/tus/";
constexpr std::string_view scheme = "https://";
constexpr std::string_view final_prefix = "final;";

// The part of `text` before `separator`, which is taken off it; all of it when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= metadata_key_max &&
         std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter < '\x7f' && letter != ','; });
}

// RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
std::size_t sequence_size(ByteView text) {
  const std::uint8_t first = text[0];
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t size = first >= 0xc2 && first <= 0xdf   ? 2
                           : first >= 0xe0 && first <= 0xef ? 3
                           : first >= 0xf0 && first <= 0xf4 ? 4
                                                            : 0;
  if (size == 0 || text.size() < size) return 0;
  for (const std::uint8_t byte : text.subspan(1, size - 1)) {
    if ((byte & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t second = text[1];
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : size;
}

// UTF-8 without NUL.
bool is_text(ByteView text) {
  while (!text.empty()) {
    const std::size_t size = sequence_size(text);
    if (size == 0) return false;
    text = text.subspan(size);
  }
  return true;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  Result<std::uint64_t> size = parse_decimal(text, size_max);
  if (!size.ok()) return fail(Errc::invalid, "Upload-Length and Upload-Offset are whole numbers of bytes");
  return size;
}

Result<void> parse_defer_length(std::string_view text) {
  if (text != "1") return fail(Errc::invalid, "Upload-Defer-Length must be 1");
  return {};
}

std::optional<std::string_view> Metadata::find(std::string_view key) const {
  const auto found = std::ranges::find(pairs, key, &Pair::key);
  return found == pairs.end() ? std::nullopt : std::optional<std::string_view>{found->value};
}

Result<Metadata> parse_metadata(std::string_view text) {
  Metadata out;
  if (text.size() > metadata_max) return fail(Errc::too_large, "Upload-Metadata is too long");
  if (text.ends_with(',')) return fail(Errc::invalid, "Upload-Metadata ends with a comma");
  while (!text.empty()) {
    std::string_view pair = take_until(text, ',');
    const std::string_view key = take_until(pair, ' ');
    if (!is_key(key)) return fail(Errc::invalid, "Upload-Metadata has a key that is none");
    if (out.find(key)) return fail(Errc::invalid, "Upload-Metadata has a key twice");
    const Result<Bytes> value = from_base64(pair);
    if (!value.ok()) return fail(Errc::invalid, "Upload-Metadata has a value that is not base64");
    if (!is_text(*value)) return fail(Errc::invalid, "Upload-Metadata has a value that is not UTF-8");
    if (out.pairs.size() == metadata_pairs_max) return fail(Errc::too_large, "Upload-Metadata has too many pairs");
    out.pairs.push_back({std::string{key}, std::string{as_text(*value)}});
  }
  return out;
}

Result<Checksum> parse_checksum(std::string_view text) {
  const std::string_view name = take_until(text, ' ');
  Checksum out;
  std::size_t size = 20;
  if (name == "sha256") {
    out.algorithm = Algorithm::sha256;
    size = 32;
  } else if (name != "sha1") {
    return fail(Errc::unsupported, "Upload-Checksum knows sha1 and sha256");
  }
  Result<Bytes> hash = from_base64(text);
  if (!hash.ok() || hash->size() != size)
    return fail(Errc::invalid, "Upload-Checksum must be an algorithm and the hash in base64");
  out.hash = std::move(*hash);
  return out;
}

Result<Concat> parse_concat(std::string_view text) {
  Concat out;
  if (text == "partial") return out;
  if (!text.starts_with(final_prefix)) return fail(Errc::invalid, "Upload-Concat must be partial or final;URL URL");
  text.remove_prefix(final_prefix.size());
  if (text.empty() || text.ends_with(' ')) return fail(Errc::invalid, "Upload-Concat names no upload");
  while (!text.empty()) {
    const std::uint64_t part = TRY(parse_upload_url(take_until(text, ' ')));
    if (std::ranges::find(out.parts, part) != out.parts.end())
      return fail(Errc::invalid, "Upload-Concat names an upload twice");
    if (out.parts.size() == parts_max)
      return fail(Errc::too_large, cat("at most ", parts_max, " uploads can be joined"));
    out.parts.push_back(part);
  }
  return out;
}

Result<std::uint64_t> parse_upload_url(std::string_view text) {
  const Error wrong = fail(Errc::invalid, "that is no URL of an upload here");
  if (text.starts_with(scheme)) {
    const std::size_t slash = text.find('/', scheme.size());
    if (slash == std::string_view::npos || slash == scheme.size()) return Error{wrong};
    text.remove_prefix(slash);
  }
  if (!text.starts_with(path)) return Error{wrong};
  const Result<std::uint64_t> upload = parse_decimal(text.substr(path.size()), size_max);
  if (!upload.ok() || *upload == 0) return Error{wrong};
  return *upload;
}

std::string upload_url(std::uint64_t upload) {
  return cat(path, upload);
}

}  // namespace bulkhead::tus
