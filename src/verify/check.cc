#include "verify/check.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "verify/digest.h"

namespace verify {
namespace {

constexpr std::uint64_t segment_entries = 65'536;
constexpr std::size_t head_size = 48;
constexpr std::size_t salt_size = 32;
constexpr std::size_t body_size_max = 4096;
constexpr std::size_t segment_size_max = segment_entries * (head_size + salt_size + body_size_max);

std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t out = 0;
  for (char letter : bytes.substr(offset, size)) out = (out << 8U) | static_cast<unsigned char>(letter);
  return out;
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Line by line; nothing at the end or for a line that does not end.
std::optional<std::string_view> next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

struct Key {
  std::string name;
  std::string id;          // 4 bytes
  std::string public_key;  // 32 bytes
};

// C2SP signed-note: name+hex(id)+base64(0x01 || key), where id is the start of SHA-256(name || "\n" || 0x01 || key).
std::optional<Key> parse_key(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (first == 0 || second == std::string_view::npos) return std::nullopt;
  const std::optional<std::string> typed = unbase64(text.substr(second + 1));
  if (!typed || typed->size() != 33 || typed->front() != '\x01') return std::nullopt;
  Key key{std::string{text.substr(0, first)}, {}, typed->substr(1)};
  key.id = std::string{view(sha256({key.name, "\n", *typed}))}.substr(0, 4);
  if (hex(key.id) != text.substr(first + 1, second - first - 1)) return std::nullopt;
  return key;
}

std::optional<Damage> bad_head(std::string what) {
  return Damage{std::nullopt, "checkpoint: " + what};
}

// Walks the tiles of one level after the other while leaves arrive, and the entry bundles beside level 0.
class TileCheck {
 public:
  TileCheck(std::string directory, std::uint64_t size) : directory_{std::move(directory)}, size_{size} {}

  std::optional<Damage> add(std::uint64_t index, const std::string& entry, const Hash& leaf) {
    bundle_ += std::string{'\0', static_cast<char>(entry.size())} + entry;
    std::optional<Damage> damage = push(0, leaf);
    if (!damage && (index + 1) % 256 == 0) damage = compare_bundle(index / 256, 256);
    return damage;
  }
  std::optional<Damage> finish() {
    std::optional<Damage> damage;
    for (std::size_t level = 0; level < levels_.size() && !damage; ++level) {
      if (!levels_[level].bytes.empty()) damage = compare(level, levels_[level].count / 256, levels_[level].bytes);
    }
    if (!damage && size_ % 256 != 0) damage = compare_bundle(size_ / 256, static_cast<unsigned>(size_ % 256));
    return damage;
  }

 private:
  struct Level {
    std::uint64_t count = 0;
    std::string bytes;
    RootOf root;
  };

  std::optional<Damage> push(std::size_t level, const Hash& hash) {
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].bytes += view(hash);
    levels_[level].root.add(hash);
    if (++levels_[level].count % 256 != 0) return std::nullopt;
    const std::string full = std::move(levels_[level].bytes);
    const Hash above = levels_[level].root.value();
    levels_[level].bytes.clear();
    levels_[level].root = RootOf{};
    if (auto damage = compare(level, levels_[level].count / 256 - 1, full)) return damage;
    return push(level + 1, above);
  }

  std::string path(const std::string& kind, std::uint64_t index, std::size_t width) const {
    char digits[8];
    std::snprintf(digits, sizeof digits, "%03u", static_cast<unsigned>(index % 1000));
    std::string name = digits;
    for (index /= 1000; index != 0; index /= 1000) {
      std::snprintf(digits, sizeof digits, "x%03u", static_cast<unsigned>(index % 1000));
      name = std::string{digits} + "/" + name;
    }
    return "tile/" + kind + "/" + name + (width < 256 ? ".p/" + std::to_string(width) : "");
  }

  std::optional<Damage> compare(std::size_t level, std::uint64_t index, const std::string& expected) const {
    const std::string name = path(std::to_string(level), index, expected.size() / 32);
    const std::optional<std::string> found = read_whole(directory_ + "/" + name, 8192);
    if (found == expected) return std::nullopt;
    const auto differs = static_cast<std::uint64_t>(found ? first_difference(*found, expected) / 32 : 0);
    return Damage{(index * 256 + differs) << (8 * level),
                  name + (found ? ": does not match the log" : ": missing or too long")};
  }

