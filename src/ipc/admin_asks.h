#pragma once
// The command line, over the local administration socket, which only root and the server's own user may open. hull answers
// Status and Connect; Connect gives a channel to warden, vault or keeper with their own short table.
#include "ipc/import_asks.h"
#include "ipc/mail_asks.h"
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// ---- command line -> hull
struct ProcessRow {
  std::string name;
  std::uint32_t pid = 0;
  std::uint32_t layers = 0;  // sandbox/sandbox.h
  std::uint64_t started_ms = 0;
  static auto fields(auto& m, auto&& f) { return f(m.name, m.pid, m.layers, m.started_ms); }
};

struct Status {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::string version;
    std::uint64_t started_ms = 0;
    std::string https_address;
    std::uint64_t connections = 0;
    std::uint64_t connections_total = 0;
    std::uint64_t refused_total = 0;
    std::uint64_t violations_total = 0;
    std::uint64_t crashes_total = 0;
    std::vector<ProcessRow> processes;
    std::string ssh_address;                    // empty: SSH is not served
    std::vector<std::string> ssh_fingerprints;  // "ssh-ed25519 SHA256:..."
    static auto fields(auto& m, auto&& f) {
      return f(m.version, m.started_ms, m.https_address, m.connections, m.connections_total, m.refused_total,
               m.violations_total, m.crashes_total, m.processes, m.ssh_address, m.ssh_fingerprints);
    }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

enum class Office : std::uint8_t { warden = 0, vault = 1, keeper = 2 };
constexpr Office wire_max(Office) { return Office::keeper; }

// One descriptor comes with the answer.
struct Connect {
  static constexpr std::uint16_t number = 2;
  using Reply = ipc::Nothing;
  Office office = Office::warden;
  static auto fields(auto& m, auto&& f) { return f(m.office); }
};

inline constexpr std::array admin_hull_asks{
    ipc::Row{Status::number, "status", ipc::Phase::any, ipc::Times::unlimited, 0},
    ipc::Row{Connect::number, "connect", ipc::Phase::any, ipc::Times::limited, 1, 0, 1},
};
static_assert(ipc::sorted_unique(admin_hull_asks));

// ---- command line -> warden
struct AddUser {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::string id;
    Secret one_time_password;  // empty if a password was given
    static auto fields(auto& m, auto&& f) { return f(m.id, m.one_time_password); }
  };
  std::string user_name;
  std::string full_name;
  std::string email;
  std::uint8_t role = 0;  // core/capability Role
  Secret password;        // empty: warden makes a one-time password
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.full_name, m.email, m.role, m.password); }
};

struct ListUsers {
  static constexpr std::uint16_t number = 2;
  struct User {
    std::string id;
    std::string user_name;
    std::string full_name;
    std::string email;
    std::uint8_t role = 0;
    bool active = false;
    std::optional<std::int64_t> last_sign_on_ms;
    static auto fields(auto& m, auto&& f) {
      return f(m.id, m.user_name, m.full_name, m.email, m.role, m.active, m.last_sign_on_ms);
    }
  };
  struct Reply {
    std::vector<User> users;  // at most 100; ask again after the last name
    static auto fields(auto& m, auto&& f) { return f(m.users); }
  };
  std::string after;  // user name
  static auto fields(auto& m, auto&& f) { return f(m.after); }
};

struct SetUserActive {
  static constexpr std::uint16_t number = 3;
  using Reply = ipc::Nothing;
  std::string user_name;
  bool active = false;
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.active); }
};

struct SetUserPassword {
  static constexpr std::uint16_t number = 4;
  using Reply = AddUser::Reply;
  std::string user_name;
  Secret password;  // empty: one-time
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.password); }
};

struct DeleteUser {
  static constexpr std::uint16_t number = 5;
  using Reply = ipc::Nothing;
  std::string user_name;
  static auto fields(auto& m, auto&& f) { return f(m.user_name); }
};

// A public key that signs this user on. conflict when he has it already.
struct AddKey {
  static constexpr std::uint16_t number = 6;
  struct Reply {
    std::string fingerprint;
    static auto fields(auto& m, auto&& f) { return f(m.fingerprint); }
  };
  std::string user_name;
  std::string line;  // as in a .pub file: type, base64, comment
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.line); }
};

struct KeyRow {
  std::string type;
  std::string fingerprint;
  std::string comment;
  std::int64_t added_ms = 0;
  std::optional<std::int64_t> last_used_ms;
  static auto fields(auto& m, auto&& f) { return f(m.type, m.fingerprint, m.comment, m.added_ms, m.last_used_ms); }
};

