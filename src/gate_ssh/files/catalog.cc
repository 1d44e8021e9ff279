#include "gate_ssh/files/catalog.h"

#include <algorithm>

#include "base/cat.h"

namespace bulkhead::gate_ssh {
namespace {

Result<Entry> entry_of(const asks::Lookup::Reply& found) {
  Entry entry;
  if (found.folder) {
    entry = {asks::EntryKind::folder, found.folder->id, 0, 0, 0, found.folder->changed_ms, found.folder->rights};
  } else if (found.file) {
    const asks::FileRow& file = *found.file;
    entry = {asks::EntryKind::file, file.folder, file.id, file.version, file.size, file.modified_ms, 0};
  } else if (found.draft) {
    entry = {asks::EntryKind::draft, found.draft->folder, 0, 0, found.draft->size, found.draft->changed_ms, 0};
  } else {
    return fail(Errc::io, "the catalog answered with nothing");
  }
  return entry;
}

Result<void> without_value(const Result<ipc::Nothing>& answer) {
  if (!answer.ok()) return answer.error();
  return {};
}

}  // namespace

Result<const asks::EntryRow*> ListCursor::next() {
  while (at_ == rows_.size()) {
    if (last_page_) return nullptr;
    asks::ListEntries ask{folder_, asks::EntryKind::folder, {}};
    if (!rows_.empty()) {
      ask.after_kind = rows_.back().kind;
      ask.after_name = rows_.back().name;
    }
    asks::ListEntries::Reply page = TRY(keeper_->ask(ask));
    if (page.rows.empty() && !page.end) return fail(Errc::io, "the catalog answered with an empty page");
    rows_ = std::move(page.rows);
    at_ = 0;
    last_page_ = page.end;
  }
  return &rows_[at_++];
}

const RemotePath& Catalog::home() {
  if (home_) return *home_;
  home_.emplace();
  const Result<asks::Home::Reply> found = keeper_.ask(asks::Home{});
  if (!found.ok() || found->home_folder == 0) return *home_;
  const Result<asks::FolderRow> folder = keeper_.ask(asks::GetFolder{found->home_folder});
  if (!folder.ok()) return *home_;
  Result<RemotePath> path = RemotePath::parse(folder->path);
  if (path.ok()) *home_ = std::move(path).value();
  return *home_;
}

Result<RemotePath> Catalog::resolve(std::string_view text) {
  RemotePath path;
  if (!text.starts_with('/')) {
    path = home();
    if (text == "~" || text.starts_with("~/")) text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      path = path.parent();
      continue;
    }
    path = TRY(path.child(TRY(Name::parse(part))));
  }
  return path;
}

Result<Entry> Catalog::look_up(const RemotePath& path) {
  const asks::Lookup::Reply found = TRY(keeper_.ask(asks::Lookup{path.print()}));
  return entry_of(found);
}

Result<Entry> Catalog::look_up_folder(const RemotePath& path) {
  const Entry entry = TRY(look_up(path));
  if (!entry.is_folder()) return fail(Errc::conflict, cat(path.print(), " is not a folder"));
  return entry;
}

Result<void> Catalog::make_folder(const RemotePath& path) {
  if (path.is_root()) return fail(Errc::conflict, "/ is there already");
  const Entry parent = TRY(look_up_folder(path.parent()));
  // Whoever makes every folder of a path must hear that the upper ones are there, also where he may make none.
  if (look_up(path).ok()) return fail(Errc::conflict, cat(path.print(), " is there already"));
  TRY(keeper_.ask(asks::CreateFolder{parent.folder, path.name().text(), asks::Inherit::always}));
  return {};
}

Result<void> Catalog::remove(const RemotePath& path, bool folder) {
  return without_value(keeper_.ask(asks::RemoveEntry{path.print(), folder}));
}

Result<void> Catalog::move(const RemotePath& from, const RemotePath& to, bool replace) {
  return without_value(keeper_.ask(asks::Move{from.print(), to.print(), replace}));
}

Result<void> Catalog::set_modified(const RemotePath& path, std::int64_t modified_ms) {
  return without_value(keeper_.ask(asks::SetModified{path.print(), modified_ms}));
}

}  // namespace bulkhead::gate_ssh
