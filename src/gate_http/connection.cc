#include "gate_http/connection.h"

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "gate_http/api/check.h"
#include "gate_http/errors.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::size_t drain_max = 256 * 1024;         // of a body that nobody read, to keep the connection
constexpr std::size_t linger_max = 64 * 1024 * 1024;  // the same, before it is closed

Thing thing_of(const Route& route) {
  if (route.pattern.find("/files") != std::string_view::npos || route.pattern.starts_with("/tus") ||
      route.pattern.starts_with("/api/bulkhead/v1/recyclebin")) {
    return Thing::file;
  }
  if (route.pattern.find("/folders") != std::string_view::npos) return Thing::folder;
  return Thing::other;
}

}  // namespace

Connection::Connection(Stream& stream, Session& session, MutableByteView ring, const asks::GateSettings& settings)
    : stream_{stream}, session_{session}, ring_{ring}, settings_{settings}, input_{stream} {}

void Connection::run() {
  while (serve_one() == Next::more) {
  }
}

Connection::Next Connection::serve_one() {
  for (;;) {
    if (input_.view().empty()) {
      if (!heads_.inside_head()) {
        input_.release();
        if (!stream_.wait_idle(std::int64_t{settings_.idle_timeout_s} * 1000)) return Next::close;
      }
      const Result<bool> more = input_.refill(std::int64_t{settings_.stall_timeout_s} * 1000);
      if (!more.ok() || !*more) return Next::close;
    }
    auto parsed = heads_.feed(input_.view());
    if (auto* refusal = std::get_if<http::Refusal>(&parsed)) {
      refuse(refusal->status, refusal->detail);
      return Next::close;
    }
    if (std::holds_alternative<http::NeedsMore>(parsed)) {
      input_.consume(input_.view().size());
      continue;
    }
    auto& head = std::get<http::ParsedHead>(parsed);
    input_.consume(head.consumed);
    return serve(head.head);
  }
}

bool Connection::host_is_served(const http::RequestHead& head) const {
  if (settings_.host_names.empty()) return true;
  std::string_view host = head.fields.find("Host").value_or("");
  if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    host = host.substr(0, colon);
  }
  return std::any_of(settings_.host_names.begin(), settings_.host_names.end(),
                     [&](const std::string& served) { return http::equal_ignoring_case(served, host); });
}

Connection::Next Connection::serve(const http::RequestHead& head) {
  RequestBody body{head, input_, stream_, std::int64_t{settings_.stall_timeout_s} * 1000};
  Exchange exchange{head, body, stream_, session_, ring_, settings_, {}};
  if (!host_is_served(head)) {
    refuse(http::Status::misdirected_request, "this host name is not served here");
    return Next::close;
  }
  if (dispatch(exchange) == Next::close || exchange.close || !head.keep_alive) return Next::close;
  return body.drain(drain_max) ? Next::more : Next::close;
}

Connection::Next Connection::dispatch(Exchange& exchange) {
  exchange.close = session_.worn_out();
  const Found found = find_route(routes(), exchange.head.method, exchange.head.target);
  Thing thing = Thing::other;
  Result<void> outcome;
  if (found.route == nullptr && exchange.head.method == http::Method::options) {
    outcome = exchange.answer(http::Status::no_content, {}, {}, "Allow", http::allowed_methods);
  } else if (found.route == nullptr || found.route->access != Access::open) {
    // Also for what does not exist: a stranger learns no path from the difference.
    outcome = session_.authorise(exchange.head.fields.find("Authorization"));
  }
  if (outcome.ok() && !exchange.answered) {
    if (found.route != nullptr) {
      thing = thing_of(*found.route);
      exchange.captures = found.captures;
      exchange.operation = found.operation;
      outcome = api::check_query(*found.operation, exchange.head.target);
      if (outcome.ok()) outcome = found.route->handler(exchange);
    } else if (found.other_method) {
      const std::string detail = error_model(http::Status::method_not_allowed, "not with this method");
      outcome = exchange.answer(http::Status::method_not_allowed, "application/json; charset=utf-8", detail, "Allow", http::allowed_methods);
    } else {
      outcome = exchange.answer_json(http::Status::not_found, error_model(http::Status::not_found, "nothing is here"));
    }
  }
  if (outcome.ok()) return Next::more;

  const Error& error = outcome.error();
  if (error.kind() == Errc::io || error.kind() == Errc::corrupt) {
    log(Level::error, "request failed", {{"target", exchange.head.raw_target}, {"why", error.message()},
                                         {"where", cat(error.where().file_name(), ":", error.where().line())}});
  }
  if (exchange.answered) return Next::close;
  const http::Status status = exchange.refusal.value_or(status_of(error.kind()));
  exchange.close = exchange.close || error.kind() == Errc::other_principal || error.kind() == Errc::io || !exchange.body.finished();
  const std::string model = error_model(status, error.kind(), error.message(), thing);
  const bool challenge = status == http::Status::unauthorized;
  const Result<void> sent = exchange.answer(status, "application/json; charset=utf-8", model, challenge ? "WWW-Authenticate" : "",
                                            challenge ? "Bearer" : "");
  if (!sent.ok() || !exchange.close) return sent.ok() ? Next::more : Next::close;
  exchange.body.drain(linger_max);  // a client that is still sending would lose our answer to a reset
  return Next::close;
}

void Connection::refuse(http::Status status, std::string_view detail) {
  log(Level::warning, "request refused", {{"status", cat(static_cast<std::uint16_t>(status))}, {"detail", detail}});
  const std::string model = error_model(status, detail);
  http::ResponseHead response{status};
  response.security_fields().field("Content-Type", "application/json; charset=utf-8").content_length(model.size()).field("Connection", "close");
  if (const Result<std::string> built = response.build(); built.ok()) {
    static_cast<void>(stream_.write_all(as_bytes(*built + model)));  // the connection closes either way
  }
}

}  // namespace bulkhead::gate_http
