// The executable itself, with its sandbox on: kill -9 in the middle of uploads, and a full disk.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "ipc/descriptors.h"
#include "keeper/catalog_fixture.h"
#include "sandbox/sandbox.h"

namespace bulkhead::keeper {
namespace {

struct Process {
  pid_t pid = -1;
  ipc::Channel control{Fd{}};
  Fd vault;  // nobody answers there

  explicit Process(const std::string& directory, std::uint64_t reserve = 0) {
    auto [ours, theirs] = socket_pair().value();
    auto [at_vault, to_vault] = socket_pair().value();
    vault = std::move(at_vault);
    const Fd root = open_directory(AT_FDCWD, directory.c_str()).value();
    pid = ::fork();
    if (pid == 0) {
      const int control_copy = ::fcntl(theirs.get(), F_DUPFD, 10);
      const int root_copy = ::fcntl(root.get(), F_DUPFD, 10);
      const int vault_copy = ::fcntl(to_vault.get(), F_DUPFD, 10);
      ::dup2(control_copy, descriptors::control);
      ::dup2(root_copy, descriptors::root);
      ::dup2(vault_copy, descriptors::keeper::vault);
      ::close_range(descriptors::keeper::end, ~0U, 0);
      ::execl(BULKHEAD_KEEPER, "bulkhead-keeper", "0", "64", nullptr);
      ::_exit(127);
    }
    control = ipc::Channel{std::move(ours)};
    const ipc::Frame frame = *control.receive().value();
    REQUIRE(frame.number == asks::Ready::number);
#ifndef BULKHEAD_SANDBOX_OFF
    const asks::Ready ready = ipc::decode<asks::Ready>(frame.body).value();
    CHECK((ready.layers & sandbox::system_calls) != 0);
#endif
    control.notify(settings(reserve)).value();
  }
  ~Process() { end(SIGKILL); }
  // The wait status, or -1 when it had ended before.
  int end(int signal) {
    if (pid < 0) return -1;
    if (signal != 0) ::kill(pid, signal);
    int status = -1;
    ::waitpid(pid, &status, 0);
    pid = -1;
    return status;
  }
  Client sign_on(std::string_view name, std::uint64_t connection) {
    const auto channel = [&](asks::Role role) {
      auto [ours, theirs] = socket_pair().value();
      const int number = theirs.get();
      control.notify(asks::Introduce{connection, role}, std::span{&number, 1}).value();
      return ipc::Channel{std::move(ours)};
    };
    Client client{connection, channel(asks::Role::gate), channel(asks::Role::porter)};
    client.adopt(capability_for(name, capability::Role::user, connection)).value();
    return client;
  }
};

TEST_CASE("killed in the middle of uploads: no published file is lost, no blob is left over") {
  const std::string directory = new_directory();
  std::vector<asks::FileRow> published;
  for (std::uint64_t round = 1; round <= 5; ++round) {
    Process keeper{directory};
    Client ann = keeper.sign_on("ann", round);
    const std::uint32_t home = ann.home();
    CHECK(blob_count(directory) == published.size() / 2);  // what the last round left is gone
    for (const asks::FileRow& file : published) {
      std::vector<Fd> blob;
      const auto lease =
          ann.porter.ask(asks::LeaseRead{file.id, file.version}, &blob, file.size > seal::chunk_size ? 1 : 0);
      REQUIRE(lease.ok());
      CHECK(lease->row.name == file.name);
    }
    published.push_back(ann.upload(home, cat("large", round), 100'000).value());
    published.push_back(ann.upload(home, cat("small", round), 100).value());
    const std::uint64_t draft = ann.draft(home, cat("never", round)).value();
    std::vector<Fd> blob;
    ann.porter.ask(asks::DraftBlob{draft, Bytes(seal::wrapped_key_size, 1)}, &blob, 1).value();
    CHECK(blob_count(directory) == published.size() / 2 + 1);
    std::thread killer{[&] {
      ::usleep(static_cast<useconds_t>(round * 700));
      ::kill(keeper.pid, SIGKILL);
    }};
    for (int i = 0; i < 200; ++i) {
      Result<asks::FileRow> large = ann.upload(home, cat("racing large", round, '.', i), 100'000);
      if (!large.ok()) break;
      Result<asks::FileRow> small = ann.upload(home, cat("racing small", round, '.', i), 1);
      // A commit may be durable although its answer was lost: then it is taken back here, and counted by the next
      // round.
      if (!small.ok()) break;
      published.push_back(std::move(*large));
      published.push_back(std::move(*small));
    }
    killer.join();
    keeper.end(0);

    Process after{directory};
    Client again = after.sign_on("ann", 100 + round);
    asks::ListFiles all;
    all.slice.limit = 1'000;
    std::uint64_t large_files = 0;
    std::vector<std::uint64_t> unacknowledged;
    for (std::uint64_t seen = 0, total = 1; seen < total;) {
      all.slice.offset = static_cast<std::uint32_t>(seen);
      const auto page = again.gate.ask(all).value();
      total = page.total;
      seen += page.rows.size();
      REQUIRE(!page.rows.empty());
      for (const asks::FileRow& row : page.rows) {
        if (row.size > seal::chunk_size) ++large_files;
        if (std::ranges::none_of(published, [&](const auto& file) { return file.id == row.id; })) {
          unacknowledged.push_back(row.id);
        }
      }
    }
    CHECK(blob_count(directory) == large_files);
    CHECK(unacknowledged.size() <= 2);
    for (const std::uint64_t id : unacknowledged) again.gate.ask(asks::DeleteFile{id}).value();
    after.control.notify(asks::Stop{}).value();
    CHECK(after.end(0) == 0);
  }
  std::filesystem::remove_all(directory);
}

TEST_CASE("a full disk refuses changes, and reads go on" * doctest::skip(::geteuid() != 0)) {
  const std::string directory = new_directory();
  if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=3m") != 0) {
    MESSAGE("no tmpfs may be mounted here");
    return;
  }
  {
    Process keeper{directory};
    Client ann = keeper.sign_on("ann", 1);
    const std::uint32_t home = ann.home();
    const asks::FileRow first = ann.upload(home, "first").value();
    std::uint64_t kept = 1;
    Errc refused{};
    for (int i = 0; i < 200 && refused == Errc{}; ++i) {
      const Result<asks::FileRow> row = ann.upload(home, cat("file", i), 60'000);
      if (row.ok())
        ++kept;
      else
        refused = row.error().kind();
    }
    CHECK(refused == Errc::storage_full);
    CHECK(ann.gate.ask(asks::GetFile{first.id}).ok());
    CHECK(ann.porter.ask(asks::LeaseRead{first.id, first.version}).ok());  // counted later
    CHECK(ann.gate.ask(asks::GetFolder{home}).value().file_count == kept);
    CHECK(kind_of(ann.upload(home, "another", 60'000)) == Errc::storage_full);
  }
  {
    Process keeper{directory, 1ULL << 40U};
    Client ann = keeper.sign_on("ann", 2);
    CHECK(kind_of(ann.draft(ann.home(), "below the reserve")) == Errc::storage_full);
  }
  ::umount(directory.c_str());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace bulkhead::keeper
