// bulkhead-hasher: one computation over one password, then it exits.
//   does      waits for one password, computes its argon2id tag (RFC 9106), or checks it against a hash that another
//             server made; answers and ends
//   holds     that password and the memory of the computation, for about 50 ms; for a costly foreign hash up to 2 s
//   asks      nobody; tells hull Ready before it waits
//   answers   warden: ipc/hash_asks.h, once
//   safe      slow, memory-hungry work on hostile bytes runs without a file, a socket or a second chance, and never
//   stalls
//             the warden, which hands the password over and turns to the next ask. What it knew ends with it.
#include <openssl/crypto.h>

#include "base/log.h"
#include "hasher/argon2id.h"
#include "hasher/foreign.h"
#include "hasher/sandbox.h"
#include "ipc/channel.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"

namespace bulkhead::hasher {
namespace {

template <class Ask>
ipc::Frame answer_to(ipc::Frame& frame) {
  Result<Ask> ask = ipc::decode<Ask>(frame.body, "ask of the warden");
  wipe(frame.body);
  if (!ask.ok()) die(ask.error().message());
  const Result<typename Ask::Reply> answered = answer(*ask);
  ipc::Frame reply{frame.number, ipc::Kind::answer, frame.serial, {}, {}};
  if (answered.ok()) {
    reply.body = ipc::encode(*answered);
  } else {
    reply.kind = ipc::Kind::refusal;
    reply.body = ipc::print_refusal(answered.error());
  }
  return reply;
}

Result<void> serve_once(ipc::Channel& warden) {
  std::optional<ipc::Frame> frame = TRY(warden.receive());
  if (!frame) return {};  // not needed any more
  ipc::Admission admission{asks::hash_asks};
  if (frame->kind != ipc::Kind::ask ||
      admission.admit(frame->number, frame->body.size(), frame->descriptors.size()) == nullptr) {
    die("the warden sent what hash_asks.h does not admit");
  }
  const bool foreign = frame->number == asks::CheckForeign::number;
  return warden.send(foreign ? answer_to<asks::CheckForeign>(*frame) : answer_to<asks::HashPassword>(*frame));
}

}  // namespace
}  // namespace bulkhead::hasher

int main(int count, char** arguments) {
  using namespace bulkhead;
  ENSURE(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);  // no OPENSSL_CONF here
  const sandbox::Entered entered = sandbox::enter(hasher::policy(), sandbox::parse_arguments(count, arguments));
  ipc::Channel control{Fd{descriptors::control}};
  ipc::Channel warden{Fd{descriptors::hasher::warden}};
  // hull may have gone: then the warden's end is closed as well, and the wait below ends.
  static_cast<void>(control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}));
  if (const Result<void> served = hasher::serve_once(warden); !served.ok()) {
    log(Level::warning, "hash_not_answered", {{"why", served.error().message()}});
    return 1;
  }
  return 0;
}
