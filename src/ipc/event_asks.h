#pragma once
// chronicle -> vault, warden, keeper: what happened, for the log. One channel and one table each. Whoever asks says up
// to where it has everything on its disk; what lies before that the asked may forget. So nothing is lost and nothing
// comes twice, whoever crashes. Nothing here goes outward: chronicle decides what a session may see (ipc/log_asks.h).
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// What happened. The numbers are in log.db: never reuse one; below 63, for sets of them are bits.
enum class EventKind : std::uint8_t {
  none = 0,
  sign_on = 1,
  sign_on_refused = 2,
  sign_off = 3,
  password_changed = 4,
  password_link_made = 5,  // a link for a new password, asked for or sent
  user_added = 10,
  user_changed = 11,
  user_deleted = 12,
  key_added = 13,
  key_removed = 14,
  sign_on_methods_set = 15,
  token_added = 16,  // for APIs, or of an add-in
  token_changed = 17,
  token_removed = 18,
  acting_begun = 19,  // a SysAdmin as the Admin of an organisation
  organisation_added = 20,
  organisation_changed = 21,
  policy_added = 22,
  policy_set = 23,
  network_rule_added = 24,
  network_rule_removed = 25,
  trusted_network_set = 26,
  trusted_network_removed = 27,
  password_permission_set = 28,
  folder_created = 30,
  folder_moved = 31,  // or renamed
  folder_changed = 32,
  folder_deleted = 33,
  folder_copied = 34,
  folder_settings_changed = 35,
  rights_set = 36,
  rights_removed = 37,
  group_created = 38,
  group_members_added = 39,
  group_member_removed = 40,
  quota_set = 41,
  file_moved = 42,  // or renamed
  file_deleted = 43,
  version_restored = 44,
  version_deleted = 45,
  file_undeleted = 46,
  bin_file_deleted = 47,
  bin_emptied = 48,
  places_imported = 49,
  file_uploaded = 50,
  file_downloaded = 51,
  file_opened = 52,      // inside: for its hash, to be changed, to be copied; no content left the server
  virtual_created = 53,  // a virtual folder: `folder` holds it, `target` is its id
  virtual_moved = 54,    // or renamed
  log_viewed = 55,
  log_retention_set = 56,
  hold_placed = 57,
  hold_lifted = 58,
  virtual_deleted = 59,
  started = 60,
  trouble = 61,
};
constexpr EventKind wire_max(EventKind) {
  return EventKind::trouble;
}

inline constexpr std::size_t event_text_max = 1'024;  // bytes; a longer one is cut and ends in "..."

// One event of warden or keeper. Texts are data from outside.
struct Event {
  std::int64_t time_ms = 0;
  EventKind kind = EventKind::none;
  bool failed = false;
  std::uint32_t organisation = 0;  // 0: of none
  std::string user;                // who did it: id
  std::string user_name;
  std::string full_name;
  std::string target;  // to whom: id of a user or group
  std::string target_name;
  std::uint64_t file = 0;
  std::string file_name;
  std::uint32_t folder = 0;
  std::string folder_path;
  std::string address;
  std::string method;  // of a sign-on
  std::string message;
  static auto fields(auto& m, auto&& f) {
    return f(m.time_ms, m.kind, m.failed, m.organisation, m.user, m.user_name, m.full_name, m.target, m.target_name,
             m.file, m.file_name, m.folder, m.folder_path, m.address, m.method, m.message);
  }
  // Every text within event_text_max.
  void cut() {
    for (std::string* text : {&user, &user_name, &full_name, &target, &target_name, &file_name, &folder_path, &address,
                              &method, &message}) {
      if (text->size() <= event_text_max) continue;
      std::size_t end = event_text_max - 3;
      while (end > 0 && (static_cast<unsigned char>((*text)[end]) & 0xC0U) == 0x80) --end;  // between characters
      text->resize(end);
      *text += "...";
    }
  }
};

// warden and keeper: events after `after`, in order. `after` is on the asker's disk.
struct EventsAfter {
  static constexpr std::uint16_t number = 1;
  struct Stored {
    std::uint64_t sequence = 0;
    Bytes event;  // an encoded Event
    static auto fields(auto& m, auto&& f) { return f(m.sequence, m.event); }
  };
  struct Reply {
    std::uint64_t last =
        0;  // the newest there ever was; less than `after` in a database that was restored: it is read anew
    std::vector<Stored> events;  // as many as fit an answer
    static auto fields(auto& m, auto&& f) { return f(m.last, m.events); }
  };
  std::uint64_t after = 0;
  static auto fields(auto& m, auto&& f) { return f(m.after); }
};

// vault: durable ledger entries from index `from` on.
struct EntriesFrom {
  static constexpr std::uint16_t number = 2;
  struct Stored {
    std::uint64_t index = 0;
    Bytes body;  // core/ledger/entry.h
    static auto fields(auto& m, auto&& f) { return f(m.index, m.body); }
  };
  struct Reply {
    std::uint64_t next = 0;       // to go on with; erased ones are left out
    std::uint64_t size = 0;       // of the ledger
    std::vector<Stored> entries;  // as many as fit an answer
    static auto fields(auto& m, auto&& f) { return f(m.next, m.size, m.entries); }
  };
  std::uint64_t from = 0;
  static auto fields(auto& m, auto&& f) { return f(m.from); }
};

inline constexpr std::size_t names_of_max = 128;  // of one ask

// warden: names as they are now, of those that there are.
struct NamesOf {
  static constexpr std::uint16_t number = 3;
  struct Name {
    std::string id;
    std::string user_name;
    std::string full_name;
    static auto fields(auto& m, auto&& f) { return f(m.id, m.user_name, m.full_name); }
  };
  struct Reply {
    std::vector<Name> names;
    static auto fields(auto& m, auto&& f) { return f(m.names); }
  };
  std::vector<std::string> users;
  static auto fields(auto& m, auto&& f) { return f(m.users); }
};

// keeper: the folders where files are now, of those that there are.
struct PlacesOf {
  static constexpr std::uint16_t number = 4;
  struct Place {
    std::uint64_t file = 0;
    std::uint32_t folder = 0;
    std::uint64_t receipt = 0;  // of its newest version
    std::string agent;          // that sent it
    static auto fields(auto& m, auto&& f) { return f(m.file, m.folder, m.receipt, m.agent); }
  };
  struct Reply {
    std::vector<Place> places;
    static auto fields(auto& m, auto&& f) { return f(m.places); }
  };
  std::vector<std::uint64_t> files;
  static auto fields(auto& m, auto&& f) { return f(m.files); }
};

inline constexpr std::array warden_event_asks{
    ipc::Row{EventsAfter::number, "events_after", ipc::Phase::any, ipc::Times::unlimited, 8},
    ipc::Row{NamesOf::number, "names_of", ipc::Phase::any, ipc::Times::unlimited, 8'192},
};
static_assert(ipc::sorted_unique(warden_event_asks));

inline constexpr std::array keeper_event_asks{
    ipc::Row{EventsAfter::number, "events_after", ipc::Phase::any, ipc::Times::unlimited, 8},
    ipc::Row{PlacesOf::number, "places_of", ipc::Phase::any, ipc::Times::unlimited, 4'096},
};
static_assert(ipc::sorted_unique(keeper_event_asks));

inline constexpr std::array vault_event_asks{
    ipc::Row{EntriesFrom::number, "entries_from", ipc::Phase::any, ipc::Times::unlimited, 8},
};
static_assert(ipc::sorted_unique(vault_event_asks));

}  // namespace bulkhead::asks
