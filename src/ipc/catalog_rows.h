#pragma once
// Files and folders as keeper shows them to a session. Only what the bound principal may see is ever in them.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

enum class FolderSort : std::uint8_t { path = 0, name = 1, kind = 2, changed = 3 };
constexpr FolderSort wire_max(FolderSort) { return FolderSort::changed; }
enum class FileSort : std::uint8_t { path = 0, name = 1, size = 2, uploaded = 3 };
constexpr FileSort wire_max(FileSort) { return FileSort::uploaded; }

// One slice of a list. The answer may hold fewer rows than `limit` (a frame is bounded): ask again from where it ended.
struct Slice {
  std::uint32_t offset = 0;
  std::uint32_t limit = 0;
  bool descending = false;
  static auto fields(auto& m, auto&& f) { return f(m.offset, m.limit, m.descending); }
};

struct FileRow {
  std::uint64_t id = 0;  // digits on the wire (moveit-rest section 9 item 12)
  std::uint64_t version = 0;  // changes with the content: the ETag
  std::uint32_t folder = 0;
  std::uint32_t organisation = 0;
  std::string name;
  std::string folder_path;
  std::uint64_t size = 0;
  std::array<std::uint8_t, 32> sha256{};
  std::optional<std::array<std::uint8_t, 20>> sha1;  // absent until somebody asked for it
  std::string comment;
  std::string uploader;
  std::string uploader_full_name;
  std::string uploader_address;
  std::string uploader_agent;
  std::int64_t uploaded_ms = 0;
  std::uint32_t download_count = 0;
  bool integrity_checked = false;  // the client sent a hash, and it matched
  bool is_new = false;
  std::uint64_t receipt = 0;  // ledger index of its `received` entry
  std::int64_t modified_ms = 0;  // as the client said, or when it was uploaded
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.version, m.folder, m.organisation, m.name, m.folder_path, m.size, m.sha256, m.sha1, m.comment, m.uploader,
             m.uploader_full_name, m.uploader_address, m.uploader_agent, m.uploaded_ms, m.download_count,
             m.integrity_checked, m.is_new, m.receipt, m.modified_ms);
  }
};

// virtual_folder: the name, path and parent are those of a virtual folder, all else is its target's.
enum class FolderKind : std::uint8_t { normal = 0, root = 1, virtual_folder = 2 };
constexpr FolderKind wire_max(FolderKind) { return FolderKind::virtual_folder; }

struct FolderRow {
  std::uint32_t id = 0;      // fits 31 bits
  std::uint32_t parent = 0;  // 0: none
  std::uint32_t organisation = 0;
  FolderKind kind = FolderKind::normal;
  std::string name;
  std::string path;
  std::string description;
  std::string owner;  // user id, or empty
  std::int64_t changed_ms = 0;
  std::uint16_t rights = 0;  // core/policy Rights of the bound principal
  bool is_shared = false;
  bool inherits = true;
  bool overwrite_allowed = false;
  std::uint32_t subfolder_count = 0;
  std::uint32_t file_count = 0;
  std::uint64_t files_size = 0;
  std::uint32_t shared_users = 0;
  std::uint32_t shared_groups = 0;
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.parent, m.organisation, m.kind, m.name, m.path, m.description, m.owner, m.changed_ms, m.rights, m.is_shared,
             m.inherits, m.overwrite_allowed, m.subfolder_count, m.file_count, m.files_size, m.shared_users, m.shared_groups);
  }
};

// An upload that is not finished; only its uploader ever sees it.
struct DraftRow {
  std::uint32_t folder = 0;
  std::string name;
  std::uint64_t size = 0;  // bytes so far
  std::int64_t changed_ms = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.size, m.changed_ms); }
};

// One line of a folder's list.
enum class EntryKind : std::uint8_t { folder = 0, file = 1, draft = 2 };
constexpr EntryKind wire_max(EntryKind) { return EntryKind::draft; }
struct EntryRow {
  EntryKind kind = EntryKind::folder;
  std::string name;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
  std::uint16_t rights = 0;  // of a folder: core/policy Rights of the bound principal in it
  bool is_virtual = false;   // of a folder
  static auto fields(auto& m, auto&& f) { return f(m.kind, m.name, m.size, m.modified_ms, m.rights, m.is_virtual); }
};

// What a user or group may do in a folder by entries, inherited ones included; of the home's owner, all.
struct GrantRow {
  bool is_group = false;
  std::string id;    // user id, or group id in digits
  std::string name;  // of the user or group
  std::uint16_t rights = 0;
  std::uint16_t share = 0;   // core/policy `sharable`: what the holder may hand on
  bool is_owner = false;
  bool is_editable = false;  // by the bound principal
  bool is_deletable = false;
  static auto fields(auto& m, auto&& f) {
    return f(m.is_group, m.id, m.name, m.rights, m.share, m.is_owner, m.is_editable, m.is_deletable);
  }
};

struct GroupRow {
  std::uint32_t id = 0;  // fits 31 bits
  std::string name;
  std::string description;
  std::uint32_t member_count = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.name, m.description, m.member_count); }
};

enum class Relationship : std::uint8_t { member = 0, group_admin = 1 };
constexpr Relationship wire_max(Relationship) { return Relationship::group_admin; }

struct MemberRow {
  std::string id;    // user id
  std::string name;  // user name
  std::uint32_t organisation = 0;
  std::uint8_t role = 0;  // core/capability Role, as of the last sign-on
  Relationship relationship = Relationship::member;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.name, m.organisation, m.role, m.relationship); }
};

struct MembershipRow {
  std::uint32_t group = 0;
  std::string name;
  std::string description;
  Relationship relationship = Relationship::member;
  static auto fields(auto& m, auto&& f) { return f(m.group, m.name, m.description, m.relationship); }
};

}  // namespace bulkhead::asks
