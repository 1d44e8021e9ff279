#pragma once
// Blobs: sealed content as files blobs/xx/<32 hex digits> below the process's directory. The names are random: nothing
// that a user typed is ever part of a path of the operating system.
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"

namespace bulkhead::keeper {

inline constexpr std::uint32_t blob_folders = 256;
inline constexpr std::size_t removals_per_turn_max = 1'000;

class Blobs {
 public:
  // `path` and its 256 folders are made if they are not there.
  static Result<Blobs> open(const char* path);

  struct Created {
    std::string name;
    Fd file;  // read and write
  };
  // A new, empty blob, mode 0600. It is sure to survive a power cut once sync() has returned.
  Result<Created> create();
  // Errc::corrupt when it is not there.
  Result<Fd> open_for_reading(const std::string& name) const;
  Result<Fd> open_for_writing(const std::string& name) const;  // and reading
  // Bytes. Errc::corrupt when it is not there.
  Result<std::uint64_t> size(const std::string& name) const;
  // The directory entries of all blobs made since the last sync().
  Result<void> sync();

  // Takes the blob out, now or in a later call of remove_some(): a large deletion does not hold up the others. Open
  // descriptors go on reading.
  void remove(std::string name) { doomed_.push_back(std::move(name)); }
  void remove_some();

  // The names in folder `index` below blob_folders; whatever does not look like a blob is left alone.
  Result<std::vector<std::string>> list(std::uint32_t index) const;
  // Free bytes of the file system.
  Result<std::uint64_t> free_bytes() const;
  struct Space {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
  };
  // Bytes of the file system.
  Result<Space> space() const;

 private:
  Result<Fd> open_blob(const std::string& name, int flags) const;
  explicit Blobs(Fd directory) : directory_{std::move(directory)} {}

  Fd directory_;
  std::set<std::string> unsynced_;  // folders
  std::vector<std::string> doomed_;
};

}  // namespace bulkhead::keeper
