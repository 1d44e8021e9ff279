#include "warden/administration.h"

#include <doctest/doctest.h>

#include <array>

using namespace bulkhead;
using namespace bulkhead::warden;
using capability::Role;

namespace {

constexpr std::array roles{Role::anonymous,  Role::temporary_user, Role::user,     Role::audit_user,
                           Role::file_admin, Role::admin,          Role::sys_admin};
constexpr std::array acts{Act::see, Act::prefer, Act::edit, Act::password, Act::rule};

// One letter for each of `acts`: a allowed, f forbidden, h hidden.
std::string acts_of(const Party& asker, const Party& target) {
  std::string out;
  for (const Act act : acts) {
    const Standing found = standing(asker, target, act);
    out += found == Standing::allowed ? 'a' : found == Standing::forbidden ? 'f' : 'h';
  }
  return out;
}

struct Line {
  Role asker;
  std::array<std::string_view, 7> targets;  // in the order of `roles`
};

constexpr std::string_view no = "hhhhh";
constexpr std::string_view look = "affff";
constexpr std::string_view all = "aaaaa";

constexpr std::array same_organisation{
    //                      anonymous temporary user  audit file  admin sys
    Line{Role::anonymous, {no, no, no, no, no, no, no}},
    Line{Role::temporary_user, {no, no, no, no, no, no, no}},
    Line{Role::user, {no, no, no, no, no, no, no}},
    Line{Role::audit_user, {look, look, look, look, look, look, no}},
    Line{Role::file_admin, {no, no, no, no, no, no, no}},
    Line{Role::admin, {look, all, all, all, all, all, no}},
    Line{Role::sys_admin, {look, look, look, look, look, all, all}},
};

}  // namespace

TEST_CASE("administration: who may do what to whom in one organisation") {
  REQUIRE(same_organisation.size() == roles.size());
  for (const Line& line : same_organisation) {
    for (std::size_t i = 0; i < roles.size(); ++i) {
      CAPTURE(static_cast<int>(line.asker));
      CAPTURE(static_cast<int>(roles.at(i)));
      CHECK(acts_of({"a", 1000, line.asker}, {"b", 1000, roles.at(i)}) == line.targets.at(i));
    }
  }
}

TEST_CASE("administration: another organisation is not there, but for the system administrator") {
  for (const Role asker : roles) {
    for (const Role target : roles) {
      const std::string found = acts_of({"a", 1000, asker}, {"b", 1001, target});
      CHECK(found == (asker == Role::sys_admin ? acts_of({"a", 1000, asker}, {"b", 1000, target}) : no));
    }
  }
}

TEST_CASE("administration: nobody rules himself or sets his password without the old one") {
  for (const Role role : roles) {
    const bool edits = role == Role::admin || role == Role::sys_admin;
    CHECK(acts_of({"a", 1000, role}, {"a", 1000, role}) == (edits ? "aaaff" : "aafff"));
  }
}

TEST_CASE("administration: no role is granted above one's own") {
  constexpr std::array<std::string_view, 7> granted{"-------", "-------", "-------", "-------",
                                                    "-------", "-tuafA-", "-----AS"};
  constexpr std::string_view letters = "-tuafAS";
  for (std::size_t asker = 0; asker < roles.size(); ++asker) {
    for (std::size_t role = 0; role < roles.size(); ++role) {
      CAPTURE(asker);
      CAPTURE(role);
      CHECK(may_grant(roles.at(asker), roles.at(role)) == (role > 0 && granted.at(asker).at(role) == letters.at(role)));
    }
  }
}

TEST_CASE("administration: lists, organisations and settings") {
  for (const Role role : roles) {
    CHECK(sees_accounts(role) == (role == Role::admin || role == Role::sys_admin || role == Role::audit_user));
    CHECK(rules_organisations(role) == (role == Role::sys_admin));
    CHECK(rules_settings(role) == (role == Role::admin));
  }
}
