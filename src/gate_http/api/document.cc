#include "gate_http/api/document.h"

#include <algorithm>
#include <vector>

#include "base/cat.h"
#include "base/version.h"
#include "proto/http/json_out.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http::api {
namespace {

using json::Writer;

constexpr std::string_view id_pattern = "^[1-9][0-9]{0,18}$";

std::string_view media_type(Media media) {
  switch (media) {
    case Media::json:
      return "application/json";
    case Media::text:
      return "text/plain";
    case Media::binary:
      return "application/octet-stream";
    case Media::zip:
      return "application/zip";
    case Media::image:
      return "image/*";
    case Media::form:
      return "application/x-www-form-urlencoded";
    case Media::multipart:
      return "multipart/form-data";
    case Media::none:
      break;
  }
  return "";
}

void write_ref(Writer& out, std::string_view schema) {
  out.begin_object().key("$ref").string(cat("#/components/schemas/", schema)).end_object();
}

void write_type(Writer& out, std::string_view type, bool may_be_null) {
  out.key("type");
  if (!may_be_null)
    out.string(type);
  else
    out.begin_array().string(type).string("null").end_array();
}

void write_id(Writer& out) {
  out.begin_object().key("type").string("string").key("pattern").string(id_pattern).end_object();
}

void write_property(Writer& out, const Property& property) {
  if (property.type == Type::object) return write_ref(out, property.of);
  out.begin_object();
  switch (property.type) {
    case Type::text:
    case Type::key:
      write_type(out, "string", property.may_be_null);
      if (property.max != 0) out.key("maxLength").unsigned_integer(property.max);
      break;
    case Type::whole:
      write_type(out, "integer", property.may_be_null);
      out.key("format").string("int64");
      break;
    case Type::number:
      write_type(out, "number", property.may_be_null);
      break;
    case Type::flag:
      write_type(out, "boolean", property.may_be_null);
      break;
    case Type::list:
    case Type::ids:
      write_type(out, "array", false);
      if (property.max != 0) out.key("maxItems").unsigned_integer(property.max);
      out.key("items");
      if (property.type == Type::list)
        write_ref(out, property.of);
      else
        write_id(out);
      break;
    case Type::binary:  // OpenAPI 3.1 section 4.8.14.2: raw bytes have no type
      out.key("contentMediaType").string("application/octet-stream");
      break;
    case Type::object:
      break;
  }
  if (!property.values.empty()) {
    out.key("enum").begin_array();
    for (const std::string_view value : property.values) out.string(value);
    out.end_array();
  }
  out.end_object();
}

void write_members(Writer& out, const Schema& schema) {
  out.begin_object().key("type").string("object").key("properties").begin_object();
  for (const Property& property : schema.properties) {
    out.key(property.name);
    write_property(out, property);
  }
  out.end_object();
  const auto needed = [](const Property& property) { return property.needed; };
  if (std::ranges::any_of(schema.properties, needed)) {
    out.key("required").begin_array();
    for (const Property& property : schema.properties) {
      if (property.needed) out.string(property.name);
    }
    out.end_array();
  }
  out.end_object();
}

void write_schema(Writer& out, const Schema& schema) {
  if (schema.base.empty()) return write_members(out, schema);
  out.begin_object().key("allOf").begin_array();
  write_ref(out, schema.base);
  write_members(out, schema);
  out.end_array().end_object();
}

void write_content(Writer& out, const Body& body) {
  if (body.media == Media::none) return;
  out.key("content").begin_object().key(media_type(body.media)).begin_object();
  if (!body.schema.empty()) {
    out.key("schema");
    write_ref(out, body.schema);
  }
  out.end_object().end_object();
}

void write_answer(Writer& out, std::string_view status, std::string_view about, const Body& body) {
  out.key(status).begin_object().key("description").string(about);
  write_content(out, body);
  out.end_object();
}

// What stands for an id in a pattern; the steps of the path of a tile do not.
bool is_id(std::string_view name) {
  constexpr std::array<std::string_view, 4> ids_in_paths{"id", "file", "subfolder", "index"};
  return std::ranges::find(ids_in_paths, name) != ids_in_paths.end();
}

void write_parameters(Writer& out, const Operation& operation) {
  out.key("parameters").begin_array();
  std::string_view rest = operation.pattern;
  for (std::size_t at = rest.find('{'); at != std::string_view::npos; at = rest.find('{')) {
    const std::size_t end = rest.find('}', at);
    out.begin_object()
        .key("name")
        .string(rest.substr(at + 1, end - at - 1))
        .key("in")
        .string("path")
        .key("required")
        .boolean(true);
    out.key("schema");
    if (is_id(rest.substr(at + 1, end - at - 1)))
      write_id(out);
    else
      out.begin_object().key("type").string("string").end_object();
    out.end_object();
    rest.remove_prefix(end);
  }
  for (const Parameter& parameter : operation.query) {
    out.begin_object()
        .key("name")
        .string(parameter.name)
        .key("in")
        .string("query")
        .key("description")
        .string(parameter.about);
    out.key("schema").begin_object();
    if (parameter.type == Type::ids) {
      out.key("type").string("array").key("items");
      write_id(out);
    } else if (parameter.type == Type::list) {
      out.key("type").string("array").key("items").begin_object().key("type").string("string").end_object();
    } else if (parameter.type == Type::whole) {
      out.key("type").string("integer").key("minimum").integer(1);
    } else {
      out.key("type").string(parameter.type == Type::flag ? "boolean" : "string");
    }
    out.end_object().end_object();
  }
  out.end_array();
}

void write_operation(Writer& out, const Described& described) {
  const Operation& operation = *described.operation;
  out.key(http::to_lower(http::method_name(operation.method))).begin_object();
  out.key("operationId").string(operation.id).key("summary").string(operation.summary);
  write_parameters(out, operation);
  if (operation.request.media != Media::none) {
    out.key("requestBody").begin_object().key("required").boolean(true);
    write_content(out, operation.request);
    out.end_object();
  }
  const auto number = [](Status status) { return cat(static_cast<std::uint16_t>(status)); };
  out.key("responses").begin_object();
  write_answer(out, number(operation.status), http::reason_phrase(operation.status), operation.answer);
  for (const Status status : operation.refusals) {
    write_answer(out, number(status), http::reason_phrase(status), json_of(operation.refusal));
  }
  if (!described.open) write_answer(out, number(Status::unauthorized), "No valid token", json_of("Error"));
  write_answer(out, "default", "Any other refusal", json_of("Error"));
  out.end_object();
  out.key("security").begin_array();
  if (!described.open) out.begin_object().key("bearer").begin_array().end_array().end_object();
  out.end_array().end_object();
}

}  // namespace

std::string openapi_document(std::span<const Described> table) {
  std::string text;
  Writer out{text};
  out.begin_object().key("openapi").string("3.1.0");
  out.key("info").begin_object().key("title").string("Bulkhead").key("version").string(version).end_object();
  out.key("servers").begin_array().begin_object().key("url").string("/").end_object().end_array();
  out.key("paths").begin_object();
  std::vector<std::string_view> done;
  for (const Described& first : table) {
    const std::string_view pattern = first.operation->pattern;
    if (std::ranges::find(done, pattern) != done.end()) continue;
    done.push_back(pattern);
    out.key(pattern).begin_object();
    for (const Described& described : table) {
      if (described.operation->pattern == pattern) write_operation(out, described);
    }
    out.end_object();
  }
  out.end_object();
  out.key("components").begin_object().key("schemas").begin_object();
  for (const Schema& schema : schemas) {
    out.key(schema.name);
    write_schema(out, schema);
  }
  out.end_object();
  out.key("securitySchemes").begin_object().key("bearer").begin_object();
  out.key("type").string("http").key("scheme").string("bearer").end_object().end_object();
  out.end_object().end_object();
  return text;
}

}  // namespace bulkhead::gate_http::api
