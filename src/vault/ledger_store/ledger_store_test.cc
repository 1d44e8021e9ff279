#include "vault/ledger_store/ledger_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/cat.h"
#include "core/ledger/entry.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::ledger {
namespace {

namespace fs = std::filesystem;

const Bytes seed(32, 0x42);

VerifierKey key() {
  return VerifierKey::of("ledger.example/one", crypt::ed25519_public(seed)).value();
}

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/ledger_test_XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string log() const { return path + "/log/000000000.log"; }
};

class FailingDisk : public LogDisk {
 public:
  Result<void> write_at(int fd, ByteView data, std::uint64_t offset) override {
    if (!write_fails) return LogDisk::write_at(fd, data, offset);
    TRY(LogDisk::write_at(fd, data.first(data.size() / 2), offset));
    return fail(Errc::storage_full, "no space");
  }
  Result<void> sync(int fd) override { return sync_fails ? fail(Errc::io, "sync") : LogDisk::sync(fd); }
  Result<void> truncate(int fd, std::uint64_t size) override {
    return truncate_fails ? fail(Errc::io, "truncate") : LogDisk::truncate(fd, size);
  }
  bool write_fails = false;
  bool sync_fails = false;
  bool truncate_fails = false;
};
FailingDisk disk;  // healthy unless a test says otherwise

Result<LedgerStore> open_in(const std::string& path) {
  return LedgerStore::open(open_directory(AT_FDCWD, path.c_str()).value(), key(), disk);
}
void add(LedgerStore& store, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const Entry entry{1'000, Violation{"test", "", cat("entry ", store.size() + i)}};
    CHECK(store.append(encode_entry(entry).value()).value() == store.size() + i);
  }
  CHECK(store.commit().ok());
}

struct Verdict {
  int status;
  std::string output;
};
Verdict verify(const std::string& arguments) {
  std::FILE* pipe = ::popen(cat(BULKHEAD_VERIFY " ", arguments, " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Verdict out{};
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;) out.output.append(buffer, got);
  out.status = WEXITSTATUS(::pclose(pipe));
  return out;
}
Verdict verify(const Folder& folder) {
  return verify(cat(folder.path, " --key ", key().text()));
}

void flip(const std::string& path, std::uint64_t offset) {
  std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
  file.seekg(static_cast<std::streamoff>(offset));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 0x21));
}

