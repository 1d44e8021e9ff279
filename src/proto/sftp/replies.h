#pragma once
// Replies of SFTP version 3 as bytes, each a whole packet with its length field. Pure.
#include "base/writer.h"
#include "proto/sftp/packets.h"

namespace bulkhead::sftp {

// Section 7.
enum class Status : std::uint32_t {
  ok = 0,
  eof = 1,
  no_such_file = 2,
  permission_denied = 3,
  failure = 4,
  bad_message = 5,
  no_connection = 6,
  connection_lost = 7,
  unsupported = 8,
};
// What version 3 has for an Error: most of its kinds are `failure` with a text.
Status status_of(Errc kind);

struct FileName {
  std::string name;
  std::string long_name;
  Attributes attributes;
};

// statvfs(3), in the order of the reply.
struct FileSystem {
  std::uint64_t block_size;
  std::uint64_t blocks;
  std::uint64_t blocks_free;
  std::uint64_t name_size_max;
};

struct Extension {
  std::string_view name;
  std::string_view data;
};

Bytes version_reply(std::span<const Extension> extensions);
Bytes status_reply(std::uint32_t id, Status status, std::string_view text);
Bytes handle_reply(std::uint32_t id, std::uint32_t handle);
Bytes attributes_reply(std::uint32_t id, const Attributes& attributes);
Bytes limits_reply(std::uint32_t id, std::uint64_t handles_max);
Bytes file_system_reply(std::uint32_t id, const FileSystem& file_system);
// space-available: bytes of the device, free, for this user, free for this user; bytes of an allocation unit.
Bytes space_reply(std::uint32_t id, std::uint64_t total, std::uint64_t free);
Bytes users_groups_reply(std::uint32_t id, std::span<const std::string> users, std::span<const std::string> groups);
Bytes check_file_reply(std::uint32_t id, std::string_view algorithm, std::span<const Bytes> hashes);
// The extension data of vendor-id.
std::string vendor_data(std::string_view vendor, std::string_view product);

// DATA: what stands before its `size` bytes.
inline constexpr std::size_t data_head_size = 13;
std::array<std::uint8_t, data_head_size> data_head(std::uint32_t id, std::uint32_t size);

// NAME, one name after the other.
class NamesReply {
 public:
  explicit NamesReply(std::uint32_t id) : id_{id} {}
  void add(const FileName& name);
  std::uint32_t count() const { return count_; }
  std::size_t size() const { return names_.size(); }
  Bytes take();

 private:
  std::uint32_t id_;
  std::uint32_t count_ = 0;
  Writer names_;
};

}  // namespace bulkhead::sftp
