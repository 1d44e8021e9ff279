#include "gate_http/objects.h"

#include <algorithm>

#include "base/cat.h"
#include "base/clock.h"
#include "base/encode.h"
#include "core/policy/rights.h"
#include "gate_http/access_names.h"
#include "gate_http/words.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

using policy::Right;
using policy::Rights;

constexpr std::array folder_kinds{Word{"Normal", asks::FolderKind::normal}, Word{"Root", asks::FolderKind::root},
                                  Word{"Virtual", asks::FolderKind::virtual_folder}};

void file_fields(json::Writer& out, const asks::FileRow& file) {
  out.key("id").string(cat(file.id));
  out.key("name").string(file.name);
  out.key("path").string(cat(file.folder_path == "/" ? "" : file.folder_path, "/", file.name));
  out.key("size").unsigned_integer(file.size);
  out.key("folderID").integer(file.folder);
  out.key("uploadUsername").string(file.uploader);
  out.key("uploadStamp").string(format_timestamp(file.uploaded_ms));
  out.key("isNew").boolean(file.is_new);
}

void permission(json::Writer& out, Rights rights) {
  const auto has = [&](Right right) { return rights.has(right); };
  out.key("permission").begin_object();
  out.key("canListSubfolders").boolean(!rights.empty());
  out.key("canAddSubfolders").boolean(has(Right::add_delete_subfolders));
  out.key("canChangeSettings").boolean(has(Right::admin));
  out.key("canDelete").boolean(has(Right::add_delete_subfolders) && has(Right::delete_files));
  out.key("canListFiles").boolean(has(Right::list_files));
  out.key("canReadFiles").boolean(has(Right::read_files));
  out.key("canWriteFiles").boolean(has(Right::write_files));
  out.key("canDeleteFiles").boolean(has(Right::delete_files));
  out.key("canShare").boolean(has(Right::share));
  out.end_object();
}

void folder_fields(json::Writer& out, const asks::FolderRow& folder) {
  out.key("id").integer(folder.id);
  out.key("parentId").integer(folder.parent);
  out.key("name").string(folder.name);
  out.key("path").string(folder.path);
  out.key("folderType").string(word_of(folder_kinds, folder.kind));
  out.key("lastContentChangeTime").string(format_timestamp(folder.changed_ms));
  out.key("isShared").boolean(folder.is_shared);
  permission(out, Rights::from_bits(folder.rights));
  out.key("subfolderCount").integer(folder.subfolder_count);
  out.key("totalFileCount").integer(folder.file_count);
  out.key("sharedWithUsersCount").integer(folder.shared_users);
  out.key("sharedWithGroupsCount").integer(folder.shared_groups);
}

Result<std::uint32_t> read_count(const http::Target& target, std::string_view name, std::uint32_t absent,
                                 std::uint32_t max) {
  const std::optional<std::string_view> text = TRY(target.query_one(name));
  if (!text || text->empty()) return absent;
  const Result<std::uint64_t> value = parse_decimal(*text, UINT32_MAX);
  if (!value.ok() || *value == 0) return fail(Errc::invalid, cat(name, " must be a whole number of 1 or more"));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, max));
}

}  // namespace

void write_simple_file(json::Writer& out, const asks::FileRow& file) {
  out.begin_object();
  file_fields(out, file);
  out.end_object();
}

void write_file_details(json::Writer& out, const asks::FileRow& file) {
  out.begin_object();
  file_fields(out, file);
  out.key("orgID").string(cat(file.organisation));
  out.key("originalFileType").string("Any");
  out.key("currentFileType").string("Any");
  out.key("originalFilename").string(file.name);
  out.key("uploadComment").string(file.comment);
  out.key("uploadIP").string(file.uploader_address);
  out.key("uploadAgentBrand").string(file.uploader_agent);
  out.key("uploadAgentVersion").string("");
  out.key("uploadIntegrity").integer(file.integrity_checked ? 1 : 0);
  out.key("uploadUserFullName").string(file.uploader_full_name);
  out.key("downloadCount").integer(file.download_count);
  out.key("hash").string(file.sha1 ? to_hex(*file.sha1) : "");
  out.key("sha256").string(file.version == 0 ? "" : to_hex(file.sha256));  // 0: an upload that is not finished
  out.key("receipt").string(cat(file.receipt));
  out.key("dlpChecked").boolean(false);
  out.key("dlpMetaData").integer(0);
  out.key("dlpViolation").string("");
  out.key("dlpBlocked").boolean(false);
  out.end_object();
}

