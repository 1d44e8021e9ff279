#include "keeper/groups.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "base/encode.h"
#include "core/path/path.h"

namespace bulkhead::keeper {
namespace {

using asks::Relationship;

constexpr db::Sql select_id_taken = "SELECT EXISTS (SELECT 1 FROM groups WHERE id = $1)";
constexpr db::Sql select_by_id = "SELECT id FROM groups WHERE id = $1 AND organisation = $2";
constexpr db::Sql select_by_name = "SELECT id FROM groups WHERE organisation = $1 AND folded_name = $2";
constexpr db::Sql select_standing =
    "SELECT m.relationship FROM groups g LEFT JOIN members m ON m.group_id = g.id AND m.user = $3 "
    "WHERE g.id = $1 AND g.organisation = $2";
constexpr db::Sql select_count = "SELECT count(*) FROM groups WHERE organisation = $1";
constexpr db::Sql select_all =
    "SELECT id, name, description, member_count FROM groups WHERE organisation = $1 ORDER BY folded_name LIMIT $2 "
    "OFFSET $3";
constexpr db::Sql select_count_of = "SELECT count(*) FROM members WHERE user = $1";
constexpr db::Sql select_of =
    "SELECT g.id, g.name, g.description, g.member_count, m.relationship FROM members m "
    "JOIN groups g ON g.id = m.group_id WHERE m.user = $1 ORDER BY g.folded_name LIMIT $2 OFFSET $3";
constexpr db::Sql insert_group =
    "INSERT INTO groups (id, organisation, name, folded_name, description) VALUES ($1, $2, $3, $4, $5)";
constexpr db::Sql select_member_count = "SELECT member_count FROM groups WHERE id = $1";
constexpr db::Sql select_members =
    "SELECT u.id, u.name, u.organisation, u.role, m.relationship FROM members m JOIN users u ON u.number = m.user "
    "WHERE m.group_id = $1 ORDER BY u.folded_name, u.number LIMIT $2 OFFSET $3";
constexpr db::Sql select_relationship = "SELECT relationship FROM members WHERE group_id = $1 AND user = $2";
constexpr db::Sql insert_member = "INSERT INTO members (group_id, user, relationship) VALUES ($1, $2, $3)";
constexpr db::Sql update_member = "UPDATE members SET relationship = $3 WHERE group_id = $1 AND user = $2";
constexpr db::Sql delete_member = "DELETE FROM members WHERE group_id = $1 AND user = $2";
constexpr db::Sql update_count = "UPDATE groups SET member_count = member_count + $2 WHERE id = $1";

bool is_admin(const Asker& asker) {
  return asker.subject.role == policy::Role::admin;
}

// An unknown number in the database makes nobody an administrator.
Relationship relationship_of(std::int64_t stored) {
  return stored == static_cast<int>(Relationship::group_admin) ? Relationship::group_admin : Relationship::member;
}

// The key under which a name is unique: equal for all spellings of it (Unicode NFKC and case folding).
Result<std::string> fold(std::string_view name) {
  utf8proc_uint8_t* raw = nullptr;
  const ByteView bytes = as_bytes(name);
  const utf8proc_ssize_t size = utf8proc_map(
      bytes.data(), static_cast<utf8proc_ssize_t>(bytes.size()), &raw,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD));
  struct Free {
    void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
  };
  const std::unique_ptr<utf8proc_uint8_t, Free> owned{raw};
  if (size < 0) return fail(Errc::invalid, "name: is not UTF-8");
  return to_text({owned.get(), static_cast<std::size_t>(size)});
}

Error no_such_group() {
  return fail(Errc::not_found, "no such group");
}

Result<void> need_organisation(const Asker& asker) {
  if (asker.subject.role != policy::Role::system_admin) return {};
  return fail(Errc::denied, "a system administrator has no groups");
}

std::size_t answer_size(const asks::GroupRow& row) {
  return 32 + row.name.size() + row.description.size();
}

}  // namespace

Result<policy::GroupId> Groups::find(const Asker& asker, const std::string& id_or_name) {
  const auto read = [](db::Row& row) { return static_cast<policy::GroupId>(row.int64(0)); };
  std::optional<policy::GroupId> group;
  if (const Result<std::uint64_t> id = parse_decimal(id_or_name, INT32_MAX); id.ok()) {
    group = TRY(store_.db.one(select_by_id, read, *id, asker.organisation));
  }
  if (!group) {
    const Result<Name> name = Name::parse(id_or_name);
    if (name.ok()) group = TRY(store_.db.one(select_by_name, read, asker.organisation, TRY(fold(name->text()))));
  }
  if (!group) return no_such_group();
  return *group;
}

