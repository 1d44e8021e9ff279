#pragma once
// Groups of an organisation, and who is in them. Entries of folders name them like users (grants.h).
//   see it            an administrator, and who is in it
//   make one          an administrator
//   see its members   an administrator, and its own group administrators
//   add, remove       the same; who is a group administrator, and no longer, an administrator says
// A system administrator runs organisations and has no groups. A change counts from the next ask of anybody.
#include "keeper/users.h"

namespace bulkhead::keeper {

inline constexpr std::size_t groups_of_organisation_max = 10'000;
inline constexpr std::size_t group_members_max = 10'000;
inline constexpr std::size_t added_members_max = 1'000;  // by one ask

class Groups {
 public:
  Groups(Store& store, Users& users) : store_{store}, users_{users} {}

  Result<asks::ListGroups::Reply> list(const Asker& asker, const asks::ListGroups& ask);
  // Errc::conflict when the organisation has a group of that name in any spelling.
  Result<asks::GroupRow> create(const Asker& asker, const asks::CreateGroup& ask);
  Result<asks::ListMembers::Reply> members(const Asker& asker, const asks::ListMembers& ask);
  // Errc::invalid for a user who is not known; then nobody is added.
  Result<void> add(const Asker& asker, const asks::AddMembers& ask);
  Result<void> remove(const Asker& asker, const asks::RemoveMember& ask);
  // Of the asker himself; an administrator may ask about everybody.
  Result<asks::UserGroups::Reply> of_user(const Asker& asker, const asks::UserGroups& ask);

  // By id in digits, or else by name in any spelling; only within the asker's organisation. Errc::not_found.
  Result<policy::GroupId> find(const Asker& asker, const std::string& id_or_name);

 private:
  // Errc::not_found for who may not know of the group, Errc::denied for who may not manage it.
  Result<void> need_manager(const Asker& asker, std::uint32_t group);
  Result<void> add_one(std::uint32_t group, policy::UserId user, std::optional<asks::Relationship> relationship);

  Store& store_;
  Users& users_;
};

}  // namespace bulkhead::keeper