TEST_CASE("entries come back after a restart, and the second reader agrees") {
  const Folder folder;
  Digest root{};
  {
    LedgerStore store = open_in(folder.path).value();
    CHECK(open_in(folder.path).error().kind() == Errc::conflict);
    CHECK(store.write_checkpoint(seed).ok());  // of no entries
    add(store, 5);
    CHECK(store.write_checkpoint(seed).ok());
    add(store, 700);
    CHECK(store.write_checkpoint(seed).ok());
    add(store, 3);
    root = store.root();
    CHECK_FALSE(store.write_checkpoint(Bytes(32, 1)).ok());
  }
  LedgerStore store = open_in(folder.path).value();
  CHECK(store.size() == 708);
  CHECK(store.root() == root);
  CHECK(store.checkpoint_size() == 705);
  std::uint64_t next = 0;
  CHECK(store
            .for_each([&](std::uint64_t index, std::optional<ByteView> body) -> Result<void> {
              CHECK(index == next++);
              CHECK(decode_entry(body.value()).value().time == 1'000);
              return {};
            })
            .ok());
  CHECK(next == 708);
  CHECK(fs::exists(folder.path + "/tile/0/001"));
  CHECK_FALSE(fs::exists(folder.path + "/tile/0/000.p"));
  CHECK(fs::exists(folder.path + "/tile/1/000.p/2"));
  const Verdict verdict = verify(folder);
  CAPTURE(verdict.output);
  CHECK(verdict.status == 0);
  CHECK(verdict.output.find("3 entries after the checkpoint") != std::string::npos);
  CHECK(store.write_checkpoint(seed).ok());
  CHECK(verify(folder).status == 0);
  flip(folder.path + "/tile/0/001", 32 * 9 + 3);
  CHECK(verify(folder).output.find("DAMAGED at entry 265:") != std::string::npos);
  flip(folder.path + "/tile/0/001", 32 * 9 + 3);
  fs::remove(folder.path + "/tile/entries/000");
  CHECK(verify(folder).output.find("DAMAGED at entry 0:") != std::string::npos);
}

TEST_CASE("a kill at any byte of the last batch leaves a prefix of whole entries") {
  const Folder folder;
  std::uint64_t before = 0;
  {
    LedgerStore store = open_in(folder.path).value();
    add(store, 4);
    CHECK(store.write_checkpoint(seed).ok());
    before = fs::file_size(folder.log());
    add(store, 3);
  }
  const std::uint64_t whole = fs::file_size(folder.log());
  fs::copy_file(folder.log(), folder.path + "/kept");
  for (std::uint64_t length = whole; length >= before; --length) {
    fs::copy_file(folder.path + "/kept", folder.log(), fs::copy_options::overwrite_existing);
    fs::resize_file(folder.log(), length);
    LedgerStore store = open_in(folder.path).value();
    CHECK(store.size() == 4 + (length - before) / ((whole - before) / 3));
    add(store, 1);
    if (length % 64 == 0) CHECK(verify(folder).status == 0);
  }
  // Below the checkpoint it is damage, and never cut.
  fs::resize_file(folder.log(), before - 1);
  CHECK(open_in(folder.path).error().message().starts_with("ledger entry 3:"));
  CHECK(fs::file_size(folder.log()) == before - 1);
  CHECK(verify(folder).output.find("DAMAGED at entry 3:") != std::string::npos);
  // A tail of zeros is what a power cut leaves; the same below a sector border is damage.
  fs::copy_file(folder.path + "/kept", folder.log(), fs::copy_options::overwrite_existing);
  fs::resize_file(folder.log(), before + 20);
  fs::resize_file(folder.log(), before + 5'000);
  CHECK(verify(folder).status == 0);
  CHECK(open_in(folder.path).value().size() == 4);
  CHECK(fs::file_size(folder.log()) == before);
}

TEST_CASE("a flipped byte anywhere in the log is named with its index, by both readers") {
  const Folder folder;
  std::vector<std::uint64_t> starts;
  {
    LedgerStore store = open_in(folder.path).value();
    for (int i = 0; i < 4; ++i) {
      add(store, 1);
      starts.push_back(fs::file_size(folder.log()));
    }
    CHECK(store.write_checkpoint(seed).ok());
    add(store, 1);
    starts.push_back(fs::file_size(folder.log()));
  }
  std::size_t index = 0;
  for (std::uint64_t offset = 0; offset < starts.back(); ++offset) {
    if (offset == starts[index]) ++index;
    flip(folder.log(), offset);
    const auto opened = open_in(folder.path);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().message().starts_with(cat("ledger entry ", index, ":")));
    if (offset % 5 == 0) {
      const Verdict verdict = verify(folder);
      CHECK(verdict.status == 1);
      CHECK(verdict.output.find(cat("DAMAGED at entry ", index, ":")) != std::string::npos);
    }
    flip(folder.log(), offset);
  }
  CHECK(open_in(folder.path).ok());
  flip(folder.path + "/checkpoint", 30);
  CHECK_FALSE(open_in(folder.path).ok());
  CHECK(verify(folder).status == 1);
}

TEST_CASE("an entry rewritten with a right CRC and commitment is caught by the tree") {
  const Folder folder;
  {
    LedgerStore store = open_in(folder.path).value();
    add(store, 3);
    CHECK(store.write_checkpoint(seed).ok());
  }
  Bytes forged;
  const std::string body = "forged";
  for (std::uint64_t i = 0; i < 3; ++i)
    append_record(forged, i, commitment_of({1}, as_bytes(body)), {1}, as_bytes(body));
  CHECK(replace_file(AT_FDCWD, folder.log().c_str(), forged, 0600).ok());
  CHECK(open_in(folder.path).error().kind() == Errc::corrupt);
  CHECK(verify(folder).output.find("DAMAGED at entry 0:") != std::string::npos);
}

TEST_CASE("a full disk drops the batch and nothing else; a failed sync stops the store") {
  const Folder folder;
  {
    LedgerStore store = open_in(folder.path).value();
    add(store, 2);
    const Digest root = store.root();
    CHECK(store.append(as_bytes("lost")).value() == 2);
    disk.write_fails = true;
    CHECK(store.commit().error().kind() == Errc::storage_full);
    CHECK(store.root() == root);
    disk.write_fails = false;
    add(store, 1);
    CHECK(store.size() == 3);
    CHECK(store.append(as_bytes("unknown")).ok());
    disk.sync_fails = true;
    CHECK_FALSE(store.commit().ok());
    disk.sync_fails = false;
    CHECK(store.append(as_bytes("refused")).error().kind() == Errc::io);
    CHECK(store.size() == 3);
  }
  LedgerStore store = open_in(folder.path).value();
  CHECK(store.size() == 4);  // it had reached the disk
  CHECK(store.append(as_bytes("lost")).ok());
  disk.write_fails = disk.truncate_fails = true;
  CHECK_FALSE(store.commit().ok());
  disk.write_fails = disk.truncate_fails = false;
  CHECK(store.append(as_bytes("refused")).error().kind() == Errc::io);
}

TEST_CASE("a real full file system") {
  const Folder folder;
  if (::mount("tmpfs", folder.path.c_str(), "tmpfs", 0, "size=256k") != 0) {
    MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  {
    LedgerStore store = open_in(folder.path).value();
    const Bytes body(4'000, 7);
    Result<void> outcome;
    for (int i = 0; i < 200 && outcome.ok(); ++i) {
      CHECK(store.append(body).ok());
      outcome = store.commit();
    }
    REQUIRE_FALSE(outcome.ok());
    CHECK(outcome.error().kind() == Errc::storage_full);
    const std::uint64_t size = store.size();
    CHECK_FALSE(store.write_checkpoint(seed).ok());
    CHECK(::mount("tmpfs", folder.path.c_str(), "tmpfs", MS_REMOUNT, "size=1m") == 0);
    add(store, 1);
    CHECK(store.size() == size + 1);
    CHECK(store.write_checkpoint(seed).ok());
    CHECK(verify(folder).status == 0);
  }
  CHECK(::umount(folder.path.c_str()) == 0);
}

TEST_CASE("erasing keeps the tree, and an interrupted erasing is finished at the next start") {
  const Folder folder;
  const std::array<std::uint64_t, 2> indexes{1, 3};
  Digest root{};
  {
    LedgerStore store = open_in(folder.path).value();
    add(store, 5);
    CHECK(store.write_checkpoint(seed).ok());
    root = store.root();
    CHECK_FALSE(store.erase(std::array<std::uint64_t, 1>{5}).ok());
    disk.write_fails = true;  // half of the first record is zeroed
    CHECK_FALSE(store.erase(indexes).ok());
    disk.write_fails = false;
  }
  CHECK(fs::exists(folder.path + "/log/erasing"));
  LedgerStore store = open_in(folder.path).value();
  CHECK_FALSE(fs::exists(folder.path + "/log/erasing"));
  CHECK(store.root() == root);
  std::string seen;
  CHECK(store
            .for_each([&](std::uint64_t, std::optional<ByteView> body) -> Result<void> {
              seen += body ? 'b' : 'e';
              return {};
            })
            .ok());
  CHECK(seen == "bebeb");
  const Bytes log = read_file(AT_FDCWD, folder.log().c_str(), 10'000).value();
  CHECK(as_text(log).find("entry 1") == std::string_view::npos);
  CHECK(as_text(log).find("entry 2") != std::string_view::npos);
  CHECK(verify(folder).output.find("erased: 2 entries") != std::string::npos);
}

TEST_CASE("a batch over the border of a segment, and a segment that is gone") {
  const Folder folder;
  {
    LedgerStore store = open_in(folder.path).value();
    for (std::uint64_t i = 0; i < segment_entries - 1; ++i) {
      if (store.append(as_bytes("x")).ok()) continue;
      CHECK(store.commit().ok());
      CHECK(store.append(as_bytes("x")).ok());
    }
    CHECK(store.commit().ok());
    add(store, 4);
    CHECK(store.write_checkpoint(seed).ok());
    CHECK(store.size() == segment_entries + 3);
  }
  CHECK(verify(folder).status == 0);
  CHECK(open_in(folder.path).value().size() == segment_entries + 3);
  fs::rename(folder.log(), folder.path + "/kept");
  CHECK(open_in(folder.path).error().message().starts_with("ledger entry 0:"));
  CHECK(verify(folder).output.find("DAMAGED at entry 0:") != std::string::npos);
  fs::rename(folder.path + "/kept", folder.log());
  fs::remove(folder.path + "/log/000000001.log");
  CHECK(open_in(folder.path).error().message().starts_with("ledger entry 65536:"));
  CHECK(verify(folder).output.find("DAMAGED at entry 65536:") != std::string::npos);
}

TEST_CASE("the disclosure report says who got which bytes") {
  const Folder folder;
  const Who alice{"7", "alice", "acme", {1}, "ssh #1", "sftp"};
  const Who bob{"8", "bob\x1b[2J", "acme", {2}, "https #2", "https"};
  {
    LedgerStore store = open_in(folder.path).value();
    const auto put = [&](UnixMs time, Event event) {
      CHECK(store.append(encode_entry({time, std::move(event)}).value()).ok());
    };
    put(1'000, Released{alice, 9, "/in", "a.csv", Digest{4}, 1'000, Purpose::download, {}});
    put(2'000, Released{bob, 10, "/", "b", Digest{5}, 50, Purpose::digest, {}});
    put(3'000, Sent{0, {{0, 10}, {5, 10}, {500, 500}}, Outcome::cut});
    put(4'000, Sent{0, {{15, 5}}, Outcome::complete});
    put(5'000, Sent{1, {}, Outcome::failed});  // nobody knows what went out: still section 2
    CHECK(store.commit().ok());
    CHECK(store.write_checkpoint(seed).ok());
  }
  const std::string report = cat(folder.path, " --report --key ", key().text());
  const Verdict all = verify(report);
  CAPTURE(all.output);
  CHECK(all.status == 0);
  CHECK(all.output.find("\"/in/a.csv\"") != std::string::npos);
  CHECK(all.output.find("520 bytes, complete [0,20) [500,1000)") != std::string::npos);
  CHECK(all.output.find('\x1b') == std::string::npos);
  CHECK(all.output.find("\"bob\\u001b[2J\"") > all.output.find("2. Released"));
  const Verdict json = verify(report + " --json --file 9");
  CHECK(json.output.find(
            "\"bytes_sent\":520,\"ranges\":[{\"offset\":0,\"length\":20},{\"offset\":500,\"length\":500}]") !=
        std::string::npos);
  CHECK(json.output.find("\"released_bytes_unknown\":[]") != std::string::npos);
  CHECK(verify(report + " --principal 8").output.find("alice") == std::string::npos);
  CHECK(verify(report + " --from 1970-01-01T00:00:02 --json").output.find("\"released_bytes_known\":[]") !=
        std::string::npos);
  CHECK(verify(report + " --to 1970-01-01T00:00:02 --json").output.find("\"released_bytes_unknown\":[]") !=
        std::string::npos);
  CHECK(verify(folder.path).output.find("the key came from the same place") != std::string::npos);
  CHECK(verify(folder.path + " --key PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").status == 1);
  CHECK(verify("").status == 2);
  CHECK(verify(folder.path + " --json").status == 2);
  CHECK(verify("--help").status == 0);
}

}  // namespace
}  // namespace bulkhead::ledger
