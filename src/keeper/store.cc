#include "keeper/store.h"

#include <algorithm>

#include "base/cat.h"
#include "crypt/random.h"

namespace bulkhead::keeper {
namespace {

constexpr std::uint32_t id_first = 100'000'000;  // nine digits, and within 31 bits (moveit-rest section 9 item 12)
constexpr std::uint32_t id_count = 900'000'000;
constexpr int id_attempts_max = 100;

constexpr db::Sql select_path = "SELECT path FROM folders WHERE id = $1";
constexpr db::Sql select_taken =
    "SELECT EXISTS (SELECT 1 FROM files WHERE folder = $1 AND name = $2), "
    "EXISTS (SELECT 1 FROM folders WHERE parent = $1 AND name = $2), "
    "EXISTS (SELECT 1 FROM links WHERE parent = $1 AND name = $2)";
constexpr db::Sql select_id_taken =
    "SELECT EXISTS (SELECT 1 FROM files WHERE id = $1) OR EXISTS (SELECT 1 FROM folders WHERE id = $1) "
    "OR EXISTS (SELECT 1 FROM drafts WHERE id = $1) OR EXISTS (SELECT 1 FROM links WHERE id = $1)";
constexpr db::Sql select_at = "SELECT id FROM folders WHERE organisation = $1 AND path = $2";
constexpr db::Sql update_changed = "UPDATE folders SET changed_ms = $2 WHERE id = $1";

}  // namespace

Result<void> allow(const policy::Decision& decision) {
  switch (decision.verdict) {
    case policy::Verdict::allowed:
      return {};
    case policy::Verdict::denied:
      return fail(Errc::denied, "your rights in that folder do not allow this");
    case policy::Verdict::not_found:
      break;
  }
  return fail(Errc::not_found, "no such folder");
}

Result<Chain> Store::reach(const Asker& asker, policy::FolderId folder, policy::Action action) {
  Chain chain = TRY(tree.chain(folder));
  if (chain.empty()) return fail(Errc::not_found, "no such folder");
  TRY(allow(policy::decide(asker.subject, action, chain, asker.now)));
  return chain;
}

Result<std::string> Store::path_of(policy::FolderId folder) {
  std::optional<std::string> path =
      TRY(db.one(select_path, [](db::Row& row) { return std::string{row.text(0)}; }, folder));
  if (!path) return fail(Errc::not_found, "no such folder");
  return std::move(*path);
}

Result<std::uint32_t> Store::folder_at(std::uint32_t organisation, const RemotePath& path) {
  const auto id = TRY(db.one(
      select_at, [](db::Row& row) { return static_cast<std::uint32_t>(row.int64(0)); }, organisation, path.print()));
  return id.value_or(0);
}

Result<void> Store::hand_down(policy::FolderId parent, policy::FolderId folder) {
  TRY(names.hand_down(parent, folder));
  return versions.hand_down(parent, folder);
}

Result<void> Store::need_free_name(policy::FolderId folder, const std::string& name) {
  struct Taken {
    bool file;
    bool folder;
    bool link;
  };
  const auto read = [](db::Row& row) { return Taken{row.boolean(0), row.boolean(1), row.boolean(2)}; };
  const auto taken = TRY(db.one(select_taken, read, folder, name));
  if (taken->file) return fail(Errc::conflict, "a file of that name exists in the folder");
  if (taken->folder) return fail(Errc::conflict, "a folder of that name exists in the folder");
  if (taken->link) return fail(Errc::conflict, "a virtual folder of that name exists in the folder");
  return {};
}

Result<void> Store::touch(policy::FolderId folder, UnixMs now) {
  TRY(db.run(update_changed, folder, now));
  return {};
}

Result<std::uint32_t> Store::new_id() {
  return free_id(select_id_taken, "file or folder");
}

Result<std::uint32_t> Store::free_id(db::Sql select_taken, std::string_view kind) {
  for (int i = 0; i < id_attempts_max; ++i) {
    const std::uint32_t id = id_first + static_cast<std::uint32_t>(crypt::random_u64() % id_count);
    const auto taken = TRY(db.one(select_taken, [](db::Row& row) { return row.boolean(0); }, id));
    if (!*taken) return id;
  }
  return fail(Errc::exhausted, cat("no number is left for another ", kind));
}

Result<std::vector<std::uint64_t>> Store::named(const Mask& mask, std::uint32_t organisation, std::uint64_t after,
                                                std::size_t limit) {
  if (index.is_behind()) TRY(turn.ask([this] { return index.settle(); }));
  return index.find(mask, organisation, after, limit);
}

Result<void> Store::index_some(MonotonicMs budget_ms) {
  if (!index.has_waiting()) return {};
  TRY(turn.ask([&] { return index.catch_up(budget_ms); }));
  return commit();
}

Result<void> Store::commit() {
  const bool behind = db.in_transaction() && index.is_behind();
  const Result<void> indexed = behind ? index.settle() : Result<void>{};
  const Result<void> committed = turn.commit([&]() -> Result<void> {
    if (!indexed.ok()) return Error{indexed.error()};
    return blobs.sync();
  });
  if (!committed.ok()) tree.clear();
  if (!committed.ok()) memberships.clear();
  blobs.remove_some();
  return committed;
}

Range range_of(std::uint32_t offset, std::uint32_t limit, std::size_t total) {
  const std::size_t first = std::min<std::size_t>(offset, total);
  return {first, std::min<std::size_t>(first + std::min(limit, slice_rows_max), total)};
}

std::size_t answer_size(const asks::FileRow& row) {
  return 256 + row.name.size() + row.folder_path.size() + row.comment.size() + row.uploader.size() +
         row.uploader_full_name.size() + row.uploader_address.size() + row.uploader_agent.size();
}

std::size_t answer_size(const asks::FolderRow& row) {
  return 128 + row.name.size() + row.path.size() + row.description.size() + row.owner.size();
}

}  // namespace bulkhead::keeper
