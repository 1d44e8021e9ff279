#pragma once
// The JSON that administration and settings of folders take. What answers hold is `Anything` where nothing is said.
#include "gate_http/api/schema.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array destination{whole("destinationFolderId")};
inline constexpr std::array new_state{text("userId")};
inline constexpr std::array group_create{text("name"), text("description").optional()};
inline constexpr std::array user_quota_patch{whole("folderQuota")};
inline constexpr std::array user_create{text("username").optional(),       text("fullName").optional(),
                                        text("password").optional(),       text("email").optional(),
                                        text("permission").optional(),     text("notes").optional(),
                                        text("homeFolderPath").optional(), text("homeFolderInUseOption").optional(),
                                        text("sourceUserId").optional(),   flag("forceChangePassword").optional(),
                                        whole("orgID").optional()};
inline constexpr std::array user_patch{text("authMethod").optional(),
                                       text("email").optional(),
                                       text("emailFormat").optional(),
                                       text("language").optional(),
                                       text("notes").optional(),
                                       text("receivesNotification").optional(),
                                       text("currentPassword").optional(),
                                       text("password").optional(),
                                       text("permission").optional(),
                                       text("fullName").optional(),
                                       text("status").optional(),
                                       text("statusNote").optional(),
                                       flag("forceChangePassword").optional(),
                                       flag("sendPasswordChangeNotification").optional(),
                                       whole("defaultFolderId").optional(),
                                       whole("folderQuota").optional()};
inline constexpr std::array organisation_create{text("name").optional(),       text("shortName").optional(),
                                                text("passPhrase").optional(), text("techName").optional(),
                                                text("techPhone").optional(),  text("techEmail").optional(),
                                                text("baseUrl").optional()};
inline constexpr std::array organisation_patch{text("name").optional(),      text("shortName").optional(),
                                               text("notes").optional(),     text("passPhrase").optional(),
                                               text("techName").optional(),  text("techPhone").optional(),
                                               text("techEmail").optional(), text("baseUrl").optional()};
inline constexpr std::array network_rule_create{text("host").optional(),   text("comment").optional(),
                                                text("userId").optional(), text("permitType").optional(),
                                                text("rule").optional(),   text("priority").optional()};
inline constexpr std::array trusted_network_wanted{text("ipAddress").optional(), text("comment").optional()};
inline constexpr std::array aging_policy_create{
    text("name").optional(), text("description").optional(), whole("passwordAgeTime").optional(),
    whole("passwordAgeWarn").optional(), whole("passwordAgeGrace").optional()};
inline constexpr std::array expiration_policy_create{text("name").optional(),
                                                     text("description").optional(),
                                                     text("expireDate").optional(),
                                                     whole("creationExpireTime").optional(),
                                                     whole("activityExpireTime").optional(),
                                                     whole("signonExpireNumber").optional(),
                                                     whole("expireWarnTime").optional(),
                                                     flag("expireAfterActivityIncludesPkgs").optional(),
                                                     flag("expirationNotice").optional()};
inline constexpr std::array default_policy{text("userPermission").optional(), whole("policyId").optional(),
                                           flag("applyToExistingUsers").optional()};
inline constexpr std::array password_permissions{
    text("passwordChangeEmailNotificationType").optional(), flag("allowToChangeOwnPassword").optional(),
    flag("allowPasswordChangeRequests").optional(),         flag("isRecaptchaRequired").optional(),
    flag("isSecurityQuestionsRequired").optional(),         whole("passwordEmailLinkMaxAge").optional()};
inline constexpr std::array folder_cleanup{flag("isCleanupEnabled").optional(),
                                           whole("deleteOldFilesAfterDays").optional(),
                                           whole("deleteEmptySubfoldersAfterDays").optional()};
inline constexpr std::array folder_quota{whole("quota").optional(), text("quotaLevel").optional(),
                                         flag("applyToFilesInSubfolders").optional()};
inline constexpr std::array maintenance{
    object("folderCleanup", "FolderCleanup").optional(), whole("displayNewFilesForDays").optional(),
    object("folderQuota", "FolderQuota").optional(), flag("applyToSubfolders").optional()};
inline constexpr std::array miscellaneous{flag("hideHistory").optional(),
                                          flag("createThumbnails").optional(),
                                          flag("enforceUniqueFilenames").optional(),
                                          flag("allowFileOverwrite").optional(),
                                          text("customSortField").optional(),
                                          flag("applyToSubfolders").optional()};
inline constexpr std::array notifications{text("notificationStyle").optional(),
                                          whole("uploadConfirmationToSenderTime").optional(),
                                          whole("newFileAlertToRecipientTime").optional(),
                                          text("deliveryReceiptToSender").optional(),
                                          whole("alertSenderFileIsNotDownloadedTime").optional(),
                                          text("alertSenderFileIsNotDownloadedTimeType").optional(),
                                          flag("applyToSubfolders").optional()};
inline constexpr std::array character_restrictions{
    text("charSet").optional(), text("customCharSet").optional(), flag("replaceIllegalCharacters").optional(),
    text("replacementValue").optional(), flag("applyToSubfolders").optional()};
// With lists of plain strings, which schemas here do not have: the handlers check those.
inline constexpr std::array file_masks{text("rule").optional(), flag("applyToSubfolders").optional()};
inline constexpr std::array members_add{text("relationship").optional()};
inline constexpr std::array user_counts{whole("totalUsers").optional(), whole("endUsers").optional(),
                                        whole("tempUsers").optional()};
inline constexpr std::array package_access{text("adminPackageAccess").optional(),
                                           flag("showAdHocTransferEntriesInLog").optional(),
                                           flag("applyToAllOrganizations").optional()};
inline constexpr std::array password_reset{flag("enableAdminPasswordReset").optional()};
inline constexpr std::array reset_request{text("username").at_most(256)};
inline constexpr std::array reset_use{text("token").at_most(128), text("newPassword").at_most(1'024)};
inline constexpr std::array interface_configuration{flag("showFileAndFolder").optional(),
                                                    flag("showAdHocPackage").optional(),
                                                    flag("showSecureFolderSharing").optional()};
inline constexpr std::array act_as_admin{whole("orgId")};
inline constexpr std::array external_token_remove{text("type"), text("token")};
inline constexpr std::array external_token_create{flag("check").optional()};
inline constexpr std::array api_token_create{text("name"), text("scope"), whole("expiresInDays").optional(),
                                             text("expires").optional(), text("networks").optional()};
inline constexpr std::array api_token_patch{text("name").optional(), text("expires").optional()};
inline constexpr std::array user_key_create{text("key")};
inline constexpr std::array user_sign_on{text("methods")};
inline constexpr std::span<const Property> anything{};

}  // namespace bulkhead::gate_http::api
