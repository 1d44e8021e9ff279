#include "verify/proof.h"

#include <charconv>
#include <vector>

#include "verify/digest.h"

namespace verify {
namespace {

constexpr std::size_t salt_size = 32;
constexpr std::size_t body_size_max = 4096;
constexpr std::size_t hashes_max = 64;

std::optional<Damage> bad_proof(std::string what) {
  return Damage{std::nullopt, "proof: " + what};
}

// The next line without its end; nothing when there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
  const std::optional<std::string_view> line = take_line(text);
  if (!line || !line->starts_with(name)) return std::nullopt;
  return line->substr(name.size());
}

Hash hash_of(std::string_view bytes) {
  Hash hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<unsigned char>(bytes[i]);
  return hash;
}

// RFC 9162 section 2.1.3.2. Nothing when the path has a wrong length.
std::optional<Hash> root_from(Hash hash, std::uint64_t index, std::uint64_t size, const std::vector<Hash>& path) {
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  for (const Hash& sibling : path) {
    if (last == 0) return std::nullopt;
    if (node % 2 == 1 || node == last) {
      hash = sha256({"\x01", view(sibling), view(hash)});
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      hash = sha256({"\x01", view(hash), view(sibling)});
    }
    node /= 2;
    last /= 2;
  }
  return last == 0 ? std::optional{hash} : std::nullopt;
}

}  // namespace

std::optional<Damage> check_proof(std::string_view file, const std::string& key, Proven& out) {
  if (take_line(file) != "c2sp.org/tlog-proof@v1") return bad_proof("not a file of the form c2sp.org/tlog-proof@v1");
  const auto extra = take_field(file, "extra ");
  const std::optional<std::string> salted = extra ? unbase64(*extra) : std::nullopt;
  if (!salted || salted->size() <= salt_size || salted->size() > salt_size + body_size_max) {
    return bad_proof("its extra line does not hold salt and body of an entry");
  }
  const auto number = take_field(file, "index ");
  if (!number) return bad_proof("no index");
  const auto parsed = std::from_chars(number->data(), number->data() + number->size(), out.index);
  if (parsed.ec != std::errc{} || std::to_string(out.index) != *number)
    return bad_proof("the index is no decimal number");
  std::vector<Hash> path;
  for (auto line = take_line(file); !line || !line->empty(); line = take_line(file)) {
    const std::optional<std::string> hash = line ? unbase64(*line) : std::nullopt;
    if (!hash || hash->size() != sizeof(Hash) || path.size() == hashes_max) return bad_proof("a line of it is no hash");
    path.push_back(hash_of(*hash));
  }
  if (auto damage = parse_head(file, key, out.head)) return damage;
  if (out.index >= out.head.size) return bad_proof("the checkpoint does not cover this index");

  const std::string_view body = std::string_view{*salted}.substr(salt_size);
  const Hash commitment = sha256({"bulkhead ledger commitment v1", *salted});
  const Hash leaf = sha256({std::string_view{"\0\x01", 2}, view(commitment)});
  const std::optional<Hash> root = root_from(leaf, out.index, out.head.size, path);
  if (!root || view(*root) != out.head.root)
    return Damage{out.index, "proof: it does not lead to the root of the checkpoint"};
  out.body = std::string{body};
  return std::nullopt;
}

}  // namespace verify
