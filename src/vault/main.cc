// bulkhead-vault: the small safe.
//   does      gives out file keys, one at a time, each only behind a durable ledger entry; keeps the ledger and its
//             signed checkpoint; peppers password verifiers
//   holds     root.key, ledger.key, pepper.key, the wrapped tenant and bucket keys, the ledger, the egress meter;
//             made at the first start in its own directory (keys.h)
//   asks      nobody; it tells hull of violations
//   answers   porters: adopt, new_key, release, sent, received (ipc/release_asks.h; the whole rule is release.cc)
//             warden: pepper (ipc/pepper_asks.h)    command line: ledger_head (ipc/admin_asks.h)
//             keeper: rewrap, due_buckets, destroy_buckets (ipc/bucket_asks.h; expiries.h)
//             chronicle: the durable entries, for the log (ipc/event_asks.h)
//   safe      who asks is known from a capability that warden signed for this one connection, under a key pinned at the
//             first start, never from what the asker says; a key leaves after its entry is on disk, or not at all;
//             libcrypto is the only library; no network, no file outside of its directory.
#include <openssl/crypto.h>

#include "base/cat.h"
#include "base/log.h"
#include "ipc/descriptors.h"
#include "vault/answers.h"
#include "vault/sandbox.h"

namespace bulkhead::vault {
namespace {

constexpr MonotonicMs tick_ms = 1000;

template <class Notice>
Notice notice_of(const ipc::Call& call) {
  Result<Notice> notice = ipc::decode<Notice>(call.frame.body, "notice");
  if (!notice.ok()) die(notice.error().message());
  return std::move(*notice);
}

void answer_hull(ipc::Call& call, Answers& answers) {
  switch (call.frame.number) {
    case asks::VaultSettings::number:
      if (const Result<void> ready = answers.configure(notice_of<asks::VaultSettings>(call)); !ready.ok()) {
        log(Level::error, "vault cannot serve", {{"why", ready.error().message()}});
        die(ready.error().message(), ready.error().where());
      }
      return call.service.notify(call.ticket.peer, asks::Opened{});
    case asks::Introduce::number:
      return answers.introduce(notice_of<asks::Introduce>(call), std::move(call.frame.descriptors.at(0)));
    case asks::PeerAddress::number:
      return answers.peer_address(notice_of<asks::PeerAddress>(call));
    case asks::Trouble::number:
      return answers.trouble(notice_of<asks::Trouble>(call));
    case asks::Stop::number:
      return call.service.stop();
    default:
      die(cat("hull sent notice ", call.frame.number, ", which is not for vault"));
  }
}

int run(int count, char** arguments) {
  ENSURE(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);  // no OPENSSL_CONF here
  const sandbox::Arguments parsed = sandbox::parse_arguments(count, arguments);
  const sandbox::Entered entered = sandbox::enter(policy(), parsed);
  Result<Keys> keys = Keys::load_or_make(descriptors::root);
  if (!keys.ok()) die(keys.error().message(), keys.error().where());

  ledger::LogDisk disk;
  ipc::Service service;
  Answers answers{service, *keys, disk, descriptors::root};
  const ipc::PeerId hull = service.serve(
      Fd{descriptors::control}, asks::from_hull, 0, [&](ipc::Call& call) { answer_hull(call, answers); },
      [&](ipc::PeerId) { service.stop(); }, true);
  answers.serve_warden(Fd{descriptors::vault::warden}, [](ipc::PeerId) { log(Level::warning, "warden is gone"); });
  answers.serve_keeper(Fd{descriptors::vault::keeper}, [](ipc::PeerId) { log(Level::warning, "keeper is gone"); });
  service.on_violation([&](std::uint64_t connection, std::string_view what) {
    answers.violation(connection, what);
    service.notify(hull, asks::Violation{connection, std::string{what.substr(0, 400)}});
  });
  service.on_tick(tick_ms, [&] { answers.tick(monotonic_now_ms()); });
  service.notify(hull, asks::Ready{entered.layers, entered.landlock_abi, {}});
  service.run();
  answers.finish();
  return 0;
}

}  // namespace
}  // namespace bulkhead::vault

int main(int count, char** arguments) {
  return bulkhead::vault::run(count, arguments);
}
