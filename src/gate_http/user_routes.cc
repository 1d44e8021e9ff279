#include "gate_http/objects.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {

Result<void> users_self(Exchange& exchange) {
  const asks::Account::Reply account = TRY(exchange.session.warden().ask(asks::Account{}));
  const asks::Home::Reply home = TRY(exchange.session.keeper().ask(asks::Home{}));
  return exchange.answer_json(http::Status::ok, user_details(account, home));
}

}  // namespace bulkhead::gate_http
