#pragma once
// gate -> warden, after sign-on: API tokens, and the keys and methods by which a user signs on over SSH. Each for the
// principal himself, or for a user whom he administers; of others not_found. The rows of the table are in login_asks.h.
#include "ipc/admin_asks.h"
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

inline constexpr std::size_t tokens_of_a_user_max = 64;
inline constexpr std::uint32_t token_days_max = 366;

// An API token as it is shown: never with the token itself.
struct TokenRow {
  std::string id;
  std::string name;
  std::uint8_t scopes = 0;  // core/capability/scopes.h
  std::string networks;     // from which it is good: addresses and blocks, joined by commas; empty: all
  std::string prefix;       // the first letters of the token, to know it again
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::optional<std::int64_t> last_used_ms;
  std::string last_address;
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.name, m.scopes, m.networks, m.prefix, m.created_ms, m.expires_ms, m.last_used_ms, m.last_address);
  }
};

// For the principal. Errc::invalid for a name, scope, network or time that cannot be, exhausted at the most there may
// be.
struct AddToken {
  static constexpr std::uint16_t number = 50;
  struct Reply {
    TokenRow row;
    Secret token;  // shown this once
    static auto fields(auto& m, auto&& f) { return f(m.row, m.token); }
  };
  std::string name;
  std::uint8_t scopes = 0;
  std::string networks;
  std::int64_t expires_ms = 0;
  static auto fields(auto& m, auto&& f) { return f(m.name, m.scopes, m.networks, m.expires_ms); }
};

struct ListTokens {
  static constexpr std::uint16_t number = 51;
  struct Reply {
    std::vector<TokenRow> rows;  // at most tokens_of_a_user_max, the oldest first
    static auto fields(auto& m, auto&& f) { return f(m.rows); }
  };
  std::string user;  // id; empty: the principal, here and below
  static auto fields(auto& m, auto&& f) { return f(m.user); }
};

// Of the principal's own. Errc::invalid for a time that is not earlier than the present one. A new time ends the
// connections that use the token: they show it again.
struct ChangeToken {
  static constexpr std::uint16_t number = 52;
  using Reply = TokenRow;
  std::string id;
  std::optional<std::string> name;
  std::optional<std::int64_t> expires_ms;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.name, m.expires_ms); }
};

// Ends the connections that use it.
struct RemoveToken {
  static constexpr std::uint16_t number = 53;
  using Reply = ipc::Nothing;
  std::string user;
  std::string id;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.id); }
};

struct ListUserKeys {
  static constexpr std::uint16_t number = 54;
  struct Reply {
    std::vector<KeyRow> rows;  // at most keys_of_a_user_max
    static auto fields(auto& m, auto&& f) { return f(m.rows); }
  };
  std::string user;
  static auto fields(auto& m, auto&& f) { return f(m.user); }
};

// `line` as in authorized_keys, without options.
struct AddUserKey {
  static constexpr std::uint16_t number = 55;
  using Reply = KeyRow;
  std::string user;
  std::string line;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.line); }
};

// Ends the live sessions that this key signed on.
struct RemoveUserKey {
  static constexpr std::uint16_t number = 56;
  using Reply = ipc::Nothing;
  std::string user;
  std::string fingerprint;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.fingerprint); }
};

// As SetSignOn of admin_asks.h has them.
struct GetUserSignOn {
  static constexpr std::uint16_t number = 57;
  struct Reply {
    std::string methods;
    static auto fields(auto& m, auto&& f) { return f(m.methods); }
  };
  std::string user;
  static auto fields(auto& m, auto&& f) { return f(m.user); }
};

// For who rules the account only.
struct SetUserSignOn {
  static constexpr std::uint16_t number = 58;
  using Reply = GetUserSignOn::Reply;
  std::string user;
  std::string methods;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.methods); }
};

// A SysAdmin acts from now on, with the session that was shown last on this channel, as the Admin of an organisation.
// The channel forgets that session: it is shown again on another connection. Others: denied.
struct ActAsAdmin {
  static constexpr std::uint16_t number = 59;
  struct Reply {
    std::uint32_t organisation = 0;
    std::uint8_t role = 0;  // core/capability Role
    static auto fields(auto& m, auto&& f) { return f(m.organisation, m.role); }
  };
  std::uint32_t organisation = 0;
  static auto fields(auto& m, auto&& f) { return f(m.organisation); }
};

}  // namespace bulkhead::asks
