#pragma once
// Legal holds and clean-ups: ours, beside the contract.
#include "gate_http/api/operation.h"

namespace bulkhead::gate_http::api {

inline constexpr std::array cleanup_query{page_number, page_size,
                                          Parameter{"until", Type::text, "yyyy-MM-ddTHH:mm:ss, UTC; now."}};
inline constexpr std::array hold_refused{forbidden, not_found, content_too_large, unprocessable_content,
                                         too_many_requests};

inline constexpr std::array operations_on_retention{
    addition_of("/api/bulkhead/v1/holds", "placeHold",
                "Place a legal hold on a folder, with all below it, or on a file", "HoldWanted", "Hold", hold_refused),
    list_of("/api/bulkhead/v1/holds", "listHolds", "The legal holds of the organisation", paged, "HoldPage",
            may_not_set),
    read_of("/api/bulkhead/v1/holds/{id}", "getHold", "One legal hold", "Hold", may_not),
    removal_of("/api/bulkhead/v1/holds/{id}", "liftHold", "Lift a legal hold", may_not),
    list_of("/api/bulkhead/v1/folders/{id}/cleanup", "previewCleanup",
            "What a clean-up of the folder takes until a time", cleanup_query, "CleanupPage", may_not_set),
};

}  // namespace bulkhead::gate_http::api