  std::optional<Damage> compare_bundle(std::uint64_t index, unsigned width) {
    const std::string name = path("entries", index, width);
    const std::optional<std::string> found = read_whole(directory_ + "/" + name, 256 * 35);
    const std::string expected = std::move(bundle_);
    bundle_.clear();
    if (found == expected) return std::nullopt;
    const auto differs = static_cast<std::uint64_t>(found ? first_difference(*found, expected) / 35 : 0);
    return Damage{index * 256 + differs, name + (found ? ": does not match the log" : ": missing or too long")};
  }

  // Capped so that a file with bytes too many names the last entry.
  static std::size_t first_difference(const std::string& left, const std::string& right) {
    const auto [at, unused] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    return std::min(static_cast<std::size_t>(at - left.begin()), right.size() - 1);
  }

  std::string directory_;
  std::uint64_t size_;
  std::string bundle_;
  std::vector<Level> levels_;
};

// One pass over the log: each record, the root, the tiles.
class LogCheck {
 public:
  LogCheck(const std::string& directory, const Head& head, const Visit& visit, Summary& summary)
      : head_{head}, visit_{visit}, summary_{summary}, tiles_{directory, head.size} {}

  std::optional<Damage> segment(std::string_view bytes) {
    std::size_t offset = 0;
    const std::uint64_t end = (summary_.entries / segment_entries + 1) * segment_entries;
    while (offset < bytes.size()) {
      if (summary_.entries == end) return here("bytes after the last record of a full segment");
      std::size_t size = 0;
      std::string wrong = record(bytes.substr(offset), size);
      if (!wrong.empty()) {
        if (summary_.entries < head_.size || !is_torn(bytes, offset)) return here(wrong);
        summary_.torn_tail = true;
        return std::nullopt;
      }
      if (damage_) return damage_;
      offset += size;
    }
    return std::nullopt;
  }

  std::optional<Damage> finish() {
    if (summary_.entries < head_.size)
      return here("missing, though the checkpoint covers " + std::to_string(head_.size) + " entries");
    if (auto damage = tiles_.finish()) return damage;
    if (view(root_.value()) != head_.root) {
      return Damage{std::nullopt,
                    "the log, the tiles and the entry bundles agree, but not with the root of the checkpoint: all were "
                    "rewritten, or this is the checkpoint of another time"};
    }
    return std::nullopt;
  }

  std::optional<Damage> here(const std::string& what) const { return Damage{summary_.entries, what}; }

 private:
  // What is wrong with the record at the start of `rest`, or "" after taking it.
  std::string record(std::string_view rest, std::size_t& size) {
    if (rest.size() < head_size) return "cut short";
    if (crc32(rest.substr(0, 44)) != number_at(rest, 44, 4)) return "the head of the record does not match its CRC";
    const auto body_size = static_cast<std::size_t>(number_at(rest, 0, 4));
    if (body_size == 0 || body_size > body_size_max) return "the size of the record is over the limit";
    if (number_at(rest, 4, 8) != summary_.entries) return "a record with another index lies here";
    size = head_size + salt_size + body_size;
    if (rest.size() < size) return "cut short";
    const std::string_view commitment = rest.substr(12, 32);
    const std::string_view salt = rest.substr(head_size, salt_size);
    const std::string_view body = rest.substr(head_size + salt_size, body_size);
    const bool erased = all_zero(salt) && all_zero(body);
    if (!erased && view(sha256({"bulkhead ledger commitment v1", salt, body})) != commitment) {
      return "salt and body do not match the commitment";
    }
    if (summary_.entries < head_.size) {
      const std::string entry = "\x01" + std::string{commitment};
      const Hash leaf = sha256({std::string_view{"\0", 1}, entry});
      root_.add(leaf);
      damage_ = tiles_.add(summary_.entries, entry, leaf);
    }
    visit_(summary_.entries, erased ? std::nullopt : std::optional{body});
    summary_.erased += erased ? 1 : 0;
    ++summary_.entries;
    return "";
  }

