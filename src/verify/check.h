#pragma once
// Recomputes a whole ledger copy from its log and compares it with checkpoint, tiles and entry bundles.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace verify {

struct Damage {
  std::optional<std::uint64_t> index;  // the first bad entry, where one can be named
  std::string what;
};

struct Head {
  std::string origin;
  std::uint64_t size = 0;
  std::string root;    // 32 bytes
  std::string signer;  // the verifier key that signed it
};

struct Summary {
  Head head;
  std::uint64_t entries = 0;  // in the log; those from head.size on are not signed yet
  std::uint64_t erased = 0;
  bool torn_tail = false;  // the copy ends inside a record: taken while it was written, or after a crash
};

// Nothing as `body` for an erased entry.
using Visit = std::function<void(std::uint64_t index, std::optional<std::string_view> body)>;

// The signed checkpoint of `directory` under the verifier key text `key`.
std::optional<Damage> read_head(const std::string& directory, const std::string& key, Head& head);
// The same of the text of a checkpoint.
std::optional<Damage> parse_head(std::string_view raw, const std::string& key, Head& head);
// Checks everything; `visit` sees each entry. The first damage, or nothing.
std::optional<Damage> check_ledger(const std::string& directory, const Head& head, const Visit& visit,
                                   Summary& summary);

// A whole file, at most `size_max` bytes; nothing when it cannot be read.
std::optional<std::string> read_whole(const std::string& path, std::size_t size_max);

}  // namespace verify
