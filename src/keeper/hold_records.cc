#include "keeper/hold_records.h"

#include <algorithm>

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

// Columns as read_hold() reads them.
constexpr db::Sql select_one =
    "SELECT h.id, h.name, h.reason, coalesce(h.folder, 0), coalesce(h.file, 0), d.path, coalesce(f.name, ''), u.name, "
    "h.placed_ms FROM holds h LEFT JOIN files f ON f.id = h.file JOIN folders d ON d.id = coalesce(h.folder, f.folder) "
    "JOIN users u ON u.number = h.placed_by WHERE h.organisation = $1 AND h.id = $2";
constexpr db::Sql select_slice =
    "SELECT h.id, h.name, h.reason, coalesce(h.folder, 0), coalesce(h.file, 0), d.path, coalesce(f.name, ''), u.name, "
    "h.placed_ms FROM holds h LEFT JOIN files f ON f.id = h.file JOIN folders d ON d.id = coalesce(h.folder, f.folder) "
    "JOIN users u ON u.number = h.placed_by WHERE h.organisation = $1 ORDER BY h.name, h.id LIMIT $2 OFFSET $3";
constexpr db::Sql count_holds = "SELECT count(*) FROM holds WHERE organisation = $1";
constexpr db::Sql select_taken = "SELECT EXISTS (SELECT 1 FROM holds WHERE id = $1)";
constexpr db::Sql insert_hold =
    "INSERT INTO holds (id, organisation, name, reason, folder, file, placed_by, placed_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr db::Sql delete_hold = "DELETE FROM holds WHERE id = $1";

asks::HoldRow read_hold(db::Row& row) {
  asks::HoldRow hold;
  hold.id = static_cast<std::uint32_t>(row.int64(0));
  hold.name = row.text(1);
  hold.reason = row.text(2);
  hold.folder = static_cast<std::uint32_t>(row.int64(3));
  hold.file = static_cast<std::uint64_t>(row.int64(4));
  hold.path = row.text(5);
  if (hold.file != 0) hold.path = cat(hold.path, hold.path.ends_with('/') ? "" : "/", row.text(6));
  hold.placed_by = row.text(7);
  hold.placed_ms = row.int64(8);
  return hold;
}

Result<void> need_admin(const Asker& asker) {
  if (asker.subject.role == policy::Role::admin) return {};
  return fail(Errc::denied, "only an administrator of the organisation may do this");
}

Result<void> need_text(std::string_view what, std::string_view text, std::size_t size_max) {
  if (text.size() > size_max) return fail(Errc::too_large, cat(what, ": is longer than ", size_max, " bytes"));
  const auto is_control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20; };
  if (std::ranges::any_of(text, is_control)) return fail(Errc::invalid, cat(what, ": holds a control character"));
  return {};
}

}  // namespace

Result<void> HoldRecords::settle(const Asker& asker, std::uint32_t folder, std::uint64_t file) {
  if (folder == 0) return store_.expiries.settle(file, asker.now);
  return store_.expiries.settle_tree(asker.organisation, TRY(store_.path_of(folder)));
}

Result<asks::HoldRow> HoldRecords::place(const Asker& asker, const asks::PlaceHold& ask) {
  TRY(need_admin(asker));
  if (ask.name.empty()) return fail(Errc::invalid, "name: a hold has one");
  TRY(need_text("name", ask.name, hold_name_size_max));
  TRY(need_text("reason", ask.reason, hold_reason_size_max));
  if ((ask.folder == 0) == (ask.file == 0)) return fail(Errc::invalid, "either folderId or fileId");
  if (ask.folder != 0)
    TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  else
    TRY(files_.reach_to_look(asker, ask.file));
  const auto count = TRY(store_.db.one(count_holds, [](db::Row& row) { return row.int64(0); }, asker.organisation));
  if (count.value_or(0) >= holds_max) return fail(Errc::exhausted, "too many holds: lift some first");
  const std::uint32_t id = TRY(store_.free_id(select_taken, "hold"));
  TRY(store_.turn.ask([&]() -> Result<void> {
    const auto folder = ask.folder != 0 ? std::optional{ask.folder} : std::nullopt;
    const auto file = ask.file != 0 ? std::optional{ask.file} : std::nullopt;
    TRY(store_.db.run(insert_hold, id, asker.organisation, ask.name, ask.reason, folder, file, asker.subject.user,
                      asker.now));
    return settle(asker, ask.folder, ask.file);
  }));
  return find(asker, id);
}

Result<asks::HoldRow> HoldRecords::find(const Asker& asker, std::uint32_t hold) {
  std::optional<asks::HoldRow> found = TRY(store_.db.one(select_one, read_hold, asker.organisation, hold));
  if (!found) return fail(Errc::not_found, "no such hold");
  return std::move(*found);
}

Result<asks::ListHolds::Reply> HoldRecords::list(const Asker& asker, const asks::ListHolds& ask) {
  TRY(need_admin(asker));
  asks::ListHolds::Reply reply;
  const auto count = TRY(store_.db.one(count_holds, [](db::Row& row) { return row.int64(0); }, asker.organisation));
  reply.total = static_cast<std::uint64_t>(count.value_or(0));
  std::size_t size = 0;
  const auto add = [&](db::Row& row) {
    if (size >= answer_size_max) return;
    asks::HoldRow hold = read_hold(row);
    size += hold.name.size() + hold.reason.size() + hold.path.size() + hold.placed_by.size() + 64;
    reply.rows.push_back(std::move(hold));
  };
  const std::uint32_t limit = std::min(ask.slice.limit, slice_rows_max);
  TRY(store_.db.query(select_slice, add, asker.organisation, limit, ask.slice.offset));
  return reply;
}

Result<asks::HoldRow> HoldRecords::get(const Asker& asker, std::uint32_t hold) {
  TRY(need_admin(asker));
  return find(asker, hold);
}

Result<void> HoldRecords::lift(const Asker& asker, std::uint32_t hold) {
  TRY(need_admin(asker));
  const asks::HoldRow row = TRY(find(asker, hold));
  return store_.turn.ask([&]() -> Result<void> {
    TRY(store_.db.run(delete_hold, hold));
    return settle(asker, row.folder, row.file);
  });
}

}  // namespace bulkhead::keeper
