#include <doctest/doctest.h>

#include "gate_http/api/check.h"
#include "gate_http/api/document.h"

using namespace bulkhead;
using namespace bulkhead::gate_http::api;

namespace {

std::string body(std::string_view schema, std::string_view json) {
  const Result<void> checked = check_body(*find_schema(schema), *json::parse(as_bytes(json)));
  return checked.ok() ? "ok" : checked.error().message();
}
std::string query(std::string_view text) {
  const Operation* operation = find_operation(Method::get, "/api/v1/files");
  const Result<void> checked = check_query(*operation, *http::parse_target(std::string{"/x?"} + std::string{text}));
  return checked.ok() ? "ok" : checked.error().message();
}

}  // namespace

TEST_CASE("a body that does not fit its schema names the member") {
  CHECK(body("FolderCreate", R"({"NAME":"x","inheritpermissions":"always","more":[1]})") == "ok");
  CHECK(body("FolderCreate", "{}") == "name: is missing");
  CHECK(body("FolderCreate", R"({"name":null})") == "name: is missing");
  CHECK(body("FolderCreate", R"({"name":5})") == "name: must be a string");
  CHECK(body("FolderCreate", R"({"name":"x","inheritPermissions":"Maybe"})") ==
        "inheritPermissions: must be one of: None, CopyOnly, Always");
  CHECK(body("FilePatch", R"({"isNew":"False"})") == "ok");
  CHECK(body("FilePatch", R"({"isNew":"no"})") == "isNew: must be true or false");
  CHECK(body("FilePatch", R"({"isNew":null,"name":null})") == "ok");
  CHECK(body("AclSet", R"({"id":"x","permissions":{"readFiles":true}})") == "ok");
  CHECK(body("AclSet", R"({"id":"x","permissions":{"readFiles":7}})") ==
        "permissions.readFiles: must be true or false");
  CHECK(body("AclSet", R"({"id":"x","permissions":[]})") == "permissions: must be an object");
  CHECK(body("AclSet", R"({"permissions":{}})") == "id: is missing");  // of its base
  CHECK(body("ZipWish", R"({"files":["1",2]})") == "ok");
  CHECK(body("ZipWish", R"({"files":["1","x"]})") == "files[1]: must be an id");
  CHECK(body("ZipWish", R"({"files":1})") == "files: must be an array");
  CHECK(body("AclPage", R"({"items":[{"type":"User"}],"paging":{},"sorting":[]})") == "paging.page: is missing");
}

TEST_CASE("parameters of a query are checked, others let pass") {
  CHECK(query("page=3&perPage=&newOnly=True&x=y&x=z&sortDirection=nonsense") == "ok");
  CHECK(query("page=0") == "page: must be a whole number of 1 or more");
  CHECK(query("perPage=ten") == "perPage: must be a whole number of 1 or more");
  CHECK(query("newOnly=maybe") == "newOnly: must be true or false");
  CHECK(query("page=1&page=2") != "ok");
}

TEST_CASE("the document is JSON and has every path once") {
  std::vector<Described> table;
  for (const Operation& operation : operations) {
    table.push_back(
        {&operation, operation.pattern == "/" || operation.pattern.find("/token") != std::string_view::npos});
  }
  const json::Value document =
      json::parse(as_bytes(openapi_document(table)), json::Limits{.bytes_max = 4'000'000}).value();
  CHECK(document.find("openapi")->string() == "3.1.0");
  const json::Value* files = document.find("paths")->find("/api/v1/files/{id}");
  REQUIRE(files != nullptr);
  CHECK(files->names() == std::vector<std::string>{"get", "patch", "delete"});
  CHECK(files->find("get")->find("parameters")->items().size() == 1);
  CHECK(files->find("get")->find("security")->items().size() == 1);
  CHECK(document.find("paths")->find("/")->find("get")->find("security")->items().empty());
}
