// Settings of folders, and quotas of users.
#include <array>

#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "gate_http/words.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::int64_t quota_max_kb = std::int64_t{1} << 50;

constexpr std::array mask_rules{Word{"AllowExceptMatching", asks::MaskRule::allow_except},
                                Word{"DenyExceptMatching", asks::MaskRule::deny_except}};
constexpr std::array char_sets{Word{"NoRestrictions", asks::CharSet::any}, Word{"WindowsNtfs", asks::CharSet::windows},
                               Word{"CustomDisallow", asks::CharSet::all_but}, Word{"CustomAllow", asks::CharSet::only}};
constexpr std::array shown_sorts{Word{"None", asks::ShownSort::none},          Word{"Name", asks::ShownSort::name},
                                 Word{"DateTime", asks::ShownSort::time},      Word{"FileSize", asks::ShownSort::size},
                                 Word{"UploadUsername", asks::ShownSort::uploader},
                                 Word{"DownloadCount", asks::ShownSort::downloads}};

Result<asks::ChangeFolderSettings> begin(Exchange& exchange, const json::Value& body) {
  asks::ChangeFolderSettings ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  ask.below = TRY(json::read_bool(body, "applyToSubfolders")).value_or(false);
  return ask;
}

Result<void> read_cleanup(const json::Value& body, asks::ChangeFolderSettings& ask) {
  const json::Value* cleanup = TRY(json::read_object(body, "folderCleanup"));
  if (cleanup == nullptr) return {};
  ask.clean = TRY(json::read_bool(*cleanup, "isCleanupEnabled"));
  ask.clean_files_days = TRY(json::read_u32(*cleanup, "deleteOldFilesAfterDays"));
  ask.clean_folders_days = TRY(json::read_u32(*cleanup, "deleteEmptySubfoldersAfterDays"));
  return {};
}

Result<void> read_quota(const json::Value& body, asks::ChangeFolderSettings& ask) {
  const json::Value* quota = TRY(json::read_object(body, "folderQuota"));
  if (quota == nullptr) return {};
  const std::string level = http::to_lower(TRY(json::read_string(*quota, "quotaLevel")).value_or("KB"));
  if (level != "kb" && level != "mb") return fail(Errc::invalid, "quotaLevel must be KB or MB");
  const auto amount = TRY(json::read_integer(*quota, "quota", 0, level == "kb" ? quota_max_kb : quota_max_kb / 1024));
  if (amount) ask.quota = static_cast<std::uint64_t>(*amount) * (level == "kb" ? 1024U : 1024U * 1024U);
  ask.quota_below = TRY(json::read_bool(*quota, "applyToFilesInSubfolders"));
  return {};
}

Result<std::optional<std::vector<std::string>>> read_masks(const json::Value& body) {
  std::optional<std::vector<std::string>> masks;
  const json::Value* list = TRY(json::read_array(body, "masks"));
  if (list == nullptr) return masks;
  masks.emplace();
  for (const json::Value& mask : list->items()) {
    if (mask.kind() != json::Value::Kind::string) return fail(Errc::invalid, "masks must be a list of strings");
    masks->push_back(mask.string());
  }
  return masks;
}

// In the largest unit that says it exactly.
void write_maintenance(json::Writer& out, const asks::FolderSettings& settings) {
  constexpr std::uint64_t mb = 1024 * 1024;
  const bool in_mb = settings.quota > 0 && settings.quota % mb == 0;
  out.key("folderCleanup").begin_object();
  out.key("isCleanupEnabled").boolean(settings.clean);
  out.key("deleteOldFilesAfterDays").integer(settings.clean_files_days);
  out.key("deleteEmptySubfoldersAfterDays").integer(settings.clean_folders_days);
  out.end_object();
  out.key("displayNewFilesForDays").integer(settings.new_days);
  out.key("folderQuota").begin_object();
  out.key("quota").unsigned_integer(settings.quota / (in_mb ? mb : 1024));
  out.key("quotaLevel").string(in_mb ? "MB" : "KB");
  out.key("applyToFilesInSubfolders").boolean(settings.quota_below);
  out.end_object();
}