std::string file_details(const asks::FileRow& file) {
  std::string text;
  json::Writer out{text};
  write_file_details(out, file);
  return text;
}

void write_simple_folder(json::Writer& out, const asks::FolderRow& folder) {
  out.begin_object();
  folder_fields(out, folder);
  out.end_object();
}

std::string folder_details(const asks::FolderRow& folder, const asks::FolderSettings& settings,
                           const asks::Notices& notices) {
  const auto when = [](std::int64_t time) { return time < 0 ? "None" : time == 0 ? "Immediately" : "Batch"; };
  std::string text;
  json::Writer out{text};
  out.begin_object();
  folder_fields(out, folder);
  out.key("orgId").integer(folder.organisation);
  out.key("owner").string(folder.owner);
  out.key("description").string(folder.description);
  out.key("systemType").string("User");
  out.key("cleanType").string(settings.clean ? "AfterCleanTime" : "Never");
  out.key("cleanTimeDays").integer(settings.clean_files_days);
  out.key("subfolderCleanTime").integer(settings.clean_folders_days);
  out.key("uploadNotificationConfirmationType").string(when(notices.confirmation_minutes));
  out.key("uploadNotificationConfirmationTime").integer(notices.confirmation_minutes);
  out.key("newFileNotificationType").string(when(notices.new_file_minutes));
  out.key("newFileNotificationTime").integer(notices.new_file_minutes);
  out.key("alertSenderFileIsNotDownloadedTimeType")
      .string(notices.not_downloaded > 0 ? notice_unit_name(notices.unit) : std::string_view{when(notices.not_downloaded)});
  out.key("alertSenderFileIsNotDownloadedTime").integer(notices.not_downloaded);
  // Spelt as in the contract.
  out.key("deliveryRecepientNotificationType").string(notices.delivery_receipt ? "Immediately" : "None");
  out.key("responseType").string("RedirectImmediately");
  out.key("responseText").string("");
  out.key("responseTime").integer(0);
  out.key("newTime").integer(settings.new_days);
  out.key("enforceUniqueFilenames").boolean(true);
  out.key("allowFileOverwrite").boolean(folder.overwrite_allowed);
  out.key("parentInheritRights").integer(folder.inherits ? 1 : 0);
  out.key("quota").unsigned_integer(settings.quota);
  out.key("totalFilesSize").unsigned_integer(folder.files_size);
  out.key("fileMaskRule").string(mask_rule_name(settings.mask_rule));
  std::string masks;
  for (const std::string& mask : settings.masks) masks += cat(masks.empty() ? "" : ",", mask);
  out.key("fileMasks").string(masks);
  out.end_object();
  return text;
}

void write_virtual_folder(json::Writer& out, const asks::VirtualRow& row) {
  out.begin_object();
  out.key("id").integer(row.id);
  out.key("name").string(row.name);
  out.key("path").string(row.path);
  out.key("folderId").integer(row.folder);
  out.key("targetId").integer(row.target);
  out.key("targetPath").string(row.target_path);
  out.key("createdBy").string(row.made_by);
  out.key("createdStamp").string(format_timestamp(row.made_ms));
  out.end_object();
}

Result<Page> read_page(const http::Target& target, std::string_view default_sort) {
  Page page;
  page.page = TRY(read_count(target, "page", 1, page_max));
  page.per_page = TRY(read_count(target, "perPage", 25, per_page_max));
  page.sort_field = http::to_lower(TRY(target.query_one("sortField")).value_or(""));
  if (page.sort_field.empty()) page.sort_field = http::to_lower(default_sort);
  const std::string direction = http::to_lower(TRY(target.query_one("sortDirection")).value_or(""));
  page.descending = direction == "desc" || direction == "descending";
  return page;
}

void write_paging(json::Writer& out, const Page& page, std::uint64_t total) {
  const std::uint64_t pages = std::max<std::uint64_t>(1, (total + page.per_page - 1) / page.per_page);
  out.key("paging").begin_object();
  out.key("page").integer(page.page);
  out.key("perPage").integer(page.per_page);
  out.key("totalItems").unsigned_integer(total);
  out.key("totalPages").unsigned_integer(pages);
  out.end_object();
  out.key("sorting").begin_array().begin_object();
  out.key("sortField").string(page.sort_field);
  out.key("sortDirection").string(page.descending ? "desc" : "asc");
  out.end_object().end_array();
}

}  // namespace bulkhead::gate_http
