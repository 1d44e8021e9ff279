#pragma once
// Stage: a warden among siblings that the test plays: hull, vault, hashers, gates, the command line. The warden is a
// thread of the test with quick hashers, or (processes = true) the real program and the real hashers, in their
// sandboxes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/cat.h"
#include "hasher/argon2id.h"
#include "hasher/foreign.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "ipc/pepper_asks.h"
#include "warden/answers.h"
#include "warden/signing_key.h"

namespace bulkhead::warden {

inline std::atomic<std::int64_t> clock_offset_ms = 0;
inline UnixMs stage_unix_ms() {
  return unix_now_ms() + clock_offset_ms;
}
inline MonotonicMs stage_monotonic_ms() {
  return monotonic_now_ms() + clock_offset_ms;
}

struct StageOptions {
  bool processes = false;
  std::string dir{};  // empty: a new one
  asks::WardenSettings settings{1200, 86'400, 5, 600};
};

// One connection of a gate.
struct Gate {
  ConnectionNumber number;
  ipc::Channel channel;

  Result<asks::SignOnResult> sign_on(std::string_view name, std::string_view password, std::string_view changed = {}) {
    asks::SignOn ask{std::string{name}, Secret::copy_of(as_bytes(password)), {}};
    if (!changed.empty()) ask.new_password = Secret::copy_of(as_bytes(changed));
    return channel.ask(ask);
  }
  Result<asks::SignOnResult> refresh(const Secret& token) { return channel.ask(asks::Refresh{token.clone()}); }
  Result<asks::Bearer::Reply> bearer(const Secret& token) { return channel.ask(asks::Bearer{token.clone()}); }
  Result<ipc::Nothing> revoke(const Secret& token) { return channel.ask(asks::Revoke{token.clone()}); }
  Result<asks::Account::Reply> account() { return channel.ask(asks::Account{}); }
};

class Stage {
 public:
  explicit Stage(StageOptions options = {}) : options_{std::move(options)} {
    clock_offset_ms = 0;
    options_.settings.session_key = crypt::ed25519_public(session_seed());
    if (options_.dir.empty()) {
      std::string name = std::filesystem::temp_directory_path() / "warden-XXXXXX";
      REQUIRE(::mkdtemp(name.data()) != nullptr);
      options_.dir = name;
    }
    auto [control, control_end] = *socket_pair();
    auto [vault, vault_end] = *socket_pair();
    control_ = ipc::Channel{std::move(control)};
    vault_thread_ = std::thread{[channel = ipc::Channel{std::move(vault)}]() mutable { play_vault(channel); }};
    if (options_.processes) {
      const Fd root = *open_directory(AT_FDCWD, options_.dir.c_str());
      warden_pid_ = spawn("bulkhead-warden", {control_end.get(), root.get(), vault_end.get()});
    } else {
      warden_thread_ = std::thread{[this, c = std::move(control_end), v = std::move(vault_end)]() mutable {
        play_warden(std::move(c), std::move(v));
      }};
    }
    hull_thread_ = std::thread{[this] { play_hull(); }};
    const asks::Ready ready = wait_for<asks::Ready>([](const asks::Ready&) { return true; });
    REQUIRE(ready.hello.size() == 32);
    copy_to(capability_key, ready.hello);
    layers = ready.layers;
    tell(options_.settings);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() {
    tell(asks::Stop{});
    if (warden_thread_.joinable()) warden_thread_.join();
    if (warden_pid_ > 0) {
      int status = -1;
      ::waitpid(warden_pid_, &status, 0);
      CHECK(status == 0);
    }
    hull_thread_.join();
    vault_thread_.join();
    for (std::thread& hasher : hashers_) hasher.join();
    if (!keep_dir) std::filesystem::remove_all(options_.dir);
  }

  Gate gate(std::string_view address = "192.0.2.7", asks::Role role = asks::Role::gate) {
    const ConnectionNumber number = next_connection_++;
    auto [mine, theirs] = *socket_pair();
    tell(asks::Introduce{number, role}, theirs.get());
    tell(asks::PeerAddress{number, std::string{address}});
    return Gate{number, ipc::Channel{std::move(mine)}};
  }
  ipc::Channel admin() {
    auto [mine, theirs] = *socket_pair();
    tell(asks::Introduce{0, asks::Role::admin}, theirs.get());
    return ipc::Channel{std::move(mine)};
  }
  ipc::Channel chronicle() {
    auto [mine, theirs] = *socket_pair();
    tell(asks::Introduce{0, asks::Role::chronicle}, theirs.get());
    return ipc::Channel{std::move(mine)};
  }
  // Adds a user; the password is the given one, or the one-time password that comes back.
  std::string add_user(std::string_view name, std::string_view password = {},
                       capability::Role role = capability::Role::user) {
    ipc::Channel channel = admin();
    asks::AddUser ask{std::string{name}, "Anna Smith", "anna@example.com", static_cast<std::uint8_t>(role),
                      Secret::copy_of(as_bytes(password))};
    Result<asks::AddUser::Reply> added = channel.ask(ask);
    REQUIRE_MESSAGE(added.ok(), added.error().message());
    return password.empty() ? to_text(added->one_time_password.view()) : std::string{password};
  }

  // What signet signs the statements of SSH sessions with.
  static Bytes session_seed() { return Bytes(crypt::ed25519_seed_size, 0x51); }

  // Whether such a notice for that connection came, or comes within two seconds; it is taken away.
  template <class Notice>
  bool noticed(ConnectionNumber number) {
    return take<Notice>([&](const Notice& notice) { return notice.connection == number; }, 2'000).has_value();
  }
  // Whether one is there after all that was asked so far was answered.
  template <class Notice>
  bool noticed_now(ConnectionNumber number) {
    Gate probe = gate("203.0.113.99");
    CHECK_FALSE(probe.bearer(Secret::copy_of(as_bytes("x"))).ok());
    return take<Notice>([&](const Notice& notice) { return notice.connection == number; }, 20).has_value();
  }
  const std::string& dir() const { return options_.dir; }
  Bytes raw_files() const {  // identity.db and its log
    Bytes all;
    for (const char* name : {"identity.db", "identity.db-wal"}) {
      const Result<Bytes> content = read_file(AT_FDCWD, cat(options_.dir, "/", name).c_str(), 64U << 20U);
      if (content.ok()) all.insert(all.end(), content->begin(), content->end());
    }
    REQUIRE(all.size() > 4096);
    return all;
  }
  pid_t warden_pid() const { return warden_pid_; }

  crypt::Ed25519Public capability_key{};
  std::uint32_t layers = 0;
  std::atomic<int> hashed = 0;
  std::atomic<int> checked = 0;  // against a foreign hash
  std::atomic<bool> hashers_come = true;
  std::atomic<int> mailers_wanted = 0;  // the test plays them: gate("", Role::mailer)
  bool keep_dir = false;

 private:
  template <class Notice>
  void tell(const Notice& notice, int descriptor = -1) {
    const std::lock_guard lock{control_mutex_};
    const std::array descriptors{descriptor};
    REQUIRE(control_.notify(notice, std::span{descriptors}.first(descriptor < 0 ? 0 : 1)).ok());
  }

  template <class Notice, class Wanted>
  std::optional<Notice> take(Wanted&& wanted, int wait_ms) {
    for (int waited = 0;; waited += 5) {
      {
        const std::lock_guard lock{notices_mutex_};
        for (auto it = notices_.begin(); it != notices_.end(); ++it) {
          if (it->number != Notice::number) continue;
          Notice notice = *ipc::decode<Notice>(it->body);
          if (!wanted(notice)) continue;
          notices_.erase(it);
          return notice;
        }
      }
      if (waited >= wait_ms) return {};
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }
  template <class Notice, class Wanted>
  Notice wait_for(Wanted&& wanted) {
    std::optional<Notice> notice = take<Notice>(wanted, 10'000);
    REQUIRE(notice.has_value());
    return std::move(*notice);
  }

  void play_warden(Fd control, Fd vault) {
    const Fd dir = *open_directory(AT_FDCWD, options_.dir.c_str());
    Secret seed = *load_or_make_signing_key(dir.get(), "capability.key");
    Identity identity = *Identity::open(cat(options_.dir, "/identity.db").c_str());
    ipc::Service service;
    Answers answers{service,          std::move(identity),
                    std::move(seed),  std::move(control),
                    std::move(vault), Clock{stage_unix_ms, stage_monotonic_ms}};
    answers.ready(0, 0);
    service.run();
  }

  static void play_vault(ipc::Channel& channel) {
    while (true) {
      Result<std::optional<ipc::Frame>> frame = channel.receive();
      if (!frame.ok() || !*frame) return;
      const asks::Pepper ask = *ipc::decode<asks::Pepper>((*frame)->body);
      Bytes message = to_bytes(ask.user);
      message.insert(message.end(), ask.tag.begin(), ask.tag.end());
      const asks::Pepper::Reply reply{crypt::hmac_sha256(as_bytes("pepper of the test"), message)};
      if (!channel.send({(*frame)->number, ipc::Kind::answer, (*frame)->serial, ipc::encode(reply), {}}).ok()) return;
    }
  }

  void play_hull() {
    while (true) {
      Result<std::optional<ipc::Frame>> frame = control_.receive();
      if (!frame.ok() || !*frame) break;
      if ((*frame)->number == asks::WantMailer::number) {
        ++mailers_wanted;
        continue;
      }
      if ((*frame)->number == asks::WantHasher::number) {
        if (hashers_come) add_hasher();
        continue;
      }
      const std::lock_guard lock{notices_mutex_};
      notices_.push_back(std::move(**frame));
    }
    // Here, since a child dies with the thread that started it.
    for (const pid_t hasher : hasher_pids_) {
      int status = -1;
      ::waitpid(hasher, &status, 0);
      CHECK(status == 0);
    }
  }

  void add_hasher() {
    auto [mine, theirs] = *socket_pair();
    if (options_.processes) {
      auto [control, control_end] = *socket_pair();
      const Fd root = *open_directory(AT_FDCWD, "/proc/self/fdinfo");
      hasher_pids_.push_back(spawn("bulkhead-hasher", {control_end.get(), root.get(), mine.get()}));
      ++hashed;
    } else {
      hashers_.emplace_back([this, channel = ipc::Channel{std::move(mine)}]() mutable { play_hasher(channel); });
    }
    const std::lock_guard lock{control_mutex_};
    const std::array descriptors{theirs.get()};
    static_cast<void>(control_.notify(asks::Introduce{0, asks::Role::hasher}, descriptors));  // may have stopped
  }

  void play_hasher(ipc::Channel& channel) {
    Result<std::optional<ipc::Frame>> frame = channel.receive();
    if (!frame.ok() || !*frame) return;
    if ((*frame)->number == asks::CheckForeign::number) {
      asks::CheckForeign foreign = *ipc::decode<asks::CheckForeign>((*frame)->body);
      ++checked;
      const asks::CheckForeign::Reply reply = *hasher::answer(foreign);
      static_cast<void>(channel.send({(*frame)->number, ipc::Kind::answer, (*frame)->serial, ipc::encode(reply), {}}));
      return;
    }
    asks::HashPassword ask = *ipc::decode<asks::HashPassword>((*frame)->body);
    ++hashed;
    CHECK(ask.memory_kib == argon2_memory_kib);
    CHECK(ask.passes == argon2_passes);
    ask.memory_kib = 8;  // quick
    ask.passes = 1;
    const asks::HashPassword::Reply reply = *hasher::answer(ask);
    static_cast<void>(channel.send({(*frame)->number, ipc::Kind::answer, (*frame)->serial, ipc::encode(reply), {}}));
  }

  // The program with its descriptors at 3, 4, 5, and nothing else but the standard ones.
  static pid_t spawn(const char* name, std::array<int, 3> descriptors) {
    const std::string path = cat(BULKHEAD_BIN, "/", name);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child > 0) return child;
    std::array<int, 3> parked{};
    for (std::size_t i = 0; i < 3; ++i) parked[i] = ::fcntl(descriptors[i], F_DUPFD, 200);
    for (std::size_t i = 0; i < 3; ++i) ::dup2(parked[i], static_cast<int>(i) + descriptors::control);
    ::close_range(6, ~0U, 0);
    ::execl(path.c_str(), name, "0", "6", nullptr);
    ::_exit(127);
  }

  StageOptions options_;
  ipc::Channel control_{Fd{}};
  std::mutex control_mutex_;
  std::thread vault_thread_;
  std::thread warden_thread_;
  std::thread hull_thread_;
  std::vector<std::thread> hashers_;
  std::vector<pid_t> hasher_pids_;
  pid_t warden_pid_ = -1;
  std::mutex notices_mutex_;
  std::vector<ipc::Frame> notices_;
  ConnectionNumber next_connection_ = 100;
};

constexpr std::string_view good_password = "lovely cart seven";

}  // namespace bulkhead::warden
