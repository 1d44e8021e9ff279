#pragma once
// One request and its one answer.
#include <string>
#include <vector>

#include "gate_http/api/operations.h"
#include "gate_http/body.h"
#include "gate_http/session.h"
#include "ipc/control_asks.h"
#include "proto/http/head.h"
#include "proto/http/json_in.h"
#include "proto/http/response.h"

namespace bulkhead::gate_http {

struct Exchange {
  const http::RequestHead& head;
  RequestBody& body;
  Stream& stream;
  Session& session;
  MutableByteView ring;
  const asks::GateSettings& settings;
  std::vector<std::string_view> captures;  // the {…} segments of the route, in order
  const api::Operation* operation = nullptr;  // of the route
  bool answered = false;                   // a head went out: an Error can only close the connection now
  bool close = false;                      // after this answer
  std::vector<http::Field> extra{};        // fields of whatever answer there will be, a refusal too
  std::optional<http::Status> refusal{};   // of an Error, instead of the status of its kind

  bool head_only() const { return head.method == http::Method::head; }
  // Sends a whole answer.
  Result<void> answer(http::Status status, std::string_view content_type, std::string_view content,
                      std::string_view extra_name = {}, std::string_view extra_value = {});
  Result<void> answer_json(http::Status status, const std::string& json);
  Result<void> answer_empty(http::Status status);
  // Location as an absolute path on this host.
  Result<void> redirect(const std::string& path);
  // Sends a head that the caller prepared; the content follows by stream.write_all.
  Result<void> start(http::ResponseHead& response);
  // The JSON body of a request, an object that fits the schema of the route; empty counts as {}.
  Result<json::Value> json_body();
};

inline constexpr std::size_t json_body_max = 64 * 1024;

}  // namespace bulkhead::gate_http
