// bulkhead-vault as hull starts it: sandbox on, killed at any time, started again on the same directory.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/cat.h"
#include "base/clock.h"
#include "core/capability/capability.h"
#include "ipc/admin_asks.h"
#include "ipc/channel.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "ipc/pepper_asks.h"
#include "ipc/release_asks.h"
#include "sandbox/sandbox.h"
#include "vault/test_directory.h"

namespace bulkhead::vault {
namespace {

const Bytes warden_seed(32, 0x21);

Bytes capability_for(std::uint64_t connection) {
  capability::Capability who;
  who.principal.fill('a');
  who.tenant = 1;
  who.username = "alice";
  who.role = capability::Role::user;
  who.connection = connection;
  who.issued = unix_now_ms();
  who.scopes = capability::Scopes::all();
  who.expires = who.issued + 600'000;
  return capability::sign(warden_seed, who);
}

// The child of a fork: exactly the descriptors that hull gives, then the program.
[[noreturn]] void become_vault(std::array<int, 5> wanted) {
  constexpr int above = 100;
  for (std::size_t i = 0; i < wanted.size(); ++i) ::dup2(wanted[i], above + static_cast<int>(i));
  for (std::size_t i = 0; i < wanted.size(); ++i)
    ::dup2(above + static_cast<int>(i), descriptors::log + static_cast<int>(i));
  ::close_range(descriptors::log + wanted.size(), ~0U, 0);
  ::execl(BULKHEAD_BIN "/bulkhead-vault", "vault", "0", "6", nullptr);
  ::_exit(127);
}

class Process {
 public:
  explicit Process(const TestDirectory& directory) {
    auto [hull, vault_control] = socket_pair().value();
    auto [warden, vault_warden] = socket_pair().value();
    auto [keeper, vault_keeper] = socket_pair().value();
    int log_ends[2] = {-1, -1};
    ENSURE(::pipe2(log_ends, O_CLOEXEC) == 0);
    log_ = Fd{log_ends[0]};
    const Fd log_write{log_ends[1]};
    control.emplace(std::move(hull));
    pepper.emplace(std::move(warden));
    buckets.emplace(std::move(keeper));
    pid_ = ::fork();
    ENSURE(pid_ >= 0);
    if (pid_ == 0) become_vault({log_write.get(), vault_control.get(), directory.fd(), vault_warden.get(),
                                vault_keeper.get()});
  }
  ~Process() { end(SIGKILL); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Nothing if the process died instead.
  std::optional<asks::Ready> ready() {
    const Result<std::optional<ipc::Frame>> frame = control->receive();
    if (!frame.ok() || !frame->has_value()) return std::nullopt;
    return ipc::decode<asks::Ready>((*frame)->body).value();
  }
  void configure(const crypt::Ed25519Public& key, std::string origin = "test.example/ledger") {
    asks::VaultSettings settings;
    settings.capability_key = key;
    settings.ledger_origin = std::move(origin);
    static_cast<void>(control->notify(settings));
  }
  // Whether it said that its ledger is open; false if it died instead.
  bool opened() {
    const Result<std::optional<ipc::Frame>> frame = control->receive();
    return frame.ok() && frame->has_value() && (*frame)->number == asks::Opened::number;
  }
  ipc::Channel introduce(std::uint64_t connection, asks::Role role) {
    auto [ours, theirs] = socket_pair().value();
    const int number = theirs.get();
    ENSURE(control->notify(asks::Introduce{connection, role}, {&number, 1}).ok());
    return ipc::Channel{std::move(ours)};
  }
  int end(int signal) {
    if (pid_ < 0) return 0;
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }
  std::string log() const {
    std::string out(65'536, '\0');
    const ssize_t got = ::read(log_.get(), out.data(), out.size());
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

  std::optional<ipc::Channel> control;
  std::optional<ipc::Channel> pepper;
  std::optional<ipc::Channel> buckets;

 private:
  pid_t pid_ = -1;
  Fd log_;
};

const crypt::Ed25519Public warden_key = crypt::ed25519_public(warden_seed);

// The wrapped key of a file with tag {7}, one receipt later.
Bytes published_key(ipc::Channel& porter) {
  const Bytes draft = porter.ask(asks::NewKey{{7}}).value().wrapped_key;
  return porter.ask(asks::Received{{7}, draft, 1, "/a", {}, 1}).value().wrapped_key;
}

TEST_CASE("the process serves inside its sandbox, stops cleanly, and starts again") {
  const TestDirectory directory;
  Bytes wrapped;
  std::array<std::uint8_t, 32> verifier{};
  for (const bool first : {true, false}) {
    Process vault{directory};
    const auto ready = vault.ready();
    REQUIRE(ready.has_value());
#ifndef BULKHEAD_SANDBOX_OFF
    CHECK((ready->layers & sandbox::system_calls) != 0);
    CHECK((ready->layers & sandbox::no_new_privileges) != 0);
#endif
    vault.configure(warden_key);
    REQUIRE(vault.opened());
    ipc::Channel porter = vault.introduce(1, asks::Role::porter);
    ipc::Channel admin = vault.introduce(0, asks::Role::admin);
    const auto peppered = vault.pepper->ask(asks::Pepper{"alice", {1}}).value().verifier;
    if (first) verifier = peppered;
    CHECK(peppered == verifier);
    REQUIRE(porter.ask(asks::Adopt{capability_for(1)}).ok());
    if (first) wrapped = published_key(porter);
    for (int i = 0; i < 300; ++i) {  // more than one tile, so that partial tiles are replaced
      asks::Release ask;
      ask.tag = {7};
      ask.wrapped_key = wrapped;
      const auto released = porter.ask(ask);
      REQUIRE(released.ok());
      REQUIRE(porter.ask(asks::Sent{released->index, {}, true}).ok());
      if (i % 100 == 0) REQUIRE(admin.ask(asks::LedgerHead{}).ok());
    }
    CHECK(admin.ask(asks::LedgerHead{}).value().size == (first ? 602 : 1204));
    // A violation is told to hull, entered, and its channel ended.
    ipc::Channel hostile = vault.introduce(2, asks::Role::porter);
    CHECK_FALSE(hostile.ask(asks::NewKey{{7}}).ok());
    const auto notice = vault.control->receive().value();
    REQUIRE(notice.has_value());
    CHECK(ipc::decode<asks::Violation>(notice->body)->connection == 2);
    ENSURE(vault.control->notify(asks::Stop{}).ok());
    const int status = vault.end(0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    if (!first) break;
  }
  CHECK(directory.all<ledger::Violation>().size() == 2);
}

TEST_CASE("R-117: killed at any time, every key that left is in the ledger, and the ledger opens again") {
  const TestDirectory directory;
  Bytes wrapped;
  std::vector<std::uint64_t> left;
  for (int round = 0; round < 20; ++round) {
    Process vault{directory};
    REQUIRE(vault.ready().has_value());
    vault.configure(warden_key);
    REQUIRE(vault.opened());
    ipc::Channel porter = vault.introduce(1, asks::Role::porter);
    REQUIRE(porter.ask(asks::Adopt{capability_for(1)}).ok());
    if (wrapped.empty()) wrapped = published_key(porter);
    asks::Release ask;
    ask.tag = {7};
    ask.wrapped_key = wrapped;
    for (int i = 0; i < round % 5; ++i) left.push_back(porter.ask(ask).value().index);
    // One more is on its way while the signal comes.
    ENSURE(porter.send(ipc::Frame{asks::Release::number, ipc::Kind::ask, 99, ipc::encode(ask), {}}).ok());
    ::usleep(static_cast<useconds_t>(round * 37));
    vault.end(SIGKILL);
    const Result<std::optional<ipc::Frame>> last = porter.receive();
    if (last.ok() && last->has_value() && (*last)->kind == ipc::Kind::answer) {
      left.push_back(ipc::decode<asks::Release::Reply>((*last)->body).value().index);
    }
  }
  const std::vector<ledger::Entry> entries = directory.entries();
  for (const std::uint64_t index : left) {
    REQUIRE(index < entries.size());
    CHECK(std::holds_alternative<ledger::Released>(entries[index].event));
  }
  CHECK(left.size() >= 40);
  CHECK(directory.all<ledger::Started>().size() == 20);
}

TEST_CASE("another capability key, another origin or a lost key file: the process says why and dies") {
  const TestDirectory directory;
  {
    Process vault{directory};
    REQUIRE(vault.ready().has_value());
    vault.configure(warden_key);
    REQUIRE(vault.opened());
    ipc::Channel admin = vault.introduce(0, asks::Role::admin);
    REQUIRE(admin.ask(asks::LedgerHead{}).ok());
  }
  const auto dies = [&](const crypt::Ed25519Public& key, std::string origin, std::string_view why) {
    Process vault{directory};
    if (vault.ready()) {
      vault.configure(key, std::move(origin));
      CHECK_FALSE(vault.opened());
    }
    CHECK(vault.end(0) != 0);
    const std::string log = vault.log();
    CHECK_MESSAGE(log.find(why) != std::string::npos, log);
  };
  dies(crypt::ed25519_public(Bytes(32, 0x22)), "test.example/ledger", "capability.pub pins another key");
  dies(warden_key, "other.example/ledger", "vault cannot serve");
  REQUIRE(::unlinkat(directory.fd(), "root.key", 0) == 0);
  dies(warden_key, "test.example/ledger", "root.key is missing");
}

}  // namespace
}  // namespace bulkhead::vault
