// Moves by number: what a gate of HTTP asks. The rules are those of moves by path.
#include "keeper/entries.h"

namespace bulkhead::keeper {

Result<asks::FileRow> Entries::move_file_to(const Asker& asker, const asks::MoveFile& ask) {
  Found from{
      .kind = asks::EntryKind::file, .chain = {}, .file = TRY(files_.reach_to_look(asker, ask.file)), .draft = {}};
  from.chain = TRY(store_.tree.chain(from.file->folder));
  const Chain target = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  if (from.file->folder == ask.folder) return fail(Errc::conflict, "the file is in that folder");
  const Name name = TRY(Name::parse(from.file->name));
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
  TRY(above.child(name));
  TRY(store_.turn.ask([&] { return move_file(asker, from, target, name, false); }));
  return files_.row(asker, ask.file);
}

Result<asks::FolderRow> Entries::move_folder_to(const Asker& asker, const asks::MoveFolder& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const Chain target = TRY(store_.reach(asker, ask.target, policy::Action::view_folder));
  const RemotePath before = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
  if (before.is_root()) return fail(Errc::denied, "the root cannot be moved");
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(ask.target))));
  if (above.is_within(before)) return fail(Errc::conflict, "a folder cannot be moved into itself");
  const RemotePath after = TRY(above.child(before.name()));
  if (before == after) return fail(Errc::conflict, "the folder is there");
  TRY(store_.turn.ask([&] { return move_folder(asker, chain, before, target, after); }));
  return folders_.row(asker, ask.folder);
}

}  // namespace bulkhead::keeper
