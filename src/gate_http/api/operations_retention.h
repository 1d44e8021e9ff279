#pragma once
// Legal holds and clean-ups.
#include "gate_http/api/operation.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array cleanup_query{page_number, page_size,
                                          Parameter{"until", Type::text, "yyyy-MM-ddTHH:mm:ss, UTC; now."}};

inline constexpr std::array operations_on_retention{
    Operation{Method::post,
              "/api/bulkhead/v1/holds",
              "placeHold",
              "Place a legal hold on a folder, with all below it, or on a file",
              {},
              json_of("HoldWanted"),
              created,
              json_of("Hold"),
              may_not_set},
    Operation{Method::get, "/api/bulkhead/v1/holds", "listHolds", "The legal holds of the organisation", paged, no_body,
              ok, json_of("HoldPage"), may_not_set},
    Operation{Method::get,
              "/api/bulkhead/v1/holds/{id}",
              "getHold",
              "One legal hold",
              {},
              no_body,
              ok,
              json_of("Hold"),
              may_not},
    Operation{Method::delete_,
              "/api/bulkhead/v1/holds/{id}",
              "liftHold",
              "Lift a legal hold",
              {},
              no_body,
              no_content,
              no_body,
              may_not},
    Operation{Method::get, "/api/bulkhead/v1/folders/{id}/cleanup", "previewCleanup",
              "What a clean-up of the folder takes until a time", cleanup_query, no_body, ok, json_of("CleanupPage"),
              may_not_set},
};

}  // namespace bulkhead::gate_http::api
