#pragma once
// For tests: the vault's loop in the test's thread, on a disk that can fail, and what its askers say.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/cat.h"
#include "core/ledger/checkpoint.h"
#include "ipc/admin_asks.h"
#include "ipc/pepper_asks.h"
#include "vault/answers.h"
#include "vault/test_directory.h"

namespace bulkhead::vault {

inline const Bytes warden_seed(32, 0x11);
inline constexpr asks::FileTag tag_a{0xa};
inline constexpr asks::FileTag tag_b{0xb};

inline Bytes capability_of(std::string_view id, std::uint32_t tenant, std::uint64_t connection,
                           UnixMs life_ms = 600'000, ByteView seed = warden_seed,
                           capability::Scopes scopes = capability::Scopes::all(), std::uint8_t session = 9) {
  capability::Capability who;
  who.principal.fill('0');
  std::copy(id.begin(), id.end(), who.principal.begin());
  who.tenant = tenant;
  who.username = std::string{id};
  who.role = capability::Role::user;
  who.connection = connection;
  who.issued = unix_now_ms() - 60'000;
  who.expires = unix_now_ms() + life_ms;
  who.scopes = scopes;
  who.session[0] = session;
  return capability::sign(seed, who);
}

// The wrapped key of a draft of `id`, in organisation 7.
inline Bytes draft_of(Keys& keys, std::string_view id, const asks::FileTag& tag = tag_a) {
  capability::PrincipalId principal{};
  principal.fill('0');
  std::copy(id.begin(), id.end(), principal.begin());
  return keys.wrap_draft(Bytes(32, 1), tag, 7, principal).value();
}

inline asks::Release release_of(const asks::FileTag& tag, const Bytes& wrapped, std::uint64_t size = 1000) {
  asks::Release ask;
  ask.tag = tag;
  ask.wrapped_key = wrapped;
  ask.file = 77;
  ask.path = "/Home/alice/a.txt";
  ask.sha256[0] = 3;
  ask.size = size;
  return ask;
}

// A disk that is full when the test says so.
struct FailingDisk : ledger::LogDisk {
  std::atomic<bool> full = false;
  Result<void> write_at(int fd, ByteView data, std::uint64_t offset) override {
    if (full) {
      // Half of it reaches the disk, as in life.
      static_cast<void>(LogDisk::write_at(fd, data.first(data.size() / 2), offset));
      return fail(Errc::storage_full, "no space left for the ledger");
    }
    return LogDisk::write_at(fd, data, offset);
  }
};

// vault's loop in the test's thread; a second thread plays its askers.
struct Vault {
  const TestDirectory& directory;
  FailingDisk disk;
  Keys keys;
  ipc::Service service;
  Answers answers;
  std::vector<std::uint64_t> violations;

  explicit Vault(const TestDirectory& where, const asks::VaultSettings& settings = settings_of())
      : directory{where}, keys{Keys::load_or_make(where.fd()).value()}, answers{service, keys, disk, where.fd()} {
    answers.configure(settings).value();
    answers.commit().value();
    service.on_violation([this](std::uint64_t connection, std::string_view what) {
      answers.violation(connection, what);
      violations.push_back(connection);
    });
  }
  static asks::VaultSettings settings_of() {
    asks::VaultSettings settings;
    settings.capability_key = crypt::ed25519_public(warden_seed);
    settings.ledger_origin = "test.example/ledger";
    return settings;
  }
  ipc::Channel introduce(std::uint64_t connection, asks::Role role) {
    auto [ours, theirs] = socket_pair().value();
    answers.introduce(asks::Introduce{connection, role}, std::move(theirs));
    return ipc::Channel{std::move(ours)};
  }
  ipc::Channel porter(std::uint64_t connection) { return introduce(connection, asks::Role::porter); }

  void during(const std::function<void()>& askers) {
    std::atomic<bool> finished = false;
    int quiet = 0;
    service.on_tick(1, [&] {
      if (finished && ++quiet > 3) service.stop();  // channels that ended are seen before
    });
    std::thread asking{[&] {
      askers();
      finished = true;
    }};
    service.run();
    asking.join();
  }
};

template <class Request>
Errc refused(ipc::Channel& channel, const Request& ask) {
  const auto reply = channel.ask(ask);
  REQUIRE_FALSE(reply.ok());
  return reply.error().kind();
}

}  // namespace bulkhead::vault
