#include "keeper/blobs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"
#include "crypt/random.h"

namespace bulkhead::keeper {
namespace {

constexpr std::size_t name_digits = 32;

std::string folder_name(std::uint32_t index) {
  return to_hex(std::array{static_cast<std::uint8_t>(index)});
}
std::string path_of(const std::string& name) {
  return cat(std::string_view{name}.substr(0, 2), '/', name);
}

bool is_blob_name(std::string_view name, std::string_view folder) {
  return name.size() == name_digits && name.starts_with(folder) &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<Blobs> Blobs::open(const char* path) {
  if (::mkdirat(AT_FDCWD, path, 0700) != 0 && errno != EEXIST) return fail_errno(cat("create ", path));
  Fd directory = TRY(open_directory(AT_FDCWD, path));
  bool made = false;
  for (std::uint32_t i = 0; i < blob_folders; ++i) {
    if (::mkdirat(directory.get(), folder_name(i).c_str(), 0700) == 0)
      made = true;
    else if (errno != EEXIST)
      return fail_errno(cat("create a folder in ", path));
  }
  if (made && ::fsync(directory.get()) != 0) return fail_errno(cat("sync ", path));
  return Blobs{std::move(directory)};
}

Result<Blobs::Created> Blobs::create() {
  std::array<std::uint8_t, name_digits / 2> random{};
  crypt::fill_random(random);
  Created created{.name = to_hex(random), .file = {}};
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  created.file = Fd{::openat(directory_.get(), path_of(created.name).c_str(), flags, 0600)};
  if (!created.file.valid()) return fail_errno("create a blob");
  unsynced_.insert(created.name.substr(0, 2));
  return created;
}

Result<Fd> Blobs::open_for_reading(const std::string& name) const {
  return open_blob(name, O_RDONLY);
}

Result<Fd> Blobs::open_for_writing(const std::string& name) const {
  return open_blob(name, O_RDWR);
}

Result<Fd> Blobs::open_blob(const std::string& name, int flags) const {
  Fd file{::openat(directory_.get(), path_of(name).c_str(), flags | O_NOFOLLOW | O_CLOEXEC)};
  if (file.valid()) return file;
  if (errno == ENOENT) return fail(Errc::corrupt, "the stored content of this file is missing");
  return fail_errno("open a blob");
}

Result<std::uint64_t> Blobs::size(const std::string& name) const {
  struct stat found{};
  if (::fstatat(directory_.get(), path_of(name).c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
    return static_cast<std::uint64_t>(found.st_size);
  }
  if (errno == ENOENT) return fail(Errc::corrupt, "the stored content of this file is missing");
  return fail_errno("look at a blob");
}

Result<void> Blobs::sync() {
  for (auto folder = unsynced_.begin(); folder != unsynced_.end(); folder = unsynced_.erase(folder)) {
    const Fd directory = TRY(open_directory(directory_.get(), folder->c_str()));
    if (::fsync(directory.get()) != 0) return fail_errno("sync a folder of blobs");
  }
  return {};
}

void Blobs::remove_some() {
  for (std::size_t i = 0; i < removals_per_turn_max && !doomed_.empty(); ++i) {
    const std::string name = std::move(doomed_.back());
    doomed_.pop_back();
    if (::unlinkat(directory_.get(), path_of(name).c_str(), 0) == 0 || errno == ENOENT) continue;
    log(Level::error, "a blob could not be removed", {{"blob", name}, {"why", fail_errno("unlink").message()}});
  }
}

Result<std::vector<std::string>> Blobs::list(std::uint32_t index) const {
  const std::string folder = folder_name(index);
  Fd opened = TRY(open_directory(directory_.get(), folder.c_str()));
  struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, Close> directory{::fdopendir(opened.get())};
  if (directory == nullptr) return fail_errno("list a folder of blobs");
  opened.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (is_blob_name(name, folder)) names.emplace_back(name);
  }
  if (errno != 0) return fail_errno("list a folder of blobs");
  return names;
}

Result<std::uint64_t> Blobs::free_bytes() const {
  const Space found = TRY(space());
  return found.free;
}

Result<Blobs::Space> Blobs::space() const {
  struct statvfs state{};
  if (::fstatvfs(directory_.get(), &state) != 0) return fail_errno("free space of the blobs");
  return Space{.total = static_cast<std::uint64_t>(state.f_blocks) * state.f_frsize,
               .free = static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize};
}

}  // namespace bulkhead::keeper
