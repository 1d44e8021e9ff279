#pragma once
// Every schema, by name. Names and spellings are those of moveit-rest section 7.
#include "gate_http/api/history_schemas.h"
#include "gate_http/api/log_schemas.h"
#include "gate_http/api/request_schemas.h"
#include "gate_http/api/retention_schemas.h"
#include "gate_http/api/schema.h"
#include "gate_http/api/virtual_schemas.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array<std::string_view, 2> directions{"asc", "desc"};
inline constexpr std::array<std::string_view, 3> inherit_values{"None", "CopyOnly", "Always"};
inline constexpr std::array<std::string_view, 2> entry_types{"User", "Group"};
inline constexpr std::array<std::string_view, 2> behaviours{"OverrideInherited", "AddToInherited"};
inline constexpr std::array<std::string_view, 3> folder_types{"Root", "Normal", "Virtual"};
inline constexpr std::array<std::string_view, 3> grants{"password", "refresh_token", "otp"};

inline constexpr std::array error{text("title"), text("detail"), whole("errorCode")};
inline constexpr std::array token_error{text("error"),
                                        whole("error_code"),
                                        text("error_description"),
                                        text("mfa_access_token").optional().nullable(),
                                        object("user", "TokenUser").optional(),
                                        object("password_requirements", "PasswordRequirements").optional()};
inline constexpr std::array token_user{whole("org_id")};
inline constexpr std::array password_requirements{whole("minimum_length"),         text("username_match_requirement"),
                                                  flag("require_letters_numbers"), flag("no_dictionary_words"),
                                                  flag("require_mixed_case"),      flag("require_non_alphanumeric")};
inline constexpr std::array token_pair{text("access_token"), text("token_type"), whole("expires_in"),
                                       text("refresh_token")};
inline constexpr std::array message{text("message")};
inline constexpr std::array up{text("status")};

inline constexpr std::array display_settings{whole("userListPageSize"), whole("fileListPageSize"),
                                             whole("liveViewPageSize")};
inline constexpr std::array user_details{text("id"),
                                         whole("orgID"),
                                         text("username"),
                                         text("fullName"),
                                         text("permission"),
                                         text("email"),
                                         text("status"),
                                         text("lastLoginStamp").nullable(),
                                         text("emailFormat"),
                                         text("notes"),
                                         text("statusNote"),
                                         text("passwordChangeStamp").nullable(),
                                         text("receivesNotification"),
                                         flag("forceChangePassword"),
                                         whole("folderQuota"),
                                         whole("totalFileSize"),
                                         text("authMethod"),
                                         text("language"),
                                         whole("homeFolderID"),
                                         whole("defaultFolderID"),
                                         whole("expirationPolicyID"),
                                         object("displaySettings", "DisplaySettings")};

inline constexpr std::array paging{whole("page"), whole("perPage"), whole("totalItems"), whole("totalPages")};
inline constexpr std::array sorting{text("sortField"), text("sortDirection").one_of(directions)};
inline constexpr std::array page{object("paging", "Paging"), list("sorting", "Sorting")};

inline constexpr std::array simple_file{text("id"),        text("name"),           text("path"),        whole("size"),
                                        whole("folderID"), text("uploadUsername"), text("uploadStamp"), flag("isNew")};
inline constexpr std::array file_details{text("orgID"),
                                         text("originalFileType"),
                                         text("currentFileType"),
                                         text("originalFilename"),
                                         text("uploadComment"),
                                         text("uploadIP"),
                                         text("uploadAgentBrand"),
                                         text("uploadAgentVersion"),
                                         whole("uploadIntegrity"),
                                         text("uploadUserFullName"),
                                         whole("downloadCount"),
                                         text("hash"),
                                         text("sha256"),
                                         text("receipt"),
                                         flag("dlpChecked"),
                                         whole("dlpMetaData"),
                                         text("dlpViolation"),
                                         flag("dlpBlocked")};
