#pragma once
// Users as keeper knows them: a mirror of what capabilities said. An organisation begins with the first of its users.
#include "core/capability/capability.h"
#include "ipc/catalog_asks.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

policy::Role role_of(capability::Role role);

struct Principal {
  policy::UserId user = 0;
  capability::PrincipalId id{};
  std::uint32_t organisation = 0;
  policy::Role role = policy::Role::user;
  capability::Scopes scopes;  // of his session
  UnixMs expires = 0;
};

// A user of the catalog, as of his last sign-on.
struct KnownUser {
  policy::UserId number = 0;
  std::string id;
  std::string name;
  policy::Role role = policy::Role::user;
};

// The same words for one who is not there and for one who may not be known of.
Error no_such_user();

// What a user has in his home: everything, because it is his; or, when an import says so, what entries give him.
enum class HomeRights : std::uint8_t { all, granted };

class Users {
 public:
  explicit Users(Store& store) : store_{store} {}

  // The first time: the user and his home folder /Home/<user name> are made; if that name is taken there, one with a
  // number behind it. A change only when the capability says something new. Errc::other_principal when the id belongs
  // to another organisation.
  Result<Principal> adopt(const capability::Capability& capability);
  Result<asks::Home::Reply> home(const Asker& asker);

  // Within an ask(): one who is not known yet, as adopt() makes him.
  Result<policy::UserId> add(const capability::Capability& capability, const std::string& id, HomeRights rights);
  // The same; the root and /Home of an organisation that has none yet.
  Result<void> found_organisation(std::uint32_t organisation, UnixMs now);

  // By id, or else by name in any spelling; only within the asker's organisation. Errc::not_found.
  Result<policy::UserId> find(const Asker& asker, const std::string& id_or_name);
  // The same with what is known of him; empty is the asker.
  Result<KnownUser> look_up(const Asker& asker, const std::string& id_or_name);

 private:
  Result<void> make_home(policy::UserId user, const capability::Capability& capability, HomeRights rights);

  Store& store_;
};

}  // namespace bulkhead::keeper
