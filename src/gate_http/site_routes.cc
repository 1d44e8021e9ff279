#include "gate_http/routes.h"

namespace bulkhead::gate_http {

Result<void> front_page(Exchange& exchange) {
  return exchange.answer(http::Status::ok, "text/plain; charset=utf-8",
                         "Bulkhead: managed file transfer.\n\n"
                         "The REST interface is below /api/v1. Sign on with POST /api/v1/token.\n");
}

Result<void> alive(Exchange& exchange) { return exchange.answer(http::Status::ok, "text/plain; charset=utf-8", "ok\n"); }

}  // namespace bulkhead::gate_http