Result<void> Groups::need_manager(const Asker& asker, std::uint32_t group) {
  TRY(need_organisation(asker));
  const auto standing = TRY(store_.db.one(
      select_standing, [](db::Row& row) { return row.optional_int64(0); }, group, asker.organisation,
      asker.subject.user));
  if (!standing) return no_such_group();
  if (is_admin(asker)) return {};
  if (!*standing) return no_such_group();
  if (relationship_of(**standing) == Relationship::group_admin) return {};
  return fail(Errc::denied, "only an administrator of the group may do this");
}

Result<asks::ListGroups::Reply> Groups::list(const Asker& asker, const asks::ListGroups& ask) {
  TRY(need_organisation(asker));
  asks::ListGroups::Reply reply;
  std::size_t size = 0;
  const bool all = is_admin(asker);
  const auto add = [&](db::Row& row) {
    if (size >= answer_size_max) return;
    asks::GroupRow group{.id = static_cast<std::uint32_t>(row.int64(0)),
                         .name = std::string{row.text(1)},
                         .description = std::string{row.text(2)},
                         .member_count = 0};
    // How many are in it concerns those who may see them.
    if (all || relationship_of(row.int64(4)) == Relationship::group_admin) {
      group.member_count = static_cast<std::uint32_t>(row.int64(3));
    }
    size += answer_size(group);
    reply.rows.push_back(std::move(group));
  };
  const auto number = [](db::Row& row) { return static_cast<std::uint64_t>(row.int64(0)); };
  const std::uint32_t limit = std::min(ask.slice.limit, slice_rows_max);
  if (all) {
    reply.total = TRY(store_.db.one(select_count, number, asker.organisation)).value_or(0);
    TRY(store_.db.query(select_all, add, asker.organisation, limit, ask.slice.offset));
  } else {
    reply.total = TRY(store_.db.one(select_count_of, number, asker.subject.user)).value_or(0);
    TRY(store_.db.query(select_of, add, asker.subject.user, limit, ask.slice.offset));
  }
  return reply;
}

Result<asks::GroupRow> Groups::create(const Asker& asker, const asks::CreateGroup& ask) {
  if (!is_admin(asker)) return fail(Errc::denied, "only an administrator may make groups");
  const Name name = TRY(Name::parse(ask.name));
  const std::string folded = TRY(fold(name.text()));
  if (ask.description.size() > description_size_max) {
    return fail(Errc::too_large, "description: is longer than 4096 bytes");
  }
  return store_.turn.ask([&]() -> Result<asks::GroupRow> {
    const auto number = [](db::Row& row) { return row.int64(0); };
    const auto taken = TRY(store_.db.one(select_by_name, number, asker.organisation, folded));
    if (taken) return fail(Errc::conflict, "a group of that name exists");
    const auto count = TRY(store_.db.one(select_count, number, asker.organisation));
    if (*count >= static_cast<std::int64_t>(groups_of_organisation_max)) {
      return fail(Errc::too_large, "the organisation has as many groups as one may have: 10000");
    }
    asks::GroupRow made{.id = TRY(store_.free_id(select_id_taken, "group")),
                        .name = name.text(),
                        .description = ask.description,
                        .member_count = 0};
    TRY(store_.db.run(insert_group, made.id, asker.organisation, made.name, folded, made.description));
    return made;
  });
}

Result<asks::ListMembers::Reply> Groups::members(const Asker& asker, const asks::ListMembers& ask) {
  TRY(need_manager(asker, ask.group));
  asks::ListMembers::Reply reply;
  const auto count = TRY(store_.db.one(select_member_count, [](db::Row& row) { return row.int64(0); }, ask.group));
  reply.total = static_cast<std::uint64_t>(count.value_or(0));
  const auto add = [&](db::Row& row) {
    reply.rows.push_back({.id = std::string{row.text(0)},
                          .name = std::string{row.text(1)},
                          .organisation = static_cast<std::uint32_t>(row.int64(2)),
                          .role = static_cast<std::uint8_t>(row.int64(3)),
                          .relationship = relationship_of(row.int64(4))});
  };
  // At most 100 bytes each.
  const std::uint32_t limit = std::min<std::uint32_t>(ask.slice.limit, answer_size_max / 100);
  TRY(store_.db.query(select_members, add, ask.group, limit, ask.slice.offset));
  return reply;
}

