#include "proto/http/form.h"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

bool refused_as(std::string_view body, Errc kind) {
  const auto form = Form::parse(as_bytes(body));
  return !form.ok() && form.error().kind() == kind;
}

}  // namespace

TEST_CASE("fields are decoded once and found without case") {
  const auto form =
      Form::parse(as_bytes("grant_type=password&username=a%40b&Password=p+%2B%26%3D%C3%A9=x&&empty=&bare\r\n"));
  REQUIRE(form.ok());
  CHECK(form->find("GRANT_TYPE") == "password");
  CHECK(form->find("username") == "a@b");
  CHECK(form->find("password") == "p +&=\xC3\xA9=x");
  CHECK(form->find("empty") == "");
  CHECK(form->find("bare") == "");
  CHECK(form->find("absent") == std::nullopt);
  CHECK(form->pairs().size() == 5);
  CHECK(Form::parse({})->pairs().empty());
}

TEST_CASE("what two readers could read in two ways is refused") {
  CHECK(refused_as("a=1&A=2", Errc::invalid));
  CHECK(refused_as("a=1&%61=2", Errc::invalid));
  CHECK(refused_as("a=%", Errc::invalid));
  CHECK(refused_as("a=%4", Errc::invalid));
  CHECK(refused_as("a=%g0", Errc::invalid));
  CHECK(refused_as("a=%00", Errc::invalid));
  CHECK(refused_as("a=%ff", Errc::invalid));
  CHECK(refused_as("=1", Errc::invalid));
}

TEST_CASE("the limits are exact") {
  CHECK(Form::parse(as_bytes("a=" + std::string(form_max - 2, 'x'))).ok());
  CHECK(refused_as("a=" + std::string(form_max - 1, 'x'), Errc::too_large));
  std::string many;
  for (std::size_t i = 0; i < form_pairs_max; ++i) many += "f" + std::to_string(i) + "=&";
  CHECK(Form::parse(as_bytes(many)).ok());
  CHECK(refused_as(many + "g=", Errc::too_large));
}
