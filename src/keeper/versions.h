#pragma once
// Versions: what files hold, for as long as it is kept. A file has its current version, which files.version names, and
// older ones, which its folder keeps up to a number that is set for it (kept_versions). What was deleted lies in the
// recycle bin with all its versions for some days, if its folder has one (recycle_bin.h).
//
// All of that counts like the current versions do, for who uploaded it and in the folder it lies in, until it is
// removed. That is done by remove() and by nothing else, and not to what a legal hold covers.
//
// Everything that changes something: within an ask().
#include <string>
#include <vector>

#include "ipc/history_asks.h"
#include "keeper/blobs.h"
#include "keeper/expiries.h"
#include "keeper/quotas.h"
#include "keeper/turn.h"

namespace bulkhead::keeper {

// Where a file is.
struct FilePlace {
  std::uint32_t folder = 0;
  std::uint64_t version = 0;
  std::string name;
  std::uint64_t id = 0;
};

// One version of a file.
struct StoredVersion {
  std::uint64_t version = 0;
  policy::UserId uploader = 0;
  std::int64_t size = 0;
  std::optional<std::string> blob;
  std::uint64_t file = 0;
  policy::FolderId counted_in = 0;
};

// From the columns id, uploader, size, blob and file.
StoredVersion read_version(db::Row& row, policy::FolderId counted_in);

class Versions {
 public:
  Versions(db::Db& db, Turn& turn, Blobs& blobs, Quotas& quotas, Holds& holds, Expiries& expiries)
      : db_{db}, turn_{turn}, blobs_{blobs}, quotas_{quotas}, holds_{holds}, expiries_{expiries} {}

  // What is set for a folder.
  Result<asks::HistorySettings> settings(policy::FolderId folder);
  // A new folder gets what is set for the one above.
  Result<void> hand_down(policy::FolderId parent, policy::FolderId folder);

  // Of all versions of a file, in bytes.
  Result<std::int64_t> size_of(std::uint64_t file);
  // All versions of a file that counts in `folder`.
  Result<std::vector<StoredVersion>> of_file(std::uint64_t file, policy::FolderId folder);
  // An older version of it, if it has that one.
  Result<std::optional<StoredVersion>> kept(std::uint64_t file, std::uint64_t version, policy::FolderId folder);
  // What would be removed if something took the place of `old`: beyond the number that its folder keeps.
  Result<std::vector<StoredVersion>> freed_by_replacing(const FilePlace& old);

  // Frees the name of a file whose place is taken in this ask.
  Result<void> step_aside(const FilePlace& old);
  // `file`, which counts in `folder`, takes the place of `old`, which is no file from here on: its versions are older
  // ones of `file`, as many as the folder of `old` keeps.
  Result<void> give_way(const Asker& asker, const FilePlace& old, std::uint64_t file, policy::FolderId folder);
  // An older version of the file changes places with the current one.
  Result<void> restore(const FilePlace& file, std::uint64_t version, UnixMs now);
  // Bytes of files came to a folder, or left it: its own count, and those of all above.
  Result<void> count(policy::FolderId folder, std::int64_t bytes);

  // Takes versions out of the catalog for good; their blobs go after the commit. The only way that any version goes:
  // whatever forbids that one does is to be looked at here. Errc::held under a legal hold. Rows of `files` are the
  // caller's.
  Result<void> remove(const Asker& asker, const std::vector<StoredVersion>& versions);

 private:
  Result<void> need_no_hold(const Asker& asker, const std::vector<StoredVersion>& versions);

  db::Db& db_;
  Turn& turn_;
  Blobs& blobs_;
  Quotas& quotas_;
  Holds& holds_;
  Expiries& expiries_;
};

}  // namespace bulkhead::keeper