Result<void> Groups::add(const Asker& asker, const asks::AddMembers& ask) {
  TRY(need_manager(asker, ask.group));
  if (ask.relationship && !is_admin(asker)) {
    return fail(Errc::denied, "only an administrator of the organisation says who is a group administrator");
  }
  if (ask.users.size() > added_members_max) return fail(Errc::too_large, "userIds: more than 1000 at once");
  return store_.turn.ask([&]() -> Result<void> {
    for (const std::string& name : ask.users) {
      const Result<policy::UserId> user = users_.find(asker, name);
      if (!user.ok() && user.error().kind() == Errc::not_found) {
        return fail(Errc::invalid, "userIds: there is no such user, or one of them has never signed on");
      }
      TRY(add_one(ask.group, TRY(user), ask.relationship));
    }
    return {};
  });
}

Result<void> Groups::add_one(std::uint32_t group, policy::UserId user, std::optional<Relationship> relationship) {
  const auto number = [](db::Row& row) { return row.int64(0); };
  const auto before = TRY(store_.db.one(select_relationship, number, group, user));
  if (before && !relationship) return {};
  const auto after = static_cast<int>(relationship.value_or(Relationship::member));
  if (before) {
    TRY(store_.db.run(update_member, group, user, after));
    return {};
  }
  const auto groups = TRY(store_.db.one(select_count_of, number, user));
  if (*groups >= static_cast<std::int64_t>(policy::groups_max)) {
    return fail(Errc::too_large, "a user is in as many groups as one may be in: 1024");
  }
  const auto members = TRY(store_.db.one(select_member_count, number, group));
  if (members.value_or(0) >= static_cast<std::int64_t>(group_members_max)) {
    return fail(Errc::too_large, "the group has as many members as one may have: 10000");
  }
  TRY(store_.db.run(insert_member, group, user, after));
  TRY(store_.db.run(update_count, group, 1));
  store_.memberships.forget(user);
  return {};
}

Result<void> Groups::remove(const Asker& asker, const asks::RemoveMember& ask) {
  TRY(need_manager(asker, ask.group));
  const policy::UserId user = TRY(users_.find(asker, ask.user));
  const auto before =
      TRY(store_.db.one(select_relationship, [](db::Row& row) { return row.int64(0); }, ask.group, user));
  if (!before) return fail(Errc::not_found, "the user is not in that group");
  const bool his_own = user == asker.subject.user;
  if (relationship_of(*before) == Relationship::group_admin && !is_admin(asker) && !his_own) {
    return fail(Errc::denied, "only an administrator of the organisation may take away a group administrator");
  }
  return store_.turn.ask([&]() -> Result<void> {
    TRY(store_.db.run(delete_member, ask.group, user));
    TRY(store_.db.run(update_count, ask.group, -1));
    store_.memberships.forget(user);
    return {};
  });
}

Result<asks::UserGroups::Reply> Groups::of_user(const Asker& asker, const asks::UserGroups& ask) {
  TRY(need_organisation(asker));
  const Result<KnownUser> user = users_.look_up(asker, ask.user);
  if (user.ok() && user->number != asker.subject.user && !is_admin(asker)) return no_such_user();
  const KnownUser known = TRY(user);
  asks::UserGroups::Reply reply;
  std::size_t size = 0;
  const auto count = TRY(store_.db.one(select_count_of, [](db::Row& row) { return row.int64(0); }, known.number));
  reply.total = static_cast<std::uint64_t>(count.value_or(0));
  const auto add = [&](db::Row& row) {
    if (size >= answer_size_max) return;
    reply.rows.push_back({.group = static_cast<std::uint32_t>(row.int64(0)),
                          .name = std::string{row.text(1)},
                          .description = std::string{row.text(2)},
                          .relationship = relationship_of(row.int64(4))});
    size += 32 + reply.rows.back().name.size() + reply.rows.back().description.size();
  };
  TRY(store_.db.query(select_of, add, known.number, std::min(ask.slice.limit, slice_rows_max), ask.slice.offset));
  return reply;
}

}  // namespace bulkhead::keeper