  // docs/spec/ledger.md: a record that ends with the file, or zeros from a 512-byte border inside it to the end.
  static bool is_torn(std::string_view bytes, std::size_t offset) {
    const std::string_view rest = bytes.substr(offset);
    const std::size_t last = rest.find_last_not_of('\0');
    const std::size_t zeros_from = last == std::string_view::npos ? 0 : last + 1;
    if (zeros_from == 0) return true;
    const std::size_t border = (offset + zeros_from + 511) / 512 * 512;
    if (border < std::min(bytes.size(), offset + head_size + salt_size + body_size_max)) return true;
    if (rest.size() < head_size) return true;
    return crc32(rest.substr(0, 44)) == number_at(rest, 44, 4) &&
           rest.size() < head_size + salt_size + number_at(rest, 0, 4) && number_at(rest, 0, 4) <= body_size_max;
  }

  const Head& head_;
  const Visit& visit_;
  Summary& summary_;
  TileCheck tiles_;
  RootOf root_;
  std::optional<Damage> damage_;
};

std::string segment_path(const std::string& directory, std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "/log/%09llu.log", static_cast<unsigned long long>(number));
  return directory + name;
}

}  // namespace

std::optional<std::string> read_whole(const std::string& path, std::size_t size_max) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > size_max) return std::nullopt;
  std::ifstream file{path, std::ios::binary};
  std::string out(static_cast<std::size_t>(size), '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (!file) return std::nullopt;
  return out;
}

std::optional<Damage> read_head(const std::string& directory, const std::string& key_text, Head& head) {
  const std::optional<std::string> raw = read_whole(directory + "/checkpoint", 256 * 1024);
  if (!raw) return bad_head("cannot be read; give the directory that holds checkpoint, log/ and tile/");
  return parse_head(*raw, key_text, head);
}

std::optional<Damage> parse_head(std::string_view raw, const std::string& key_text, Head& head) {
  const std::optional<Key> key = parse_key(key_text);
  if (!key) return bad_head("the verifier key is not of the form name+id+base64 with an Ed25519 key; copy it whole");
  const std::size_t split = raw.rfind("\n\n");
  if (split == std::string_view::npos) return bad_head("no signature");
  const std::string_view text = raw.substr(0, split + 1);
  std::string_view lines = raw.substr(split + 2);
  bool is_signed = false;
  while (const auto line = next_line(lines)) {
    const std::string start = "\xe2\x80\x94 " + key->name + " ";
    if (!line->starts_with(start)) continue;
    const std::optional<std::string> blob = unbase64(line->substr(start.size()));
    if (!blob || !blob->starts_with(key->id)) continue;
    if (!ed25519_is_right(key->public_key, text, std::string_view{*blob}.substr(4)))
      return bad_head("the signature is wrong");
    is_signed = true;
  }
  if (!is_signed || !lines.empty()) return bad_head("not signed by " + key->name + "; is this the key of this ledger?");
  std::string_view body = text;
  const auto origin = next_line(body);
  const auto size = next_line(body);
  const auto root = next_line(body);
  const std::optional<std::string> root_bytes = root ? unbase64(*root) : std::nullopt;
  if (!root_bytes || root_bytes->size() != 32 || !body.empty()) return bad_head("it is not origin, size and root");
  const auto parsed = std::from_chars(size->data(), size->data() + size->size(), head.size);
  if (parsed.ec != std::errc{} || std::to_string(head.size) != *size) return bad_head("the size is no decimal number");
  if (*origin != key->name) return bad_head("its origin is not the name of the key");
  head.origin = *origin;
  head.root = *root_bytes;
  head.signer = key_text;
  return std::nullopt;
}

std::optional<Damage> check_ledger(const std::string& directory, const Head& head, const Visit& visit,
                                   Summary& summary) {
  summary.head = head;
  LogCheck check{directory, head, visit, summary};
  for (std::uint64_t number = 0;; ++number) {
    const std::string path = segment_path(directory, number);
    const bool more = std::filesystem::exists(segment_path(directory, number + 1));
    if (!std::filesystem::exists(path)) {
      if (more) return check.here("its log segment is missing, though a later one exists");
      break;
    }
    const std::optional<std::string> bytes = read_whole(path, segment_size_max);
    if (!bytes) return check.here(path + " cannot be read");
    if (auto damage = check.segment(*bytes)) return damage;
    if (more && summary.entries != (number + 1) * segment_entries)
      return check.here("missing, though a later segment exists");
    if (!more) break;
  }
  return check.finish();
}

}  // namespace verify
