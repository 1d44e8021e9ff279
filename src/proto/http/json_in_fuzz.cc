// What is accepted comes back the same when it is written and read again.
#include "base/die.h"
#include "proto/http/json_in.h"
#include "proto/http/json_out.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void write(json::Writer& out, const json::Value& value) {
  using Kind = json::Value::Kind;
  switch (value.kind()) {
    case Kind::null:
      out.null();
      return;
    case Kind::boolean:
      out.boolean(value.boolean());
      return;
    case Kind::integer:
      out.integer(value.integer());
      return;
    case Kind::number:
      out.number(value.number());
      return;
    case Kind::string:
      out.string(value.string());
      return;
    case Kind::array:
      out.begin_array();
      for (const json::Value& item : value.items()) write(out, item);
      out.end_array();
      return;
    case Kind::object:
      out.begin_object();
      ENSURE(value.items().size() == value.names().size());
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        ENSURE(value.find(value.names()[i]) == &value.items()[i]);
        write(out.key(value.names()[i]), value.items()[i]);
      }
      out.end_object();
      return;
  }
}

std::string written(const json::Value& value) {
  std::string text;
  json::Writer out{text};
  write(out, value);
  ENSURE(out.complete());
  return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<json::Value> value = json::parse({data, size});
  if (!value) return 0;
  const std::string text = written(*value);
  const Result<json::Value> again = json::parse(as_bytes(text), {.bytes_max = SIZE_MAX});
  ENSURE(again.ok() && written(*again) == text);
  for (std::string_view name : {"id", "name", "size"}) {
    static_cast<void>(json::read_bool(*value, name).ok());
    static_cast<void>(json::read_integer(*value, name, 0, 100).ok());
    static_cast<void>(json::read_string(*value, name).ok());
  }
  return 0;
}
