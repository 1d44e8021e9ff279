// bulkhead-signet: signs TLS and SSH handshakes for the gates.
//   does      holds the server's TLS key and SSH host keys, so that no process that speaks with strangers does
//   holds     tls.key and tls.crt in its own directory, made at the first start (self-signed, localhost); ssh_*.key, made
//             likewise; in memory the key of its session statements (core/ssh_session)
//   asks      nobody
//   answers   HTTP gates: certificate and sign_handshake, each once per connection (ipc/signing_asks.h); SSH gates: the
//             public host keys, one signature for each key exchange, proofs of host keys (ipc/ssh_signing_asks.h)
//   safe      it signs only content whose form it can check (handshake_form.h) or that it builds itself from checked parts
//             (exchange_form.h): a gate that was taken over cannot get a certificate request, a file or another
//             protocol's message signed, and no more signatures than its connection needs; whoever asks anything else
//             is ended and counted. No network, no file outside of its directory.
// Reload (SIGHUP in hull) reads the TLS pair again; a pair that does not fit is refused and the old one stays. Host keys
// are read at the start only: clients pin them.
#include <openssl/crypto.h>

#include "base/cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "crypt/ed25519.h"
#include "crypt/random.h"
#include "ipc/service.h"
#include "signet/answers.h"
#include "signet/sandbox.h"
#include "signet/ssh_answers.h"

namespace bulkhead::signet {
namespace {

void log_identity(const Identity& identity) {
  const UnixMs now = unix_now_ms();
  const bool valid = identity.not_before() <= now && now <= identity.not_after();
  log(valid ? Level::info : Level::warning, valid ? "certificate in use" : "certificate in use is not valid today",
      {{"not_before", format_timestamp(identity.not_before())},
       {"not_after", format_timestamp(identity.not_after())},
       {"certificates", cat(identity.chain().size())}});
}

void reload(Answers& answers) {
  Result<Identity> identity = Identity::load(descriptors::root);
  if (!identity.ok()) return log(Level::error, "reload refused", {{"why", identity.error().message()}});
  log_identity(*identity);
  answers.replace(std::move(*identity));
}

void answer_hull(ipc::Call& call, Answers& answers, SshAnswers& ssh) {
  switch (call.frame.number) {
    case asks::Introduce::number: {
      const Result<asks::Introduce> notice = ipc::decode<asks::Introduce>(call.frame.body, "introduce");
      ENSURE(notice.ok() && call.frame.descriptors.size() == 1);
      Fd channel = std::move(call.frame.descriptors[0]);
      if (notice->role == asks::Role::gate_ssh) return ssh.serve(call.service, std::move(channel), notice->connection);
      ENSURE(notice->role == asks::Role::gate);
      return answers.serve(call.service, std::move(channel), notice->connection);
    }
    case asks::Reload::number:
      return reload(answers);
    case asks::Stop::number:
      return call.service.stop();
    default:
      die(cat("hull sent notice ", call.frame.number, ", which is not for signet"));
  }
}

int run(int count, char** arguments) {
  ENSURE(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);  // no OPENSSL_CONF here
  const sandbox::Arguments parsed = sandbox::parse_arguments(count, arguments);
  const sandbox::Entered entered = sandbox::enter(policy(), parsed);
  Result<Identity> identity = Identity::load_or_make(descriptors::root, unix_now_ms());
  if (!identity.ok()) die(identity.error().message());
  log_identity(*identity);

  Result<HostKeys> host_keys = HostKeys::load_or_make(descriptors::root);
  if (!host_keys.ok()) die(host_keys.error().message());

  Answers answers{std::move(*identity)};
  SshAnswers ssh{std::move(*host_keys), crypt::random_secret(crypt::ed25519_seed_size), monotonic_now_ms};
  ipc::Service service;
  const ipc::PeerId hull = service.serve(
      Fd{descriptors::control}, asks::from_hull, 0, [&](ipc::Call& call) { answer_hull(call, answers, ssh); },
      [&](ipc::PeerId) { service.stop(); }, true);
  service.on_violation([&](std::uint64_t connection, std::string_view what) {
    service.notify(hull, asks::Violation{connection, std::string{what}});
  });
  service.notify(hull, asks::Ready{entered.layers, entered.landlock_abi, ipc::encode(ssh.hello())});
  service.run();
  log(Level::info, "stopped", {{"signatures", cat(answers.signatures() + ssh.signatures())}});
  return 0;
}

}  // namespace
}  // namespace bulkhead::signet

int main(int count, char** arguments) {
  return bulkhead::signet::run(count, arguments);
}