inline constexpr std::array file_page{list("items", "SimpleFile")};
inline constexpr std::array search_paging{whole("perPage"), text("next").nullable()};
inline constexpr std::array<std::string_view, 4> transfer_states{"Active", "Stalled", "Completed", "Failed"};
inline constexpr std::array transfer_status{whole("nodeNum"),
                                            text("moduleName"),
                                            text("direction"),
                                            text("transferStatus").one_of(transfer_states),
                                            text("statusMessage"),
                                            whole("errorCode"),
                                            whole("orgId"),
                                            text("userId"),
                                            text("userLoginName"),
                                            text("userFullName"),
                                            text("userIp"),
                                            text("timeStarted"),
                                            text("timeEnded").nullable(),
                                            whole("currentBytes"),
                                            whole("totalBytes"),
                                            whole("transferRate"),
                                            text("fileId"),
                                            text("fileName"),
                                            text("folderId"),
                                            text("folderName"),
                                            text("folderPath"),
                                            text("folderType"),
                                            text("agentVersion"),
                                            text("agentBrand"),
                                            flag("integrityVerified")};
inline constexpr std::array status_distribution{whole("active"), whole("stalled"), whole("completed"), whole("failed"),
                                                whole("lingeringTransfers")};
inline constexpr std::array transfer_page{list("items", "TransferStatus"),
                                          object("statusDistribution", "StatusDistribution")};
inline constexpr std::array search_page{list("items", "SimpleFile"), object("paging", "SearchPaging")};
inline constexpr std::array stamped_file_page{text("currentTimestamp")};
inline constexpr std::array file_patch{text("name").optional(), flag("isNew").optional()};

inline constexpr std::array folder_permission{
    flag("canListSubfolders"), flag("canAddSubfolders"), flag("canChangeSettings"),
    flag("canDelete"),         flag("canListFiles"),     flag("canReadFiles"),
    flag("canWriteFiles"),     flag("canDeleteFiles"),   flag("canShare")};
inline constexpr std::array simple_folder{whole("id"),
                                          whole("parentId"),
                                          text("name"),
                                          text("path"),
                                          text("folderType").one_of(folder_types),
                                          text("lastContentChangeTime"),
                                          flag("isShared"),
                                          object("permission", "FolderPermission"),
                                          whole("subfolderCount"),
                                          whole("totalFileCount"),
                                          whole("sharedWithUsersCount"),
                                          whole("sharedWithGroupsCount")};
inline constexpr std::array folder_details{whole("orgId"),
                                           text("owner"),
                                           text("description"),
                                           text("systemType"),
                                           text("cleanType"),
                                           whole("cleanTimeDays"),
                                           whole("subfolderCleanTime"),
                                           text("uploadNotificationConfirmationType"),
                                           whole("uploadNotificationConfirmationTime"),
                                           text("newFileNotificationType"),
                                           whole("newFileNotificationTime"),
                                           text("alertSenderFileIsNotDownloadedTimeType"),
                                           whole("alertSenderFileIsNotDownloadedTime"),
                                           text("deliveryRecepientNotificationType"),
                                           text("responseType"),
                                           text("responseText"),
                                           whole("responseTime"),
                                           whole("newTime"),
                                           flag("enforceUniqueFilenames"),
                                           flag("allowFileOverwrite"),
                                           whole("parentInheritRights"),
                                           whole("quota"),
                                           whole("totalFilesSize"),
                                           text("fileMaskRule"),
                                           text("fileMasks")};
inline constexpr std::array folder_page{list("items", "SimpleFolder")};
inline constexpr std::array folder_patch{text("name").optional(), text("description").optional(),
                                         flag("inheritAccess").optional()};
inline constexpr std::array folder_create{text("name"), text("inheritPermissions").one_of(inherit_values).optional()};

inline constexpr std::array share_permissions{flag("readFiles"), flag("writeFiles"), flag("deleteFiles"),
                                              flag("listFiles"), flag("notify"),     flag("listUsers")};
inline constexpr std::array share_wanted{flag("readFiles").optional(),   flag("writeFiles").optional(),
                                         flag("deleteFiles").optional(), flag("listFiles").optional(),
                                         flag("notify").optional(),      flag("listUsers").optional()};
inline constexpr std::array acl_permissions{flag("readFiles"),   flag("writeFiles"),
                                            flag("deleteFiles"), flag("listFiles"),
                                            flag("notify"),      flag("addDeleteSubfolders"),
                                            flag("share"),       flag("admin"),
                                            flag("listUsers"),   object("sharePermissions", "SharePermissions")};
