#include "gate_http/session.h"

#include "proto/http/text.h"

namespace bulkhead::gate_http {

Result<void> Session::authorise(std::optional<std::string_view> authorization) {
  static constexpr std::string_view scheme = "Bearer ";
  if (!authorization) return fail(Errc::unauthenticated, "sign on first: POST /api/v1/token, then send Authorization: Bearer");
  if (!http::equal_ignoring_case(authorization->substr(0, scheme.size()), scheme)) {
    return fail(Errc::unauthenticated, "Authorization must be: Bearer and an access token");
  }
  const std::string_view token = http::trim_ows(authorization->substr(scheme.size()));
  if (token.empty() || token.size() > 300) return fail(Errc::unauthenticated, "the access token is not valid");
  if (equal_constant_time(token_.view(), as_bytes(token)) && unix_now_ms() < expires_ms_) return {};
  asks::Bearer::Reply reply = TRY(sign_on_channel().ask(asks::Bearer{Secret::copy_of(as_bytes(token))}));
  TRY(adopt_capability(std::move(reply.capability)));
  token_ = Secret::copy_of(as_bytes(token));
  expires_ms_ = reply.expires_ms;
  return {};
}

Result<void> Session::adopt(const asks::SignOnResult& granted) {
  TRY(adopt_capability(granted.capability));
  token_ = granted.access_token.clone();
  expires_ms_ = unix_now_ms() + std::int64_t{granted.expires_in_s} * 1000;
  return {};
}

Result<void> Session::adopt_capability(Bytes capability) {
  TRY(siblings_.keeper.ask(asks::Adopt{capability}));
  capability_ = std::move(capability);
  porter_knows_ = false;
  chronicle_knows_ = false;
  return {};
}

void Session::forget() {
  token_.clear();
  expires_ms_ = 0;
}

Result<ipc::Channel*> Session::porter() {
  if (!porter_knows_) {
    TRY(siblings_.porter.ask(asks::Adopt{capability_}));
    porter_knows_ = true;
  }
  return &siblings_.porter;
}

Result<ipc::Channel*> Session::chronicle() {
  if (!chronicle_knows_) {
    TRY(siblings_.chronicle.ask(asks::Adopt{capability_}));
    chronicle_knows_ = true;
  }
  return &siblings_.chronicle;
}

}  // namespace bulkhead::gate_http
