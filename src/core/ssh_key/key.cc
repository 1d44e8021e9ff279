#include "core/ssh_key/key.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/cat.h"
#include "base/encode.h"
#include "base/reader.h"
#include "base/writer.h"
#include "crypt/ed25519.h"
#include "crypt/hash.h"
#include "crypt/verify.h"

namespace bulkhead::ssh_key {
namespace {

constexpr std::size_t comment_size_max = 255;
constexpr std::size_t application_size_max = 255;
constexpr std::size_t name_size_max = 64;
constexpr std::uint8_t user_was_present = 0x01;  // OpenSSH PROTOCOL.u2f, "signature flags"

struct TypeRow {
  Kind kind;
  std::string_view name;   // in the blob
  std::string_view curve;  // in the blob, after the name (RFC 5656 section 3.1)
};
constexpr std::array types{
    TypeRow{Kind::ed25519, "ssh-ed25519", {}},
    TypeRow{Kind::ecdsa_p256, "ecdsa-sha2-nistp256", "nistp256"},
    TypeRow{Kind::ecdsa_p384, "ecdsa-sha2-nistp384", "nistp384"},
    TypeRow{Kind::ecdsa_p521, "ecdsa-sha2-nistp521", "nistp521"},
    TypeRow{Kind::rsa, "ssh-rsa", {}},
    TypeRow{Kind::sk_ed25519, "sk-ssh-ed25519@openssh.com", {}},
    TypeRow{Kind::sk_ecdsa_p256, "sk-ecdsa-sha2-nistp256@openssh.com", "nistp256"},
};

const TypeRow* row_of(std::string_view name) {
  const auto found = std::ranges::find(types, name, &TypeRow::name);
  return found == types.end() ? nullptr : &*found;
}

struct Parts {
  Kind kind = Kind::ed25519;
  ByteView point;     // the Ed25519 key, or the point of a curve
  ByteView modulus;   // RSA, without leading zeros
  ByteView exponent;  // RSA
  ByteView application;
};

// RFC 4251 section 5: a positive number with no more leading zeros than its sign needs. Without them.
ByteView positive_mpint(Reader& reader, std::size_t size_max) {
  ByteView raw = reader.string(size_max + 1);
  const bool minimal = !raw.empty() && (raw[0] != 0 || (raw.size() > 1 && raw[1] >= 0x80));
  if (!minimal || raw[0] >= 0x80) {
    reader.fail();
    return {};
  }
  return raw[0] == 0 ? raw.subspan(1) : raw;
}

std::optional<crypt::Curve> curve_of(Kind kind) {
  switch (kind) {
    case Kind::ecdsa_p256:
    case Kind::sk_ecdsa_p256:
      return crypt::Curve::p256;
    case Kind::ecdsa_p384:
      return crypt::Curve::p384;
    case Kind::ecdsa_p521:
      return crypt::Curve::p521;
    case Kind::ed25519:
    case Kind::sk_ed25519:
    case Kind::rsa:
      break;
  }
  return {};
}

crypt::HashKind ecdsa_hash(crypt::Curve curve) {  // RFC 5656 section 6.2.1
  switch (curve) {
    case crypt::Curve::p256:
      return crypt::HashKind::sha256;
    case crypt::Curve::p384:
      return crypt::HashKind::sha384;
    case crypt::Curve::p521:
      return crypt::HashKind::sha512;
  }
  die("unknown curve");
}

// What the blob holds; the numbers are not checked yet.
Result<Parts> parts_of(ByteView blob) {
  if (blob.size() > blob_size_max) return fail(Errc::invalid, "the key is longer than any that is taken here");
  Reader reader{blob};
  const TypeRow* const type = row_of(as_text(reader.string(name_size_max)));
  if (type == nullptr) return fail(Errc::invalid, "no kind of key that is taken here");
  Parts parts;
  parts.kind = type->kind;
  if (type->kind == Kind::rsa) {
    parts.exponent = positive_mpint(reader, crypt::rsa_exponent_size_max);
    parts.modulus = positive_mpint(reader, rsa_bits_max / 8);
  } else {
    if (!type->curve.empty() && as_text(reader.string(name_size_max)) != type->curve) reader.fail();
    parts.point = reader.string(1 + 2 * 66);
  }
  if (type->kind == Kind::sk_ed25519 || type->kind == Kind::sk_ecdsa_p256) {
    parts.application = reader.string(application_size_max);
  }
  TRY(reader.done("public key"));
  return parts;
}

bool eddsa_is_right(const Parts& parts, ByteView message, ByteView signature) {
  crypt::Ed25519Public key{};
  if (parts.point.size() != key.size()) return false;
  copy_to(key, parts.point);
  return crypt::ed25519_verify(key, message, signature);
}

// RFC 5656 section 3.1.2: r and s as mpints.
bool ecdsa_is_right(const Parts& parts, ByteView message, ByteView signature) {
  const std::optional<crypt::Curve> curve = curve_of(parts.kind);
  if (!curve) return false;
  Reader reader{signature};
  const ByteView r = positive_mpint(reader, crypt::curve_size(*curve));
  const ByteView s = positive_mpint(reader, crypt::curve_size(*curve));
  if (!reader.done("ECDSA signature").ok()) return false;
  return crypt::ecdsa_verify(*curve, ecdsa_hash(*curve), parts.point, message, r, s);
}

// RFC 8332 section 3: a verifier may take signatures whose leading zeros were left out.
bool rsa_is_right(std::string_view algorithm, const Parts& parts, ByteView message, ByteView signature) {
  if (signature.empty() || signature.size() > parts.modulus.size()) return false;
  const auto hash = algorithm == "rsa-sha2-512" ? crypt::HashKind::sha512 : crypt::HashKind::sha256;
  Bytes whole(parts.modulus.size());
  copy_to(MutableByteView{whole}.last(signature.size()), signature);
  return crypt::rsa_verify(hash, parts.modulus, parts.exponent, message, whole);
}

}  // namespace

Result<PublicKey> PublicKey::parse(ByteView blob) {
  const Parts parts = TRY(parts_of(blob));
  if (parts.kind == Kind::rsa && !crypt::rsa_key_is_usable(parts.modulus, parts.exponent)) {
    return fail(Errc::invalid, cat("an RSA key must have ", rsa_bits_min, " to ", rsa_bits_max,
                                   " bits and an ordinary public exponent"));
  }
  if (const std::optional<crypt::Curve> curve = curve_of(parts.kind)) {
    if (!crypt::ec_point_is_on(*curve, parts.point)) return fail(Errc::invalid, "the key is no point of its curve");
  } else if (parts.kind != Kind::rsa && parts.point.size() != sizeof(crypt::Ed25519Public)) {
    return fail(Errc::invalid, "an Ed25519 key has 32 bytes");
  }
  return PublicKey{parts.kind, to_bytes(blob)};
}

std::string_view PublicKey::type_name() const {
  const auto found = std::ranges::find(types, kind_, &TypeRow::kind);
  ENSURE(found != types.end());
  return found->name;
}

std::string PublicKey::fingerprint() const {
  std::string text = to_base64(crypt::sha256(blob_));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

bool PublicKey::signs_with(std::string_view algorithm) const {
  if (kind_ == Kind::rsa) return algorithm == "rsa-sha2-256" || algorithm == "rsa-sha2-512";
  return algorithm == type_name();
}

bool PublicKey::verify(std::string_view algorithm, ByteView message, ByteView signature) const {
  if (!signs_with(algorithm) || signature.size() > signature_size_max) return false;
  const Result<Parts> parts = parts_of(blob_);
  if (!parts.ok()) return false;
  Reader reader{signature};
  if (as_text(reader.string(name_size_max)) != algorithm) return false;
  const ByteView raw = reader.string(signature_size_max);
  if (kind_ != Kind::sk_ed25519 && kind_ != Kind::sk_ecdsa_p256) {
    if (!reader.done("signature").ok()) return false;
    if (kind_ == Kind::rsa) return rsa_is_right(algorithm, *parts, message, raw);
    return kind_ == Kind::ed25519 ? eddsa_is_right(*parts, message, raw) : ecdsa_is_right(*parts, message, raw);
  }
  // OpenSSH PROTOCOL.u2f: the key signs hash(application), flags, counter, hash(message).
  const std::uint8_t flags = reader.u8();
  const std::uint32_t counter = reader.u32();
  if (!reader.done("signature").ok() || (flags & user_was_present) == 0) return false;
  Writer inner;
  inner.bytes(crypt::sha256(parts->application)).u8(flags).u32(counter).bytes(crypt::sha256(message));
  if (kind_ == Kind::sk_ed25519) return eddsa_is_right(*parts, inner.view(), raw);
  return ecdsa_is_right(*parts, inner.view(), raw);
}

namespace {

std::string_view next_word(std::string_view& text) {
  const std::size_t from = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t to = std::min(text.find_first_of(" \t", from), text.size());
  const std::string_view word = text.substr(from, to - from);
  text.remove_prefix(to);
  return word;
}

Error why_not_a_type(std::string_view word, std::string_view line) {
  if (line.find("PRIVATE KEY") != std::string_view::npos || word.starts_with("PuTTY-User-Key-File")) {
    return fail(Errc::invalid, "this is a private key, which belongs on no server: give the .pub file beside it");
  }
  if (word.starts_with("----")) {
    return fail(Errc::invalid,
                "this is another form of public key: ssh-keygen -i -f FILE turns it into the one of OpenSSH");
  }
  if (word.find("-cert-v01@") != std::string_view::npos) {
    return fail(Errc::invalid, "this is a certificate: add the key of its authority with bulkhead authority add");
  }
  if (word == "ssh-dss") return fail(Errc::invalid, "DSA keys are not taken any more: make an Ed25519 key");
  if (row_of(next_word(line)) != nullptr || word.find_first_of("=,\"") != std::string_view::npos ||
      word == "cert-authority" || word == "restrict" || word.starts_with("no-")) {
    return fail(
        Errc::unsupported,
        "options before the key are not read here: leave them out. Authorities are added with bulkhead authority "
        "add, combinations of methods are set with bulkhead user sign-on");
  }
  return fail(Errc::invalid, "no public key in the form of OpenSSH: type, base64, comment on one line");
}

}  // namespace

Result<KeyLine> parse_line(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  std::string_view rest = text;
  const std::string_view type = next_word(rest);
  if (row_of(type) == nullptr) return why_not_a_type(type, rest);
  if (text.find_first_of("\r\n") != std::string_view::npos) {
    return fail(Errc::invalid, "there is more than one line: add one key at a time");
  }
  const Result<Bytes> blob = from_base64(next_word(rest));
  if (!blob.ok()) return fail(Errc::invalid, "the base64 of the key is damaged: copy the whole line again");
  PublicKey key = TRY(PublicKey::parse(*blob));
  if (key.type_name() != type) return fail(Errc::invalid, "the key is not of the type that the line begins with");

  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  rest = rest.substr(0, std::min(rest.size(), comment_size_max));
  std::string comment{rest};
  std::ranges::replace_if(comment, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  while (comment.ends_with(' ')) comment.pop_back();
  return KeyLine{std::move(key), std::move(comment)};
}

}  // namespace bulkhead::ssh_key