struct ListKeys {
  static constexpr std::uint16_t number = 7;
  struct Reply {
    std::vector<KeyRow> keys;  // at most keys_of_a_user_max
    static auto fields(auto& m, auto&& f) { return f(m.keys); }
  };
  std::string user_name;
  static auto fields(auto& m, auto&& f) { return f(m.user_name); }
};
inline constexpr std::size_t keys_of_a_user_max = 64;

// Ends the live sessions that this key signed on.
struct RemoveKey {
  static constexpr std::uint16_t number = 8;
  using Reply = ipc::Nothing;
  std::string user_name;
  std::string fingerprint;
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.fingerprint); }
};

// How a user signs on over SSH: alternatives, each a list of methods in order, all needed. `methods` as
// "publickey,password keyboard-interactive"; empty: any one of publickey, password, keyboard-interactive.
struct SetSignOn {
  static constexpr std::uint16_t number = 9;
  using Reply = ipc::Nothing;
  std::string user_name;
  std::string methods;
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.methods); }
};

// Authorities whose user certificates sign on the users that they name as principals. The organisation's, for all users.
struct AddAuthority {
  static constexpr std::uint16_t number = 10;
  using Reply = AddKey::Reply;
  std::string line;
  static auto fields(auto& m, auto&& f) { return f(m.line); }
};
struct ListAuthorities {
  static constexpr std::uint16_t number = 11;
  using Reply = ListKeys::Reply;
  static auto fields(auto&, auto&& f) { return f(); }
};
struct RemoveAuthority {
  static constexpr std::uint16_t number = 12;
  using Reply = ipc::Nothing;
  std::string fingerprint;
  static auto fields(auto& m, auto&& f) { return f(m.fingerprint); }
};

inline constexpr std::array admin_warden_asks{
    ipc::Row{AddUser::number, "add_user", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{ListUsers::number, "list_users", ipc::Phase::any, ipc::Times::unlimited, 256},
    ipc::Row{SetUserActive::number, "set_user_active", ipc::Phase::any, ipc::Times::unlimited, 256},
    ipc::Row{SetUserPassword::number, "set_user_password", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{DeleteUser::number, "delete_user", ipc::Phase::any, ipc::Times::unlimited, 256},
    ipc::Row{AddKey::number, "add_key", ipc::Phase::any, ipc::Times::unlimited, 8'192},
    ipc::Row{ListKeys::number, "list_keys", ipc::Phase::any, ipc::Times::unlimited, 256},
    ipc::Row{RemoveKey::number, "remove_key", ipc::Phase::any, ipc::Times::unlimited, 512},
    ipc::Row{SetSignOn::number, "set_sign_on", ipc::Phase::any, ipc::Times::unlimited, 512},
    ipc::Row{AddAuthority::number, "add_authority", ipc::Phase::any, ipc::Times::unlimited, 8'192},
    ipc::Row{ListAuthorities::number, "list_authorities", ipc::Phase::any, ipc::Times::unlimited, 0},
    ipc::Row{RemoveAuthority::number, "remove_authority", ipc::Phase::any, ipc::Times::unlimited, 256},
    ipc::Row{BeginImport::number, "begin_import", ipc::Phase::any, ipc::Times::unlimited, 98'304},
    ipc::Row{EndImport::number, "end_import", ipc::Phase::any, ipc::Times::unlimited, 64},
    ipc::Row{MailState::number, "mail_state", ipc::Phase::any, ipc::Times::unlimited, 0},
    ipc::Row{TestMail::number, "test_mail", ipc::Phase::any, ipc::Times::unlimited, 512},
};
static_assert(ipc::sorted_unique(admin_warden_asks));

// ---- command line -> vault
// Writes tiles and a fresh checkpoint of all that is durable, and returns it.
struct LedgerHead {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::uint64_t size = 0;
    std::string checkpoint;    // signed note
    std::string verifier_key;  // name+id+key
    static auto fields(auto& m, auto&& f) { return f(m.size, m.checkpoint, m.verifier_key); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

inline constexpr std::array admin_vault_asks{
    ipc::Row{LedgerHead::number, "ledger_head", ipc::Phase::any, ipc::Times::unlimited, 0},
};
static_assert(ipc::sorted_unique(admin_vault_asks));

}  // namespace bulkhead::asks
