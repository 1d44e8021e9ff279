#include "proto/sftp/replies.h"

namespace bulkhead::sftp {
namespace {

constexpr std::size_t status_text_max = 1'024;

Writer begin(Type type, std::uint32_t id) {
  Writer out;
  out.u32(0).u8(static_cast<std::uint8_t>(type)).u32(id);
  return out;
}

Bytes end(Writer& out) {
  Bytes packet = out.take();
  const auto size = static_cast<std::uint32_t>(packet.size() - 4);
  for (std::size_t i = 0; i < 4; ++i) packet[i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
  return packet;
}

void put(Writer& out, const Attributes& attributes) {
  const std::uint32_t flags = (attributes.size ? 1U : 0U) | (attributes.ids ? 2U : 0U) |
                              (attributes.permissions ? 4U : 0U) | (attributes.times ? 8U : 0U);
  out.u32(flags);
  if (attributes.size) out.u64(*attributes.size);
  if (attributes.ids) out.u32(attributes.ids->first).u32(attributes.ids->second);
  if (attributes.permissions) out.u32(*attributes.permissions);
  if (attributes.times) out.u32(attributes.times->first).u32(attributes.times->second);
}

Bytes list_of(std::span<const std::string> texts) {
  Writer list;
  for (const std::string& text : texts) list.string(as_bytes(text));
  return list.take();
}

}  // namespace

Status status_of(Errc kind) {
  switch (kind) {
    case Errc::not_found:
      return Status::no_such_file;
    case Errc::denied:
    case Errc::unauthenticated:
    case Errc::expired:
    case Errc::other_principal:
    case Errc::held:
      return Status::permission_denied;
    case Errc::unsupported:
      return Status::unsupported;
    case Errc::invalid:
    case Errc::conflict:
    case Errc::too_large:
    case Errc::exhausted:
    case Errc::storage_full:
    case Errc::io:
    case Errc::corrupt:
    case Errc::over_quota:
      break;
  }
  return Status::failure;
}

Bytes version_reply(std::span<const Extension> extensions) {
  Writer out = begin(Type::version, protocol_version);
  for (const Extension& extension : extensions) out.string(as_bytes(extension.name)).string(as_bytes(extension.data));
  return end(out);
}

Bytes status_reply(std::uint32_t id, Status status, std::string_view text) {
  Writer out = begin(Type::status, id);
  out.u32(static_cast<std::uint32_t>(status)).string(as_bytes(text.substr(0, status_text_max))).string({});
  return end(out);
}

Bytes handle_reply(std::uint32_t id, std::uint32_t handle) {
  Writer out = begin(Type::handle, id);
  out.u32(4).u32(handle);
  return end(out);
}

Bytes attributes_reply(std::uint32_t id, const Attributes& attributes) {
  Writer out = begin(Type::attrs, id);
  put(out, attributes);
  return end(out);
}

Bytes limits_reply(std::uint32_t id, std::uint64_t handles_max) {
  Writer out = begin(Type::extended_reply, id);
  out.u64(packet_size_max).u64(data_size_max).u64(data_size_max).u64(handles_max);
  return end(out);
}

Bytes file_system_reply(std::uint32_t id, const FileSystem& file_system) {
  constexpr std::uint64_t files = 1U << 30U;  // as many as one likes: clients show a percentage
  Writer out = begin(Type::extended_reply, id);
  out.u64(file_system.block_size).u64(file_system.block_size);
  out.u64(file_system.blocks).u64(file_system.blocks_free).u64(file_system.blocks_free);
  out.u64(files).u64(files).u64(files);
  out.u64(0).u64(2).u64(file_system.name_size_max);  // id; flags: ST_NOSUID; f_namemax
  return end(out);
}

Bytes space_reply(std::uint32_t id, std::uint64_t total, std::uint64_t free) {
  Writer out = begin(Type::extended_reply, id);
  out.u64(total).u64(free).u64(total).u64(free).u32(0);
  return end(out);
}

Bytes users_groups_reply(std::uint32_t id, std::span<const std::string> users, std::span<const std::string> groups) {
  Writer out = begin(Type::extended_reply, id);
  out.string(list_of(users)).string(list_of(groups));
  return end(out);
}

Bytes check_file_reply(std::uint32_t id, std::string_view algorithm, std::span<const Bytes> hashes) {
  Writer out = begin(Type::extended_reply, id);
  out.string(as_bytes("check-file")).string(as_bytes(algorithm));
  for (const Bytes& hash : hashes) out.bytes(hash);
  return end(out);
}

std::string vendor_data(std::string_view vendor, std::string_view product) {
  Writer out;
  out.string(as_bytes(vendor)).string(as_bytes(product)).string({}).u64(0);
  return to_text(out.view());
}

std::array<std::uint8_t, data_head_size> data_head(std::uint32_t id, std::uint32_t size) {
  Writer out{data_head_size};
  out.u32(static_cast<std::uint32_t>(data_head_size - 4 + size))
      .u8(static_cast<std::uint8_t>(Type::data))
      .u32(id)
      .u32(size);
  std::array<std::uint8_t, data_head_size> head{};
  copy_to(head, out.view());
  return head;
}

void NamesReply::add(const FileName& name) {
  ++count_;
  names_.string(as_bytes(name.name)).string(as_bytes(name.long_name));
  put(names_, name.attributes);
}

Bytes NamesReply::take() {
  Writer out = begin(Type::name, id_);
  out.u32(count_).bytes(names_.view());
  return end(out);
}

}  // namespace bulkhead::sftp
