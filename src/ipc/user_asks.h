#pragma once
// gate -> warden, after sign-on: administration of users and organisations. What the bound principal may do is decided
// in the warden (warden/administration.h); of what he may not see he hears not_found, of what he may see and not
// change denied. The rows of the table are in login_asks.h.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

enum class EmailFormat : std::uint8_t { html = 0, text = 1 };
constexpr EmailFormat wire_max(EmailFormat) {
  return EmailFormat::text;
}

enum class Notifications : std::uint8_t { none = 0, receives = 1, admin_receives = 2 };
constexpr Notifications wire_max(Notifications) {
  return Notifications::admin_receives;
}

// UserDetails of moveit-rest section 7, as far as the warden knows them.
struct UserRow {
  std::string id;
  std::uint32_t organisation = 0;
  std::string user_name;
  std::string full_name;
  std::string email;
  std::uint8_t role = 0;  // core/capability Role
  bool active = false;
  bool must_change_password = false;
  std::optional<std::int64_t> last_sign_on_ms;
  std::optional<std::int64_t> password_changed_ms;
  std::string notes;  // empty in lists, and for the user himself
  std::string status_note;
  std::string language;
  EmailFormat email_format = EmailFormat::html;
  Notifications notifications = Notifications::none;
  std::uint32_t expiration_policy = 0;  // 0: none
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.organisation, m.user_name, m.full_name, m.email, m.role, m.active, m.must_change_password,
             m.last_sign_on_ms, m.password_changed_ms, m.notes, m.status_note, m.language, m.email_format,
             m.notifications, m.expiration_policy);
  }
};

enum class AccountStatus : std::uint8_t { all = 0, active = 1, inactive = 2, never_signed_on = 3 };
constexpr AccountStatus wire_max(AccountStatus) {
  return AccountStatus::never_signed_on;
}

enum class AccountSort : std::uint8_t { user_name = 0, full_name = 1, last_sign_on = 2, email = 3 };
constexpr AccountSort wire_max(AccountSort) {
  return AccountSort::email;
}

inline constexpr std::uint32_t all_roles = 0xFFFF'FFFFU;
inline constexpr std::uint32_t accounts_per_list = 100;

// Those whom the principal may see. Texts match without case, anywhere in the field or, `exact`, the whole of it.
struct ListAccounts {
  static constexpr std::uint16_t number = 20;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<UserRow> rows;  // at most accounts_per_list
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t organisation = 0;   // 0: all that he may see
  std::uint32_t roles = all_roles;  // bit n: core/capability Role n
  AccountStatus status = AccountStatus::all;
  std::string user_name;
  std::string full_name;
  std::string email;
  bool exact = false;
  AccountSort sort = AccountSort::user_name;
  bool descending = false;
  std::uint32_t offset = 0;
  std::uint32_t count = 0;
  static auto fields(auto& m, auto&& f) {
    return f(m.organisation, m.roles, m.status, m.user_name, m.full_name, m.email, m.exact, m.sort, m.descending,
             m.offset, m.count);
  }
};

struct GetAccount {
  static constexpr std::uint16_t number = 21;
  using Reply = UserRow;
  std::string id;  // empty: the principal's own, here and below
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

// Answered in a later turn. conflict when the name is taken, invalid for a value or password that breaks a rule.
struct AddAccount {
  static constexpr std::uint16_t number = 22;
  using Reply = UserRow;
  std::uint32_t organisation = 0;  // 0: the principal's
  std::string user_name;
  std::string full_name;
  std::string email;
  std::optional<std::uint8_t> role;  // none: that of the source, or User
  bool must_change_password = false;
  std::string notes;
  std::string source;  // user id: whatever is not given is taken from him; empty: nobody
  Secret password;  // empty: a link goes to the mail address, with which he chooses one
  static auto fields(auto& m, auto&& f) {
    return f(m.organisation, m.user_name, m.full_name, m.email, m.role, m.must_change_password, m.notes, m.source,
             m.password);
  }
};

// All of it or nothing. Answered in a later turn when a password is set. A new password, role or status ends the
// sessions of the user, but for a password of one's own the session that this channel uses.
struct ChangeAccount {
  static constexpr std::uint16_t number = 23;
  using Reply = UserRow;
  std::string id;
  std::optional<std::string> full_name;
  std::optional<std::string> email;
  std::optional<std::uint8_t> role;
  std::optional<bool> active;
  std::optional<bool> must_change_password;
  std::optional<std::string> notes;
  std::optional<std::string> status_note;
  std::optional<std::string> language;
  std::optional<EmailFormat> email_format;
  std::optional<Notifications> notifications;
  std::optional<Secret> password;
  std::optional<Secret> current_password;  // with `password` of one's own
  bool tell_by_mail = false;               // that there is a new password, never which
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.full_name, m.email, m.role, m.active, m.must_change_password, m.notes, m.status_note, m.language,
             m.email_format, m.notifications, m.password, m.current_password, m.tell_by_mail);
  }
};

struct RemoveAccount {
  static constexpr std::uint16_t number = 24;
  using Reply = ipc::Nothing;
  std::string id;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

struct OrganisationRow {
  std::uint32_t id = 0;
  std::string name;
  std::string short_name;
  std::string notes;
  std::uint64_t users = 0;
  std::string tech_name = {};  // of whom to ask
  std::string tech_phone = {};
  std::string tech_email = {};
  std::string base_url = {};
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.name, m.short_name, m.notes, m.users, m.tech_name, m.tech_phone, m.tech_email, m.base_url);
  }
};
inline constexpr std::size_t organisations_max = 100;

// In the order of their names.
struct ListOrganisations {
  static constexpr std::uint16_t number = 25;
  struct Reply {
    std::vector<OrganisationRow> rows;  // at most organisations_max, without notes
    static auto fields(auto& m, auto&& f) { return f(m.rows); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

struct GetOrganisation {
  static constexpr std::uint16_t number = 26;
  using Reply = OrganisationRow;
  std::uint32_t id = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

struct AddOrganisation {
  static constexpr std::uint16_t number = 27;
  using Reply = OrganisationRow;
  std::string name;
  std::string short_name;
  std::string tech_name;
  std::string tech_phone;
  std::string tech_email;
  std::string base_url;
  static auto fields(auto& m, auto&& f) {
    return f(m.name, m.short_name, m.tech_name, m.tech_phone, m.tech_email, m.base_url);
  }
};

struct ChangeOrganisation {
  static constexpr std::uint16_t number = 28;
  using Reply = OrganisationRow;
  std::uint32_t id = 0;
  std::optional<std::string> name;
  std::optional<std::string> short_name;
  std::optional<std::string> notes;
  std::optional<std::string> tech_name;
  std::optional<std::string> tech_phone;
  std::optional<std::string> tech_email;
  std::optional<std::string> base_url;
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.name, m.short_name, m.notes, m.tech_name, m.tech_phone, m.tech_email, m.base_url);
  }
};

}  // namespace bulkhead::asks
