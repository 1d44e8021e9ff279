#include "gate_http/reset_page.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {

// A browser gets the page that links for new passwords lead to.
Result<void> front_page(Exchange& exchange) {
  if (exchange.head.fields.find("Accept").value_or("").find("text/html") != std::string_view::npos) {
    return reset_page(exchange);
  }
  std::string text =
      "Bulkhead: managed file transfer.\n\n"
      "The REST interface is below /api/v1. Sign on with POST /api/v1/token.\n";
  if (!exchange.settings.ssh_fingerprints.empty()) {
    text += "\nSFTP and SCP are served as well. Compare the host key that your client shows with these:\n";
    for (const std::string& key : exchange.settings.ssh_fingerprints) text += "  " + key + "\n";
  }
  return exchange.answer(http::Status::ok, "text/plain; charset=utf-8", text);
}

Result<void> alive(Exchange& exchange) { return exchange.answer(http::Status::ok, "text/plain; charset=utf-8", "ok\n"); }

}  // namespace bulkhead::gate_http
