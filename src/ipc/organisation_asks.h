#pragma once
// gate -> warden, after sign-on: what a SysAdmin sets for an organisation, what everybody may know of his own, and the
// tokens of add-ins of mail programs. The rows of the table are in login_asks.h.
#include "ipc/user_asks.h"

namespace bulkhead::asks {

enum class PackageAccess : std::uint8_t { none = 0, admin_only = 1, admin_and_group_admin = 2 };
constexpr PackageAccess wire_max(PackageAccess) {
  return PackageAccess::admin_and_group_admin;
}

struct OrganisationSettings {
  std::uint32_t total_users = 0;     // at most; 0: any number, here and below
  std::uint32_t end_users = 0;       // of the role User
  std::uint32_t temp_users = 0;      // of the role TemporaryUser
  bool admin_password_reset = true;  // an Admin may set the password of another
  PackageAccess package_access = PackageAccess::none;
  bool package_entries_in_log = false;
  bool show_files = true;  // the interface shows these
  bool show_packages = true;
  bool show_sharing = true;
  static auto fields(auto& m, auto&& f) {
    return f(m.total_users, m.end_users, m.temp_users, m.admin_password_reset, m.package_access,
             m.package_entries_in_log, m.show_files, m.show_packages, m.show_sharing);
  }
};

// For a SysAdmin: sets what is given and answers all that is stored.
struct ChangeOrganisationSettings {
  static constexpr std::uint16_t number = 60;
  using Reply = OrganisationSettings;
  std::uint32_t id = 0;
  std::optional<std::uint32_t> total_users;
  std::optional<std::uint32_t> end_users;
  std::optional<std::uint32_t> temp_users;
  std::optional<bool> admin_password_reset;
  std::optional<PackageAccess> package_access;
  std::optional<bool> package_entries_in_log;
  std::optional<bool> show_files;
  std::optional<bool> show_packages;
  std::optional<bool> show_sharing;
  bool everywhere = false;  // for every organisation
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.total_users, m.end_users, m.temp_users, m.admin_password_reset, m.package_access,
             m.package_entries_in_log, m.show_files, m.show_packages, m.show_sharing, m.everywhere);
  }
};

// The principal's, without notes and counts.
struct OwnOrganisation {
  static constexpr std::uint16_t number = 61;
  using Reply = OrganisationRow;
  static auto fields(auto&, auto&& f) { return f(); }
};

inline constexpr std::size_t external_tokens_max = 16;            // of a user
inline constexpr std::size_t external_token_size_max = 8 * 1024;  // bytes

enum class ExternalTokenType : std::uint8_t { microsoft_outlook = 0 };
constexpr ExternalTokenType wire_max(ExternalTokenType) {
  return ExternalTokenType::microsoft_outlook;
}

struct ExternalTokenRow {
  std::string id;
  std::string digest;  // the first letters of the token's, to know it again
  std::uint32_t organisation = 0;
  ExternalTokenType type = ExternalTokenType::microsoft_outlook;
  std::int64_t registered_ms = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.digest, m.organisation, m.type, m.registered_ms); }
};

struct ListExternalTokens {
  static constexpr std::uint16_t number = 62;
  struct Reply {
    std::vector<ExternalTokenRow> rows;  // at most external_tokens_max
    static auto fields(auto& m, auto&& f) { return f(m.rows); }
  };
  std::string user;  // id; empty: the principal, here and below
  static auto fields(auto& m, auto&& f) { return f(m.user); }
};

// For the principal. conflict when somebody has it, exhausted at the most there may be.
struct AddExternalToken {
  static constexpr std::uint16_t number = 63;
  using Reply = ipc::Nothing;
  ExternalTokenType type = ExternalTokenType::microsoft_outlook;
  Secret token;
  bool check = false;  // stores nothing: not_found unless the principal has it
  static auto fields(auto& m, auto&& f) { return f(m.type, m.token, m.check); }
};

// By its id, or the principal's own by itself.
struct RemoveExternalToken {
  static constexpr std::uint16_t number = 64;
  using Reply = ipc::Nothing;
  std::string user;
  std::string id;
  ExternalTokenType type = ExternalTokenType::microsoft_outlook;
  Secret token;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.id, m.type, m.token); }
};

}  // namespace bulkhead::asks
