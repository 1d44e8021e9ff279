#include "core/foreign_hash/foreign_hash.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::foreign_hash {
namespace {

constexpr std::uint32_t sha_rounds_min = 1'000;  // below it crypt(3) counts as many all the same
constexpr std::size_t sha_salt_size_max = 16;

bool is_crypt_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
  });
}

Error malformed(std::string_view name) {
  return fail(Errc::invalid, cat("the ", name, " hash is damaged"));
}

// "$a$b" is "a" and "b".
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (text.starts_with('$')) {
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('$'), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

Result<std::uint32_t> number(std::string_view text, std::string_view name) {
  const Result<std::uint64_t> value = parse_decimal(text, UINT32_MAX);
  if (!value.ok()) return malformed(name);
  return static_cast<std::uint32_t>(*value);
}

Result<void> need_rounds(std::uint32_t rounds, std::string_view name) {
  if (rounds <= rounds_max) return {};
  return fail(Errc::too_large, cat(name, " with more than ", rounds_max, " rounds would stall sign-ons"));
}

// "$2b$10$" and 53 characters: 22 of salt, 31 of hash.
Result<Hash> parse_bcrypt(std::string_view text) {
  constexpr std::string_view name = "bcrypt";
  const std::vector<std::string_view> parts = parts_of(text);
  if (parts.size() != 3 || parts[1].size() != 2 || parts[2].size() != 53 || !is_crypt_text(parts[2])) {
    return malformed(name);
  }
  const std::uint32_t cost = TRY(number(parts[1].substr(parts[1].starts_with('0') ? 1 : 0), name));
  if (cost < 4) return malformed(name);
  if (cost > bcrypt_cost_max) {
    return fail(Errc::too_large, cat("bcrypt with a cost above ", bcrypt_cost_max, " would stall sign-ons"));
  }
  Hash hash;
  hash.name = name;
  return hash;
}

// "$6$", perhaps "rounds=N$", salt, "$", hash.
Result<Hash> parse_sha_crypt(std::string_view text, std::string_view name, std::size_t hash_size) {
  std::vector<std::string_view> parts = parts_of(text);
  constexpr std::string_view rounds_word = "rounds=";
  if (parts.size() == 4 && parts[1].starts_with(rounds_word)) {
    const std::uint32_t rounds = TRY(number(parts[1].substr(rounds_word.size()), name));
    if (rounds < sha_rounds_min) return malformed(name);
    TRY(need_rounds(rounds, name));
    parts.erase(parts.begin() + 1);
  }
  if (parts.size() != 3 || parts[1].size() > sha_salt_size_max || !is_crypt_text(parts[1]) ||
      parts[2].size() != hash_size || !is_crypt_text(parts[2])) {
    return malformed(name);
  }
  Hash hash;
  hash.name = name;
  return hash;
}

// "$y$", parameters, "$", salt, "$", hash. The parameters are those that crypt_gensalt(3) writes for costs 1 to 7.
Result<Hash> parse_yescrypt(std::string_view text) {
  constexpr std::string_view name = "yescrypt";
  constexpr std::array<std::string_view, 7> known{"j75", "j85", "j7T", "j8T", "j9T", "jAT", "jBT"};
  const std::vector<std::string_view> parts = parts_of(text);
  if (parts.size() != 4 || parts[2].empty() || parts[2].size() > 86 || !is_crypt_text(parts[2]) ||
      parts[3].size() != 43 || !is_crypt_text(parts[3])) {
    return malformed(name);
  }
  if (std::ranges::find(known, parts[1]) == known.end()) {
    return fail(Errc::too_large, "yescrypt with a cost above 7, or unusual parameters, would stall sign-ons");
  }
  Hash hash;
  hash.name = name;
  return hash;
}

Result<Bytes> unpadded_base64(std::string_view text, std::string_view name) {
  std::string padded{text};
  while (padded.size() % 4 != 0) padded.push_back('=');
  Result<Bytes> bytes = from_base64(padded);
  if (!bytes.ok()) return malformed(name);
  return bytes;
}

Result<Hash> checked_tag(Hash hash) {
  const bool fits = !hash.salt.empty() && hash.salt.size() <= salt_size_max && hash.tag.size() >= tag_size_min &&
                    hash.tag.size() <= tag_size_max;
  if (!fits) return malformed(hash.name);
  return hash;
}

// "$argon2id$v=19$m=65536,t=1,p=2$salt$tag", base64 without padding (the reference implementation's encoding).
Result<Hash> parse_argon2id(std::string_view text) {
  Hash hash;
  hash.scheme = Scheme::argon2id;
  hash.name = "argon2id";
  const std::vector<std::string_view> parts = parts_of(text);
  if (parts.size() != 5 || parts[1] != "v=19") return malformed(hash.name);
  std::string_view costs = parts[2];
  const auto take = [&](std::string_view word, bool last) -> Result<std::uint32_t> {
    const std::size_t end = last ? costs.size() : costs.find(',');
    if (!costs.starts_with(word) || end == std::string_view::npos) return malformed(hash.name);
    const std::string_view digits = costs.substr(word.size(), end - word.size());
    costs.remove_prefix(std::min(end + 1, costs.size()));
    return number(digits, hash.name);
  };
  hash.memory_kib = TRY(take("m=", false));
  hash.rounds = TRY(take("t=", false));
  hash.lanes = TRY(take("p=", true));
  if (hash.memory_kib > memory_kib_max || hash.rounds > passes_max || hash.lanes > lanes_max) {
    return fail(Errc::too_large, cat("argon2id with more than ", memory_kib_max / 1'024, " MiB, ", passes_max,
                                     " passes or ", lanes_max, " lanes would stall sign-ons"));
  }
  if (hash.rounds < 1 || hash.lanes < 1 || hash.memory_kib < 8 * hash.lanes) return malformed(hash.name);
  hash.salt = TRY(unpadded_base64(parts[3], hash.name));
  hash.tag = TRY(unpadded_base64(parts[4], hash.name));
  if (hash.salt.size() < 8) return malformed(hash.name);  // RFC 9106 section 3.1
  return checked_tag(std::move(hash));
}

// "$pbkdf2-sha256$rounds$salt$tag": the tag in base64; the salt as it stands, or with b64salt in base64.
Result<Hash> parse_pbkdf2(std::string_view text, Scheme scheme, bool salt_in_base64) {
  Hash hash;
  hash.scheme = scheme;
  hash.name = scheme == Scheme::pbkdf2_sha256 ? "PBKDF2-SHA256" : "PBKDF2-SHA512";
  const std::vector<std::string_view> parts = parts_of(text);
  if (parts.size() != 4) return malformed(hash.name);
  hash.rounds = TRY(number(parts[1], hash.name));
  if (hash.rounds < 1) return malformed(hash.name);
  TRY(need_rounds(hash.rounds, hash.name));
  hash.salt = to_bytes(parts[2]);
  if (salt_in_base64) hash.salt = TRY(unpadded_base64(parts[2], hash.name));
  hash.tag = TRY(unpadded_base64(parts[3], hash.name));
  return checked_tag(std::move(hash));
}

Error weak(std::string_view name) {
  return fail(Errc::unsupported, cat(name, " is too weak to be taken over"));
}

struct Weak {
  std::string_view prefix;
  std::string_view name;
};
constexpr std::array weak_ones{Weak{"$1$", "md5crypt"},
                               Weak{"$apr1$", "Apache's md5crypt"},
                               Weak{"{MD5}", "a plain MD5"},
                               Weak{"{SHA256}", "a plain SHA-256"},
                               Weak{"{SHA512}", "a plain SHA-512"},
                               Weak{"$pbkdf2-sha1$", "PBKDF2 with SHA-1"},
                               Weak{"{SSHA}", "a salted SHA-1"}};

}  // namespace