template <class Write>
Result<void> answer_change(Exchange& exchange, const asks::ChangeFolderSettings& ask, Write&& write) {
  const asks::FolderSettings settings = TRY(exchange.session.keeper().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  write(out, settings);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> answer_quota(Exchange& exchange, const asks::UserQuota& ask) {
  const asks::UserQuota::Reply reply = TRY(exchange.session.keeper().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("id").string(reply.id);
  out.key("folderQuota").unsigned_integer(reply.quota);
  out.key("totalFileSize").unsigned_integer(reply.used);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace

std::string_view mask_rule_name(asks::MaskRule rule) { return word_of(mask_rules, rule); }

Result<void> answer_folder(Exchange& exchange, http::Status status, const asks::FolderRow& folder) {
  const Result<asks::FolderSettings> settings = exchange.session.keeper().ask(asks::GetFolderSettings{folder.id});
  // Who moved a folder to where he may no longer see it is told of it once more, without its settings.
  if (!settings.ok() && settings.error().kind() != Errc::not_found) return settings.error();
  const Result<asks::Notices> notices = exchange.session.keeper().ask(asks::GetNotices{folder.id});
  if (!notices.ok() && notices.error().kind() != Errc::not_found) return notices.error();
  return exchange.answer_json(status, folder_details(folder, settings.ok() ? *settings : asks::FolderSettings{},
                                                     notices.ok() ? *notices : asks::Notices{}));
}

Result<void> change_masks(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeFolderSettings ask = TRY(begin(exchange, body));
  ask.mask_rule = TRY(read_word(body, "rule", mask_rules));
  ask.masks = TRY(read_masks(body));
  return answer_change(exchange, ask, [](json::Writer& out, const asks::FolderSettings& settings) {
    out.key("rule").string(mask_rule_name(settings.mask_rule));
    out.key("masks").begin_array();
    for (const std::string& mask : settings.masks) out.string(mask);
    out.end_array();
  });
}

Result<void> change_maintenance(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeFolderSettings ask = TRY(begin(exchange, body));
  TRY(read_cleanup(body, ask));
  ask.new_days = TRY(json::read_u32(body, "displayNewFilesForDays"));
  TRY(read_quota(body, ask));
  return answer_change(exchange, ask, write_maintenance);
}

Result<void> change_miscellaneous(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeFolderSettings ask = TRY(begin(exchange, body));
  ask.hide_history = TRY(json::read_bool(body, "hideHistory"));
  ask.thumbnails = TRY(json::read_bool(body, "createThumbnails"));
  ask.overwrite_allowed = TRY(json::read_bool(body, "allowFileOverwrite"));
  ask.shown_sort = TRY(read_word(body, "customSortField", shown_sorts));
  if (!TRY(json::read_bool(body, "enforceUniqueFilenames")).value_or(true)) {
    return fail(Errc::invalid, "enforceUniqueFilenames cannot be false: two files of a folder never have one name here");
  }
  return answer_change(exchange, ask, [](json::Writer& out, const asks::FolderSettings& settings) {
    out.key("hideHistory").boolean(settings.hide_history);
    out.key("createThumbnails").boolean(settings.thumbnails);
    out.key("enforceUniqueFilenames").boolean(true);
    out.key("allowFileOverwrite").boolean(settings.overwrite_allowed);
    out.key("customSortField").string(word_of(shown_sorts, settings.shown_sort));
  });
}

Result<void> change_characters(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeFolderSettings ask = TRY(begin(exchange, body));
  ask.char_set = TRY(read_word(body, "charSet", char_sets));
  ask.char_list = TRY(json::read_string(body, "customCharSet"));
  ask.char_replace = TRY(json::read_bool(body, "replaceIllegalCharacters"));
  ask.char_value = TRY(json::read_string(body, "replacementValue"));
  return answer_change(exchange, ask, [](json::Writer& out, const asks::FolderSettings& settings) {
    out.key("charSet").string(word_of(char_sets, settings.char_set));
    out.key("customCharSet").string(settings.char_list);
  });
}

Result<void> get_user_quota(Exchange& exchange) {
  asks::UserQuota ask;
  ask.user = exchange.captures.at(0);
  return answer_quota(exchange, ask);
}

Result<void> change_user_quota(Exchange& exchange) {
  asks::UserQuota ask;
  ask.user = exchange.captures.at(0);
  const json::Value body = TRY(exchange.json_body());
  const auto quota = TRY(json::read_integer(body, "folderQuota", 0));
  if (!quota) return fail(Errc::invalid, "folderQuota is missing: bytes, 0 for none");
  ask.quota = static_cast<std::uint64_t>(*quota);
  return answer_quota(exchange, ask);
}

}  // namespace bulkhead::gate_http
