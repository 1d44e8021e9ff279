#pragma once
// Older versions of files, the recycle bin, and what folders keep: ours, beside the contract.
#include "gate_http/api/operation.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array bin_query{page_number, page_size, name_mask,
                                      Parameter{"folderPathContains", Type::text, "A part of the folder's path."}};
inline constexpr std::array versions_query{page_number, page_size};
inline constexpr std::array wrong_version{forbidden, not_found, conflict};

inline constexpr std::array operations_on_history{
    read_of("/api/bulkhead/v1/folders/{id}/history", "getHistorySettings", "What a folder keeps of its files",
            "HistorySettings", missing),
    change_of(Method::patch, "/api/bulkhead/v1/folders/{id}/history", "changeHistorySettings",
              "How many versions a folder keeps, and deleted files for how long", "HistorySettingsPatch",
              "HistorySettings", may_not_set),
    list_of("/api/bulkhead/v1/files/{id}/versions", "listVersions", "The versions of a file, newest first",
            versions_query, "VersionPage", wrong_list_below),
    Operation{Method::get,
              "/api/bulkhead/v1/files/{id}/versions/{version}/download",
              "downloadVersion",
              "The content of a version",
              {},
              no_body,
              ok,
              binary_content,
              downloads},
    change_of(Method::post, "/api/bulkhead/v1/files/{id}/versions/{version}/restore", "restoreVersion",
              "Make an older version the current one", "Anything", "FileDetails", wrong_version),
    removal_of("/api/bulkhead/v1/files/{id}/versions/{version}", "deleteVersion", "Delete an older version for good",
               wrong_version),
    list_of("/api/bulkhead/v1/recyclebin", "listRecycleBin", "Deleted files that one may see", bin_query,
            "BinnedFilePage", wrong_list),
    Operation{Method::delete_,
              "/api/bulkhead/v1/recyclebin",
              "emptyRecycleBin",
              "Delete for good what one may",
              {},
              no_body,
              ok,
              json_of("DeletedCount"),
              {}},
    change_of(Method::post, "/api/bulkhead/v1/recyclebin/{id}/restore", "restoreFromBin", "Undelete a file",
              "BinnedDestination", "FileDetails", name_taken),
    removal_of("/api/bulkhead/v1/recyclebin/{id}", "deleteFromBin", "Delete a deleted file for good", may_not_now),
};

}  // namespace bulkhead::gate_http::api