Result<Hash> parse(std::string_view text) {
  if (text.size() > text_size_max) return fail(Errc::too_large, cat("a hash of more than ", text_size_max, " bytes"));
  if (text.find('\0') != std::string_view::npos) return malformed("password");
  for (const std::string_view prefix : {"$2a$", "$2b$", "$2y$"}) {
    if (text.starts_with(prefix)) return parse_bcrypt(text);
  }
  if (text.starts_with("$5$")) return parse_sha_crypt(text, "sha256-crypt", 43);
  if (text.starts_with("$6$")) return parse_sha_crypt(text, "sha512-crypt", 86);
  if (text.starts_with("$y$")) return parse_yescrypt(text);
  if (text.starts_with("$argon2id$")) return parse_argon2id(text);
  if (text.starts_with("$pbkdf2-sha256$")) return parse_pbkdf2(text, Scheme::pbkdf2_sha256, false);
  if (text.starts_with("$pbkdf2-sha512$")) return parse_pbkdf2(text, Scheme::pbkdf2_sha512, false);
  if (text.starts_with("$pbkdf2-b64salt-sha256$")) return parse_pbkdf2(text, Scheme::pbkdf2_sha256, true);
  for (const Weak& one : weak_ones) {
    if (text.starts_with(one.prefix)) return weak(one.name);
  }
  return fail(Errc::unsupported, "a hash of an unknown kind is not taken over");
}

}  // namespace bulkhead::foreign_hash
