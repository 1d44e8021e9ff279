#pragma once
// The shapes of JSON that go in and out, as data: one description for the OpenAPI document, for the check of requests
// (check.h) and for the tests, which hold real answers against it.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bulkhead::gate_http::api {

enum class Type : std::uint8_t {
  text,
  key,     // an id: a string, or in requests a number as well
  whole,   // an integer of 64 bits
  number,  // with a fraction; in answers only
  flag,    // a boolean
  object,  // of the schema `of`
  list,    // of objects of the schema `of`
  ids,     // a list of ids, as digits or as numbers
  binary,  // the file part of a form
};

struct Property {
  std::string_view name;
  Type type = Type::text;
  std::string_view of = {};
  std::uint64_t max = 0;  // bytes of a text, items of a list; 0: as many as the whole body may have
  std::span<const std::string_view> values = {};  // the only ones; in requests without ASCII case
  bool needed = true;                             // in an answer: always there. In a request: must be, and not null
  bool may_be_null = false;

  constexpr Property optional() const {
    return with([](Property& p) { p.needed = false; });
  }
  constexpr Property nullable() const {
    return with([](Property& p) { p.may_be_null = true; });
  }
  constexpr Property at_most(std::uint64_t count) const {
    return with([=](Property& p) { p.max = count; });
  }
  constexpr Property one_of(std::span<const std::string_view> list) const {
    return with([=](Property& p) { p.values = list; });
  }

 private:
  template <class Change>
  constexpr Property with(Change change) const {
    Property copy = *this;
    change(copy);
    return copy;
  }
};

constexpr Property text(std::string_view name) {
  return {.name = name};
}
constexpr Property key(std::string_view name) {
  return {.name = name, .type = Type::key};
}
constexpr Property whole(std::string_view name) {
  return {.name = name, .type = Type::whole};
}
constexpr Property number(std::string_view name) {
  return {.name = name, .type = Type::number};
}
constexpr Property flag(std::string_view name) {
  return {.name = name, .type = Type::flag};
}
constexpr Property object(std::string_view name, std::string_view of) {
  return {.name = name, .type = Type::object, .of = of};
}
constexpr Property list(std::string_view name, std::string_view of) {
  return {.name = name, .type = Type::list, .of = of};
}
constexpr Property ids(std::string_view name) {
  return {.name = name, .type = Type::ids};
}
constexpr Property binary(std::string_view name) {
  return {.name = name, .type = Type::binary};
}

struct Schema {
  std::string_view name;
  std::span<const Property> properties;
  std::string_view base = {};  // has all properties of that schema as well
};

}  // namespace bulkhead::gate_http::api
