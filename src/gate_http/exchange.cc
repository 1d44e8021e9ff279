#include "gate_http/exchange.h"

#include "gate_http/api/check.h"

namespace bulkhead::gate_http {

Result<void> Exchange::start(http::ResponseHead& response) {
  response.security_fields();
  for (const http::Field& field : extra) response.field(field.name, field.value);
  if (!head.keep_alive || close) response.field("Connection", "close");
  const std::string built = TRY(response.build());
  answered = true;
  return stream.write_all(as_bytes(built));
}

Result<void> Exchange::answer(http::Status status, std::string_view content_type, std::string_view content,
                              std::string_view extra_name, std::string_view extra_value) {
  http::ResponseHead response{status};
  response.security_fields();
  if (!content_type.empty()) response.field("Content-Type", content_type);
  if (!extra_name.empty()) response.field(extra_name, extra_value);
  for (const http::Field& field : extra) response.field(field.name, field.value);
  if (status != http::Status::no_content) response.content_length(content.size());
  if (!head.keep_alive || close) response.field("Connection", "close");
  std::string whole = TRY(response.build());
  if (!head_only()) whole += content;
  answered = true;
  return stream.write_all(as_bytes(whole));
}

Result<void> Exchange::answer_json(http::Status status, const std::string& json) {
  return answer(status, "application/json; charset=utf-8", json);
}

Result<void> Exchange::answer_empty(http::Status status) { return answer(status, {}, {}); }

Result<void> Exchange::redirect(const std::string& path) { return answer(http::Status::found, {}, {}, "Location", path); }

Result<json::Value> Exchange::json_body() {
  const Bytes raw = TRY(body.all(json_body_max));
  json::Value value = TRY(json::parse(raw.empty() ? as_bytes("{}") : ByteView{raw}));
  if (value.kind() != json::Value::Kind::object) return fail(Errc::invalid, "the body must be a JSON object");
  ENSURE(operation != nullptr && operation->request.media == api::Media::json);
  TRY(api::check_body(*api::find_schema(operation->request.schema), value));
  return value;
}

}  // namespace bulkhead::gate_http
