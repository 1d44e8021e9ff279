#include "proto/ssh/wire.h"

#include <doctest/doctest.h>

#include "base/encode.h"

namespace bulkhead::ssh {
namespace {

std::optional<std::vector<std::string>> names_of(std::string_view text) {
  const Bytes bytes = Writer{}.string(as_bytes(text)).take();
  Reader reader{bytes};
  std::vector<std::string> names = take_name_list(reader, 4096);
  if (!reader.done("list").ok()) return std::nullopt;
  return names;
}

std::string mpint_of(std::string_view hex) {
  Writer writer;
  put_mpint(writer, from_hex(hex).value());
  return to_hex(writer.view());
}

bool mpint_is_good(std::string_view hex) {
  const Bytes bytes = from_hex(hex).value();
  Reader reader{bytes};
  take_mpint(reader, 64);
  return reader.done("mpint").ok();
}

TEST_CASE("name-lists: RFC 4251 section 5") {
  CHECK(names_of("")->empty());
  CHECK(*names_of("zlib") == std::vector<std::string>{"zlib"});
  CHECK(*names_of("zlib,none") == std::vector<std::string>{"zlib", "none"});
  for (std::string_view bad : {",", "a,", ",a", "a,,b", "a b", "a\n", "\x80"}) CHECK_FALSE(names_of(bad));
  CHECK(names_of(std::string(name_size_max, 'a')));
  CHECK_FALSE(names_of(std::string(name_size_max + 1, 'a')));
  std::string many = "a";
  for (std::size_t i = 1; i < names_max; ++i) many += ",a";
  CHECK(names_of(many)->size() == names_max);
  CHECK_FALSE(names_of(many + ",a"));
}

TEST_CASE("mpints: the examples of RFC 4251 section 5") {
  CHECK(mpint_of("") == "00000000");
  CHECK(mpint_of("0000") == "00000000");
  CHECK(mpint_of("09a378f9b2e332a7") == "0000000809a378f9b2e332a7");
  CHECK(mpint_of("80") == "000000020080");
  CHECK(mpint_of("0000007f") == "000000017f");
  CHECK(mpint_is_good("00000000"));
  CHECK(mpint_is_good("000000020080"));
  CHECK_FALSE(mpint_is_good("000000020001"));  // needless zero
  CHECK_FALSE(mpint_is_good("0000000100"));    // zero is empty
  CHECK_FALSE(mpint_is_good("0000000180"));    // negative
  const Bytes padded = from_hex("000000020080").value();
  Reader reader{padded};
  CHECK(to_hex(take_mpint(reader, 8)) == "80");
}

}  // namespace
}  // namespace bulkhead::ssh
