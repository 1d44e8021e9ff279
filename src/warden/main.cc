// bulkhead-warden: who are you.
//   does      checks passwords, public keys and certificates, keeps users and sessions, signs the session capability on
//             which keeper and vault act
//   holds     identity.db (salted and peppered verifiers, digests of tokens, public keys; no password, no token) and
//             capability.key
//   asks      vault: the pepper (ipc/pepper_asks.h). hashers: argon2id (ipc/hash_asks.h); hull starts them, one for
//   each
//             password
//   answers   gates: ipc/login_asks.h, those for SSH ipc/ssh_login_asks.h. The command line, through hull:
//             admin_warden_asks of ipc/admin_asks.h. chronicle: what happened (ipc/event_asks.h)
//   safe      the channel is the identity: one connection, one principal, and a capability is good on that connection
//             only. Every refusal reads the same and costs the same. Only digests and verifiers are stored, and the
//             verifiers are worth nothing without the vault. A signature over SSH is checked over the session that
//             signet vouches for, never over what a gate says. It never waits: slow work runs in processes of one use.
#include "base/cat.h"
#include "ipc/descriptors.h"
#include "warden/answers.h"
#include "warden/sandbox.h"
#include "warden/signing_key.h"

int main(int count, char** arguments) {
  using namespace bulkhead;
  const sandbox::Entered entered = sandbox::enter(warden::policy(), sandbox::parse_arguments(count, arguments));
  Result<Secret> seed = warden::load_or_make_signing_key(descriptors::root, "capability.key");
  if (!seed.ok()) die(cat("capability.key: ", seed.error().message()));
  Result<warden::Identity> identity = warden::Identity::open("identity.db");
  if (!identity.ok()) die(cat("identity.db: ", identity.error().message()));

  ipc::Service service;
  warden::Answers answers{service, std::move(*identity), std::move(*seed), Fd{descriptors::control},
                          Fd{descriptors::warden::vault}};
  answers.ready(entered.layers, entered.landlock_abi);
  service.run();
  return 0;
}
