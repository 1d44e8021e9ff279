// bulkhead-keeper: what may you see and do.
//   does      keeps the catalog: organisations, folders, rights, files and their versions; publishes uploads, and keeps
//             unfinished ones for who wants to go on; hands out leases on stored content
//   holds     catalog.db, and blobs/ with the sealed content under random names, in its own directory. No key of any
//             file: those it stores are wrapped, and only the vault can unwrap them
//   asks      vault: rewrap, due_buckets, destroy_buckets (ipc/bucket_asks.h), in the background (rewraps.h)
//   answers   gates: catalog_asks; porters: storage_asks; the command line, through hull: admin_keeper_asks; chronicle:
//             what happened, event_asks (src/ipc)
//   safe      who asks is the capability that warden signed for that very connection, checked here; nothing in an ask
//             can name another user. Every ask goes through core/policy decide(), on folders as numbers. Unknown and
//             forbidden look the same. SQL is constant, names are values. No network, no file outside of its directory.
// One turn of the loop is one transaction: what it changes is durable before anybody hears of it, or refused to all.
#include "base/cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "ipc/descriptors.h"
#include "keeper/answers.h"
#include "keeper/sandbox.h"
#include "keeper/schema.h"

namespace bulkhead::keeper {
namespace {

constexpr MonotonicMs start_budget_ms = 2'000;
constexpr MonotonicMs tick_ms = 1'000;

class Control {
 public:
  explicit Control(Answers& answers) : answers_{answers} {}

  void answer(ipc::Call& call) {
    switch (call.frame.number) {
      case asks::KeeperSettings::number:
        answers_.set(decode<asks::KeeperSettings>(call));
        configured_ = true;
        return;
      case asks::Introduce::number: {
        const auto notice = decode<asks::Introduce>(call);
        ENSURE(configured_ && call.frame.descriptors.size() == 1);
        ENSURE(notice.role == asks::Role::gate || notice.role == asks::Role::gate_ssh ||
               notice.role == asks::Role::porter || notice.role == asks::Role::admin ||
               notice.role == asks::Role::chronicle);
        return answers_.serve(call.service, std::move(call.frame.descriptors[0]), notice.connection, notice.role);
      }
      case asks::PeerAddress::number:
        return answers_.set_address(decode<asks::PeerAddress>(call));
      case asks::Stop::number:
        return call.service.stop();
      default:
        die(cat("hull sent notice ", call.frame.number, ", which is not for keeper"));
    }
  }

 private:
  template <class Notice>
  static Notice decode(const ipc::Call& call) {
    return ipc::decode<Notice>(call.frame.body, "notice of hull").value();
  }

  Answers& answers_;
  bool configured_ = false;
};

int run(int count, char** arguments) {
  const sandbox::Arguments parsed = sandbox::parse_arguments(count, arguments);
  const sandbox::Entered entered = sandbox::enter(policy(), parsed);
  Result<db::Db> catalog = open_catalog("catalog.db");
  if (!catalog.ok()) die(catalog.error().message());
  Result<Blobs> blobs = Blobs::open("blobs");
  if (!blobs.ok()) die(blobs.error().message());
  Store store{std::move(*catalog), std::move(*blobs)};
  Answers answers{store, unix_now_ms};
  if (const Result<void> started = answers.start(start_budget_ms); !started.ok()) die(started.error().message());

  ipc::Service service;
  Control control{answers};
  const ipc::PeerId hull = service.serve(
      Fd{descriptors::control}, asks::from_hull, 0, [&](ipc::Call& call) { control.answer(call); },
      [&](ipc::PeerId) { service.stop(); }, true);
  answers.set_vault(service, service.connect(Fd{descriptors::keeper::vault}, [](ipc::PeerId) {
                      log(Level::warning, "vault is gone");
                    }));
  service.on_violation([&](std::uint64_t connection, std::string_view what) {
    service.notify(hull, asks::Violation{connection, std::string{what}});
  });
  answers.on_cut_off([&](std::uint64_t connection) { service.notify(hull, asks::CutOff{connection}); });
  service.on_commit([&] { return answers.commit(); });
  service.on_tick(tick_ms, [&] { answers.tick(); });
  service.notify(hull, asks::Ready{entered.layers, entered.landlock_abi, {}});
  service.run();
  if (const Result<void> closed = store.db.close(); !closed.ok()) {
    log(Level::error, "the catalog was not closed cleanly", {{"why", closed.error().message()}});
  }
  log(Level::info, "stopped");
  return 0;
}

}  // namespace
}  // namespace bulkhead::keeper

int main(int count, char** arguments) {
  return bulkhead::keeper::run(count, arguments);
}
