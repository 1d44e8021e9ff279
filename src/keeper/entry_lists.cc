// The list of everything in a folder, page by page.
#include "keeper/entries.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_files =
    "SELECT f.name, v.size, f.modified_ms FROM files f JOIN versions v ON v.id = f.version "
    "WHERE f.folder = $1 AND f.name > $2 ORDER BY f.name LIMIT $3";

}  // namespace

class Entries::Page {
 public:
  explicit Page(asks::ListEntries::Reply& reply) : reply_{reply} {}

  bool full() const { return reply_.rows.size() >= page_rows_max || size_ >= answer_size_max; }
  std::size_t room() const { return page_rows_max - reply_.rows.size(); }
  // Nothing is added to a full page.
  void add(asks::EntryRow row) {
    if (full()) return;
    size_ += 32 + row.name.size();
    reply_.rows.push_back(std::move(row));
  }

 private:
  asks::ListEntries::Reply& reply_;
  std::size_t size_ = 0;  // about the bytes of the answer
};

Result<asks::ListEntries::Reply> Entries::list(const Asker& asker, const asks::ListEntries& ask) {
  Chain chain = TRY(see(store_, asker, ask.folder));
  asks::ListEntries::Reply reply;
  Page page{reply};
  const asks::EntryKind from = ask.after_name.empty() ? asks::EntryKind::folder : ask.after_kind;
  const auto after = [&](asks::EntryKind kind) { return kind == from ? ask.after_name : std::string{}; };
  if (from == asks::EntryKind::folder) TRY(add_folders(asker, chain, after(asks::EntryKind::folder), page));
  if (from != asks::EntryKind::draft && !page.full()) {
    TRY(add_files(asker, chain, after(asks::EntryKind::file), page));
  }
  if (!page.full()) TRY(add_drafts(asker, chain, after(asks::EntryKind::draft), page));
  reply.end = !page.full();
  return reply;
}

Result<void> Entries::add_folders(const Asker& asker, Chain& chain, std::string after, Page& page) {
  while (!page.full()) {
    SubfolderPage found = TRY(subfolders(store_, asker, chain, after, page.room()));
    for (Subfolder& folder : found.rows) {
      page.add({.kind = asks::EntryKind::folder,
                .name = std::move(folder.name),
                .size = 0,
                .modified_ms = folder.changed_ms,
                .rights = folder.rights.bits(),
                .is_virtual = folder.is_virtual});
    }
    if (found.end) return {};
    after = std::move(found.last);
  }
  return {};
}

Result<void> Entries::add_files(const Asker& asker, policy::Chain chain, const std::string& after, Page& page) {
  if (!policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed()) return {};
  const auto add = [&](db::Row& row) {
    page.add({.kind = asks::EntryKind::file,
              .name = std::string{row.text(0)},
              .size = static_cast<std::uint64_t>(row.int64(1)),
              .modified_ms = row.int64(2),
              .rights = 0,
              .is_virtual = false});
  };
  return store_.db.query(select_files, add, chain.back().id, after, page.room());
}

Result<void> Entries::add_drafts(const Asker& asker, Chain& chain, std::string after, Page& page) {
  const auto folder = static_cast<std::uint32_t>(chain.back().id);
  while (!page.full()) {
    const std::size_t room = page.room();
    std::vector<OwnDraft> found = TRY(drafts_.own(asker, folder, after, room));
    const bool end = found.size() < room;
    for (OwnDraft& draft : found) {
      after = draft.name;
      const bool hidden = TRY(is_listed(asker, chain, draft.name));
      if (hidden) continue;
      page.add({.kind = asks::EntryKind::draft,
                .name = std::move(draft.name),
                .size = draft.size,
                .modified_ms = draft.changed_ms,
                .rights = 0,
                .is_virtual = false});
    }
    if (end) return {};
  }
  return {};
}

// As a file or folder.
Result<bool> Entries::is_listed(const Asker& asker, policy::Chain chain, const std::string& name) {
  const auto folder = static_cast<std::uint32_t>(chain.back().id);
  const std::uint32_t below = TRY(folder_in(folder, name));
  if (below != 0) {
    const Result<Chain> seen = see(store_, asker, below);
    if (seen.ok()) return true;
  }
  const std::optional<Link> link = TRY(link_in(store_, folder, name));
  if (link && TRY(is_there(store_, asker, *link))) return true;
  if (!policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed()) return false;
  const std::optional<FilePlace> file = TRY(files_.at(folder, name));
  return file.has_value();
}

}  // namespace bulkhead::keeper
