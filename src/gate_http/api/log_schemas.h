#pragma once
// The log (moveit-rest section 7), for how long it is kept, and who fetched a file.
#include "gate_http/api/schema.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array simple_log{whole("id"),
                                       text("logTime"),
                                       text("action"),
                                       text("username"),
                                       text("userLoginName"),
                                       text("userFullName"),
                                       text("targetID"),
                                       text("targetName"),
                                       text("fileName"),
                                       text("fileID"),
                                       whole("folderID"),
                                       text("folderPath"),
                                       whole("virtualFolderID"),
                                       text("virtualFolderPath"),
                                       text("uploadNotes"),
                                       whole("transferSize"),
                                       number("duration"),
                                       number("rate"),
                                       text("ipAddress"),
                                       text("agentBrand"),
                                       text("agentVersion"),
                                       text("message"),
                                       whole("errorCode"),
                                       whole("orgID")};
inline constexpr std::array log_details{text("dlpMetadata"),
                                        whole("webFarmNode"),
                                        text("contentScannerName"),
                                        text("interfaceType"),
                                        text("parm1"),
                                        text("parm2"),
                                        text("parm3"),
                                        text("parm4"),
                                        text("certificate").nullable(),
                                        text("receipt").nullable()};
inline constexpr std::array log_page{list("items", "SimpleLog")};
inline constexpr std::array log_retention{whole("logRetention"), flag("archiveLogs").optional()};

inline constexpr std::array<std::string_view, 4> fetch_outcomes{"under way", "complete", "cut", "failed"};
inline constexpr std::array fetch{text("receipt"),
                                  text("time"),
                                  text("endTime").nullable(),
                                  text("userId"),
                                  text("userLoginName"),
                                  text("userFullName"),
                                  text("ipAddress"),
                                  text("method"),
                                  text("session"),
                                  text("fileName"),
                                  text("folderPath"),
                                  text("sha256"),
                                  whole("fileSize"),
                                  whole("bytes"),
                                  text("outcome").one_of(fetch_outcomes),
                                  list("ranges", "ByteRange"),
                                  flag("moreRanges")};
inline constexpr std::array fetch_page{list("items", "Fetch")};

}  // namespace bulkhead::gate_http::api
