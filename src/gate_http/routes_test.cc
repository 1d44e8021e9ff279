#include "gate_http/routes.h"

#include <doctest/doctest.h>

#include "gate_http/errors.h"
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/timestamps.h"
#include "proto/http/json_in.h"

using namespace bulkhead;
using namespace bulkhead::gate_http;

namespace {

Found find(http::Method method, std::string_view path) { return find_route(routes(), method, *http::parse_target(path)); }

}  // namespace

TEST_CASE("R-020: few routes are open, and each other one needs a signed-on peer") {
  std::size_t open = 0;
  for (const Route& route : routes()) {
    open += route.access == Access::open ? 1 : 0;
    const bool under_token = route.pattern.starts_with("/api/v1/token") || route.pattern == "/api/v1/auth/token";
    const bool information = route.pattern == "/api/v1/info";
    const bool link = route.pattern.ends_with("/password-resets");
    if (route.pattern.starts_with("/api/") && !under_token && !information && !link) CHECK(route.access == Access::signed_on);
  }
  CHECK(open == 10);
}

TEST_CASE("routes compare whole segments, take ids out, and know other methods") {
  const Found file = find(http::Method::get, "/api/v1/folders/12/files/34/download");
  REQUIRE(file.route != nullptr);
  CHECK(file.route->pattern.ends_with("{file}/download"));
  CHECK(file.captures == std::vector<std::string_view>{"12", "34"});
  CHECK(find(http::Method::head, "/api/v1/files/5/download").route->method == http::Method::get);
  CHECK(find(http::Method::get, "/api/v1/folders/12/subfolders/").route->pattern.ends_with("subfolders"));  // section 9 item 8
  for (const char* nothing : {"/api/v1/folder", "/api/v1/foldersx", "/api/v1/Folders", "/api/v1/folders/1/2", "/api/v1", "/x/api/v1/files"}) {
    CHECK_MESSAGE(find(http::Method::get, nothing).route == nullptr, nothing);
  }
  const Found other = find(http::Method::put, "/api/v1/files/5");
  CHECK(other.route == nullptr);
  CHECK(other.other_method);
}

TEST_CASE("what is no id is not found, like an id that does not exist") {
  CHECK(*folder_id("2147483647") == 2147483647);
  CHECK(*file_id("974134622") == 974134622);
  for (const char* wrong : {"", "0", "-1", "01", "2147483648", "1e3", "self", "1 ", "0x1"}) {
    CHECK_MESSAGE(folder_id(wrong).error().kind() == Errc::not_found, wrong);
  }
  CHECK(file_id("9223372036854775808").error().kind() == Errc::not_found);
}

TEST_CASE("dates that clients send") {
  CHECK(*parse_timestamp("1970-01-01T00:00:00") == 0);
  CHECK(*parse_timestamp("2026-11-21 23:20:01") == *parse_timestamp("2026-11-21T23:20:01"));
  CHECK(*parse_timestamp("2026-11-21") == *parse_timestamp("2026-11-21T00:00"));
  CHECK(format_timestamp(*parse_timestamp("2024-02-29T12:34:56")) == "2024-02-29T12:34:56");
  for (const char* wrong : {"", "2025-02-29", "2026-13-01", "2026-11-21T24:00:00", "2026-11-21T23:60:00", "26-11-21", "2026-11-21T", "2026-11-21T1:00:00",
                            "2026-11-21T23:20:01Z", "1969-12-31"}) {
    CHECK_MESSAGE(!parse_timestamp(wrong).ok(), wrong);
  }
}

TEST_CASE("pages: defaults, limits, both spellings of the direction") {
  const auto page = [](std::string_view query) { return read_page(*http::parse_target(std::string{"/x?"} + std::string{query}), "name"); };
  CHECK(page("")->page == 1);
  CHECK(page("")->per_page == 25);
  CHECK(page("perPage=200&page=3")->offset() == 400);
  CHECK(page("PERPAGE=5")->per_page == 5);
  CHECK(page("perPage=999999")->per_page == per_page_max);
  CHECK(page("sortDirection=Descending")->descending);
  CHECK(page("sortDirection=desc")->descending);
  CHECK_FALSE(page("sortDirection=asc")->descending);
  for (const char* wrong : {"page=0", "page=-1", "perPage=x", "page=1&page=2", "page=99999999999"}) CHECK_MESSAGE(!page(wrong).ok(), wrong);
  CHECK(page("page=4000000000&perPage=1000")->page == page_max);
}

TEST_CASE("an empty list has one page, or some clients never stop") {
  std::string text;
  json::Writer out{text};
  out.begin_object();
  write_paging(out, Page{}, 0);
  out.end_object();
  const json::Value value = *json::parse(as_bytes(text));
  CHECK(value.find("paging")->find("totalPages")->integer() == 1);
  CHECK(value.find("paging")->find("totalItems")->integer() == 0);
}

TEST_CASE("nothing internal is in an error body") {
  const std::string inside = "send to a sibling process: Broken pipe";
  CHECK(error_model(status_of(Errc::io), Errc::io, inside, Thing::file).find("sibling") == std::string::npos);
  CHECK(error_model(status_of(Errc::corrupt), Errc::corrupt, inside, Thing::file).find("sibling") == std::string::npos);
  CHECK(error_model(status_of(Errc::not_found), Errc::not_found, "no such file", Thing::file).find("2058") != std::string::npos);
}
