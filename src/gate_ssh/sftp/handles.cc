#include "gate_ssh/sftp/handles.h"

#include <algorithm>

#include "base/reader.h"

namespace bulkhead::gate_ssh {
namespace {

std::uint32_t number_of(ByteView handle) {
  Reader in{handle};
  const std::uint32_t number = in.u32();
  return in.done("handle").ok() ? number : 0;
}

}  // namespace

Result<std::uint32_t> Handles::next() {
  if (files_.size() + folders_.size() >= asks::open_files_max) {
    return fail(Errc::exhausted, "too many open files and folders: close some first");
  }
  return next_++;
}

Result<std::uint32_t> Handles::add(std::unique_ptr<OpenFile> file) {
  const std::uint32_t number = TRY(next());
  files_.emplace(number, std::move(file));
  return number;
}

Result<std::uint32_t> Handles::add(std::unique_ptr<OpenFolder> folder) {
  const std::uint32_t number = TRY(next());
  folders_.emplace(number, std::move(folder));
  return number;
}

OpenFile* Handles::file_by_number(std::uint32_t number) {
  const auto found = files_.find(number);
  return found == files_.end() ? nullptr : found->second.get();
}

OpenFile* Handles::file(ByteView handle) {
  OpenFile* file = file_by_number(number_of(handle));
  return file != nullptr && file->is_open() ? file : nullptr;
}

OpenFolder* Handles::folder(ByteView handle) {
  const auto found = folders_.find(number_of(handle));
  return found == folders_.end() ? nullptr : found->second.get();
}

bool Handles::opening_within(const RemotePath& path) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& entry) {
    const OpenFile& file = *entry.second;
    return file.flags.write && !file.is_open() && file.path.is_within(path);
  });
}

OpenFile* Handles::written_at(const RemotePath& path) {
  for (const auto& [number, file] : files_) {
    if (file->writer && file->path == path) return file.get();
  }
  return nullptr;
}

void Handles::renamed(const RemotePath& from, const RemotePath& to) {
  for (const auto& [number, file] : files_) {
    if (file->path == from) file->path = to;
  }
}

std::unique_ptr<OpenFile> Handles::take_file(ByteView handle) {
  const auto found = files_.find(number_of(handle));
  if (found == files_.end() || !found->second->is_open()) return nullptr;
  std::unique_ptr<OpenFile> file = std::move(found->second);
  files_.erase(found);
  return file;
}

bool Handles::drop_folder(ByteView handle) {
  return folders_.erase(number_of(handle)) > 0;
}

void Handles::clear() {
  files_.clear();
  folders_.clear();
}

}  // namespace bulkhead::gate_ssh
