#include "proto/zip/writer.h"

#include "base/cat.h"
#include "proto/http/text.h"
#include "proto/zip/fields.h"

namespace bulkhead::zip {
namespace {

// APPNOTE 4.4.3: 2.0 knows folders and stored members, 4.5 has ZIP64.
constexpr std::uint16_t version_plain = 20;
constexpr std::uint16_t version_zip64 = 45;
constexpr std::uint16_t made_by = (3U << 8U) | version_zip64;  // UNIX: the high half of the attributes is a mode
constexpr std::uint16_t flag_descriptor = 1U << 3U;
constexpr std::uint16_t flag_utf8 = 1U << 11U;
constexpr std::uint32_t attributes_file = 0100644U << 16U;
constexpr std::uint32_t attributes_folder = (040755U << 16U) | 0x10U;
constexpr std::uint32_t full = UINT32_MAX;  // the true value is in ZIP64
constexpr std::uint16_t extra_zip64 = 0x0001;

bool needs_zip64(std::uint64_t value) {
  return value >= full;
}
std::uint32_t or_full(std::uint64_t value) {
  return needs_zip64(value) ? full : static_cast<std::uint32_t>(value);
}
bool is_folder(std::string_view name) {
  return name.ends_with('/');
}

// "a.txt" -> "a (2).txt"; what begins with its only dot has no ending.
std::string numbered(std::string_view name, std::uint32_t number, bool folder) {
  const std::size_t slash = name.rfind('/');
  const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
  std::size_t dot = folder ? std::string_view::npos : name.rfind('.');
  if (dot == std::string_view::npos || dot <= start) dot = name.size();
  return cat(name.substr(0, dot), " (", number, ")", name.substr(dot));
}

bool has_drive(std::string_view name) {
  return name.size() >= 2 && http::is_alpha(name[0]) && name[1] == ':';
}

}  // namespace

Result<void> Writer::check_name(std::string_view name) const {
  if (name.size() > name_size_max) return fail(Errc::too_large, "the path of a member of the archive is too long");
  if (!http::is_utf8(name)) return fail(Errc::invalid, "the name of a member of the archive is not UTF-8");
  for (const char letter : name) {
    if (letter == '\\' || http::is_control(letter))
      return fail(Errc::invalid, "a name in the archive has a forbidden character");
  }
  std::string_view rest = name;
  for (bool more = true; more;) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..")
      return fail(Errc::invalid, "a name in the archive has a forbidden component");
    more = slash != std::string_view::npos;
    if (more) rest = rest.substr(slash + 1);
  }
  const std::size_t last = name.rfind('/');
  if (last == std::string_view::npos) return {};
  const auto parent = taken_.find(http::to_lower(name.substr(0, last)));
  if (parent == taken_.end() || !parent->second.folder)
    return fail(Errc::invalid, "a member of the archive without its folder");
  return {};
}

// The number is remembered: a thousand members of one name cost a thousand steps.
std::string Writer::take_name(std::string_view wanted, bool folder) {
  std::string name{wanted};
  if (has_drive(name)) name[1] = '_';
  const std::string base = name;
  Taken* first = nullptr;
  for (;;) {
    const auto [found, is_new] = taken_.try_emplace(http::to_lower(name), Taken{folder, 2});
    if (is_new) return name;
    if (first == nullptr) first = &found->second;
    name = numbered(base, first->next++, folder);
  }
}

Result<Head> Writer::add(std::string_view wanted, bool folder, UnixMs modified_ms, std::uint64_t size) {
  if (left_) return fail(Errc::conflict, "the member before is not ended");
  TRY(check_name(wanted));
  if (members_.size() >= members_max || names_size_ + wanted.size() > names_size_max ||
      size > content_size_max - content_size_) {
    return fail(Errc::too_large, cat("an archive can have at most ", members_max, " members: choose less at a time"));
  }
  std::string name = take_name(wanted, folder);
  names_size_ += name.size();
  content_size_ += size;
  members_.push_back(Member{folder ? name + "/" : name, offset_, size, 0, modified_ms});
  const Member& member = members_.back();
  const bool big = needs_zip64(size);

  // APPNOTE 4.4.4: with bit 3 sizes and CRC are zero here; 4.3.9.2: the extra field says that the descriptor has long
  // sizes.
  Fields extra;
  if (big) extra.u16(extra_zip64).u16(16).u64(0).u64(0);
  put_time_extra(extra, modified_ms);
  Fields out;
  out.u32(0x04034b50)
      .u16(big ? version_zip64 : version_plain)
      .u16(folder ? flag_utf8 : flag_utf8 | flag_descriptor)
      .u16(0);
  put_dos_time(out, modified_ms);
  out.u32(0).u32(big ? full : 0).u32(big ? full : 0);
  out.u16(static_cast<std::uint16_t>(member.name.size())).u16(static_cast<std::uint16_t>(extra.size()));
  out.bytes(as_bytes(member.name)).bytes(extra.view());
  offset_ += out.size();
  if (!folder) {
    left_ = size;
    crc_ = Crc32{};
  }
  return Head{out.take(), std::move(name)};
}