inline constexpr std::array acl_wanted{
    flag("readFiles").optional(),   flag("writeFiles").optional(),
    flag("deleteFiles").optional(), flag("listFiles").optional(),
    flag("notify").optional(),      flag("addDeleteSubfolders").optional(),
    flag("share").optional(),       flag("admin").optional(),
    flag("listUsers").optional(),   object("sharePermissions", "ShareWanted").optional()};
inline constexpr std::array acl_entry{
    text("type").one_of(entry_types), text("id"),         text("name"),        text("entryId"),
    flag("isHomeFolderUser"),         flag("isEditable"), flag("isDeletable"), object("permissions", "AclPermissions")};
inline constexpr std::array acl_page{list("items", "AclEntry")};
inline constexpr std::array acl_remove{text("type").one_of(entry_types).optional(), key("id")};
inline constexpr std::array acl_set{object("permissions", "AclWanted"),
                                    text("overrideBehaviourType").one_of(behaviours).optional()};
inline constexpr std::array acl_patch{object("permissions", "AclWanted"),
                                      text("overrideBehaviourType").one_of(behaviours).optional()};

inline constexpr std::array openapi{text("openapi")};
inline constexpr std::array sign_on{text("grant_type").one_of(grants),
                                    text("username").optional(),
                                    text("password").optional(),
                                    text("new_password").optional(),
                                    text("refresh_token").optional(),
                                    text("mfa_access_token").optional(),
                                    text("otp").optional(),
                                    text("orgId").optional(),
                                    text("language").optional()};
inline constexpr std::array code_wish{text("mfa_access_token").optional()};
inline constexpr std::array revoke{text("token")};
inline constexpr std::array upload{binary("file"), text("hashtype").optional(), text("hash").optional(),
                                   text("comments").optional()};
inline constexpr std::array logos_wanted{binary("leftlogo").optional(),          binary("rightlogo").optional(),
                                         binary("backgroundlogo").optional(),    text("usecustomnotifbranding").optional(),
                                         text("resetrightlogo").optional(),      text("resetbackgroundlogo").optional()};
inline constexpr std::array logos{text("leftLogoFilename"), text("rightLogoFilename"), text("backgroundLogoFilename"),
                                  flag("useCustomNotifBranding")};
inline constexpr std::array zip_wish{ids("files").optional().at_most(1'000), ids("folders").optional().at_most(1'000),
                                     text("name").optional().at_most(200)};

inline constexpr std::array<std::string_view, 3> notice_values{"NotRequired", "WhenNew", "Always"};
inline constexpr std::array<std::string_view, 3> sso_values{"Invalid", "Optional", "Required"};
inline constexpr std::array public_org{text("id"),
                                       text("name"),
                                       text("shortName"),
                                       text("language"),
                                       text("formattingLocale"),
                                       text("securityBanner"),
                                       text("securityNotice"),
                                       text("securityNoticeStamp").nullable(),
                                       text("securityNoticeRequired").one_of(notice_values),
                                       text("securityNoticeAcceptance"),
                                       text("techInfo"),
                                       text("techName"),
                                       text("techPhone"),
                                       text("techEmail"),
                                       text("informationLink"),
                                       text("informationLinkName"),
                                       text("contactLink"),
                                       text("contactLinkName"),
                                       flag("allowPassChangeRequests"),
                                       text("baseURL"),
                                       flag("mfaTrustDeviceEnabled"),
                                       text("ssoAuthMode").one_of(sso_values),
                                       text("samlAuthMode")};
inline constexpr std::array server_info{text("product"), text("version"), text("currentTimestamp")};
inline constexpr std::array provider{text("name"), text("link")};
inline constexpr std::array provider_page{list("items", "IdentityProvider")};

