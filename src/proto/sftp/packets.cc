#include "proto/sftp/packets.h"

#include "base/cat.h"
#include "base/reader.h"

namespace bulkhead::sftp {
namespace {

constexpr std::uint32_t has_size = 1;
constexpr std::uint32_t has_ids = 2;
constexpr std::uint32_t has_permissions = 4;
constexpr std::uint32_t has_times = 8;
constexpr std::uint32_t has_extended = 0x8000'0000;
constexpr std::uint32_t extended_pairs_max = 32;
constexpr std::size_t extension_name_max = 64;
constexpr std::size_t vendor_text_max = 256;

std::string_view path(Reader& in) {
  return as_text(in.string(path_text_max));
}
ByteView handle(Reader& in) {
  return in.string(handle_text_max);
}

Attributes attributes(Reader& in) {
  Attributes found;
  const std::uint32_t flags = in.u32();
  if ((flags & ~(has_size | has_ids | has_permissions | has_times | has_extended)) != 0) in.fail();
  if ((flags & has_size) != 0) found.size = in.u64();
  if ((flags & has_ids) != 0) {
    const std::uint32_t user = in.u32();
    found.ids = {user, in.u32()};
  }
  if ((flags & has_permissions) != 0) found.permissions = in.u32();
  if ((flags & has_times) != 0) {
    const std::uint32_t access = in.u32();
    found.times = {access, in.u32()};
  }
  if ((flags & has_extended) == 0) return found;
  const std::uint32_t count = in.u32();
  if (count > extended_pairs_max) in.fail();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    in.string(packet_size_max);
    in.string(packet_size_max);
  }
  return found;
}

OpenFlags open_flags(Reader& in) {
  const std::uint32_t flags = in.u32();
  if (flags > 0x3F) in.fail();
  return {(flags & 1U) != 0, (flags & 2U) != 0,  (flags & 4U) != 0,
          (flags & 8U) != 0, (flags & 16U) != 0, (flags & 32U) != 0};
}

std::vector<std::uint32_t> ids(Reader& in) {
  Reader list{in.string(ids_max * sizeof(std::uint32_t))};
  std::vector<std::uint32_t> found;
  while (list.remaining() > 0 && list.ok()) found.push_back(list.u32());
  if (!list.ok()) in.fail();
  return found;
}

// Members of an aggregate in braces are taken in the order they stand.
Body open(Reader& in) {
  return Open{path(in), open_flags(in), attributes(in)};
}
Body close(Reader& in) {
  return Close{handle(in)};
}
Body read(Reader& in) {
  return Read{handle(in), in.u64(), in.u32()};
}
Body stat(Reader& in) {
  return Stat{path(in)};
}
Body fstat(Reader& in) {
  return FStat{handle(in)};
}
Body setstat(Reader& in) {
  return SetStat{path(in), attributes(in)};
}
Body fsetstat(Reader& in) {
  return FSetStat{handle(in), attributes(in)};
}
Body opendir(Reader& in) {
  return OpenDir{path(in)};
}
Body readdir(Reader& in) {
  return ReadDir{handle(in)};
}
Body remove(Reader& in) {
  return Remove{path(in)};
}
Body rmdir(Reader& in) {
  return RemoveDir{path(in)};
}
Body realpath(Reader& in) {
  return RealPath{path(in)};
}
Body rename(Reader& in) {
  return Rename{path(in), path(in), false};
}
Body readlink(Reader& in) {
  return ReadLink{path(in)};
}
Body mkdir(Reader& in) {
  const MakeDir body{path(in)};
  attributes(in);
  return body;
}
Body symlink(Reader& in) {
  path(in);
  path(in);
  return Unsupported{"symbolic links"};
}

Body posix_rename(Reader& in) {
  return Rename{path(in), path(in), true};
}
Body statvfs(Reader& in) {
  return StatVfs{path(in)};
}
Body fstatvfs(Reader& in) {
  return FStatVfs{handle(in)};
}
Body sync_file(Reader& in) {
  return FSync{handle(in)};
}
Body limits(Reader&) {
  return Limits{};
}
Body home_directory(Reader& in) {
  return HomeDirectory{path(in)};
}
Body users_groups(Reader& in) {
  return UsersGroups{ids(in), ids(in)};
}
Body copy_data(Reader& in) {
  return CopyData{handle(in), in.u64(), in.u64(), handle(in), in.u64()};
}
Body check_handle(Reader& in) {
  return CheckFile{handle(in), as_text(in.string(vendor_text_max)), in.u64(), in.u64(), in.u32()};
}
Body check_name(Reader& in) {
  return CheckFile{path(in), as_text(in.string(vendor_text_max)), in.u64(), in.u64(), in.u32()};
}
Body space_available(Reader& in) {
  return SpaceAvailable{path(in)};
}
Body hardlink(Reader& in) {
  path(in);
  path(in);
  return Unsupported{"hard links"};
}
Body vendor(Reader& in) {
  in.string(vendor_text_max);  // the vendor's name
  const Vendor body{as_text(in.string(vendor_text_max)), as_text(in.string(vendor_text_max))};
  in.u64();  // build number
  return body;
}

struct Row {
  Type type;
  std::string_view name;
  Body (*parse)(Reader&);
};
constexpr std::array rows{
    Row{Type::open, "open", open},
    Row{Type::close, "close", close},
    Row{Type::read, "read", read},
    Row{Type::lstat, "lstat", stat},
    Row{Type::fstat, "fstat", fstat},
    Row{Type::setstat, "setstat", setstat},
    Row{Type::fsetstat, "fsetstat", fsetstat},
    Row{Type::opendir, "opendir", opendir},
    Row{Type::readdir, "readdir", readdir},
    Row{Type::remove, "remove", remove},
    Row{Type::mkdir, "mkdir", mkdir},
    Row{Type::rmdir, "rmdir", rmdir},
    Row{Type::realpath, "realpath", realpath},
    Row{Type::stat, "stat", stat},
    Row{Type::rename, "rename", rename},
    Row{Type::readlink, "readlink", readlink},
    Row{Type::symlink, "symlink", symlink},
};

struct ExtensionRow {
  std::string_view name;
  Body (*parse)(Reader&);
};
constexpr std::array extension_rows{
    ExtensionRow{"posix-rename@openssh.com", posix_rename},
    ExtensionRow{"statvfs@openssh.com", statvfs},
    ExtensionRow{"fstatvfs@openssh.com", fstatvfs},
    ExtensionRow{"fsync@openssh.com", sync_file},
    ExtensionRow{"lsetstat@openssh.com", setstat},
    ExtensionRow{"limits@openssh.com", limits},
    ExtensionRow{"expand-path@openssh.com", realpath},
    ExtensionRow{"copy-data", copy_data},
    ExtensionRow{"home-directory", home_directory},
    ExtensionRow{"users-groups-by-id@openssh.com", users_groups},
    ExtensionRow{"check-file", check_handle},  // as paramiko says it
    ExtensionRow{"check-file-handle", check_handle},
    ExtensionRow{"check-file-name", check_name},
    ExtensionRow{"space-available", space_available},
    ExtensionRow{"vendor-id", vendor},
    ExtensionRow{"hardlink@openssh.com", hardlink},
};

Body finished(const Reader& in, std::string_view name, Body body) {
  Result<void> done = in.done(name);
  if (!done.ok()) return Malformed{std::move(done).error()};
  return body;
}

Body extended(Reader& in) {
  const std::string_view name = as_text(in.string(extension_name_max));
  if (!in.ok()) return finished(in, "extended request", Limits{});
  for (const ExtensionRow& row : extension_rows) {
    if (row.name != name) continue;
    Body body = row.parse(in);
    return finished(in, name, std::move(body));
  }
  return Unsupported{"this extension"};
}

}  // namespace

Result<Request> parse_request(ByteView packet) {
  Reader in{packet};
  const auto type = static_cast<Type>(in.u8());
  const std::uint32_t number = in.u32();
  if (!in.ok()) return fail(Errc::invalid, "request: shorter than its number");
  if (type == Type::init) return Request{0, Init{number}};  // what follows are extensions of the client: none is known
  if (type == Type::extended) return Request{number, extended(in)};
  for (const Row& row : rows) {
    if (row.type != type) continue;
    Body body = row.parse(in);
    return Request{number, finished(in, row.name, std::move(body))};
  }
  return Request{number, Unsupported{"this request"}};
}

Result<WriteHead> parse_write_head(ByteView head, std::uint32_t packet_size) {
  Reader in{head};
  in.u8();
  WriteHead write;
  write.id = in.u32();
  write.handle = handle(in);
  write.offset = in.u64();
  write.size = in.u32();
  TRY(in.done("write"));
  const auto rest = static_cast<std::uint32_t>(packet_size - head.size());
  if (write.size > rest) return fail(Errc::invalid, "write: its data is not as long as it says");
  write.surplus = rest - write.size;
  return write;
}

}  // namespace bulkhead::sftp
