#include "proto/http/multipart.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "base/cat.h"

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

struct Part {
  std::string name;
  std::string filename;
  std::string content_type;
  std::string content;
  bool ended = false;
  bool operator==(const Part&) const = default;
};

struct Outcome {
  std::vector<Part> parts;
  bool ended = false;
  std::optional<Errc> error;
};

void record(const FormEvent& event, Outcome& out) {
  if (const auto* begin = std::get_if<PartBegin>(&event)) {
    out.parts.push_back({begin->name, begin->filename.value_or("(none)"), begin->content_type, {}, false});
  } else if (const auto* data = std::get_if<PartData>(&event)) {
    out.parts.back().content += as_text(data->bytes);
  } else if (std::holds_alternative<PartEnd>(event)) {
    out.parts.back().ended = true;
  } else {
    out.ended = true;
  }
}

Outcome parse(std::string_view type, std::string_view body, std::size_t piece_max = SIZE_MAX) {
  Outcome out;
  auto parser = MultipartParser::make(type);
  if (!parser) {
    out.error = parser.error().kind();
    return out;
  }
  while (!body.empty()) {
    const auto step = parser->next(as_bytes(body.substr(0, piece_max)));
    if (!step) {
      out.error = step.error().kind();
      return out;
    }
    if (step->event) record(*step->event, out);
    body.remove_prefix(step->consumed);
  }
  if (const auto finished = parser->finish(); !finished) out.error = finished.error().kind();
  return out;
}

constexpr std::string_view type = "multipart/form-data; boundary=b";

std::string with_head(std::string_view head) {
  return cat("--b\r\n", head, "\r\n\r\ndata\r\n--b--\r\n");
}

Part disposition(std::string_view parameters) {
  const Outcome out = parse(type, with_head(cat("Content-Disposition: form-data", parameters)));
  REQUIRE_FALSE(out.error);
  REQUIRE(out.parts.size() == 1);
  return out.parts[0];
}

bool head_refused(std::string_view head) {
  return parse(type, with_head(head)).error == Errc::invalid;
}

}  // namespace

TEST_CASE("parts come out the same whatever the split") {
  const std::string tricky = "\r\n--\r\n-b\r\n--a\r\r\n\r\n--\r";
  const std::string body =
      cat("--b\r\nContent-Disposition: form-data; name=\"File\"; filename=\"a.bin\"\r\nContent-Type: x/y\r\n\r\n",
          tricky, "\r\n--b\r\ncontent-disposition:form-data;name=hash\r\n\r\nabc\r\n--b\r\n",
          "Content-Disposition: form-data; name=e; filename=\"\"\r\n\r\n\r\n--b--\r\n");
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const Outcome out = parse(type, body, piece);
    REQUIRE_FALSE(out.error);
    CHECK(out.ended);
    REQUIRE(out.parts.size() == 3);
    CHECK(out.parts[0] == Part{"file", "a.bin", "x/y", tricky, true});
    CHECK(out.parts[1] == Part{"hash", "(none)", "", "abc", true});
    CHECK(out.parts[2] == Part{"e", "", "", "", true});
  }
}

TEST_CASE("the boundary comes from Content-Type or from the first line") {
  const std::string body = "--x y'\r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n--x y'--\r\n";
  CHECK(parse("multipart/form-data; boundary=\"x y'\"", body).ended);
  CHECK(parse("Multipart/Form-Data ; charset=utf-8; BOUNDARY=\"x y'\"", body).ended);
  for (std::size_t piece : {1U, 2U, 1000U}) CHECK(parse("multipart/form-data", body, piece).ended);
  CHECK(parse("multipart/form-data; boundary=\"x y'\"", "\r\n" + body).ended);
  CHECK(parse("multipart/form-data", "hello\r\n").error == Errc::invalid);
  CHECK(parse("multipart/form-data", "--\r\n").error == Errc::invalid);
  CHECK(parse("multipart/form-data", "--x\nContent").error == Errc::invalid);
  CHECK(parse("multipart/form-data", "--" + std::string(71, 'x') + "\r\n").error == Errc::invalid);
  CHECK_FALSE(parse("multipart/form-data",
                    cat("--", std::string(70, 'x'), "\r\nContent-Disposition: form-data; name=n\r\n\r\n\r\n--",
                        std::string(70, 'x'), "--"))
                  .error);
  CHECK(parse("application/json", body).error == Errc::unsupported);
  CHECK(parse("multipart/mixed; boundary=b", body).error == Errc::unsupported);
  CHECK(parse("multipart/form-data; boundary=\"\"", body).error == Errc::invalid);
  CHECK(parse("multipart/form-data; boundary=\"x \"", body).error == Errc::invalid);
  CHECK(parse("multipart/form-data; boundary=x; boundary=y", body).error == Errc::invalid);
  CHECK(parse("multipart/form-data; boundary=" + std::string(71, 'x'), body).error == Errc::invalid);
  CHECK(parse("multipart/form-data; boundary=\"x", body).error == Errc::invalid);
}

