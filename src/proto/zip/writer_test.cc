#include "proto/zip/writer.h"

#include <doctest/doctest.h>

#include "base/cat.h"
#include "base/encode.h"
#include "proto/zip/fields.h"

using namespace bulkhead;
using namespace bulkhead::zip;

namespace {

constexpr UnixMs noon = UnixMs{1'732'190'401} * 1'000;  // 2024-11-21T12:00:01

void put(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

std::string name_of(Writer& writer, std::string_view name) {
  const Head head = writer.add_file(name, noon, 0).value();
  writer.end_file().value();
  return head.name;
}

std::uint64_t little(ByteView bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = (value << 8U) | bytes[at + i];
  return value;
}

}  // namespace

TEST_CASE("the CRC of the catalogue, whatever the pieces") {
  Crc32 whole;
  whole.add(as_bytes("123456789"));
  CHECK(whole.value() == 0xcbf43926U);
  const std::string text(1'000, 'x');
  Crc32 once;
  once.add(as_bytes(text));
  for (const std::size_t piece : {1U, 7U, 8U, 9U, 63U}) {
    Crc32 pieces;
    for (std::size_t at = 0; at < text.size(); at += piece)
      pieces.add(as_bytes(std::string_view{text}.substr(at, piece)));
    CHECK(pieces.value() == once.value());
  }
  CHECK(Crc32{}.value() == 0);
}

TEST_CASE("a file and a folder, byte by byte") {
  Writer writer;
  Bytes out = writer.add_folder("d", noon).value().bytes;
  put(out, writer.add_file("d/a", noon, 2).value().bytes);
  writer.count(as_bytes("hi")).value();
  put(out, to_bytes("hi"));
  put(out, writer.end_file().value());
  put(out, writer.finish().value());
  CHECK(writer.size() == out.size());
  const std::string times =
      "0060"
      "7559";  // 12:00:00, 2024-11-21
  const std::string extra =
      "55540500"
      "01"
      "c1203f67";
  const std::string zeros(24, '0');
  const std::string folder = cat("504b0304", "1400", "0008", "0000", times, zeros, "0200", "0900", "642f", extra);
  const std::string file = cat("504b0304", "1400", "0808", "0000", times, zeros, "0300", "0900", "642f61", extra);
  const std::string content = cat("6869", "504b0708", "ac2a93d8", "02000000", "02000000");
  CHECK(to_hex(out).starts_with(folder + file + content));
  CHECK(to_hex(out).find(cat("504b0102", "2d03", "1400", "0008", "0000", times)) != std::string::npos);
  CHECK(to_hex(out).ends_with(cat("504b0506", "0000", "0000", "0200", "0200", "73000000", "65000000", "0000")));
}

TEST_CASE("R-077: names that are another place are refused") {
  Writer writer;
  writer.add_folder("d", noon).value();
  for (const char* wrong : {"", "/", "/a", "a/", "..", "../a", "d/../a", "d/..", ".", "./a", "d/./a", "d//a", "a\\b",
                            "\\\\host\\share", "a\nb", "a\x7f", "\xff", "\xc0\xaf"}) {
    CHECK_MESSAGE(writer.add_file(wrong, noon, 0).error().kind() == Errc::invalid, wrong);
    CHECK_MESSAGE(writer.add_folder(wrong, noon).error().kind() == Errc::invalid, wrong);
  }
  CHECK(writer.add_file(std::string_view{"a\0b", 3}, noon, 0).error().kind() == Errc::invalid);
  CHECK(writer.add_file(std::string(name_size_max + 1, 'x'), noon, 0).error().kind() == Errc::too_large);
  CHECK(name_of(writer, "...") == "...");
  CHECK(name_of(writer, "C:x") == "C_x");
  CHECK(name_of(writer, "größe €.txt") == "größe €.txt");
}

TEST_CASE("no two members have one name, and a member lies in a folder of the archive") {
  Writer writer;
  CHECK(name_of(writer, "a.txt") == "a.txt");
  CHECK(name_of(writer, "a.txt") == "a (2).txt");
  CHECK(name_of(writer, "A.TXT") == "A (3).TXT");
  CHECK(name_of(writer, "a (3).txt") == "a (3) (2).txt");
  CHECK(name_of(writer, ".profile") == ".profile");
  CHECK(name_of(writer, ".profile") == ".profile (2)");
  CHECK(writer.add_folder("a.txt", noon)->name == "a.txt (4)");
  CHECK(name_of(writer, "a.txt (4)/b") == "a.txt (4)/b");
  CHECK(writer.add_file("a.txt/b", noon, 0).error().kind() == Errc::invalid);
  CHECK(writer.add_file("nowhere/b", noon, 0).error().kind() == Errc::invalid);
}

TEST_CASE("content that is not as long as was said breaks the archive") {
  Writer writer;
  writer.add_file("a", noon, 3).value();
  CHECK(writer.add_file("b", noon, 0).error().kind() == Errc::conflict);
  CHECK(writer.finish().error().kind() == Errc::conflict);
  writer.count(as_bytes("12")).value();
  CHECK(writer.end_file().error().kind() == Errc::conflict);
  CHECK(writer.count(as_bytes("34")).error().kind() == Errc::conflict);
  writer.count(as_bytes("3")).value();
  writer.end_file().value();
  CHECK(writer.end_file().error().kind() == Errc::conflict);
  CHECK(writer.count(as_bytes("1")).error().kind() == Errc::conflict);
}

TEST_CASE("a measure has the size of the archive") {
  const auto size = [](bool measure) {
    Writer writer;
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{70'000}}) {
      writer.add_file("x", noon, length).value();
      if (measure)
        writer.skip_content();
      else
        writer.count(Bytes(length, 1)).value();
      writer.end_file().value();
    }
    writer.finish().value();
    return writer.size();
  };
  CHECK(size(true) == size(false));
}

TEST_CASE("beyond 4 GiB sizes and offsets are in ZIP64") {
  constexpr std::uint64_t big = UINT32_MAX;
  Writer writer;
  const Bytes head = writer.add_file("big", noon, big).value().bytes;
  CHECK(little(head, 4, 2) == 45);
  CHECK(little(head, 18, 4) == UINT32_MAX);
  CHECK(little(head, 30 + 3, 2) == 1);  // the extra field
  writer.skip_content();
  CHECK(writer.end_file()->size() == 24);
  const std::uint64_t offset = writer.size();
  writer.add_file("small", noon, 0).value();
  CHECK(writer.end_file()->size() == 16);
  const std::uint64_t directory = writer.size();
  const Bytes end = writer.finish().value();
  const std::size_t second = 46 + 3 + 20 + 9;
  CHECK(little(end, 20, 4) == UINT32_MAX);
  CHECK(little(end, 46 + 3 + 4, 8) == big);
  CHECK(little(end, second + 42, 4) == UINT32_MAX);
  CHECK(little(end, second + 46 + 5 + 4, 8) == offset);
  const std::size_t record = end.size() - 22 - 20 - 56;
  CHECK(little(end, record, 4) == 0x06064b50);
  CHECK(little(end, record + 48, 8) == directory);
  CHECK(little(end, record + 56 + 8, 8) == directory + record);
  CHECK(little(end, end.size() - 6, 4) == UINT32_MAX);
}

TEST_CASE("limits: members, names, content") {
  Writer many;
  for (std::size_t i = 0; i < members_max; ++i) name_of(many, "same.txt");
  CHECK(many.add_file("one more", noon, 0).error().kind() == Errc::too_large);
  Writer long_names;
  const std::string name(name_size_max - 10, 'n');
  std::size_t added = 0;
  while (long_names.add_folder(name, noon).ok()) ++added;
  CHECK(added * name.size() <= names_size_max);
  CHECK(added * (name.size() + 10) > names_size_max - name.size());
  Writer heavy;
  CHECK(heavy.add_file("x", noon, content_size_max + 1).error().kind() == Errc::too_large);
}

TEST_CASE("times at the ends of the format") {
  const auto dos = [](UnixMs time) {
    Fields out;
    put_dos_time(out, time);
    return to_hex(out.view());
  };
  CHECK(dos(-5) == "00002100");                             // 1980-01-01
  CHECK(dos(INT64_MAX) == "7dbf9fff");                      // 2107-12-31T23:59:58
  CHECK(dos(UnixMs{1'709'164'798} * 1'000) == "7dbf5c58");  // 2024-02-28T23:59:58
  CHECK(dos(UnixMs{1'709'164'800} * 1'000) == "00005d58");  // 2024-02-29
  Fields out;
  put_time_extra(out, UnixMs{INT32_MAX} * 1'000 + 1'000);
  put_time_extra(out, -1);
  CHECK(out.size() == 0);
}
