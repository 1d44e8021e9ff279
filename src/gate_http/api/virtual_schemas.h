#pragma once
// The JSON of virtual folders.
#include "gate_http/api/schema.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array virtual_folder{whole("id"),       text("name"),        text("path"),
                                           whole("folderId"), whole("targetId"),   text("targetPath"),
                                           text("createdBy"), text("createdStamp")};
inline constexpr std::array virtual_folder_page{list("items", "VirtualFolder")};
inline constexpr std::array virtual_folder_create{text("name"), whole("targetId")};
inline constexpr std::array virtual_folder_patch{text("name")};

}  // namespace bulkhead::gate_http::api
