#include "chronicle/views.h"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::chronicle;
using asks::EventKind;
using capability::Role;

namespace {

Viewer viewer(Role role) {
  return {"ann0000000000000", "ann", 1000, role};
}

asks::LogRow row(EventKind kind, std::uint32_t organisation = 1000, std::string user = "ann0000000000000") {
  asks::LogRow out;
  out.kind = kind;
  out.organisation = organisation;
  out.user = std::move(user);
  return out;
}

}  // namespace

TEST_CASE("views: each role's part of the log") {
  for (const Role role : {Role::anonymous, Role::temporary_user, Role::user}) {
    const Scope scope = scope_of(viewer(role));
    CHECK(scope.holds(row(EventKind::file_downloaded)));
    CHECK_FALSE(scope.holds(row(EventKind::file_downloaded, 1000, "bob0000000000000")));
    CHECK_FALSE(scope.holds(row(EventKind::file_downloaded, 1000, "")));
    CHECK_FALSE(scope.holds(row(EventKind::file_downloaded, 1001)));
  }
  for (const Role role : {Role::audit_user, Role::file_admin, Role::admin}) {
    const Scope scope = scope_of(viewer(role));
    CHECK(scope.holds(row(EventKind::file_downloaded, 1000, "bob0000000000000")));
    CHECK(scope.holds(row(EventKind::sign_on_refused, 1000, "")));
    CHECK_FALSE(scope.holds(row(EventKind::file_downloaded, 1001)));
    CHECK_FALSE(scope.holds(row(EventKind::started, 0, "")));
  }
  const Scope system = scope_of(viewer(Role::sys_admin));
  CHECK(system.holds(row(EventKind::user_added, 1001, "x")));
  CHECK(system.holds(row(EventKind::started, 0, "")));
  CHECK(system.holds(row(EventKind::trouble, 0, "")));
  for (const EventKind kind : {EventKind::file_uploaded, EventKind::file_downloaded, EventKind::file_opened,
                               EventKind::folder_created, EventKind::rights_set, EventKind::file_deleted,
                               EventKind::virtual_created, EventKind::virtual_moved, EventKind::virtual_deleted,
                               EventKind::hold_placed, EventKind::hold_lifted}) {
    CHECK_FALSE(system.holds(row(kind)));
  }
}

TEST_CASE("views: who may know who fetched a file") {
  const std::string uploader = viewer(Role::user).user;
  CHECK(sees_fetches(viewer(Role::user), 1000, uploader));
  CHECK_FALSE(sees_fetches(viewer(Role::user), 1000, "another"));
  CHECK_FALSE(sees_fetches(viewer(Role::user), 1001, uploader));
  CHECK(sees_fetches(viewer(Role::admin), 1000, "another"));
  CHECK(sees_fetches(viewer(Role::audit_user), 1000, "another"));
  CHECK_FALSE(sees_fetches(viewer(Role::file_admin), 1000, "another"));
  CHECK_FALSE(sees_fetches(viewer(Role::admin), 1001, "another"));
  CHECK_FALSE(sees_fetches(viewer(Role::sys_admin), 1000, uploader));
}

TEST_CASE("views: every kind of event is in one action at most, and the action None holds them all") {
  using asks::LogAction;
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(wire_max(EventKind{})); ++number) {
    const Kinds bit = kind_bit(static_cast<EventKind>(number));
    asks::LogFilter filter;
    filter.signs = true;
    filter.views = true;
    CHECK((kinds_of(filter) & bit) != 0);
    int in = 0;
    for (const LogAction action : {LogAction::file_transfer, LogAction::administration, LogAction::user_maintenance}) {
      filter.action = action;
      in += (kinds_of(filter) & bit) != 0 ? 1 : 0;
    }
    CHECK(in <= 1);
  }
  asks::LogFilter plain;
  CHECK((kinds_of(plain) & kind_bit(EventKind::sign_on)) == 0);
  CHECK((kinds_of(plain) & kind_bit(EventKind::log_viewed)) == 0);
  CHECK((kinds_of(plain) & kind_bit(EventKind::file_uploaded)) != 0);
}
