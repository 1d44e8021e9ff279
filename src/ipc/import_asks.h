#pragma once
// The command line brings the accounts of another server in (docs/import.md). Each account takes three asks, and each
// may be sent again after an interruption:
//   BeginImport  warden  the account with its password's hash, keys and networks; nobody signs on to it yet
//   ImportUser   keeper  its place in the catalog: home, rights, quota, groups
//   EndImport    warden  the account may be used
// The rows that warden answers stand in admin_warden_asks (admin_asks.h). `organisation` says where the account is to
// be, not who asks.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

inline constexpr std::size_t import_keys_max = 16;      // of one account
inline constexpr std::size_t import_networks_max = 8;   // lists of addresses
inline constexpr std::size_t import_folders_max = 128;  // of one account
inline constexpr std::size_t import_groups_max = 128;   // of one account

// What became of an account.
enum class ImportState : std::uint8_t {
  added = 0,   // it is new
  begun = 1,   // an import began it and was interrupted: go on
  before = 2,  // an import made it: nothing is changed
  taken = 3,   // the name is that of an account that no import made, or of another organisation: nothing is changed
};
constexpr ImportState wire_max(ImportState) {
  return ImportState::taken;
}

// Errc::not_found for an organisation that is not there; Errc::invalid with what is wrong. Then nothing is stored.
struct BeginImport {
  static constexpr std::uint16_t number = 60;
  struct Reply {
    ImportState state = ImportState::added;
    std::string id;  // of the account when it is to go on
    static auto fields(auto& m, auto&& f) { return f(m.state, m.id); }
  };
  std::uint32_t organisation = 0;
  std::string user_name;
  std::string full_name;
  std::string email;
  std::string notes;
  std::string foreign_hash;          // core/foreign_hash; empty: no password signs on
  std::vector<std::string> keys;     // lines as in a .pub file
  std::vector<std::string> allowed;  // lists of networks; empty: from anywhere
  std::vector<std::string> denied;   // before the others
  std::optional<std::int64_t> expires_ms;
  static auto fields(auto& m, auto&& f) {
    return f(m.organisation, m.user_name, m.full_name, m.email, m.notes, m.foreign_hash, m.keys, m.allowed, m.denied,
             m.expires_ms);
  }
};

// Errc::not_found unless the account was begun and is not ended.
struct EndImport {
  static constexpr std::uint16_t number = 61;
  using Reply = ipc::Nothing;
  std::string id;
  bool active = false;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.active); }
};

// ---- command line -> keeper
struct ImportDone {
  bool added = false;  // false: it was there, and nothing is changed
  static auto fields(auto& m, auto&& f) { return f(m.added); }
};

struct ImportGroup {
  static constexpr std::uint16_t number = 70;
  using Reply = ImportDone;
  std::uint32_t organisation = 0;
  std::string name;
  std::string description;
  static auto fields(auto& m, auto&& f) { return f(m.organisation, m.name, m.description); }
};

struct ImportedFolder {
  std::string path;                // from the account's own root, "/"
  std::uint16_t rights = 0;        // core/policy Rights of the account, in place of those above
  bool overwrite_allowed = false;  // who may write may replace
  static auto fields(auto& m, auto&& f) { return f(m.path, m.rights, m.overwrite_allowed); }
};

// Makes the user and /Home/<user name>. Without `folders` it is his home, with every right in it. With them, he has in
// it what they say and no more; the first is "/". Errc::not_found for a group that is not there.
struct ImportUser {
  static constexpr std::uint16_t number = 71;
  using Reply = ImportDone;
  std::uint32_t organisation = 0;
  std::string id;
  std::string user_name;
  std::uint64_t quota = 0;  // bytes; 0: none
  std::vector<std::string> groups;
  std::vector<ImportedFolder> folders;  // a folder after those above it
  static auto fields(auto& m, auto&& f) { return f(m.organisation, m.id, m.user_name, m.quota, m.groups, m.folders); }
};

inline constexpr std::array admin_keeper_asks{
    ipc::Row{ImportGroup::number, "import_group", ipc::Phase::any, ipc::Times::unlimited, 8'192},
    ipc::Row{ImportUser::number, "import_user", ipc::Phase::any, ipc::Times::unlimited, 98'304},
};
static_assert(ipc::sorted_unique(admin_keeper_asks));

}  // namespace bulkhead::asks
