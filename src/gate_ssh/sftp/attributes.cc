#include "gate_ssh/sftp/attributes.h"

#include <algorithm>

#include "base/cat.h"
#include "core/policy/rights.h"
#include "proto/sftp/long_name.h"

namespace bulkhead::gate_ssh {
namespace {

using policy::Right;
using policy::Rights;

std::uint32_t seconds(std::int64_t ms) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms / 1000, 0, UINT32_MAX));
}

std::uint32_t permissions_of(asks::EntryKind kind, std::uint16_t bits) {
  if (kind != asks::EntryKind::folder) return sftp::mode_file | 0600U;
  const Rights rights = Rights::from_bits(bits);
  std::uint32_t mode = sftp::mode_folder | 0100U;  // what may be named may be gone through
  if (rights.has(Right::list_files) || rights.has(Right::read_files)) mode |= 0400U;
  if (rights.has(Right::write_files) || rights.has(Right::delete_files) || rights.has(Right::add_delete_subfolders))
    mode |= 0200U;
  return mode;
}

sftp::Attributes attributes(asks::EntryKind kind, std::uint64_t size, std::int64_t modified_ms, std::uint16_t rights) {
  const std::uint32_t time = seconds(modified_ms);
  return {size, std::pair{user_number, group_number}, permissions_of(kind, rights), std::pair{time, time}};
}

}  // namespace

sftp::Attributes attributes_of(const Entry& entry) {
  return attributes(entry.kind, entry.size, entry.modified_ms, entry.rights);
}

sftp::Attributes attributes_of(const asks::EntryRow& row) {
  return attributes(row.kind, row.size, row.modified_ms, row.rights);
}

sftp::FileName listed(std::string name, const sftp::Attributes& attributes, std::string_view user, UnixMs now) {
  std::string line = sftp::long_name(name, attributes, user, group_name, now);
  return {std::move(name), std::move(line), attributes};
}

}  // namespace bulkhead::gate_ssh
