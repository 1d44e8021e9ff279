#include "core/ssh_key/key.h"

#include "base/cat.h"
#include "base/writer.h"
#include "core/ssh_key/vector_files.h"
#include "crypt/ed25519.h"
#include "crypt/hash.h"

using namespace bulkhead;
using namespace bulkhead::ssh_key;

namespace {

Bytes blob(std::string_view type, std::initializer_list<ByteView> fields) {
  Writer out;
  out.string(as_bytes(type));
  for (const ByteView field : fields) out.string(field);
  return out.take();
}

}  // namespace

TEST_CASE("key: signatures of ssh-keygen's keys, right and spoilt in every way of R-056") {
  std::size_t right = 0;
  for (const auto& [name, vector] : read_vectors("signature-")) {
    CAPTURE(name);
    const Result<PublicKey> key = PublicKey::parse(vector.bytes("key"));
    REQUIRE(key.ok());
    const bool expected = vector.text("expect") == "right";
    CHECK(key->verify(vector.text("algorithm"), vector.bytes("message"), vector.bytes("signature")) == expected);
    if (!expected) continue;
    ++right;
    CHECK(key->signs_with(vector.text("algorithm")));
    for (const std::string_view other :
         {"", "ssh-rsa", "ssh-dss", "ssh-ed25519 ", "rsa-sha2-256,rsa-sha2-512", "none"}) {
      CHECK_FALSE(key->verify(other, vector.bytes("message"), vector.bytes("signature")));
    }
    Bytes signature = vector.bytes("signature");
    for (std::size_t at = 0; at < signature.size(); ++at) {
      signature[at] ^= 0x10;
      CHECK_FALSE(key->verify(vector.text("algorithm"), vector.bytes("message"), signature));
      signature[at] ^= 0x10;
    }
    for (std::size_t size = 0; size < signature.size(); ++size) {
      CHECK_FALSE(key->verify(vector.text("algorithm"), vector.bytes("message"), ByteView{signature}.first(size)));
    }
  }
  CHECK(right == 8);
}

TEST_CASE("key: lines of .pub files, with ssh-keygen's fingerprints; and what people give instead (R-058)") {
  for (const auto& [name, vector] : read_vectors("line-")) {
    CAPTURE(name);
    const Result<KeyLine> line = parse_line(vector.text("line"));
    const std::string& expected = vector.text("expect");
    if (expected != "right") {
      REQUIRE_FALSE(line.ok());
      CHECK(line.error().kind() == (expected == "unsupported" ? Errc::unsupported : Errc::invalid));
      continue;
    }
    REQUIRE(line.ok());
    CHECK(line->key.fingerprint() == vector.text("fingerprint"));
    CHECK(line->comment == vector.text("comment"));
    CHECK(vector.text("line").starts_with(line->key.type_name()));
    CHECK(PublicKey::parse(line->key.blob())->kind() == line->key.kind());
    CHECK(parse_line(vector.text("line") + "\r\n").ok());
    CHECK_FALSE(parse_line(cat(vector.text("line"), "\n", vector.text("line"))).ok());
  }
  CHECK_FALSE(parse_line(cat("ssh-ed25519 ", std::string(1U << 20U, 'A'))).ok());
  const auto message = [](std::string_view text) { return parse_line(text).error().message(); };
  CHECK(message("-----BEGIN OPENSSH PRIVATE KEY-----").find("private key") != std::string::npos);
  CHECK(message("PuTTY-User-Key-File-2: ssh-rsa").find("private key") != std::string::npos);
  CHECK(message("---- BEGIN SSH2 PUBLIC KEY ----").find("ssh-keygen -i") != std::string::npos);
  CHECK(message("ssh-ed25519-cert-v01@openssh.com AAAA").find("authority add") != std::string::npos);
}

TEST_CASE("key: a comment is printable and short, whatever it was") {
  const std::string line = read_vectors("line-ed25519").at("line-ed25519").text("line");
  const std::string key = line.substr(0, line.rfind(' '));
  CHECK(parse_line(key)->comment.empty());
  CHECK(parse_line(key + "   ")->comment.empty());
  CHECK(parse_line(cat("  ", key, "\t a key of Anna "))->comment == "a key of Anna");
  CHECK(parse_line(cat(key, " a\x1b[31mb\x07"))->comment == "a?[31mb?");
  CHECK(parse_line(cat(key, " ", std::string(900, 'c')))->comment == std::string(255, 'c'));
}

TEST_CASE("key: blobs that are no key (R-058)") {
  const Bytes point(32, 7);
  const Bytes long_text(1U << 20U, 'A');
  CHECK(PublicKey::parse(blob("ssh-ed25519", {point})).ok());
  const Bytes bad[] = {{},
                       to_bytes("/etc/passwd"),
                       to_bytes(R"(\\host\share\key)"),
                       to_bytes("https://example.com/key"),
                       to_bytes("-----BEGIN PUBLIC KEY-----"),
                       long_text,
                       blob("ssh-ed25519", {}),
                       blob("ssh-ed25519", {ByteView{point}.first(31)}),
                       blob("ssh-ed25519", {point, point}),
                       blob("ssh-ed25519", {long_text}),
                       blob("", {point}),
                       blob("none", {point}),
                       blob("ssh-ed25519-cert-v01@openssh.com", {point, point}),
                       blob("ssh-rsa", {as_bytes("\x01\x00\x01"), as_bytes("")}),
                       blob("sk-ssh-ed25519@openssh.com", {point})};
  for (const Bytes& hostile : bad) CHECK_FALSE(PublicKey::parse(hostile).ok());
}

TEST_CASE("key: an Ed25519 security key signs application, flags and counter, and needs a touch (PROTOCOL.u2f)") {
  const Bytes seed(32, 5);
  const std::string_view type = "sk-ssh-ed25519@openssh.com";
  const std::string_view application = "ssh:anything at all";
  const PublicKey key = *PublicKey::parse(blob(type, {crypt::ed25519_public(seed), as_bytes(application)}));
  CHECK(key.kind() == Kind::sk_ed25519);
  const Bytes message = to_bytes("signed data");
  const auto signature = [&](std::uint8_t flags, std::string_view signed_application) {
    Writer inner;
    inner.bytes(crypt::sha256(as_bytes(signed_application))).u8(flags).u32(9).bytes(crypt::sha256(message));
    Writer out;
    out.string(as_bytes(type)).string(crypt::ed25519_sign(seed, inner.view())).u8(flags).u32(9);
    return out.take();
  };
  CHECK(key.verify(type, message, signature(1, application)));
  CHECK(key.verify(type, message, signature(5, application)));
  CHECK_FALSE(key.verify(type, message, signature(0, application)));
  CHECK_FALSE(key.verify(type, message, signature(4, application)));
  CHECK_FALSE(key.verify(type, message, signature(1, "ssh:")));
  Writer plain;
  plain.string(as_bytes(type)).string(crypt::ed25519_sign(seed, message)).u8(1).u32(9);
  CHECK_FALSE(key.verify(type, message, plain.view()));
  CHECK_FALSE(PublicKey::parse(blob(type, {crypt::ed25519_public(seed), as_bytes(std::string(256, 'a'))})).ok());
}
