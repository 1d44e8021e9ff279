#pragma once
// Catalog: what a signed-on session asks of keeper (ipc/catalog_asks.h), in paths. The asks wait for their short
// answers.
#include <string>

#include "core/path/path.h"
#include "ipc/catalog_asks.h"
#include "ipc/channel.h"

namespace bulkhead::gate_ssh {

// What stands at a path.
struct Entry {
  asks::EntryKind kind = asks::EntryKind::folder;
  std::uint32_t folder = 0;   // a folder: itself; else the folder it is in
  std::uint64_t file = 0;     // of a file
  std::uint64_t version = 0;  // of a file
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
  std::uint16_t rights = 0;  // of a folder: core/policy Rights of the principal in it

  bool is_folder() const { return kind == asks::EntryKind::folder; }
};

// Everything in one folder, page after page.
class ListCursor {
 public:
  ListCursor(ipc::Channel& keeper, std::uint32_t folder) : keeper_{&keeper}, folder_{folder} {}
  // The next entry, good until the next call; null at the end.
  Result<const asks::EntryRow*> next();

 private:
  ipc::Channel* keeper_;
  std::uint32_t folder_;
  std::vector<asks::EntryRow> rows_;
  std::size_t at_ = 0;
  bool last_page_ = false;
};

class Catalog {
 public:
  // `keeper`: blocking, and bound to the principal already. Outlives this.
  explicit Catalog(ipc::Channel& keeper) : keeper_{keeper} {}

  // The principal's home, or the root without one. Asked once.
  const RemotePath& home();
  // A path as SFTP clients write it: "" and "." are the home, "~" and "~/x" too, other texts without a slash in front
  // begin there; "." and "//" go away, ".." takes a component off, at the root none. What is left obeys core/path.
  Result<RemotePath> resolve(std::string_view text);

  Result<Entry> look_up(const RemotePath& path);
  // Errc::conflict when it is not a folder.
  Result<Entry> look_up_folder(const RemotePath& path);
  ListCursor list(std::uint32_t folder) { return ListCursor{keeper_, folder}; }

  // conflict when the name is taken.
  Result<void> make_folder(const RemotePath& path);
  // A file, an own draft or (`folder`) an empty folder.
  Result<void> remove(const RemotePath& path, bool folder);
  Result<void> move(const RemotePath& from, const RemotePath& to, bool replace);
  Result<void> set_modified(const RemotePath& path, std::int64_t modified_ms);
  Result<asks::Space::Reply> space() { return keeper_.ask(asks::Space{}); }

 private:
  ipc::Channel& keeper_;
  std::optional<RemotePath> home_;
};

}  // namespace bulkhead::gate_ssh
