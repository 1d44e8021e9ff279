#pragma once
// The page that a link for a new password leads to: two forms, one script, nothing from anywhere else.
#include "gate_http/exchange.h"

namespace bulkhead::gate_http {

Result<void> reset_page(Exchange& exchange);

}  // namespace bulkhead::gate_http