Result<Head> Writer::add_file(std::string_view name, UnixMs modified_ms, std::uint64_t size) {
  return add(name, false, modified_ms, size);
}
Result<Head> Writer::add_folder(std::string_view name, UnixMs modified_ms) {
  return add(name, true, modified_ms, 0);
}

Result<void> Writer::count(ByteView content) {
  if (!left_ || content.size() > *left_) return fail(Errc::conflict, "a member of the archive is longer than it was");
  *left_ -= content.size();
  offset_ += content.size();
  crc_.add(content);
  return {};
}

void Writer::skip_content() {
  offset_ += left_ ? std::exchange(*left_, 0) : 0;
}

Result<Bytes> Writer::end_file() {
  if (!left_ || *left_ != 0) return fail(Errc::conflict, "a member of the archive is shorter than it was");
  left_.reset();
  Member& member = members_.back();
  member.crc = crc_.value();
  Fields out;
  out.u32(0x08074b50).u32(member.crc);
  if (needs_zip64(member.size))
    out.u64(member.size).u64(member.size);
  else
    out.u32(static_cast<std::uint32_t>(member.size)).u32(static_cast<std::uint32_t>(member.size));
  offset_ += out.size();
  return out.take();
}

Result<Bytes> Writer::finish() {
  if (left_) return fail(Errc::conflict, "the last member is not ended");
  Fields out;
  for (const Member& member : members_) {
    const bool folder = is_folder(member.name);
    const bool big = needs_zip64(member.size);
    const bool far = needs_zip64(member.offset);
    Fields extra;
    if (big || far) extra.u16(extra_zip64).u16(static_cast<std::uint16_t>((big ? 16 : 0) + (far ? 8 : 0)));
    if (big) extra.u64(member.size).u64(member.size);
    if (far) extra.u64(member.offset);
    put_time_extra(extra, member.modified_ms);
    out.u32(0x02014b50).u16(made_by).u16(big || far ? version_zip64 : version_plain);
    out.u16(folder ? flag_utf8 : flag_utf8 | flag_descriptor).u16(0);
    put_dos_time(out, member.modified_ms);
    out.u32(member.crc).u32(or_full(member.size)).u32(or_full(member.size));
    out.u16(static_cast<std::uint16_t>(member.name.size()))
        .u16(static_cast<std::uint16_t>(extra.size()))
        .u16(0)
        .u16(0)
        .u16(0);
    out.u32(folder ? attributes_folder : attributes_file).u32(or_full(member.offset));
    out.bytes(as_bytes(member.name)).bytes(extra.view());
  }
  const std::uint64_t start = offset_;
  const std::uint64_t size = out.size();
  const std::uint64_t count = members_.size();
  static_assert(members_max < UINT16_MAX);  // beyond that the counts need ZIP64, too
  if (needs_zip64(start) || needs_zip64(size)) {
    // APPNOTE 4.3.14 and 4.3.15: the ZIP64 end of the directory, and where it is.
    out.u32(0x06064b50)
        .u64(44)
        .u16(made_by)
        .u16(version_zip64)
        .u32(0)
        .u32(0)
        .u64(count)
        .u64(count)
        .u64(size)
        .u64(start);
    out.u32(0x07064b50).u32(0).u64(start + size).u32(1);
  }
  const auto short_count = static_cast<std::uint16_t>(count);
  out.u32(0x06054b50).u16(0).u16(0).u16(short_count).u16(short_count).u32(or_full(size)).u32(or_full(start)).u16(0);
  offset_ += out.size();
  return out.take();
}

}  // namespace bulkhead::zip
