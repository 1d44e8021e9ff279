#pragma once
// The kinds of ledger entries that the disclosure report and receipts need (docs/spec/ledger.md), decoded on their own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verify {

struct Release {
  std::uint64_t index = 0;
  std::int64_t time_ms = 0;
  std::string principal, username, tenant, session, connection, method;  // session: 16 bytes
  std::uint64_t file = 0;
  std::string folder, name;
  std::string sha256;  // 32 bytes
  std::uint64_t size = 0;
  unsigned purpose = 0;
};

struct SentBytes {
  std::uint64_t release = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;  // offset, length
  unsigned outcome = 0;
};

// A bucket of keys that was destroyed: what expired that day opens no more.
struct Destruction {
  std::uint64_t index = 0;
  std::int64_t time_ms = 0;
  std::string tenant;
  std::uint64_t day = 0;  // since 1970-01-01
};

struct Decoded {
  std::optional<Release> release;
  std::optional<Release> received;  // an upload has the same fields but for the purpose
  std::optional<SentBytes> sent;
  std::optional<Destruction> destroyed;
};

// Nothing in all for the other known kinds; nothing at all for a body that breaks the format.
std::optional<Decoded> decode(std::uint64_t index, std::string_view body);

}  // namespace verify
