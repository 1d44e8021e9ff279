// Drafts as their uploaders see them, and what becomes of those that are kept.
#include <algorithm>
#include <map>

#include "base/cat.h"
#include "base/log.h"
#include "core/seal/format.h"
#include "keeper/drafts.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_kept =
    "SELECT id, tag, wrapped_key, blob, size, modified_ms, changed_ms FROM drafts "
    "WHERE uploader = $1 AND folder = $2 AND name = $3 AND kept = 1";
constexpr db::Sql select_own =
    "SELECT id, name, blob, size, changed_ms FROM drafts "
    "WHERE uploader = $1 AND folder = $2 AND name > $3 AND kept = 1 ORDER BY name LIMIT $4";
constexpr db::Sql update_kept = "UPDATE drafts SET kept = 0 WHERE id = $1";
constexpr db::Sql update_place = "UPDATE drafts SET folder = $2, name = $3, changed_ms = $4 WHERE id = $1";
constexpr db::Sql update_modified = "UPDATE drafts SET modified_ms = $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql update_changed = "UPDATE drafts SET changed_ms = $2 WHERE id = $1";
constexpr db::Sql update_size = "UPDATE drafts SET size = $2 WHERE id = $1";
constexpr db::Sql delete_draft = "DELETE FROM drafts WHERE id = $1";
constexpr db::Sql delete_unkept = "DELETE FROM drafts WHERE kept = 0";
constexpr db::Sql select_all =
    "SELECT id, blob, size, kept <> 0, EXISTS (SELECT 1 FROM uploads WHERE draft = id) FROM drafts";
constexpr db::Sql end_holds = "UPDATE uploads SET held = 0 WHERE held <> 0";
constexpr db::Sql select_expired =
    "SELECT id, blob FROM drafts WHERE kept <> 0 AND changed_ms < $1 ORDER BY changed_ms LIMIT $2";
constexpr db::Sql select_known =
    "SELECT EXISTS (SELECT 1 FROM versions WHERE blob = $1) OR EXISTS (SELECT 1 FROM drafts WHERE blob = $1)";

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}

std::uint64_t sealed_size_of(const Blobs& blobs, const std::string& blob) {
  if (blob.empty()) return 0;
  const Result<std::uint64_t> size = blobs.size(blob);
  return size.ok() ? *size : 0;
}

std::uint64_t whole_chunks(std::uint64_t sealed) {
  if (sealed <= seal::header_size) return 0;
  return (sealed - seal::header_size) / seal::sealed_chunk_size_max * seal::chunk_size;
}

}  // namespace

Drafts::Stored Drafts::read_stored(db::Row& row) {
  Stored read;
  read.id = number(row, 0);
  read.whole = row.blob(1).size() == read.tag.size();
  if (read.whole) copy_to(read.tag, row.blob(1));
  read.wrapped_key = to_bytes(row.blob(2));
  read.blob = row.text(3);
  read.size = number(row, 4);
  read.modified_ms = row.optional_int64(5);
  read.changed_ms = row.int64(6);
  return read;
}

Result<std::optional<Drafts::Stored>> Drafts::stored(policy::UserId uploader, std::uint32_t folder,
                                                     const std::string& name) {
  return store_.db.one(select_kept, read_stored, uploader, folder, name);
}

bool Drafts::is_live(std::uint64_t id) const {
  const auto found = drafts_.find(id);
  return found != drafts_.end() && !found->second.ended;
}

bool Drafts::is_being_written(std::uint32_t folder, std::string_view name) const {
  return std::ranges::any_of(drafts_, [&](const auto& entry) {
    const Draft& draft = entry.second;
    return !draft.ended && !draft.part && draft.folder == folder && draft.name == name;
  });
}

bool Drafts::is_awaited_in(std::uint32_t folder) const {
  return std::ranges::any_of(drafts_, [&](const auto& entry) { return entry.second.folder == folder; });
}

// A chunk that is not full may be half written: it counts only if the channel said that it is there.
std::uint64_t Drafts::size_written(const std::string& blob, std::uint64_t said) const {
  return std::max(whole_chunks(sealed_size_of(store_.blobs, blob)), size_kept(blob, said));
}

std::uint64_t Drafts::size_of(const Draft& draft) const {
  return draft.held ? size_kept(draft.blob, draft.said) : size_written(draft.blob, draft.said);
}

