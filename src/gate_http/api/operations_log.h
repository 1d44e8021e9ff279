#pragma once
// The log, and who fetched a file.
#include "gate_http/api/operation.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array log_query{
    page_number,
    page_size,
    sort_field,
    sort_direction,
    Parameter{"startDateTime", Type::text, "yyyy-MM-ddTHH:mm:ss, MM-dd-yyyy, MM-dd-yy or MM/dd/yyyy; UTC."},
    Parameter{"endDateTime", Type::text, "The same; the whole second, or without a time the whole day."},
    Parameter{"action", Type::text,
              "None, FileTransfer, Administration, Upload, Download, UserMaintenance or ContentScanning."},
    Parameter{"userNameContains", Type::text, "Part of the sign-on name."},
    Parameter{"userId", Type::text, "Who did it."},
    Parameter{"fileIdContains", Type::text, "Part of the file's number."},
    Parameter{"fileNameContains", Type::text, "Part of its name; no character means anything but itself."},
    Parameter{"sizeComparison", Type::text, "None, LargerOrEqual or SmallerOrEqual."},
    Parameter{"size", Type::text, "KiB in digits, for sizeComparison."},
    Parameter{"folderId", Type::text, "Where the file is or was, in digits."},
    Parameter{"folderPathContains", Type::text, "Part of the folder's path."},
    Parameter{"ipContains", Type::text, "Part of the address."},
    Parameter{"agentBrandContains", Type::text, "Part of what the client calls itself."},
    Parameter{"successFailure", Type::text, "None, Success or Error."},
    Parameter{"suppressSigns", Type::flag, "Leaves sign-ons out unless it is false."},
    Parameter{"suppressEmailNotes", Type::flag, "There are none."},
    Parameter{"suppressLogViews", Type::flag, "Leaves views of the log out unless it is false."}};

inline constexpr std::array operations_on_log{
    list_of("/api/v1/logs", "listLog", "What happened, as far as one may see it", log_query, "LogPage", wrong_list),
    read_of("/api/v1/logs/{id}", "getLogEntry", "One entry of the log", "LogDetails", missing),
    change_of(Method::post, "/api/v1/settings/miscellaneous/aging/logs", "setLogRetention",
              "For how many days the organisation keeps its log", "LogRetention", "LogRetention", may_not_set),
    list_of("/api/bulkhead/v1/files/{id}/downloads", "listDownloads", "Who fetched a file, also when it is gone", paged,
            "FetchPage", wrong_list_below),
};

}  // namespace bulkhead::gate_http::api
