#pragma once
// SFTP version 3 (draft-ietf-secsh-filexfer-02) with the extensions of OpenSSH (its PROTOCOL file, section 4) and of
// draft-ietf-secsh-filexfer-extensions-00: requests as values. Pure. Spec: docs/spec/sftp.md.
//
// Texts are views into the packet: good as long as it is. A request that breaks its grammar is no Error but Malformed,
// since the stream goes on behind it; what is not known, or not done here, is Unsupported.
#include <array>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::sftp {

inline constexpr std::uint32_t protocol_version = 3;
inline constexpr std::uint32_t packet_size_max = 262'144;  // bytes, without the length field
inline constexpr std::uint32_t data_size_max = 261'120;    // bytes of one READ or WRITE
inline constexpr std::size_t path_text_max = 8'192;        // bytes as sent; core/path is narrower
inline constexpr std::size_t handle_text_max = 256;        // bytes: section 6.2
inline constexpr std::size_t ids_max = 4'096;              // in one users-groups-by-id request, of each kind

enum class Type : std::uint8_t {
  init = 1,
  version = 2,
  open = 3,
  close = 4,
  read = 5,
  write = 6,
  lstat = 7,
  fstat = 8,
  setstat = 9,
  fsetstat = 10,
  opendir = 11,
  readdir = 12,
  remove = 13,
  mkdir = 14,
  rmdir = 15,
  realpath = 16,
  stat = 17,
  rename = 18,
  readlink = 19,
  symlink = 20,
  status = 101,
  handle = 102,
  data = 103,
  name = 104,
  attrs = 105,
  extended = 200,
  extended_reply = 201,
};

// Section 5. Absent fields were not sent, or are not sent. In a request, extended pairs are skipped.
struct Attributes {
  std::optional<std::uint64_t> size;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> ids;    // uid, gid
  std::optional<std::uint32_t> permissions;                      // POSIX st_mode
  std::optional<std::pair<std::uint32_t, std::uint32_t>> times;  // access, modification: seconds since 1970
};

// Section 6.3.
struct OpenFlags {
  bool read = false;
  bool write = false;
  bool append = false;
  bool create = false;
  bool truncate = false;
  bool exclusive = false;
};

struct Init {
  std::uint32_t version;
};
struct Open {
  std::string_view path;
  OpenFlags flags;
  Attributes attributes;
};
struct Close {
  ByteView handle;
};
struct Read {
  ByteView handle;
  std::uint64_t offset;
  std::uint32_t size;
};
// Stat and lstat are one: there are no links.
struct Stat {
  std::string_view path;
};
struct FStat {
  ByteView handle;
};
struct SetStat {
  std::string_view path;
  Attributes attributes;
};
struct FSetStat {
  ByteView handle;
  Attributes attributes;
};
struct OpenDir {
  std::string_view path;
};
struct ReadDir {
  ByteView handle;
};
struct Remove {
  std::string_view path;
};
struct MakeDir {
  std::string_view path;
};
struct RemoveDir {
  std::string_view path;
};
// realpath, and expand-path@openssh.com.
struct RealPath {
  std::string_view path;
};
struct Rename {
  std::string_view from;
  std::string_view to;
  bool replace;  // posix-rename@openssh.com
};
struct ReadLink {
  std::string_view path;
};
struct StatVfs {
  std::string_view path;
};
struct FStatVfs {
  ByteView handle;
};
struct FSync {
  ByteView handle;
};
struct Limits {};
struct CopyData {
  ByteView from;
  std::uint64_t from_offset;
  std::uint64_t size;  // 0: up to the end
  ByteView to;
  std::uint64_t to_offset;
};
struct HomeDirectory {
  std::string_view user;
};
struct UsersGroups {
  std::vector<std::uint32_t> users;
  std::vector<std::uint32_t> groups;
};
struct CheckFile {
  std::variant<ByteView, std::string_view> file;  // a handle or a path
  std::string_view algorithms;                    // names with commas between, the best first
  std::uint64_t offset;
  std::uint64_t size;        // 0: up to the end
  std::uint32_t block_size;  // 0: one hash of all
};
struct SpaceAvailable {
  std::string_view path;
};
// vendor-id: who the client is, by its own words.
struct Vendor {
  std::string_view product;
  std::string_view product_version;
};
struct Unsupported {
  std::string_view what;
};
struct Malformed {
  Error error;
};

using Body = std::variant<Init, Open, Close, Read, Stat, FStat, SetStat, FSetStat, OpenDir, ReadDir, Remove, MakeDir,
                          RemoveDir, RealPath, Rename, ReadLink, StatVfs, FStatVfs, FSync, Limits, CopyData,
                          HomeDirectory, UsersGroups, CheckFile, SpaceAvailable, Vendor, Unsupported, Malformed>;

struct Request {
  std::uint32_t id = 0;  // 0 of Init
  Body body;
};

// One packet without its length field, but not a WRITE (intake.h). Errc::invalid: too short to be answered at all.
Result<Request> parse_request(ByteView packet);

// The head of a WRITE: what stands before its data.
struct WriteHead {
  std::uint32_t id = 0;
  ByteView handle;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;     // bytes of data that follow
  std::uint32_t surplus = 0;  // bytes behind the data, up to the end of the packet: of no meaning
};
// `head`: from the type on, up to the data. Errc::invalid unless the packet of `packet_size` bytes holds all of the data.
// More than that is let pass, as OpenSSH's server does: rclone's library sends its whole buffer.
Result<WriteHead> parse_write_head(ByteView head, std::uint32_t packet_size);

}  // namespace bulkhead::sftp
