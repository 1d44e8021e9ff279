// OfferKey and SignOnWithKey (RFC 4252 section 7). A signature is checked over what the warden builds from the session
// that signet vouches for; who is signed on is who holds the key that signed, whatever was offered before. The
// work is the same for a user who does not exist and for a key that is not his.
#include "base/cat.h"
#include "base/writer.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

constexpr std::uint8_t userauth_request = 50;  // RFC 4252 section 6

// RFC 4252 section 7; OpenSSH PROTOCOL section 3.2 with the host key at the end.
Bytes signed_data(const SshChannel& channel, const asks::SignOnWithKey& ask) {
  Writer out;
  out.string(channel.session_id).u8(userauth_request).string(as_bytes(ask.user_name));
  out.string(as_bytes("ssh-connection"));
  out.string(as_bytes(ask.host_bound ? "publickey-hostbound-v00@openssh.com" : "publickey")).u8(1);
  out.string(as_bytes(ask.algorithm)).string(ask.key);
  if (ask.host_bound) out.string(channel.host_key);
  return out.take();
}

}  // namespace

Result<void> Answers::look_up_certificate(OfferedKey& out, const Connection& from, const Claim& claim,
                                          const std::string& algorithm, const Bytes& blob) {
  const Result<ssh_key::Certificate> certificate = ssh_key::Certificate::parse(blob);
  if (!certificate.ok()) {
    out.why_not = certificate.error().message();
    return {};
  }
  out.key = certificate->key();
  out.algorithm = certificate->signature_algorithm(algorithm);
  const ssh_key::PublicKey& authority = certificate->authority();
  out.signer = {claim.id, authority.fingerprint(), true, out.key->fingerprint(), {}};
  out.signer.described = cat(out.signer.key, " certificate ", certificate->serial(), " of ", out.signer.fingerprint);
  if (!TRY(identity_.has_authority(out.signer.fingerprint, authority.blob()))) {
    out.why_not = "its authority is not known";
    return {};
  }
  // Both spellings are this account and no other.
  const User nobody;
  const User& user = claim.user ? *claim.user : nobody;
  const UnixMs now = clock_.unix_ms();
  const Result<void> as_written = certificate->check(user.user_name, from.address, now);
  if (!as_written.ok() && !certificate->check(user.name_key, from.address, now).ok())
    out.why_not = as_written.error().message();
  if (out.algorithm.empty()) out.why_not = "the algorithm does not fit the certificate";
  return {};
}

Result<Answers::OfferedKey> Answers::offered_key(const Connection& from, const Claim& claim,
                                                 const std::string& algorithm, const Bytes& blob) {
  OfferedKey out;
  if (ssh_key::Certificate::is_algorithm(algorithm)) {
    TRY(look_up_certificate(out, from, claim, algorithm, blob));
  } else {
    Result<ssh_key::PublicKey> key = ssh_key::PublicKey::parse(blob);
    if (key.ok()) {
      out.algorithm = algorithm;
      out.signer = {claim.id, key->fingerprint(), false, key->fingerprint(), key->fingerprint()};
      if (!TRY(identity_.has_key(claim.id, out.signer.fingerprint, blob))) out.why_not = "no key of this user";
      if (!key->signs_with(algorithm)) out.why_not = "the algorithm does not fit the key";
      out.key = std::move(*key);
    } else {
      out.why_not = key.error().message();
    }
  }
  if (TRY(is_over(claim.user.value_or(User{}), from, Moment::sign_on)) && claim.user) {
    out.why_not = "the account is disabled, has expired, or is not let in from there";
  }
  if (!claim.user) out.why_not = "there is no such user";
  return out;
}

Result<asks::OfferKey::Reply> Answers::offer_key(ConnectionNumber number, const asks::OfferKey& ask) {
  const Claim who = TRY(claim(number, ask.user_name));
  const Connection& from = connection(number);
  const OfferedKey offered = TRY(offered_key(from, who, ask.algorithm, ask.key));
  const bool in_order = TRY(allows(from.ssh.progress, who, SshMethod::publickey));
  return asks::OfferKey::Reply{offered.why_not.empty() && in_order};
}

Result<asks::SshSignOn> Answers::sign_on_with_key(ConnectionNumber number, const asks::SignOnWithKey& ask) {
  constexpr SshMethod method = SshMethod::publickey;
  const Claim who = TRY(claim(number, ask.user_name));
  if (throttle_.refuses(who.who, clock_.monotonic_ms())) return refuse_ssh(number, who, method, "throttled", false);
  Connection& from = connection(number);
  const OfferedKey offered = TRY(offered_key(from, who, ask.algorithm, ask.key));
  const bool right = offered.key && offered.key->verify(offered.algorithm, signed_data(from.ssh, ask), ask.signature);
  if (!offered.why_not.empty()) return refuse_ssh(number, who, method, offered.why_not, true, offered.signer.described);
  if (!right) return refuse_ssh(number, who, method, "the signature is wrong", true, offered.signer.described);
  for (const SshSigner& earlier : from.ssh.progress.signers) {
    if (earlier.key == offered.signer.key)
      return refuse_ssh(number, who, method, "the same key again", true, offered.signer.described);
  }
  from.ssh.progress.signers.push_back(offered.signer);
  return method_done(number, who, method);
}

}  // namespace bulkhead::warden
