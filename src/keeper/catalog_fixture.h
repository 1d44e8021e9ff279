#pragma once
// For tests: keeper's loop in a thread on a catalog in a temporary directory; the thread of the test plays gates and
// porters, with capabilities signed by a key of its own.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "base/cat.h"
#include "base/encode.h"
#include "core/seal/format.h"
#include "core/seal/key.h"
#include "crypt/hash.h"
#include "keeper/answers.h"
#include "keeper/schema.h"

namespace bulkhead::keeper {

inline const Bytes warden_seed(crypt::ed25519_seed_size, 9);
inline constexpr std::uint32_t company = 1000;

inline std::string new_directory() {
  std::string path = "/tmp/keeper-test-XXXXXX";
  ENSURE(::mkdtemp(path.data()) != nullptr);
  return path;
}

inline Bytes capability_for(std::string_view name, capability::Role role, std::uint64_t connection,
                            std::uint32_t tenant = company, UnixMs life_ms = 600'000,
                            capability::Scopes scopes = capability::Scopes::all()) {
  capability::Capability made;
  made.principal.fill('0');
  const std::string id = to_hex(crypt::sha256(as_bytes(cat(name, tenant))));
  std::copy_n(id.begin(), made.principal.size(), made.principal.begin());
  made.tenant = tenant;
  made.username = name;
  made.role = role;
  made.connection = connection;
  made.issued = unix_now_ms();
  made.scopes = scopes;
  made.expires = made.issued + life_ms;
  return capability::sign(warden_seed, made);
}

inline asks::KeeperSettings settings(std::uint64_t reserve = 0) {
  return {.capability_key = crypt::ed25519_public(warden_seed), .disk_reserve_bytes = reserve};
}

// The test's end of a pair of channels: what a gate and its porter have.
struct Client {
  std::uint64_t connection = 0;
  ipc::Channel gate;
  ipc::Channel porter;

  Result<ipc::Nothing> adopt(const Bytes& capability) {
    TRY(gate.ask(asks::Adopt{capability}));
    return porter.ask(asks::Adopt{capability});
  }
  std::uint32_t home() { return gate.ask(asks::Home{}).value().home_folder; }
  Result<std::uint64_t> draft(std::uint32_t folder, const std::string& name) {
    const auto made = TRY(porter.ask(create_ask(folder, name)));
    return made.draft;
  }
  static asks::CreateDraft create_ask(std::uint32_t folder, const std::string& name,
                                      asks::DraftMode mode = asks::DraftMode::create, bool resumable = false) {
    asks::CreateDraft ask;
    ask.folder = folder;
    ask.name = name;
    ask.mode = mode;
    ask.resumable = resumable;
    return ask;
  }
  static asks::Commit commit_of(std::uint64_t draft, std::uint64_t size, bool small) {
    asks::Commit commit;
    commit.draft = draft;
    commit.size = size;
    commit.wrapped_key = Bytes(seal::wrapped_key_size, 1);
    if (small) commit.small = Bytes(seal::sealed_size(size), 7);
    return commit;
  }
  Result<asks::FileRow> upload(std::uint32_t folder, const std::string& name, std::uint64_t size = 100) {
    const std::uint64_t made = TRY(draft(folder, name));
    if (size <= seal::chunk_size) return porter.ask(commit_of(made, size, true));
    std::vector<Fd> blob;
    TRY(porter.ask(asks::DraftBlob{made, Bytes(seal::wrapped_key_size, 1)}, &blob, 1));
    TRY(write_all_at(blob[0].get(), Bytes(seal::sealed_size(size), 7), 0));
    return porter.ask(commit_of(made, size, false));
  }
};

inline std::size_t blob_count(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory + "/blobs")) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}
// What is removed goes after its turn, so it may take a moment.
inline bool blobs_become(const std::string& directory, std::size_t count) {
  for (int i = 0; i < 1'000 && blob_count(directory) != count; ++i) ::usleep(5'000);
  return blob_count(directory) == count;
}

struct Running {
  std::string directory;
  Store store;
  Answers answers;
  ipc::Service service;
  std::atomic<bool> finished = false;
  std::atomic<bool> requested = false;
  std::function<void()> request;
  std::atomic<UnixMs> clock_ahead = 0;
  std::uint64_t connections = 0;
  std::thread loop;

  explicit Running(const std::string& path = new_directory(), std::uint64_t reserve = 0)
      : directory{path},
        store{open_catalog((path + "/catalog.db").c_str()).value(), Blobs::open((path + "/blobs").c_str()).value()},
        answers{store, [this] { return unix_now_ms() + clock_ahead; }} {
    answers.set(settings(reserve));
    answers.start(1'000).value();
    service.on_commit([this] { return answers.commit(); });
    service.on_tick(1, [this] {
      answers.tick();
      if (requested) {
        request();
        requested = false;
      }
      if (finished) service.stop();
    });
    loop = std::thread{[this] { service.run(); }};
  }
  ~Running() {
    finished = true;
    loop.join();
    std::filesystem::remove_all(directory);
  }
  void in_loop(std::function<void()> what) {
    request = std::move(what);
    requested = true;
    while (requested) std::this_thread::yield();
  }
  Client connect() {
    auto [gate, keeper_gate] = socket_pair().value();
    auto [porter, keeper_porter] = socket_pair().value();
    const std::uint64_t number = ++connections;
    in_loop([&, this] {
      answers.serve(service, std::move(keeper_gate), number, asks::Role::gate);
      answers.serve(service, std::move(keeper_porter), number, asks::Role::porter);
      answers.set_address({number, "192.0.2.7"});
    });
    return {number, ipc::Channel{std::move(gate)}, ipc::Channel{std::move(porter)}};
  }
  ipc::Channel chronicle() {
    auto [mine, theirs] = socket_pair().value();
    in_loop([&, this] { answers.serve(service, std::move(theirs), 0, asks::Role::chronicle); });
    return ipc::Channel{std::move(mine)};
  }
  Client sign_on(std::string_view name, capability::Role role = capability::Role::user,
                 std::uint32_t tenant = company) {
    Client client = connect();
    client.adopt(capability_for(name, role, client.connection, tenant)).value();
    return client;
  }
};

template <class T>
Errc kind_of(const Result<T>& result) {
  REQUIRE(!result.ok());
  return result.error().kind();
}

}  // namespace bulkhead::keeper