inline constexpr std::array<std::string_view, 3> receipt_kinds{"received", "released", "sent"};
inline constexpr std::array byte_range{whole("offset"), whole("length")};
inline constexpr std::array receipt{text("index"),
                                    text("time"),
                                    text("kind").one_of(receipt_kinds),
                                    text("userId").optional(),
                                    text("username").optional(),
                                    text("orgID").optional(),
                                    text("connection").optional(),
                                    text("method").optional(),
                                    text("fileID").optional(),
                                    text("folderPath").optional(),
                                    text("name").optional(),
                                    whole("size").optional(),
                                    text("sha256").optional(),
                                    text("purpose").optional(),
                                    text("release").optional(),
                                    text("outcome").optional(),
                                    list("ranges", "ByteRange").optional(),
                                    text("proof")};

inline constexpr std::array acting_admin{text("permission")};
inline constexpr std::array external_token{text("id"),          text("tokenID"),      whole("instID"),
                                           text("displayName"), text("registeredAt"), text("lastUsed").nullable(),
                                           text("tokenType")};
inline constexpr std::array external_token_page{list("items", "ExternalToken")};
inline constexpr std::array api_token{text("id"),         text("name"),    text("scope"),   text("prefix"),
                                      text("networks"),   text("created"), text("expires"), text("lastUsed").nullable(),
                                      text("lastAddress")};
inline constexpr std::array api_token_made{text("token")};
inline constexpr std::array api_token_page{list("items", "ApiToken")};
inline constexpr std::array user_key{text("id"),      text("fingerprint"), text("type"),
                                     text("comment"), text("added"),       text("lastUsed").nullable()};
inline constexpr std::array user_key_page{list("items", "UserKey")};

