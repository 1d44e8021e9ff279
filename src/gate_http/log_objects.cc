#include "gate_http/log_objects.h"

#include <algorithm>
#include <array>

#include "base/cat.h"
#include "base/clock.h"
#include "base/encode.h"
#include "gate_http/timestamps.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

using asks::EventKind;

constexpr std::int64_t code_refused_sign_on = 2025;
constexpr std::int64_t code_other = 200;

struct KindName {
  EventKind kind;
  std::string_view action;  // the contract leaves the words open
  std::string_view text;
};
constexpr std::array kind_names{
    KindName{EventKind::sign_on, "sec_signon", "Signed on"},
    KindName{EventKind::sign_on_refused, "sec_signon", "Sign-on refused"},
    KindName{EventKind::sign_off, "sec_signoff", "Signed off"},
    KindName{EventKind::password_changed, "user_chngpass", "Changed a password"},
    KindName{EventKind::password_link_made, "user_passwordlink", "Sent a link for a new password"},
    KindName{EventKind::user_added, "user_add", "Added a user"},
    KindName{EventKind::user_changed, "user_change", "Changed a user"},
    KindName{EventKind::user_deleted, "user_delete", "Deleted a user"},
    KindName{EventKind::key_added, "user_addkey", "Added a key"},
    KindName{EventKind::key_removed, "user_removekey", "Removed a key"},
    KindName{EventKind::sign_on_methods_set, "user_setmethods", "Set how a user signs on"},
    KindName{EventKind::token_added, "user_addtoken", "Added a token"},
    KindName{EventKind::token_changed, "user_changetoken", "Changed a token"},
    KindName{EventKind::token_removed, "user_removetoken", "Removed a token"},
    KindName{EventKind::acting_begun, "sec_actasadmin", "Acts as administrator of the organisation"},
    KindName{EventKind::organisation_added, "org_add", "Added an organisation"},
    KindName{EventKind::organisation_changed, "org_change", "Changed an organisation"},
    KindName{EventKind::policy_added, "policy_add", "Added a policy"},
    KindName{EventKind::policy_set, "policy_set", "Set a policy"},
    KindName{EventKind::network_rule_added, "hostpermit_add", "Added a network rule"},
    KindName{EventKind::network_rule_removed, "hostpermit_delete", "Removed a network rule"},
    KindName{EventKind::trusted_network_set, "ipwhitelist_set", "Set a trusted network"},
    KindName{EventKind::trusted_network_removed, "ipwhitelist_delete", "Removed a trusted network"},
    KindName{EventKind::password_permission_set, "password_permission", "Set who may change passwords"},
    KindName{EventKind::folder_created, "folder_add", "Created a folder"},
    KindName{EventKind::folder_moved, "folder_move", "Moved or renamed a folder"},
    KindName{EventKind::folder_changed, "folder_change", "Changed a folder"},
    KindName{EventKind::folder_deleted, "folder_delete", "Deleted a folder"},
    KindName{EventKind::folder_copied, "folder_copy", "Copied a folder to here"},
    KindName{EventKind::folder_settings_changed, "folder_settings", "Changed settings of a folder"},
    KindName{EventKind::rights_set, "folder_permit", "Set rights in a folder"},
    KindName{EventKind::rights_removed, "folder_unpermit", "Removed rights in a folder"},
    KindName{EventKind::group_created, "group_add", "Created a group"},
    KindName{EventKind::group_members_added, "group_addmember", "Added members to a group"},
    KindName{EventKind::group_member_removed, "group_removemember", "Removed a member of a group"},
    KindName{EventKind::quota_set, "user_quota", "Set the quota of a user"},
    KindName{EventKind::file_moved, "file_move", "Moved or renamed a file"},
    KindName{EventKind::file_deleted, "file_delete", "Deleted a file"},
    KindName{EventKind::version_restored, "file_restoreversion", "Restored an older version of a file"},
    KindName{EventKind::version_deleted, "file_deleteversion", "Deleted an older version of a file"},
    KindName{EventKind::file_undeleted, "file_undelete", "Took a file from the recycle bin"},
    KindName{EventKind::bin_file_deleted, "bin_delete", "Deleted a file in the recycle bin for good"},
    KindName{EventKind::bin_emptied, "bin_empty", "Emptied the recycle bin"},
    KindName{EventKind::places_imported, "user_import", "Imported the folders and groups of a user"},
    KindName{EventKind::file_uploaded, "file_upload", "Uploaded a file"},
    KindName{EventKind::file_downloaded, "file_download", "Downloaded a file"},
    KindName{EventKind::file_opened, "file_open", "Opened a file inside the server"},
    KindName{EventKind::virtual_created, "virtualfolder_add", "Created a virtual folder"},
    KindName{EventKind::virtual_moved, "virtualfolder_move", "Moved or renamed a virtual folder"},
    KindName{EventKind::virtual_deleted, "virtualfolder_delete", "Deleted a virtual folder"},
    KindName{EventKind::log_viewed, "log_view", "Viewed the log"},
    KindName{EventKind::log_retention_set, "log_retention", "Set how long the log is kept"},
    KindName{EventKind::hold_placed, "hold_place", "Placed a legal hold"},
    KindName{EventKind::hold_lifted, "hold_lift", "Lifted a legal hold"},
    KindName{EventKind::started, "sys_start", "The server started"},
    KindName{EventKind::trouble, "sys_trouble", "A process of the server misbehaved"},
};