TEST_CASE("names of every known client are read") {
  CHECK(disposition("; name=file; filename=x.txt; filename*=utf-8''%e2%82%ac%20x.txt").filename ==
        "\xE2\x82\xAC x.txt");
  CHECK(disposition("; name=file; filename=\"=?utf-8?B?eA==?=\"; filename*=UTF-8'en'x").filename == "x");
  CHECK(disposition("; name=\"f\"; filename=\"a\\\"b\\\\c.txt\"").filename == "a\"b\\c.txt");
  CHECK(disposition("; name=\"f\"; filename=\"a%22b%41.txt\"").filename == "a\"b%41.txt");
  CHECK(disposition("; name=\"f\"; filename=\"C:\\dir\\x.txt\"").filename == "C:\\dir\\x.txt");
  CHECK(disposition("; name=\"f\"; filename=\"\xC3\xA9;a=b.txt\"").filename == "\xC3\xA9;a=b.txt");
  CHECK(disposition(";name=f;filename=../x").filename == "../x");
  CHECK(disposition("; NAME=\"HashType\"").name == "hashtype");
  CHECK(disposition("; name=a").filename == "(none)");
}

TEST_CASE("broken part heads are refused") {
  CHECK(head_refused("Content-Type: text/plain"));
  CHECK(head_refused("Content-Disposition: attachment; name=a"));
  CHECK(head_refused("Content-Disposition: form-data"));
  CHECK(head_refused("Content-Disposition: form-data; name=\"\""));
  CHECK(head_refused("Content-Disposition: form-data; name=a; name=b"));
  CHECK(head_refused("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b"));
  CHECK(head_refused("Content-Disposition: form-data; name=a; filename=\"x"));
  CHECK(head_refused("Content-Disposition: form-data; name=\"a\" filename=x"));
  CHECK(head_refused("Content-Disposition: form-data; name=a; filename=\"\xFF\""));
  CHECK(head_refused("Content-Disposition: form-data; name=a; filename*=utf-8''%00"));
  CHECK(head_refused("Content-Disposition: form-data; name=a; filename*=utf-8''%0d%0a"));
  CHECK(head_refused("Content-Disposition: form-data; name=a; filename*=iso-8859-1''x"));
  CHECK(head_refused("Content-Disposition: form-data; name=a; filename*=utf-8''%ff"));
  CHECK(head_refused("Content-Disposition: form-data;\r\n name=a"));
  CHECK(head_refused("Content-Disposition : form-data; name=a"));
  CHECK(head_refused("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64"));
  CHECK(head_refused("Content-Disposition: form-data; name=a\r\nContent-Encoding: gzip"));
  CHECK(head_refused(""));
}

TEST_CASE("a form that is cut short or goes on is refused") {
  const std::string good = with_head("Content-Disposition: form-data; name=a; filename=x");
  const std::size_t closing = good.find("--\r\n", good.size() - 4);
  for (std::size_t size = 0; size < closing + 2; ++size) {
    CAPTURE(size);
    CHECK(parse(type, std::string_view{good}.substr(0, size)).error == Errc::invalid);
  }
  CHECK_FALSE(parse(type, good).error);
  CHECK(parse(type, good + "x").error == Errc::invalid);
  CHECK(parse(type, good + good).error == Errc::invalid);
  CHECK(parse(type, "preamble\r\n" + good).error == Errc::invalid);
  CHECK(parse(type, "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--bc\r\n").error == Errc::invalid);
  CHECK(parse(type, "--b \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--").error == Errc::invalid);
}

TEST_CASE("the limits hold for text, heads and parts, and not for files") {
  const std::string text = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  const std::string file = "--b\r\nContent-Disposition: form-data; name=a; filename=x\r\n\r\n";
  const std::string full(text_field_max, 'a');
  CHECK_FALSE(parse(type, cat(text, full, "\r\n--b--")).error);
  CHECK(parse(type, cat(text, full, "a\r\n--b--")).error == Errc::too_large);
  CHECK(parse(type, cat(text, full, "a\r\n--b--"), 100).error == Errc::too_large);
  CHECK_FALSE(parse(type, cat(file, full, full, "\r\n--b--")).error);

  const std::string head = "Content-Disposition: form-data; name=a\r\nX: ";
  const std::string room(part_head_max - head.size() - 4, 'a');
  CHECK_FALSE(parse(type, with_head(head + room)).error);
  CHECK(parse(type, with_head(head + room + "a")).error == Errc::too_large);

  const std::string part = "\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b";
  std::string parts = "--b";
  for (std::size_t i = 0; i < parts_max; ++i) parts += part;
  CHECK_FALSE(parse(type, parts + "--").error);
  CHECK(parse(type, cat(parts, part, "--")).error == Errc::too_large);
}
