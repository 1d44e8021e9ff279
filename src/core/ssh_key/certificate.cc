#include "core/ssh_key/certificate.h"

#include <algorithm>
#include <array>

#include "base/cat.h"
#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ssh_key {
namespace {

constexpr std::uint32_t user_certificate = 1;  // PROTOCOL.certkeys: SSH_CERT_TYPE_USER
constexpr std::size_t nonce_size_max = 256;
constexpr std::size_t key_id_size_max = 1'024;
constexpr std::size_t principal_size_max = 256;
constexpr std::size_t options_max = 64;

struct TypeRow {
  std::string_view algorithm;  // of a public key request
  std::string_view blob_type;  // empty: an algorithm that is never right
  std::string_view key_type;
  std::string_view signature;  // its algorithm
  int key_fields;              // strings of the bare key after its type
};
constexpr std::array rows{
    TypeRow{"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", "ssh-ed25519", 1},
    TypeRow{"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", 2},
    TypeRow{"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", 2},
    TypeRow{"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
            "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", 2},
    TypeRow{"rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-rsa", "rsa-sha2-256", 2},
    TypeRow{"rsa-sha2-512-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-rsa", "rsa-sha2-512", 2},
    TypeRow{"ssh-rsa-cert-v01@openssh.com", {}, {}, {}, 0},  // SHA-1
    TypeRow{"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com",
            "sk-ssh-ed25519@openssh.com", 2},
    TypeRow{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
            "sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", 3},
};

Result<std::vector<std::string>> principals_of(ByteView packed) {
  std::vector<std::string> out;
  Reader reader{packed};
  while (reader.ok() && reader.remaining() > 0) {
    out.push_back(to_text(reader.string(principal_size_max)));
    if (out.back().empty() || out.size() > principals_max) reader.fail();
  }
  TRY(reader.done("principals of a certificate"));
  return out;
}

struct Option {
  std::string_view name;
  ByteView data;
};
// PROTOCOL.certkeys: in the order of their names, each once.
Result<std::vector<Option>> options_of(ByteView packed) {
  std::vector<Option> out;
  Reader reader{packed};
  while (reader.ok() && reader.remaining() > 0) {
    Option option;
    option.name = as_text(reader.string(certificate_size_max));
    option.data = reader.string(certificate_size_max);
    if (option.name.empty() || out.size() == options_max || (!out.empty() && option.name <= out.back().name))
      reader.fail();
    out.push_back(option);
  }
  TRY(reader.done("options of a certificate"));
  return out;
}

// The bare key of a certificate as a blob of its own.
Bytes key_blob(const TypeRow& type, Reader& reader) {
  Writer blob;
  blob.string(as_bytes(type.key_type));
  for (int field = 0; field < type.key_fields; ++field) blob.string(reader.string(blob_size_max));
  return blob.take();
}

}  // namespace

bool Certificate::is_algorithm(std::string_view algorithm) {
  return std::ranges::find(rows, algorithm, &TypeRow::algorithm) != rows.end();
}

std::string_view Certificate::signature_algorithm(std::string_view algorithm) const {
  const auto row = std::ranges::find(rows, algorithm, &TypeRow::algorithm);
  return row != rows.end() && row->key_type == key_.type_name() ? row->signature : std::string_view{};
}

Result<Certificate> Certificate::parse(ByteView blob) {
  if (blob.size() > certificate_size_max)
    return fail(Errc::invalid, "the certificate is longer than any that is taken");
  Reader reader{blob};
  const std::string_view type_name = as_text(reader.string(64));
  const auto type = std::ranges::find(rows, type_name, &TypeRow::blob_type);
  if (type_name.empty() || type == rows.end()) return fail(Errc::invalid, "no kind of certificate that is taken here");
  static_cast<void>(reader.string(nonce_size_max));
  const Bytes key = key_blob(*type, reader);
  const std::uint64_t serial = reader.u64();
  const std::uint32_t kind = reader.u32();
  const ByteView key_id = reader.string(key_id_size_max);
  const ByteView principals = reader.string(certificate_size_max);
  const std::uint64_t valid_after = reader.u64();
  const std::uint64_t valid_before = reader.u64();
  const ByteView critical = reader.string(certificate_size_max);
  const ByteView extensions = reader.string(certificate_size_max);
  static_cast<void>(reader.string(certificate_size_max));  // reserved
  const ByteView authority = reader.string(blob_size_max);
  const ByteView is_signed = blob.first(blob.size() - reader.remaining());
  const ByteView signature = reader.string(signature_size_max);
  TRY(reader.done("certificate"));

  // PublicKey takes no certificate: an authority cannot be one.
  Certificate out{TRY(PublicKey::parse(key)), TRY(PublicKey::parse(authority))};
  out.serial_ = serial;
  out.type_ = kind;
  out.key_id_ = to_text(key_id);
  out.principals_ = TRY(principals_of(principals));
  out.valid_after_s_ = valid_after;
  out.valid_before_s_ = valid_before;
  TRY(options_of(extensions));  // they allow what is not done here
  for (const Option& option : TRY(options_of(critical))) {
    if (option.name != "source-address") {
      out.unknown_option_ = option.name;
      continue;
    }
    Reader data{option.data};
    const ByteView list = data.string(certificate_size_max);
    TRY(data.done("source-address of a certificate"));
    out.source_addresses_ = TRY(Networks::parse(as_text(list)));
  }
  const std::string_view algorithm = as_text(Reader{signature}.string(64));
  if (!out.authority_.verify(algorithm, is_signed, signature)) {
    return fail(Errc::invalid, "the authority's signature on the certificate is wrong, or made with SHA-1");
  }
  return out;
}

Result<void> Certificate::check(std::string_view principal, std::string_view address, UnixMs now) const {
  const auto refuse = [](std::string why) { return fail(Errc::unauthenticated, std::move(why)); };
  if (type_ != user_certificate) return refuse("no user certificate");
  if (!unknown_option_.empty()) return refuse(cat("critical option ", unknown_option_, " is not known here"));
  if (std::ranges::find(principals_, principal) == principals_.end())
    return refuse("the user is none of its principals");
  const std::uint64_t now_s = now < 0 ? 0 : static_cast<std::uint64_t>(now) / 1'000;
  if (now_s < valid_after_s_) return refuse("not valid yet");
  if (now_s >= valid_before_s_) return refuse("not valid any more");
  if (source_addresses_ && !source_addresses_->contain(address)) return refuse("not from this address");
  return {};
}

}  // namespace bulkhead::ssh_key
