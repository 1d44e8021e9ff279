#include "core/ledger/note.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/encode.h"
#include "base/fd.h"
#include "core/ledger/checkpoint.h"

namespace bulkhead::ledger {
namespace {

std::string vector_file(const char* name) {
  return to_text(read_file(AT_FDCWD, (std::string{BULKHEAD_VECTORS "/ledger/"} + name).c_str(), 4096).value());
}

const Bytes seed(32, 0x42);
VerifierKey own_key(std::string_view name = "ledger.example/one") {
  return VerifierKey::of(name, crypt::ed25519_public(seed)).value();
}

TEST_CASE("the example of the signed-note specification verifies and prints back") {
  const std::string raw = vector_file("signed-note-example.txt");
  const std::string key_text = vector_file("signed-note-example.key");
  const VerifierKey key = VerifierKey::parse(key_text).value();
  CHECK(key.name == "example.com/foo");
  CHECK(key.id == 0x530d903a);
  CHECK(key.text() == key_text);
  Note note = parse_note(raw).value();
  CHECK(note.text == "This is an example message.\n");
  CHECK(note.print() == raw);
  CHECK(verify_note(note, {&key, 1}).ok());
  note.text[0] = 't';
  CHECK_FALSE(verify_note(note, {&key, 1}).ok());
}

TEST_CASE("signatures of unknown keys are skipped, a wrong one of a known key refuses") {
  const VerifierKey key = own_key();
  Note note = sign_note("text\n", key, seed).value();
  CHECK(verify_note(note, {&key, 1}).ok());
  CHECK_FALSE(verify_note(note, {}).ok());
  const Note good = note;
  while (note.signatures.size() < note_signatures_max) note.signatures.push_back({key.name, key.id + 1, Bytes(64)});
  CHECK(verify_note(parse_note(note.print()).value(), {&key, 1}).ok());
  note.signatures.push_back({"other.example", key.id, Bytes(64)});
  CHECK_FALSE(parse_note(note.print()).ok());
  note = good;
  note.signatures.push_back({"other.example", key.id, Bytes(64)});
  CHECK(verify_note(note, {&key, 1}).ok());
  note.signatures.push_back({key.name, key.id, Bytes(64)});
  CHECK_FALSE(verify_note(note, {&key, 1}).ok());
}

TEST_CASE("what is no note is refused") {
  const std::string line = "\xe2\x80\x94 a AAAAAAA=\n";
  CHECK(parse_note("text\n\n" + line).ok());
  CHECK(parse_note("\xc3\xa9\n\nmore\n\n" + line).value().text == "\xc3\xa9\n\nmore\n");
  for (const std::string& bad : {std::string{},
                                 std::string{"text\n"},
                                 std::string{"text\n\n"},
                                 "text\n" + line,
                                 line,
                                 "te\txt\n\n" + line,
                                 "te\rxt\n\n" + line,
                                 std::string{"te\0xt\n\n", 7} + line,
                                 "\xff\n\n" + line,
                                 "\xc0\xaf\n\n" + line,
                                 "\xed\xa0\x80\n\n" + line,
                                 "\xf4\x90\x80\x80\n\n" + line,
                                 "\xe0\x80\xaf\n\n" + line,
                                 "text\n\n" + line + "\n",
                                 "text\n\n" + line.substr(0, line.size() - 1),
                                 "text\n\n" + line + "x\n",
                                 std::string{"text\n\n- a AAAAAAA=\n"},
                                 std::string{"text\n\n\xe2\x80\x94 a+b AAAAAAA=\n"},
                                 std::string{"text\n\n\xe2\x80\x94  AAAAAAA=\n"},
                                 std::string{"text\n\n\xe2\x80\x94 a AAAAAA==\n"},
                                 std::string{"text\n\n\xe2\x80\x94 a AAAAAAA\n"},
                                 std::string{"text\n\n\xe2\x80\x94 a\xc2\xa0z AAAAAAA=\n"}}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_note(bad).ok());
  }
  CHECK_FALSE(sign_note("no newline", own_key(), seed).ok());
  CHECK_FALSE(sign_note("tab\t\n", own_key(), seed).ok());
}

TEST_CASE("verifier keys are strict") {
  const std::string good = own_key().text();
  CHECK(VerifierKey::parse(good).value().text() == good);
  std::string other_name = good;
  other_name[0] = 'L';
  CHECK_FALSE(VerifierKey::parse(other_name).ok());
  CHECK_FALSE(VerifierKey::parse("a+b").ok());
  CHECK_FALSE(VerifierKey::parse(good + "=").ok());
  CHECK_FALSE(VerifierKey::parse(good.substr(0, good.size() - 4)).ok());
  CHECK_FALSE(VerifierKey::of("", {}).ok());
  CHECK_FALSE(VerifierKey::of("a b", {}).ok());
  CHECK_FALSE(VerifierKey::of("a\xe3\x80\x80"
                              "b",
                              {})
                  .ok());
  CHECK(VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").ok());
  CHECK_FALSE(VerifierKey::parse("PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").ok());
}

TEST_CASE("checkpoints print, parse and are strict") {
  const std::string example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  CHECK(parse_checkpoint(example).value().text() == example);
  CHECK(parse_checkpoint(example).value().size == 20852163);
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  for (const std::string& bad : std::vector<std::string>{
           "\n1\n" + root, "a\n01\n" + root, "a\n-1\n" + root, "a\n\n" + root, "a\n1\n", "a\n1\nAAAA\n",
           "a\n1\n" + root + "extension\n", "a\n1\n" + root.substr(0, root.size() - 1), "a b\n1\n" + root,
           "a\n18446744073709551616\n" + root}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_checkpoint(bad).ok());
  }
  const Checkpoint own{"ledger.example/one", 3, Digest{1}};
  const VerifierKey key = own_key();
  CHECK(open_checkpoint(sign_note(own.text(), key, seed).value().print(), key).value().root == own.root);
  const VerifierKey other = own_key("ledger.example/two");
  CHECK(open_checkpoint(sign_note(own.text(), other, seed).value().print(), other).error().kind() == Errc::denied);
}

}  // namespace
}  // namespace bulkhead::ledger
