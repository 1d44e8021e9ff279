#include <doctest/doctest.h>

#include <limits>

#include "base/cat.h"
#include "proto/http/json_in.h"
#include "proto/http/json_out.h"

using namespace bulkhead;
using json::Value;

namespace {

Value parsed(std::string_view text) {
  auto value = json::parse(as_bytes(text));
  REQUIRE_MESSAGE(value.ok(), text);
  return *std::move(value);
}

bool refused_as(std::string_view text, Errc kind, const json::Limits& limits = {}) {
  const auto value = json::parse(as_bytes(text), limits);
  return !value.ok() && value.error().kind() == kind;
}

}  // namespace

TEST_CASE("a tree keeps what the text says") {
  const Value value = parsed(R"({"Id":"12","size":9007199254740993,"x":[1.5,null,true,{}],"e":"\u20ac"})");
  CHECK(value.kind() == Value::Kind::object);
  CHECK(value.find("ID")->string() == "12");
  CHECK(value.find("size")->integer() == 9'007'199'254'740'993);
  REQUIRE(value.find("x")->items().size() == 4);
  CHECK(value.find("x")->items()[0].number() == 1.5);
  CHECK(value.find("x")->items()[1].kind() == Value::Kind::null);
  CHECK(value.find("x")->items()[2].boolean());
  CHECK(value.find("x")->items()[3].kind() == Value::Kind::object);
  CHECK(value.find("e")->string() == "\xE2\x82\xAC");
  CHECK(value.find("absent") == nullptr);
  CHECK(parsed("[]").find("a") == nullptr);
  CHECK(parsed("-9223372036854775808").integer() == INT64_MIN);
}

TEST_CASE("what is not strict JSON is refused") {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "[1,]",
                                "{\"a\":1,}",
                                "{'a':1}",
                                "{a:1}",
                                "01",
                                "+1",
                                "1.",
                                ".5",
                                "NaN",
                                "1 2",
                                "{} x",
                                "// c\n1",
                                "\"\x01\"",
                                "\"\xFF\"",
                                "\"\xC0\xAF\"",
                                "\"\xED\xA0\x80\"",
                                "\"\\ud800\"",
                                "\"\\u0000\"",
                                "{\"\\u0000\":1}",
                                "\"\\x\"",
                                "tru",
                                "9223372036854775808",
                                "-9223372036854775809",
                                "100000000000000000000",
                                "1e999"}) {
    CAPTURE(text);
    CHECK(refused_as(text, Errc::invalid));
  }
}

TEST_CASE("a name stands once, in any case and spelling") {
  CHECK(refused_as(R"({"a":1,"a":1})", Errc::invalid));
  CHECK(refused_as(R"({"userId":1,"USERID":2})", Errc::invalid));
  CHECK(refused_as(R"({"a":1,"\u0061":2})", Errc::invalid));
  CHECK(refused_as(R"({"o":{"a":1,"A":2}})", Errc::invalid));
  CHECK(parsed(R"({"a":{"a":1},"b":{"a":2}})").find("b")->find("a")->integer() == 2);
}

TEST_CASE("the limits are exact") {
  const std::string deep = cat(std::string(32, '['), std::string(32, ']'));
  CHECK(json::parse(as_bytes(deep)).ok());
  CHECK(refused_as(cat('[', deep, ']'), Errc::too_large));
  CHECK(refused_as(std::string(100'000, '['), Errc::too_large));
  CHECK(json::parse(as_bytes("[1,2]"), {.bytes_max = 5, .values_max = 3}).ok());
  CHECK(refused_as("[1,2]", Errc::too_large, {.bytes_max = 4}));
  CHECK(refused_as("[1,2]", Errc::too_large, {.values_max = 2}));
  CHECK(json::parse(as_bytes(R"({"a":1,"b":2})"), {.members_max = 2}).ok());
  CHECK(refused_as(R"({"a":1,"b":2})", Errc::too_large, {.members_max = 1}));
}

TEST_CASE("booleans are read as clients send them") {
  const Value value = parsed(R"({"a":true,"b":"True","c":"false","d":null,"e":1,"f":"yes"})");
  CHECK(*json::read_bool(value, "A") == true);
  CHECK(*json::read_bool(value, "b") == true);
  CHECK(*json::read_bool(value, "c") == false);
  CHECK(*json::read_bool(value, "d") == std::nullopt);
  CHECK(*json::read_bool(value, "absent") == std::nullopt);
  CHECK(json::read_bool(value, "e").error().message() == "e: must be true or false");
  CHECK_FALSE(json::read_bool(value, "f").ok());
}

TEST_CASE("integers are read exactly, as numbers or strings") {
  const Value value =
      parsed(R"({"a":12,"b":"-12","c":1.0,"d":"1x","e":"","f":"+1","g":"99999999999999999999","h":true})");
  CHECK(*json::read_integer(value, "a") == 12);
  CHECK(*json::read_integer(value, "b") == -12);
  CHECK(*json::read_integer(value, "a", 12, 12) == 12);
  CHECK(json::read_integer(value, "a", 0, 11).error().message() == "a: must lie between 0 and 11");
  CHECK_FALSE(json::read_integer(value, "a", 13, 20).ok());
  CHECK(*json::read_u32(value, "a") == 12U);
  CHECK_FALSE(json::read_u32(value, "a", 11).ok());
  CHECK_FALSE(json::read_u32(value, "b").ok());
  CHECK_FALSE(json::read_u32(value, "none").value().has_value());
  for (std::string_view name : {"c", "d", "e", "f", "g", "h"}) CHECK_FALSE(json::read_integer(value, name).ok());
}

TEST_CASE("strings, arrays and objects are what they say") {
  const Value value = parsed(R"({"s":"x","a":[1],"o":{"p":1},"n":null})");
  CHECK(*json::read_string(value, "s") == "x");
  CHECK(*json::read_string(value, "n") == std::nullopt);
  CHECK(json::read_string(value, "a").error().message() == "a: must be a string");
  CHECK_FALSE(json::read_string(value, "o").ok());
  CHECK((*json::read_array(value, "a"))->items().size() == 1);
  CHECK(*json::read_array(value, "n") == nullptr);
  CHECK_FALSE(json::read_array(value, "o").ok());
  CHECK((*json::read_object(value, "o"))->find("p") != nullptr);
  CHECK_FALSE(json::read_object(value, "s").ok());
}

TEST_CASE("the writer places commas and escapes") {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("a\"b").string("x\r\n</\xFF\xE2\x82\xAC").key("n").begin_array();
  out.integer(-1).unsigned_integer(UINT64_MAX).boolean(true).null().number(0.5).number(3);
  out.number(std::numeric_limits<double>::infinity()).end_array();
  out.key("empty").begin_object().end_object().key("list").begin_array().end_array();
  CHECK_FALSE(out.complete());
  out.end_object();
  CHECK(out.complete());
  CHECK(text ==
        R"({"a\"b":"x\u000d\n</\ufffd€","n":[-1,18446744073709551615,true,null,0.5,3.0,null],"empty":{},"list":[]})");
}
