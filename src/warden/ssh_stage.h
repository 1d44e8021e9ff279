#pragma once
// SshGate: one connection of a gate for SSH on a Stage, and keys that the test signs with. What a signature is over is
// built here a second time, from RFC 4252 section 7.
#include "base/encode.h"
#include "base/writer.h"
#include "core/ssh_session/statement.h"
#include "warden/stage.h"

namespace bulkhead::warden {

struct TestKey {
  explicit TestKey(std::uint8_t number) : seed(crypt::ed25519_seed_size, number) {}
  Bytes seed;

  Bytes blob() const { return Writer{}.string(as_bytes("ssh-ed25519")).string(crypt::ed25519_public(seed)).take(); }
  std::string line() const { return cat("ssh-ed25519 ", to_base64(blob()), " test@example.com"); }
  std::string fingerprint() const { return (*ssh_key::PublicKey::parse(blob())).fingerprint(); }
  Bytes sign(ByteView data) const {
    return Writer{}.string(as_bytes("ssh-ed25519")).string(crypt::ed25519_sign(seed, data)).take();
  }
  // A certificate of this authority for `key`.
  Bytes certify(const TestKey& key, std::string_view principal, std::string_view source = {}) const {
    Writer principals;
    principals.string(as_bytes(principal));
    Writer critical;
    if (!source.empty()) critical.string(as_bytes("source-address")).string(Writer{}.string(as_bytes(source)).take());
    Writer out;
    out.string(as_bytes("ssh-ed25519-cert-v01@openssh.com"))
        .string(Bytes(32, 1))
        .string(crypt::ed25519_public(key.seed));
    out.u64(77).u32(1).string(as_bytes("id")).string(principals.view()).u64(0).u64(UINT64_MAX).string(critical.view());
    out.string({}).string({}).string(blob());
    out.string(sign(out.view()));
    return out.take();
  }
};

struct SignedParts {  // of a request; tests change one
  Bytes session_id = Bytes(32, 0x77);
  std::uint8_t message = 50;
  std::string user;
  std::string service = "ssh-connection";
  std::string method = "publickey";
  std::uint8_t has_signature = 1;
  std::string algorithm = "ssh-ed25519";
  Bytes key;
  Bytes host_key;  // empty: not host bound

  Bytes data() const {
    Writer out;
    out.string(session_id).u8(message).string(as_bytes(user)).string(as_bytes(service)).string(as_bytes(method));
    out.u8(has_signature).string(as_bytes(algorithm)).string(key);
    if (!host_key.empty()) out.string(host_key);
    return out.take();
  }
};

struct SshGate {
  Gate gate;

  SshGate(Stage& stage, std::string_view address = "192.0.2.7", bool open = true)
      : gate{stage.gate(address, asks::Role::gate_ssh)} {
    if (open) REQUIRE(open_session(statement()).ok());
  }
  ssh_session::Statement statement() const { return {gate.number, Bytes(32, 0x77), to_bytes("the host key")}; }
  Result<ipc::Nothing> open_session(const ssh_session::Statement& statement) {
    return ask(asks::OpenSshSession{ssh_session::sign(Stage::session_seed(), statement)});
  }
  template <class Ask>
  Result<typename Ask::Reply> ask(const Ask& request) {
    return gate.channel.ask(request);
  }

  bool offers(std::string_view user, const TestKey& key) {
    return ask(asks::OfferKey{std::string{user}, "ssh-ed25519", key.blob()})->acceptable;
  }
  Result<asks::SshSignOn> sign(std::string_view user, const TestKey& key) {
    SignedParts parts;
    parts.user = user;
    parts.key = key.blob();
    return send(parts, key.sign(parts.data()));
  }
  Result<asks::SshSignOn> send(const SignedParts& parts, Bytes signature) {
    return ask(
        asks::SignOnWithKey{parts.user, parts.algorithm, parts.key, std::move(signature), !parts.host_key.empty()});
  }
  Result<asks::SshSignOn> certificate(std::string_view user, const TestKey& key, Bytes blob) {
    SignedParts parts;
    parts.user = user;
    parts.algorithm = "ssh-ed25519-cert-v01@openssh.com";
    parts.key = std::move(blob);
    return send(parts, key.sign(parts.data()));
  }
  Result<asks::SshSignOn> password(std::string_view user, std::string_view text) {
    return ask(asks::SignOnWithPassword{std::string{user}, Secret::copy_of(as_bytes(text))});
  }
  Result<asks::SshDialogue> start(std::string_view user) { return ask(asks::StartDialogue{std::string{user}}); }
  Result<asks::SshDialogue> answer(std::initializer_list<std::string_view> texts) {
    asks::AnswerDialogue request;
    for (const std::string_view text : texts) request.answers.push_back(Secret::copy_of(as_bytes(text)));
    return ask(request);
  }
  bool ended(Stage& stage) { return stage.noticed<asks::Violation>(gate.number); }
};

inline bool granted(const Result<asks::SshSignOn>& result) {
  return result.ok() && result->verdict == asks::SshVerdict::granted;
}
inline bool partial(const Result<asks::SshSignOn>& result, std::vector<std::string> methods) {
  return result.ok() && result->verdict == asks::SshVerdict::partial && result->methods == methods &&
         result->capability.empty();
}
// The one form that every refusal has; after a partial success it names what is left.
inline bool refused(const Result<asks::SshSignOn>& result,
                    const std::vector<std::string>& left = {"publickey", "password", "keyboard-interactive"}) {
  return result.ok() && result->verdict == asks::SshVerdict::refused && result->capability.empty() &&
         result->expires_ms == 0 && result->methods == left;
}

inline void add_key(Stage& stage, std::string_view user, const TestKey& key) {
  REQUIRE(stage.admin().ask(asks::AddKey{std::string{user}, key.line()})->fingerprint == key.fingerprint());
}
inline void set_sign_on(Stage& stage, std::string_view user, std::string_view methods) {
  REQUIRE(stage.admin().ask(asks::SetSignOn{std::string{user}, std::string{methods}}).ok());
}
inline asks::WardenSettings many_attempts() {
  return {1200, 86'400, 500, 600, {}};
}

}  // namespace bulkhead::warden
