#pragma once
// What one ledger entry says: the body, before it is salted and committed to. Pure. Spec: docs/spec/ledger.md.
//   u8 version = 1 | u8 kind | u64 time in milliseconds since 1970 | the fields of the kind in the order below
// A text is a u32 length and bytes: data from outside, not always UTF-8. Kinds and purposes are never renumbered.
#include <array>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/ledger/tree.h"

namespace bulkhead::ledger {

inline constexpr std::size_t name_size_max = 256;     // user, tenant, connection, method, file name
inline constexpr std::size_t path_size_max = 1024;    // folder
inline constexpr std::size_t detail_size_max = 2048;  // free text
inline constexpr std::size_t ranges_max = 200;        // of one `sent`; a porter with more writes several entries

using SessionId = std::array<std::uint8_t, 16>;

// Who did it, over which connection ("192.0.2.7 #18"), signed on by which method ("password", "token").
struct Who {
  std::string principal;  // id: a user name may be given to another person later
  std::string username;
  std::string tenant;
  SessionId session{};
  std::string connection;
  std::string method;
  static auto fields(auto& m, auto&& f) {
    return f(m.principal, m.username, m.tenant, m.session, m.connection, m.method);
  }
  bool operator==(const Who&) const = default;
};

enum class Purpose : std::uint8_t {
  download = 1,
  digest = 2,  // a hash was computed inside; no content left the server
  edit = 3,    // the content became the start of a new version; nothing left the server
  copy = 4,    // the content became another file; nothing left the server
};
inline constexpr Purpose purpose_max = Purpose::copy;
enum class Outcome : std::uint8_t { complete = 1, cut = 2, failed = 3 };
inline constexpr Outcome outcome_max = Outcome::failed;

// A file key was given out. Durable before the key leaves the vault.
struct Released {
  static constexpr std::uint8_t kind = 1;
  Who who;
  std::uint64_t file = 0;
  std::string folder;  // where it stood then
  std::string name;
  Digest sha256{};
  std::uint64_t size = 0;
  Purpose purpose = Purpose::download;
  Digest wrapped_key_hash{};
  static auto fields(auto& m, auto&& f) {
    return f(m.who, m.file, m.folder, m.name, m.sha256, m.size, m.purpose, m.wrapped_key_hash);
  }
  bool operator==(const Released&) const = default;
};
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  static auto fields(auto& m, auto&& f) { return f(m.offset, m.length); }
  bool operator==(const ByteRange&) const = default;
};
// The bytes of a release that really went out.
struct Sent {
  static constexpr std::uint8_t kind = 2;
  std::uint64_t release = 0;  // the index of the Released entry
  std::vector<ByteRange> ranges;
  Outcome outcome = Outcome::complete;
  static auto fields(auto& m, auto&& f) { return f(m.release, m.ranges, m.outcome); }
  bool operator==(const Sent&) const = default;
};
struct Received {
  static constexpr std::uint8_t kind = 3;
  Who who;
  std::uint64_t file = 0;
  std::string folder;
  std::string name;
  Digest sha256{};
  std::uint64_t size = 0;
  static auto fields(auto& m, auto&& f) { return f(m.who, m.file, m.folder, m.name, m.sha256, m.size); }
  bool operator==(const Received&) const = default;
};
// A process asked what it may not ask, or crashed.
struct Violation {
  static constexpr std::uint8_t kind = 4;
  std::string process;
  std::string connection;
  std::string what;
  static auto fields(auto& m, auto&& f) { return f(m.process, m.connection, m.what); }
  bool operator==(const Violation&) const = default;
};
struct Started {
  static constexpr std::uint8_t kind = 5;
  std::string version;
  static auto fields(auto& m, auto&& f) { return f(m.version); }
  bool operator==(const Started&) const = default;
};

// A bucket of keys is destroyed from here on, at the next start if need be: what expired that day opens no more.
struct Destroyed {
  static constexpr std::uint8_t kind = 6;
  std::string tenant;
  std::uint64_t expiry_day = 0;  // since 1970-01-01
  static auto fields(auto& m, auto&& f) { return f(m.tenant, m.expiry_day); }
  bool operator==(const Destroyed&) const = default;
};

using Event = std::variant<Released, Sent, Received, Violation, Started, Destroyed>;
struct Entry {
  UnixMs time = 0;  // not negative
  Event event;
  bool operator==(const Entry&) const = default;
};

// The body. Errc::too_large when a field is over its limit or the whole over body_size_max.
Result<Bytes> encode_entry(const Entry& entry);
// Strict: the whole input, known version, kind and values, every limit kept; encode_entry gives back the same bytes.
Result<Entry> decode_entry(ByteView body);

}  // namespace bulkhead::ledger
