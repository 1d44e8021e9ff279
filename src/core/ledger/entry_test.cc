#include "core/ledger/entry.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/encode.h"
#include "base/fd.h"
#include "core/ledger/record.h"

namespace bulkhead::ledger {
namespace {

const Who who{"0123456789abcdef", "alice", "acme", {1, 2, 3}, "192.0.2.7 #18", "password"};

std::vector<Entry> one_of_each() {
  return {{1, Released{who, 9, "/in", "a.csv", Digest{4}, 1'000, Purpose::digest, Digest{5}}},
          {1, Released{who, 9, "/in", "a.csv", Digest{4}, 1'000, Purpose::edit, Digest{5}}},
          {2, Sent{0, {{0, 10}, {500, 500}}, Outcome::cut}},
          {3, Received{who, 9, "/in", "a.csv", Digest{4}, 1'000}},
          {4, Violation{"gate_ssh", "bob\xff\n #18", "ask 99"}},
          {5, Started{"0.1.0"}},
          {6, Destroyed{"acme", 20'000}}};
}

TEST_CASE("every kind comes back, and no shorter or longer body does") {
  for (const Entry& each : one_of_each()) {
    const Bytes body = encode_entry(each).value();
    CAPTURE(to_hex(body));
    CHECK(body.size() <= body_size_max);
    CHECK(decode_entry(body).value() == each);
    for (std::size_t size = 0; size < body.size(); ++size) CHECK_FALSE(decode_entry(ByteView{body}.first(size)).ok());
    Bytes longer = body;
    longer.push_back(0);
    CHECK_FALSE(decode_entry(longer).ok());
  }
}

TEST_CASE("the layout is the one of the format page") {
  const Bytes sent = encode_entry({0x0102, Sent{0x0a0b, {{5, 6}}, Outcome::failed}}).value();
  CHECK(to_hex(sent) == "010200000000000001020000000000000a0b000000010000000000000005000000000000000603");
}

TEST_CASE("limits and unknown values are refused") {
  CHECK(encode_entry({0, Sent{0, std::vector<ByteRange>(ranges_max), Outcome::cut}}).ok());
  CHECK_FALSE(encode_entry({0, Sent{0, std::vector<ByteRange>(ranges_max + 1), Outcome::cut}}).ok());
  CHECK_FALSE(encode_entry({0, Sent{0, {{2, UINT64_MAX}}, Outcome::cut}}).ok());
  CHECK_FALSE(encode_entry({-1, Started{"a"}}).ok());
  CHECK_FALSE(encode_entry({0, Started{std::string(name_size_max + 1, 'a')}}).ok());
  CHECK(encode_entry({0, Violation{"a", "b", std::string(detail_size_max, 'a')}}).ok());
  Who longest = who;
  for (std::string* text : {&longest.principal, &longest.username, &longest.tenant, &longest.connection, &longest.method})
    text->assign(name_size_max, 'x');
  const Entry received{0,
                       Received{longest, 1, std::string(path_size_max, '/'), std::string(name_size_max, 'n'), {}, 1}};
  CHECK(decode_entry(encode_entry(received).value()).value() == received);
  Bytes body = encode_entry({0, Sent{0, {}, Outcome::cut}}).value();
  for (const unsigned bad : {0U, 4U, 255U}) {
    body.back() = static_cast<std::uint8_t>(bad);
    CHECK_FALSE(decode_entry(body).ok());
  }
  body.back() = 1;
  body[1] = 7;
  CHECK_FALSE(decode_entry(body).ok());
  body[1] = 2;
  body[0] = 2;
  CHECK_FALSE(decode_entry(body).ok());
}

TEST_CASE("a record is the one of the vector, and any flipped byte is damage") {
  const Bytes file = read_file(AT_FDCWD, BULKHEAD_VECTORS "/ledger/record.txt", 4096).value();
  const std::string text = to_text(file);
  const auto value = [&](std::string_view word) {
    const std::size_t start = text.find("\n" + std::string{word} + " ") + word.size() + 2;
    return from_hex(std::string_view{text}.substr(start, text.find('\n', start) - start)).value();
  };
  const Bytes expected = value("record");
  Salt salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(i);
  const Digest commitment = commitment_of(salt, as_bytes("body of the record"));
  Bytes made;
  append_record(made, 7, commitment, salt, as_bytes("body of the record"));
  CHECK(made == expected);
  CHECK(to_hex(leaf_hash(tree_entry(commitment))) == to_hex(value("leaf")));
  const RecordOrNot parsed = parse_record(expected, 7);
  REQUIRE(std::holds_alternative<Record>(parsed));
  CHECK(as_text(std::get<Record>(parsed).body.value()) == "body of the record");
  CHECK(std::holds_alternative<Damaged>(parse_record(expected, 8)));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(std::holds_alternative<CutShort>(parse_record(ByteView{expected}.first(i), 7)));
    Bytes flipped = expected;
    flipped[i] ^= 0x40;
    CHECK(std::holds_alternative<Damaged>(parse_record(flipped, 7)));
  }
  Bytes erased = expected;
  std::fill(erased.begin() + record_head_size, erased.end(), std::uint8_t{0});
  CHECK_FALSE(std::get<Record>(parse_record(erased, 7)).body.has_value());
  erased.back() = 1;
  CHECK(std::holds_alternative<Damaged>(parse_record(erased, 7)));
}

}  // namespace
}  // namespace bulkhead::ledger
