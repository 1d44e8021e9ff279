#pragma once
// The JSON of older versions and of the recycle bin.
#include "gate_http/api/schema.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array history_settings{whole("versionsKept"), whole("recycleBinDays")};
inline constexpr std::array history_settings_patch{whole("versionsKept").optional(), whole("recycleBinDays").optional(),
                                                   flag("applyToSubfolders").optional()};
inline constexpr std::array file_version{text("version"),
                                         flag("isCurrent"),
                                         whole("size"),
                                         text("sha256"),
                                         text("uploadUsername"),
                                         text("uploadStamp"),
                                         text("uploadComment"),
                                         text("uploadIP"),
                                         text("replacedStamp").nullable(),
                                         text("receipt")};
inline constexpr std::array version_page{list("items", "FileVersion")};
inline constexpr std::array binned_file{text("id"),         text("name"),         text("folderPath"),
                                        whole("folderID").nullable(), whole("size"), whole("totalSize"),
                                        whole("versionCount"), text("deletedBy"), text("deletedStamp"),
                                        text("purgeStamp")};
inline constexpr std::array binned_file_page{list("items", "BinnedFile")};
inline constexpr std::array deleted_count{whole("deletedCount")};
inline constexpr std::array binned_destination{whole("destinationFolderId").optional()};

}  // namespace bulkhead::gate_http::api
