#pragma once
// Ids in paths. What is no id names nothing: not_found, like an id that does not exist.
#include "base/encode.h"

namespace bulkhead::gate_http {

inline Result<std::uint32_t> folder_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT32_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such folder");
  return static_cast<std::uint32_t>(*id);
}
inline Result<std::uint32_t> virtual_folder_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT32_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such virtual folder");
  return static_cast<std::uint32_t>(*id);
}
inline Result<std::uint32_t> group_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT32_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such group");
  return static_cast<std::uint32_t>(*id);
}
inline Result<std::uint32_t> organisation_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT32_MAX);
  if (!id.ok()) return fail(Errc::not_found, "there is no such organisation");
  return static_cast<std::uint32_t>(*id);
}
inline Result<std::uint64_t> file_id(std::string_view text) {
  const Result<std::uint64_t> id = parse_decimal(text, INT64_MAX);
  if (!id.ok() || *id == 0) return fail(Errc::not_found, "no such file");
  return *id;
}

}  // namespace bulkhead::gate_http