inline constexpr std::array schemas{
    Schema{"Error", error},
    Schema{"TokenError", token_error},
    Schema{"TokenUser", token_user},
    Schema{"PasswordRequirements", password_requirements},
    Schema{"TokenPair", token_pair},
    Schema{"Message", message},
    Schema{"Up", up},
    Schema{"DisplaySettings", display_settings},
    Schema{"UserDetails", user_details},
    Schema{"Paging", paging},
    Schema{"Sorting", sorting},
    Schema{"Page", page},
    Schema{"SimpleFile", simple_file},
    Schema{"FileDetails", file_details, "SimpleFile"},
    Schema{"FilePage", file_page, "Page"},
    Schema{"SearchPaging", search_paging},
    Schema{"SearchPage", search_page},
    Schema{"TransferStatus", transfer_status},
    Schema{"StatusDistribution", status_distribution},
    Schema{"TransferPage", transfer_page, "Page"},
    Schema{"StampedFilePage", stamped_file_page, "FilePage"},
    Schema{"FilePatch", file_patch},
    Schema{"FolderPermission", folder_permission},
    Schema{"SimpleFolder", simple_folder},
    Schema{"FolderDetails", folder_details, "SimpleFolder"},
    Schema{"FolderPage", folder_page, "Page"},
    Schema{"FolderPatch", folder_patch},
    Schema{"FolderCreate", folder_create},
    Schema{"SharePermissions", share_permissions},
    Schema{"ShareWanted", share_wanted},
    Schema{"AclPermissions", acl_permissions},
    Schema{"AclWanted", acl_wanted},
    Schema{"AclEntry", acl_entry},
    Schema{"AclPage", acl_page, "Page"},
    Schema{"AclRemove", acl_remove},
    Schema{"AclSet", acl_set, "AclRemove"},
    Schema{"AclPatch", acl_patch},
    Schema{"SignOn", sign_on},
    Schema{"Revoke", revoke},
    Schema{"CodeWish", code_wish},
    Schema{"Upload", upload},
    Schema{"LogosWanted", logos_wanted},
    Schema{"Logos", logos},
    Schema{"ZipWish", zip_wish},
    Schema{"PublicOrg", public_org},
    Schema{"ServerInfo", server_info},
    Schema{"IdentityProvider", provider},
    Schema{"IdentityProviderPage", provider_page, "Page"},
    Schema{"OpenApi", openapi},
    Schema{"ByteRange", byte_range},
    Schema{"Receipt", receipt},
    Schema{"Destination", destination},
    Schema{"NewState", new_state},
    Schema{"HoldWanted", hold_wanted},
    Schema{"Hold", hold},
    Schema{"HoldPage", hold_page, "Page"},
    Schema{"CleanupItem", cleanup_item},
    Schema{"CleanupPage", cleanup_page, "Page"},
    Schema{"GroupCreate", group_create},
    Schema{"UserQuotaPatch", user_quota_patch},
    Schema{"UserCreate", user_create},
    Schema{"UserPatch", user_patch},
    Schema{"OrganisationCreate", organisation_create},
    Schema{"OrganisationPatch", organisation_patch},
    Schema{"NetworkRuleCreate", network_rule_create},
    Schema{"TrustedNetworkWanted", trusted_network_wanted},
    Schema{"AgingPolicyCreate", aging_policy_create},
    Schema{"ExpirationPolicyCreate", expiration_policy_create},
    Schema{"DefaultPolicy", default_policy},
    Schema{"PasswordPermissions", password_permissions},
    Schema{"FolderCleanup", folder_cleanup},
    Schema{"FolderQuota", folder_quota},
    Schema{"Maintenance", maintenance},
    Schema{"Miscellaneous", miscellaneous},
    Schema{"Notifications", notifications},
    Schema{"CharacterRestrictions", character_restrictions},
    Schema{"FileMasks", file_masks},
    Schema{"MembersAdd", members_add},
    Schema{"UserCounts", user_counts},
    Schema{"PackageAccess", package_access},
    Schema{"PasswordReset", password_reset},
    Schema{"ResetRequest", reset_request},
    Schema{"ResetUse", reset_use},
    Schema{"InterfaceConfiguration", interface_configuration},
    Schema{"ActAsAdmin", act_as_admin},
    Schema{"ActingAdmin", acting_admin, "ActAsAdmin"},
    Schema{"ExternalTokenRemove", external_token_remove},
    Schema{"ExternalTokenCreate", external_token_create, "ExternalTokenRemove"},
    Schema{"ExternalToken", external_token},
    Schema{"ExternalTokenPage", external_token_page, "Page"},
    Schema{"ApiTokenCreate", api_token_create},
    Schema{"ApiTokenPatch", api_token_patch},
    Schema{"ApiToken", api_token},
    Schema{"ApiTokenMade", api_token_made, "ApiToken"},
    Schema{"ApiTokenPage", api_token_page, "Page"},
    Schema{"UserKeyCreate", user_key_create},
    Schema{"UserKey", user_key},
    Schema{"UserKeyPage", user_key_page, "Page"},
    Schema{"UserSignOn", user_sign_on},
    Schema{"VirtualFolder", virtual_folder},
    Schema{"VirtualFolderPage", virtual_folder_page, "Page"},
    Schema{"VirtualFolderCreate", virtual_folder_create},
    Schema{"VirtualFolderPatch", virtual_folder_patch},
    Schema{"HistorySettings", history_settings},
    Schema{"HistorySettingsPatch", history_settings_patch},
    Schema{"FileVersion", file_version},
    Schema{"VersionPage", version_page, "Page"},
    Schema{"BinnedFile", binned_file},
    Schema{"BinnedFilePage", binned_file_page, "Page"},
    Schema{"DeletedCount", deleted_count},
    Schema{"BinnedDestination", binned_destination},
    Schema{"LogRetention", log_retention},
    Schema{"SimpleLog", simple_log},
    Schema{"LogDetails", log_details, "SimpleLog"},
    Schema{"LogPage", log_page, "Page"},
    Schema{"Fetch", fetch},
    Schema{"FetchPage", fetch_page, "Page"},
    Schema{"Anything", anything},
};

constexpr const Schema* find_schema(std::string_view name) {
  for (const Schema& schema : schemas) {
    if (schema.name == name) return &schema;
  }
  return nullptr;
}

// Names are unique, every base and every schema of a property exists.
consteval bool schemas_join() {
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    if (find_schema(schemas[i].name) != &schemas[i]) return false;
    if (!schemas[i].base.empty() && find_schema(schemas[i].base) == nullptr) return false;
    for (const Property& property : schemas[i].properties) {
      if (!property.of.empty() && find_schema(property.of) == nullptr) return false;
    }
  }
  return true;
}
static_assert(schemas_join());

}  // namespace bulkhead::gate_http::api