KindName name_of(EventKind kind) {
  const auto found = std::ranges::find(kind_names, kind, &KindName::kind);
  return found == kind_names.end() ? KindName{kind, "other", "Something else"} : *found;
}

template <std::size_t Size>
Result<std::size_t> read_choice(const http::Target& target, std::string_view name,
                                const std::array<std::string_view, Size>& choices) {
  const std::string_view text = TRY(target.query_one(name)).value_or("");
  if (text.empty()) return std::size_t{0};
  std::string all;
  for (std::size_t i = 0; i < Size; ++i) {
    if (http::equal_ignoring_case(text, choices.at(i))) return i;
    all += cat(i == 0 ? "" : ", ", choices.at(i));
  }
  return fail(Errc::invalid, cat(name, " must be one of ", all));
}

// true unless it says otherwise.
Result<bool> read_suppressed(const http::Target& target, std::string_view name) {
  const std::string_view text = TRY(target.query_one(name)).value_or("");
  return !(http::equal_ignoring_case(text, "false") || text == "0");
}

Result<std::string> read_part(const http::Target& target, std::string_view name) {
  const std::string_view text = TRY(target.query_one(name)).value_or("");
  if (text.size() > asks::event_text_max) {
    return fail(Errc::invalid, cat(name, " may have at most ", asks::event_text_max, " bytes"));
  }
  return std::string{text};
}

Result<std::uint64_t> read_number(const http::Target& target, std::string_view name, std::uint64_t max) {
  const std::string_view text = TRY(target.query_one(name)).value_or("");
  if (text.empty()) return std::uint64_t{0};
  const Result<std::uint64_t> value = parse_decimal(text, max);
  if (!value.ok()) return fail(Errc::invalid, cat(name, " must be a whole number"));
  return *value;
}

Result<std::optional<std::int64_t>> read_time(const http::Target& target, std::string_view name, bool end) {
  const std::string_view text = TRY(target.query_one(name)).value_or("");
  if (text.empty()) return std::optional<std::int64_t>{};
  const Result<UnixMs> time = parse_log_time(text, end);
  if (!time.ok()) return fail(Errc::invalid, cat(name, ": ", time.error().message()));
  return std::optional<std::int64_t>{*time};
}

void log_fields(json::Writer& out, const asks::LogRow& row) {
  const KindName name = name_of(row.kind);
  const double seconds = static_cast<double>(row.duration_ms.value_or(0)) / 1'000;
  out.key("id").integer(row.id);
  out.key("logTime").string(format_timestamp(row.time_ms));
  out.key("action").string(name.action);
  out.key("username").string(row.user);
  out.key("userLoginName").string(row.user_name);
  out.key("userFullName").string(row.full_name);
  out.key("targetID").string(row.target);
  out.key("targetName").string(row.target_name);
  out.key("fileName").string(row.file_name);
  out.key("fileID").string(row.file == 0 ? "" : cat(row.file));
  out.key("folderID").integer(row.folder);
  out.key("folderPath").string(row.folder_path);
  out.key("virtualFolderID").integer(0);
  out.key("virtualFolderPath").string("");
  out.key("uploadNotes").string("");
  out.key("transferSize").unsigned_integer(row.size);
  out.key("duration").number(seconds);
  out.key("rate").number(seconds > 0 ? static_cast<double>(row.size) / seconds : 0);
  out.key("ipAddress").string(row.address);
  out.key("agentBrand").string(row.agent);
  out.key("agentVersion").string("");
  out.key("message").string(row.message.empty() ? std::string{name.text} : cat(name.text, ": ", row.message));
  out.key("errorCode")
      .integer(!row.failed                              ? 0
               : row.kind == EventKind::sign_on_refused ? code_refused_sign_on
                                                        : code_other);
  out.key("orgID").integer(row.organisation);
}

