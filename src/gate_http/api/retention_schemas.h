#pragma once
// Schemas of legal holds and clean-ups.
#include "gate_http/api/schema.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array hold_wanted{text("name"), text("reason").optional(), key("folderId").optional(),
                                        key("fileId").optional()};
inline constexpr std::array<std::string_view, 2> cleanup_types{"File", "Folder"};
inline constexpr std::array<std::string_view, 2> cleanup_stays{"LegalHold", "Transfer"};
inline constexpr std::array cleanup_item{text("type").one_of(cleanup_types),
                                         key("id"),
                                         text("name"),
                                         whole("size"),
                                         text("dueTime"),
                                         text("stays").one_of(cleanup_stays).nullable()};
inline constexpr std::array cleanup_page{list("items", "CleanupItem")};
inline constexpr std::array hold{
    whole("id"),  text("name"),     text("reason"),    whole("folderId").nullable(), key("fileId").nullable(),
    text("path"), text("placedBy"), text("placedTime")};
inline constexpr std::array hold_page{list("items", "Hold")};

}  // namespace bulkhead::gate_http::api