std::uint64_t Drafts::size_kept(const std::string& blob, std::uint64_t said) const {
  const std::uint64_t sealed = sealed_size_of(store_.blobs, blob);
  const bool holds_said = said == 0 || (said <= seal::plain_size_max && seal::sealed_size(said) <= sealed);
  return holds_said ? said : whole_chunks(sealed);
}

OwnDraft Drafts::shown(std::uint64_t id, const Draft& draft) const {
  return {.id = id,
          .live = true,
          .name = draft.name,
          .blob = draft.blob,
          .size = size_of(draft),
          .changed_ms = draft.changed_ms};
}

Result<std::vector<OwnDraft>> Drafts::own(const Asker& asker, std::uint32_t folder, const std::string& after,
                                          std::size_t limit) {
  std::map<std::string, OwnDraft> found;
  const auto end = places_.lower_bound({asker.subject.user, folder + 1, {}, 0});
  for (auto at = places_.upper_bound({asker.subject.user, folder, after, UINT64_MAX}); at != end; ++at) {
    const auto& [user, in, name, id] = *at;
    if (found.size() == limit && !found.contains(name)) break;
    const Draft& draft = drafts_.at(id);
    if (draft.ended) continue;
    const auto same = found.find(name);
    if (same == found.end() || same->second.changed_ms <= draft.changed_ms) {
      found.insert_or_assign(name, shown(id, draft));
    }
  }
  const auto add = [&](db::Row& row) {
    const std::uint64_t id = number(row, 0);
    if (is_live(id)) return;
    std::string name{row.text(1)};
    std::string blob{row.text(2)};
    const std::uint64_t size = size_kept(blob, number(row, 3));
    found.try_emplace(
        name,
        OwnDraft{
            .id = id, .live = false, .name = name, .blob = std::move(blob), .size = size, .changed_ms = row.int64(4)});
  };
  TRY(store_.db.query(select_own, add, asker.subject.user, folder, after, limit));
  std::vector<OwnDraft> drafts;
  for (auto& [name, draft] : found) {
    if (drafts.size() == limit) break;
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

Result<std::optional<OwnDraft>> Drafts::own_at(const Asker& asker, std::uint32_t folder, const std::string& name) {
  std::optional<OwnDraft> found;
  for (auto at = places_.lower_bound({asker.subject.user, folder, name, 0});
       at != places_.end() && *at <= Place{asker.subject.user, folder, name, UINT64_MAX}; ++at) {
    const std::uint64_t id = std::get<3>(*at);
    const Draft& draft = drafts_.at(id);
    if (draft.ended || (found && found->changed_ms > draft.changed_ms)) continue;
    found = shown(id, draft);
  }
  if (found) return found;
  std::optional<Stored> kept = TRY(stored(asker.subject.user, folder, name));
  if (!kept || is_live(kept->id)) return found;
  found.emplace(OwnDraft{.id = kept->id,
                         .live = false,
                         .name = name,
                         .blob = kept->blob,
                         .size = size_kept(kept->blob, kept->size),
                         .changed_ms = kept->changed_ms});
  return found;
}

Result<void> Drafts::move(const Asker& asker, const OwnDraft& draft, std::uint32_t folder, const std::string& name) {
  if (!draft.blob.empty()) TRY(store_.db.run(update_place, draft.id, folder, name, asker.now));
  if (!draft.live) return {};
  const Draft before = drafts_.at(draft.id);
  Draft after = before;
  after.folder = folder;
  after.name = name;
  store_.turn.on_undo([this, id = draft.id, before] {
    const auto found = drafts_.find(id);
    if (found == drafts_.end()) return;
    const bool channel_gone = found->second.channel_gone;
    erase(id);
    add(id, before);
    drafts_.at(id).channel_gone = channel_gone;
  });
  erase(draft.id);
  add(draft.id, std::move(after));
  return {};
}

Result<void> Drafts::remove(const OwnDraft& draft) {
  if (!draft.blob.empty()) {
    TRY(store_.db.run(delete_draft, draft.id));
    store_.turn.after_commit([this, blob = draft.blob] { store_.blobs.remove(blob); });
  }
  if (draft.live) end_with_turn(draft.id);
  return {};
}

Result<void> Drafts::set_modified(const Asker& asker, const OwnDraft& draft, UnixMs modified_ms) {
  if (!draft.blob.empty()) TRY(store_.db.run(update_modified, draft.id, modified_ms, asker.now));
  if (!draft.live) return {};
  Draft& live = drafts_.at(draft.id);
  store_.turn.on_undo([this, id = draft.id, before = live.modified_ms] {
    if (const auto found = drafts_.find(id); found != drafts_.end()) found->second.modified_ms = before;
  });
  live.modified_ms = modified_ms;
  return {};
}

Result<void> Drafts::supersede(policy::UserId uploader, std::uint32_t folder, const std::string& name,
                               std::uint64_t newer) {
  const std::optional<Stored> older = TRY(stored(uploader, folder, name));
  if (!older || older->id == newer) return {};
  const auto live = drafts_.find(older->id);
  if (live == drafts_.end() || live->second.ended) {
    TRY(store_.db.run(delete_draft, older->id));
    store_.turn.after_commit([this, blob = older->blob] { store_.blobs.remove(blob); });
    return {};
  }
  TRY(store_.db.run(update_kept, older->id));
  live->second.kept = false;
  store_.turn.on_undo([this, id = older->id] {
    if (const auto found = drafts_.find(id); found != drafts_.end()) found->second.kept = true;
  });
  return {};
}

Result<void> Drafts::remove_left_over() {
  struct Left {
    std::uint64_t id;
    std::uint64_t size;
  };
  std::vector<Left> changed;
  std::size_t removed = 0;
  std::size_t kept = 0;
  TRY(store_.db.query(select_all, [&](db::Row& row) {
    std::string blob{row.text(1)};
    if (!row.boolean(3)) {
      store_.blobs.remove(std::move(blob));
      ++removed;
      return;
    }
    ++kept;
    const std::uint64_t said = number(row, 2);
    // Of an upload only what was said counts: the rest may have been held, and nobody is there to say so.
    const std::uint64_t size = said == 0 && !row.boolean(4) ? size_written(blob, 0) : size_kept(blob, said);
    if (size != said) changed.push_back({number(row, 0), size});
  }));
  if (kept > 0) log(Level::info, "unfinished uploads are kept", {{"count", cat(kept)}});
  if (removed == 0 && kept == 0) return {};
  TRY(store_.turn.ask([&]() -> Result<void> {
    TRY(store_.db.run(delete_unkept));
    TRY(store_.db.run(end_holds));
    for (const Left& left : changed) TRY(store_.db.run(update_size, left.id, left.size));
    return {};
  }));
  if (removed > 0) log(Level::info, "unfinished uploads of an earlier run removed", {{"count", cat(removed)}});
  return store_.commit();
}

Result<void> Drafts::remove_expired(UnixMs now) {
  std::vector<std::pair<std::uint64_t, std::string>> expired;
  TRY(store_.db.query(
      select_expired, [&](db::Row& row) { expired.emplace_back(number(row, 0), std::string{row.text(1)}); },
      now - kept_draft_life_ms, expired_drafts_per_tick_max));
  if (expired.empty()) return {};
  std::size_t removed = 0;
  TRY(store_.turn.ask([&]() -> Result<void> {
    for (auto& [id, blob] : expired) {
      if (drafts_.contains(id)) {  // a channel holds it: that is a touch
        TRY(store_.db.run(update_changed, id, now));
        continue;
      }
      TRY(store_.db.run(delete_draft, id));
      store_.turn.after_commit([this, gone = std::move(blob)] { store_.blobs.remove(gone); });
      ++removed;
    }
    return {};
  }));
  TRY(store_.commit());
  if (removed > 0) log(Level::info, "unfinished uploads that nobody went on with removed", {{"count", cat(removed)}});
  return {};
}

Result<bool> Drafts::sweep_next() {
  if (swept_ == blob_folders) return false;
  for (std::string& name : TRY(store_.blobs.list(swept_))) {
    const auto known = TRY(store_.db.one(select_known, [](db::Row& row) { return row.boolean(0); }, name));
    if (*known) continue;
    store_.blobs.remove(std::move(name));
    ++orphans_;
  }
  if (++swept_ == blob_folders && orphans_ > 0) {
    log(Level::warning, "blobs that no file refers to removed", {{"count", cat(orphans_)}});
  }
  return true;
}

}  // namespace bulkhead::keeper
