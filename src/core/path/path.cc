#include "core/path/path.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/bytes.h"
#include "base/cat.h"

namespace bulkhead {
namespace {

// NFC never makes a text shorter than a third of its bytes, so no longer input can end within name_size_max.
constexpr std::size_t raw_name_size_max = 4 * name_size_max;

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }  // NOLINT(*no-malloc): the library allocated it
};

Error refuse(std::string_view rule) {
  return fail(Errc::invalid, cat("name: ", rule));
}

Result<std::string> to_nfc(std::string_view text) {
  utf8proc_uint8_t* raw = nullptr;
  const ByteView bytes = as_bytes(text);
  const utf8proc_ssize_t size = utf8proc_map(bytes.data(), static_cast<utf8proc_ssize_t>(bytes.size()), &raw,
                                             static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner{raw};
  if (size == UTF8PROC_ERROR_NOMEM) die("out of memory in normalisation");
  if (size < 0) return refuse("is not valid UTF-8");
  return to_text(ByteView{raw, static_cast<std::size_t>(size)});
}

bool is_blank(utf8proc_int32_t point) {
  return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS;
}

bool is_mark(utf8proc_int32_t point) {
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

// The rule that one character breaks, or an empty text.
std::string_view broken_rule(utf8proc_int32_t point) {
  switch (static_cast<int>(utf8proc_category(point))) {
    case UTF8PROC_CATEGORY_CC:
      return "holds a control character";
    case UTF8PROC_CATEGORY_CF:
      return "holds an invisible formatting character";
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return "holds a line or paragraph separator";
    case UTF8PROC_CATEGORY_CN:
      return "holds an unassigned character";
    case UTF8PROC_CATEGORY_CO:
      return "holds a private-use character";
    case UTF8PROC_CATEGORY_CS:
      return "holds half of a surrogate pair";
    default:
      break;  // letters, marks, digits, punctuation, symbols and spaces
  }
  if (point == '/' || point == '\\') return "holds a slash or backslash";
  constexpr utf8proc_int32_t braille_blank = 0x2800;
  if (utf8proc_get_property(point)->ignorable != 0 || point == braille_blank) return "holds an invisible character";
  return {};
}

Result<std::vector<utf8proc_int32_t>> points_of(std::string_view text) {
  std::vector<utf8proc_int32_t> points;
  ByteView rest = as_bytes(text);
  while (!rest.empty()) {
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t size = utf8proc_iterate(rest.data(), static_cast<utf8proc_ssize_t>(rest.size()), &point);
    if (size <= 0) return refuse("is not valid UTF-8");
    points.push_back(point);
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  return points;
}

}  // namespace

Result<Name> Name::parse(std::string_view text) {
  if (text.empty()) return refuse("is empty");
  if (text.size() > raw_name_size_max) return fail(Errc::too_large, "name: is longer than 255 bytes");
  std::string normal = TRY(to_nfc(text));
  if (normal.size() > name_size_max) return fail(Errc::too_large, "name: is longer than 255 bytes");

  // On the normal form, since normalisation may make another character.
  const std::vector<utf8proc_int32_t> points = TRY(points_of(normal));
  for (const utf8proc_int32_t point : points) {
    if (const std::string_view rule = broken_rule(point); !rule.empty()) return refuse(rule);
  }
  if (is_blank(points.front()) || is_blank(points.back())) return refuse("begins or ends with a space");
  if (is_mark(points.front())) return refuse("begins with a combining mark");
  if (normal.find_first_not_of('.') == std::string::npos) return refuse("is made of dots only");
  if (normal.starts_with("@!")) return refuse("begins with @!");
  return Name{std::move(normal)};
}

Result<RemotePath> RemotePath::parse(std::string_view text) {
  if (!text.starts_with('/')) return fail(Errc::invalid, "path: does not begin with a slash");
  RemotePath path;
  if (text == "/") return path;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('/'), text.size());
    const Name name = TRY(Name::parse(text.substr(0, end)));
    TRY(path.append(name));
    text.remove_prefix(end);
  }
  return path;
}

std::string RemotePath::print() const {
  if (is_root()) return "/";
  std::string text;
  text.reserve(size_);
  for (const Name& name : names_) {
    text += '/';
    text += name.text();
  }
  return text;
}

const Name& RemotePath::name() const {
  ENSURE(!is_root());
  return names_.back();
}

RemotePath RemotePath::parent() const {
  RemotePath above = *this;
  if (is_root()) return above;
  above.size_ -= 1 + above.names_.back().text().size();
  above.names_.pop_back();
  return above;
}

Result<void> RemotePath::append(const Name& name) {
  const std::size_t size = size_ + 1 + name.text().size();
  if (names_.size() == path_depth_max) return fail(Errc::too_large, "path: is deeper than 64 folders");
  if (size > path_size_max) return fail(Errc::too_large, "path: is longer than 4096 bytes");
  names_.push_back(name);
  size_ = size;
  return {};
}

Result<RemotePath> RemotePath::child(const Name& name) const {
  RemotePath path = *this;
  TRY(path.append(name));
  return path;
}

Result<RemotePath> RemotePath::concat(const RemotePath& below) const {
  RemotePath path = *this;
  for (const Name& name : below.names_) TRY(path.append(name));
  return path;
}

bool RemotePath::is_within(const RemotePath& folder) const {
  return folder.names_.size() <= names_.size() &&
         std::equal(folder.names_.begin(), folder.names_.end(), names_.begin());
}

}  // namespace bulkhead
