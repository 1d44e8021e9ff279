#pragma once
// Who sees what of the log. Pure: every answer to a session is within its Scope.
#include "core/capability/capability.h"
#include "ipc/log_asks.h"

namespace bulkhead::chronicle {

struct Viewer {
  std::string user;  // id
  std::string user_name;
  std::uint32_t organisation = 0;
  capability::Role role = capability::Role::anonymous;
};

// A set of EventKind: bit n is the kind n.
using Kinds = std::uint64_t;
constexpr Kinds kind_bit(asks::EventKind kind) {
  return Kinds{1} << static_cast<unsigned>(kind);
}

struct Scope {
  bool all_organisations = false;
  std::uint32_t organisation = 0;
  std::string user;  // empty: all
  Kinds kinds = 0;
  bool holds(const asks::LogRow& row) const {
    return (all_organisations || row.organisation == organisation) && (user.empty() || row.user == user) &&
           (kinds & kind_bit(row.kind)) != 0;
  }
};

Scope scope_of(const Viewer& viewer);
// The kinds of the filter's action, without those that it leaves out.
Kinds kinds_of(const asks::LogFilter& filter);
// Whether he may know who fetched a file of that organisation that this user uploaded.
bool sees_fetches(const Viewer& viewer, std::uint32_t organisation, std::string_view uploader);
// Whether he says for how long his organisation keeps its log.
bool rules_retention(const Viewer& viewer);

}  // namespace bulkhead::chronicle
