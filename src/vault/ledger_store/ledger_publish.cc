// Writing the tree for readers: tiles and entry bundles first, then the checkpoint that needs them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/cat.h"
#include "vault/ledger_store/ledger_store.h"

namespace bulkhead::ledger {
namespace {

// Opens the directory `name`, made when missing, so that it is durable before anything is put into it.
Result<Fd> enter_directory(int dir_fd, const char* name) {
  if (::mkdirat(dir_fd, name, 0755) == 0) {
    if (::fsync(dir_fd) != 0) return fail_errno(cat("sync the directory of ", name));
  } else if (errno != EEXIST) {
    return fail_errno(cat("create the directory ", name));
  }
  return open_directory(dir_fd, name);
}

Result<void> write_below(int dir_fd, std::string_view path, ByteView content) {
  Fd here = TRY(open_directory(dir_fd, "."));
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    here = TRY(enter_directory(here.get(), std::string{path.substr(0, slash)}.c_str()));
    path.remove_prefix(slash + 1);
  }
  return replace_file(here.get(), std::string{path}.c_str(), content, 0644);
}

// The partial forms of a tile that is full now. A leftover costs space only, so failures do not count.
void remove_partials(int dir_fd, const std::string& full_path) {
  for (unsigned width = 1; width < tile_width; ++width) ::unlinkat(dir_fd, cat(full_path, ".p/", width).c_str(), 0);
  ::unlinkat(dir_fd, cat(full_path, ".p").c_str(), AT_REMOVEDIR);
}

}  // namespace

Result<void> LedgerStore::write_checkpoint(ByteView seed) {
  if (crypt::ed25519_public(seed) != key_.key)
    return fail(Errc::invalid, "the seed does not belong to the key of the ledger");
  if (checkpoint_ && checkpoint_->size == size()) return {};
  const std::vector<Tile> tiles = new_tiles(checkpoint_size(), size());
  for (const Tile& each : tiles) {
    TRY(write_below(directory_.get(), tile_path(each), tiles_.tile(each)));
    if (each.level == 0) TRY(write_below(directory_.get(), bundle_path(each), tiles_.bundle(each)));
  }
  if (!checkpoint_) TRY(replace_file(directory_.get(), "ledger.pub", as_bytes(key_.text() + "\n"), 0644));
  // Every entry in this tree is durable, so no later start can come to another tree of the same size.
  const Checkpoint next{key_.name, size(), root()};
  const Note note = TRY(sign_note(next.text(), key_, seed));
  TRY(replace_file(directory_.get(), "checkpoint", as_bytes(note.print()), 0644));
  checkpoint_ = next;
  tiles_.written(next.size);
  for (const Tile& each : tiles) {
    if (each.width != tile_width) continue;
    remove_partials(directory_.get(), tile_path(each));
    if (each.level == 0) remove_partials(directory_.get(), bundle_path(each));
  }
  return {};
}

}  // namespace bulkhead::ledger
