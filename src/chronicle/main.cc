// bulkhead-chronicle: what happened.
//   does      keeps the log: who signed on, sent and fetched what, and changed what; shows each session its part of it;
//             forgets what is older than an organisation keeps
//   holds     log.db in its own directory: names, addresses and times. No key, no content, no password
//   asks      vault, warden and keeper for what happened, in rounds, and for names (ipc/event_asks.h)
//   answers   HTTP gates: the log, and who fetched a file (ipc/log_asks.h)
//   safe      who asks is the capability that warden signed for that very connection, checked here; what he may see is
//             one function (views.h), and every answer is within it. It changes nothing in any source, and no source
//             waits for it. SQL is constant, texts are values and match as they are. No network, no file outside of its
//             directory.
// Rows of transfers come from the ledger, and can come again; a round is stored together with how far it came.
#include "base/cat.h"
#include "base/log.h"
#include "chronicle/answers.h"
#include "chronicle/sandbox.h"
#include "chronicle/schema.h"
#include "ipc/descriptors.h"

namespace bulkhead::chronicle {
namespace {

constexpr MonotonicMs tick_ms = 1'000;

template <class Notice>
Notice decoded(const ipc::Call& call) {
  return ipc::decode<Notice>(call.frame.body, "notice of hull").value();
}

void answer_hull(ipc::Call& call, Answers& answers) {
  switch (call.frame.number) {
    case asks::ChronicleSettings::number:
      return answers.set(decoded<asks::ChronicleSettings>(call), std::move(call.frame.descriptors));
    case asks::Introduce::number: {
      const auto notice = decoded<asks::Introduce>(call);
      ENSURE(notice.role == asks::Role::gate && call.frame.descriptors.size() == 1);
      return answers.serve(std::move(call.frame.descriptors[0]), notice.connection);
    }
    case asks::PeerAddress::number:
      return answers.set_address(decoded<asks::PeerAddress>(call));
    case asks::Stop::number:
      return call.service.stop();
    default:
      die(cat("hull sent notice ", call.frame.number, ", which is not for chronicle"));
  }
}

int run(int count, char** arguments) {
  const sandbox::Arguments parsed = sandbox::parse_arguments(count, arguments);
  const sandbox::Entered entered = sandbox::enter(policy(), parsed);
  Result<db::Db> opened = open_log("log.db");
  if (!opened.ok()) die(cat("log.db: ", opened.error().message()));
  Store store{std::move(*opened)};

  ipc::Service service;
  Answers answers{service, store};
  const ipc::PeerId hull = service.serve(
      Fd{descriptors::control}, asks::from_hull, 0, [&](ipc::Call& call) { answer_hull(call, answers); },
      [&](ipc::PeerId) { service.stop(); }, true);
  service.on_violation([&](std::uint64_t connection, std::string_view what) {
    service.notify(hull, asks::Violation{connection, std::string{what.substr(0, 400)}});
  });
  service.on_commit([&] { return answers.commit(); });
  service.on_tick(tick_ms, [&] { answers.tick(); });
  service.notify(hull, asks::Ready{entered.layers, entered.landlock_abi, {}});
  service.run();
  if (const Result<void> closed = store.close(); !closed.ok()) {
    log(Level::error, "the log was not closed cleanly", {{"why", closed.error().message()}});
  }
  return 0;
}

}  // namespace
}  // namespace bulkhead::chronicle

int main(int count, char** arguments) {
  return bulkhead::chronicle::run(count, arguments);
}
