#include "proto/tus/fields.h"

#include <doctest/doctest.h>

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::tus {
namespace {

template <class T>
bool refused(const Result<T>& result, Errc kind = Errc::invalid) {
  return !result.ok() && result.error().kind() == kind;
}

TEST_CASE("sizes are plain decimals of 63 bits") {
  CHECK(parse_size("0").value() == 0);
  CHECK(parse_size("9223372036854775807").value() == INT64_MAX);
  for (const std::string_view text : {"", "-1", "+1", "01", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "1,1"})
    CHECK(refused(parse_size(text)));
  CHECK(parse_defer_length("1").ok());
  for (const std::string_view text : {"", "0", "2", "true", "01"}) CHECK(refused(parse_defer_length(text)));
}

TEST_CASE("metadata: keys once, values in base64, or none") {
  const Metadata made = parse_metadata("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential,empty ").value();
  CHECK(made.find("filename") == "world_domination_plan.pdf");
  CHECK(made.find("is_confidential") == "");
  CHECK(made.find("empty") == "");
  CHECK_FALSE(made.find("Filename").has_value());
  CHECK(parse_metadata("").value().pairs.empty());
  for (const std::string_view text :
       {",", "a,", ",a", "a,,b", " YQ==", "a YQ", "a YQ==,a YQ==", "a  YQ==", "a, b",
        "a YR==", "a YQ== ", "a /w==", "a AA==", "a 7aCA", "a wIA=", "a 9JCAgA==", "\xc3\xa4 YQ=="})
    CHECK_MESSAGE(refused(parse_metadata(text)), text);
  CHECK(parse_metadata("a w6TigqzwkICA").ok());
  CHECK(refused(parse_metadata(std::string(metadata_max + 1, 'a')), Errc::too_large));
  CHECK(refused(parse_metadata(std::string(metadata_key_max + 1, 'a'))));
  std::string many = "k0";
  for (std::size_t i = 1; i < metadata_pairs_max; ++i) many += cat(",k", i);
  CHECK(parse_metadata(many).ok());
  CHECK(refused(parse_metadata(many + ",more"), Errc::too_large));
}

TEST_CASE("checksums have the size of their algorithm") {
  const Checksum sum = parse_checksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=").value();
  CHECK(sum.algorithm == Algorithm::sha1);
  CHECK(to_hex(sum.hash) == "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
  CHECK(parse_checksum(cat("sha256 ", to_base64(Bytes(32, 7)))).value().algorithm == Algorithm::sha256);
  CHECK(refused(parse_checksum(cat("sha256 ", to_base64(Bytes(20, 7))))));
  CHECK(refused(parse_checksum("md5 1B2M2Y8AsgTpgAmY7PhCfg=="), Errc::unsupported));
  CHECK(refused(parse_checksum("SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), Errc::unsupported));
  for (const std::string_view text :
       {"sha1", "sha1 ", "sha1  Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0= "})
    CHECK(refused(parse_checksum(text)));
  CHECK(refused(parse_checksum(""), Errc::unsupported));
}

TEST_CASE("concatenation names each part once, by path or by URL") {
  CHECK_FALSE(parse_concat("partial").value().is_final());
  const Concat made = parse_concat("final;/tus/7 https://files.example:8443/tus/123456789").value();
  CHECK(made.parts == std::vector<std::uint64_t>{7, 123456789});
  for (const std::string_view text : {"",
                                      "Partial",
                                      "partial ",
                                      "final",
                                      "final;",
                                      "final; /tus/1",
                                      "final;/tus/1 ",
                                      "final;/tus/1  /tus/2",
                                      "final;/tus/1 /tus/1",
                                      "final;/tus/0",
                                      "final;/tus/01",
                                      "final;/tus/",
                                      "final;/tus/1/",
                                      "final;/files/1",
                                      "final;http://a/tus/1",
                                      "final;https:///tus/1",
                                      "final;https://a",
                                      "final;//a/tus/1",
                                      "final;/tus/1?x",
                                      "final;https://a/x/tus/1"})
    CHECK_MESSAGE(refused(parse_concat(text)), text);
  std::string many = "final;/tus/1";
  for (std::size_t i = 2; i <= parts_max; ++i) many += cat(" /tus/", i);
  CHECK(parse_concat(many).value().parts.size() == parts_max);
  CHECK(refused(parse_concat(many + " /tus/9999"), Errc::too_large));
  CHECK(parse_upload_url(upload_url(42)).value() == 42);
}

}  // namespace
}  // namespace bulkhead::tus
