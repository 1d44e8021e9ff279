#include "keeper/new_states.h"

#include <algorithm>
#include <tuple>

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_users =
    "SELECT number, id, name, role, organisation, NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = $2 AND s.user = "
    "number) FROM users WHERE organisation = $1";
constexpr db::Sql select_user =
    "SELECT number, id, name, role, organisation, NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = $2 AND s.user = "
    "number) FROM users WHERE number = $1";

}  // namespace

NewStates::Seer NewStates::read(db::Row& row) {
  return {.user = static_cast<policy::UserId>(row.int64(0)),
          .row = {.id = std::string{row.text(1)},
                  .name = std::string{row.text(2)},
                  .role = static_cast<std::uint8_t>(row.int64(3)),
                  .organisation = static_cast<std::uint32_t>(row.int64(4)),
                  .is_new = row.boolean(5)}};
}

Result<bool> NewStates::may_look(const Asker& asker, const Seer& seer, policy::Chain chain) {
  const policy::Subject subject{.user = seer.user,
                                .org = asker.subject.org,
                                .role = role_of(static_cast<capability::Role>(seer.row.role)),
                                .groups = TRY(store_.memberships.of(seer.user)),
                                .live = true};
  const policy::Rights rights = policy::effective(subject, chain, asker.now);
  return rights.has(policy::Right::list_files) || rights.has(policy::Right::read_files);
}

Result<FilePlace> NewStates::reach(const Asker& asker, std::uint64_t file) {
  FilePlace at = TRY(files_.reach_to_look(asker, file));
  if (asker.subject.role == policy::Role::admin) return at;
  return fail(Errc::denied, "only an administrator of the organisation may do this");
}

Result<asks::ListNewStates::Reply> NewStates::list(const Asker& asker, const asks::ListNewStates& ask) {
  const FilePlace at = TRY(reach(asker, ask.file));
  const Chain chain = TRY(store_.tree.chain(at.folder));
  std::vector<asks::NewStateRow> rows;
  std::size_t seen = 0;
  TRY(store_.db.query(
      select_users,
      [&](db::Row& row) -> Result<void> {
        if (++seen > listed_users_max) return fail(Errc::too_large, "too many users for one list");
        Seer seer = read(row);
        if (!TRY(may_look(asker, seer, chain))) return {};
        if (files_.was_read_by(ask.file, seer.user)) seer.row.is_new = false;
        rows.push_back(std::move(seer.row));
        return {};
      },
      asker.organisation, ask.file));
  std::ranges::sort(rows, [&](const asks::NewStateRow& left, const asks::NewStateRow& right) {
    const asks::NewStateRow& a = ask.slice.descending ? right : left;
    const asks::NewStateRow& b = ask.slice.descending ? left : right;
    return ask.by_state ? std::tie(a.is_new, a.name) < std::tie(b.is_new, b.name) : a.name < b.name;
  });
  asks::ListNewStates::Reply reply;
  reply.total = rows.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, rows.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    size += 64 + rows[i].name.size();
    reply.rows.push_back(std::move(rows[i]));
  }
  return reply;
}

Result<asks::NewStateRow> NewStates::set(const Asker& asker, const asks::SetNewState& ask) {
  const FilePlace at = TRY(reach(asker, ask.file));
  const Chain chain = TRY(store_.tree.chain(at.folder));
  const policy::UserId user = TRY(users_.find(asker, ask.user));
  std::optional<Seer> seer = TRY(store_.db.one(select_user, read, user, ask.file));
  if (!seer || !TRY(may_look(asker, *seer, chain))) return fail(Errc::not_found, "no such user, or he may not see the file");
  TRY(store_.turn.ask([&] { return files_.mark(user, ask.file, ask.is_new); }));
  seer->row.is_new = ask.is_new;
  return std::move(seer->row);
}

}  // namespace bulkhead::keeper