constexpr std::array<std::string_view, 13> sort_names{
    "logtime",    "action",   "username", "userrealname", "targetname", "filename",  "fileid",
    "folderpath", "xfersize", "duration", "rate",         "ipaddress",  "agentbrand"};

}  // namespace

Result<asks::LogFilter> read_log_filter(const http::Target& target) {
  static constexpr std::array<std::string_view, 7> actions{"None",     "FileTransfer",    "Administration", "Upload",
                                                           "Download", "UserMaintenance", "ContentScanning"};
  static constexpr std::array<std::string_view, 3> comparisons{"None", "LargerOrEqual", "SmallerOrEqual"};
  static constexpr std::array<std::string_view, 3> outcomes{"None", "Success", "Error"};
  asks::LogFilter filter;
  filter.from_ms = TRY(read_time(target, "startDateTime", false));
  filter.until_ms = TRY(read_time(target, "endDateTime", true));
  filter.action = static_cast<asks::LogAction>(TRY(read_choice(target, "action", actions)));
  filter.user = TRY(read_part(target, "userId"));
  filter.user_name = TRY(read_part(target, "userNameContains"));
  filter.file = TRY(read_part(target, "fileIdContains"));
  filter.file_name = TRY(read_part(target, "fileNameContains"));
  filter.folder = static_cast<std::uint32_t>(TRY(read_number(target, "folderId", INT32_MAX)));
  filter.folder_path = TRY(read_part(target, "folderPathContains"));
  filter.size_comparison = static_cast<asks::SizeComparison>(TRY(read_choice(target, "sizeComparison", comparisons)));
  filter.size = TRY(read_number(target, "size", INT64_MAX / 1'024)) * 1'024;
  filter.address = TRY(read_part(target, "ipContains"));
  filter.agent = TRY(read_part(target, "agentBrandContains"));
  filter.outcome = static_cast<asks::LogOutcome>(TRY(read_choice(target, "successFailure", outcomes)));
  filter.signs = !TRY(read_suppressed(target, "suppressSigns"));
  filter.mails = !TRY(read_suppressed(target, "suppressEmailNotes"));
  filter.views = !TRY(read_suppressed(target, "suppressLogViews"));
  return filter;
}

asks::LogSort read_log_sort(Page& page) {
  const auto found = std::ranges::find(sort_names, page.sort_field);
  if (found == sort_names.end()) page.sort_field = sort_names.front();
  return found == sort_names.end() ? asks::LogSort::time : static_cast<asks::LogSort>(found - sort_names.begin());
}

void write_simple_log(json::Writer& out, const asks::LogRow& row) {
  out.begin_object();
  log_fields(out, row);
  out.end_object();
}

void write_log_details(json::Writer& out, const asks::LogRow& row) {
  out.begin_object();
  log_fields(out, row);
  out.key("dlpMetadata").string("");
  out.key("webFarmNode").integer(0);
  out.key("contentScannerName").string("");
  out.key("interfaceType").string("");
  out.key("parm1").string(row.message);
  out.key("parm2").string(row.method);
  out.key("parm3").string("");
  out.key("parm4").string("");
  out.key("certificate").null();
  out.key("receipt");
  if (row.receipt)
    out.string(cat(*row.receipt));
  else
    out.null();
  out.end_object();
}

void write_fetch(json::Writer& out, const asks::FetchRow& row) {
  static constexpr std::array<std::string_view, 4> outcomes{"under way", "complete", "cut", "failed"};
  out.begin_object();
  out.key("receipt").string(cat(row.receipt));
  out.key("time").string(format_timestamp(row.time_ms));
  out.key("endTime");
  if (row.ended_ms)
    out.string(format_timestamp(*row.ended_ms));
  else
    out.null();
  out.key("userId").string(row.user);
  out.key("userLoginName").string(row.user_name);
  out.key("userFullName").string(row.full_name);
  out.key("ipAddress").string(row.address);
  out.key("method").string(row.method);
  out.key("session").string(to_hex(row.session));
  out.key("fileName").string(row.file_name);
  out.key("folderPath").string(row.folder_path);
  out.key("sha256").string(to_hex(row.sha256));
  out.key("fileSize").unsigned_integer(row.file_size);
  out.key("bytes").unsigned_integer(row.bytes);
  out.key("outcome").string(row.outcome < outcomes.size() ? outcomes.at(row.outcome) : "failed");
  out.key("ranges").begin_array();
  for (const asks::FetchRow::Range& range : row.ranges) {
    out.begin_object();
    out.key("offset").unsigned_integer(range.offset);
    out.key("length").unsigned_integer(range.length);
    out.end_object();
  }
  out.end_array();
  out.key("moreRanges").boolean(row.more_ranges);
  out.end_object();
}

}  // namespace bulkhead::gate_http
