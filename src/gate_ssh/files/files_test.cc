#include <doctest/doctest.h>
#include <poll.h>

#include "gate_ssh/files/doubles.h"
#include "gate_ssh/files/read_file.h"
#include "gate_ssh/files/write_file.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr std::uint32_t kib = 1024;

template <class Done>
void wait_until(doubles::Siblings& siblings, Done&& done) {
  for (int i = 0; i < 5'000 && !done(); ++i) {
    siblings.porter->on_readable();
    if (done()) return;
    pollfd state{siblings.porter->fd(), POLLIN, 0};
    ::poll(&state, 1, 10);
  }
  REQUIRE(done());
}

std::unique_ptr<ReadFile> open(doubles::Siblings& siblings, const std::string& path) {
  const Entry entry = *siblings.catalog->look_up(*RemotePath::parse(path));
  std::unique_ptr<ReadFile> file;
  ReadFile::open(*siblings.porter, &siblings, entry.file, entry.version,
                 [&](auto opened) { file = std::move(opened).value(); });
  wait_until(siblings, [&] { return file != nullptr; });
  return file;
}

Bytes read(doubles::Siblings& siblings, ReadFile& file, std::uint64_t offset, std::uint32_t size) {
  std::optional<Range> range;
  wait_until(siblings, [&] { return range || (range = file.start(offset, size)); });
  wait_until(siblings, [&] { return file.ready(*range); });
  Bytes bytes;
  const Pieces pieces = file.pieces(*range);
  for (const ByteView piece : pieces.all()) bytes.insert(bytes.end(), piece.begin(), piece.end());
  file.done(*range);
  return bytes;
}

std::uint64_t bytes_read(doubles::Siblings& siblings) {
  siblings.porter->settle(5'000);
  const std::lock_guard lock{siblings.store.mutex};
  return siblings.store.bytes_read;
}

TEST_CASE("random small reads cost what they ask for; a sequence is read ahead, and nothing twice") {
  doubles::Siblings siblings;
  const Bytes content(16 * 1024 * kib, 7);
  siblings.put("/home/f", content);
  std::unique_ptr<ReadFile> file = open(siblings, "/home/f");
  for (std::uint32_t i = 1; i <= 20; ++i)
    CHECK(read(siblings, *file, i * 700'000 % content.size(), 4'096).size() == 4'096);
  CHECK(bytes_read(siblings) == 20 * 4'096);
  file.reset();

  file = open(siblings, "/home/f");
  const std::uint64_t before = bytes_read(siblings);
  for (std::uint32_t i = 0; i < 16; ++i) read(siblings, *file, i * 32 * kib, 32 * kib);
  const std::uint64_t ahead = bytes_read(siblings) - before;
  CHECK(ahead > 512 * kib);       // more than was read
  CHECK(ahead <= 3 * 512 * kib);  // but not far
  for (std::uint32_t i = 16; i < 512; ++i) read(siblings, *file, i * 32 * kib, 32 * kib);
  CHECK(bytes_read(siblings) - before == content.size());
  file.reset();
  siblings.porter->settle(5'000);
  CHECK(siblings.porter->free_slots() == asks::ring_slots);
}

TEST_CASE("what is read ahead gives way when others need slots") {
  doubles::Siblings siblings;
  siblings.put("/home/f", Bytes(16 * 1024 * kib, 7));
  std::unique_ptr<ReadFile> file = open(siblings, "/home/f");
  for (std::uint32_t i = 0; i < 40; ++i) read(siblings, *file, i * 255 * kib, 255 * kib);
  siblings.porter->settle(5'000);
  CHECK(siblings.porter->free_slots() < 8);
  std::vector<std::uint32_t> slots;
  while (const auto slot = siblings.porter->take_slot()) slots.push_back(*slot);
  CHECK(slots.size() == asks::ring_slots);
  for (const std::uint32_t slot : slots) siblings.porter->give_back(slot);
}

TEST_CASE("small writes that follow each other are one block") {
  doubles::Siblings siblings;
  std::unique_ptr<WriteFile> file;
  const asks::OpenWrite ask{2, "f", {}, "test", 0, asks::WriteMode::replace, true};
  WriteFile::open(*siblings.porter, &siblings, ask, [&](auto opened) { file = std::move(opened).value(); });
  wait_until(siblings, [&] { return file != nullptr; });
  const std::uint64_t before = siblings.store.asks_to_porter;
  for (std::uint32_t i = 0; i < 100; ++i) CHECK(file->write(i * 1'000, Bytes(1'000, 1)) == 1'000);
  std::optional<bool> finished;
  file->finish(&siblings, 5'000, [&](const Result<asks::FileRow>& row) { finished = row.ok(); });
  file.reset();
  wait_until(siblings, [&] { return finished.has_value(); });
  CHECK(*finished);
  CHECK(siblings.store.asks_to_porter - before == 2);
  CHECK(siblings.get("/home/f") == Bytes(100'000, 1));
  CHECK(siblings.store.files.at("/home/f").modified_ms == 5'000);
}

TEST_CASE("a file that is dropped is gone, one that is left is a draft, one that nobody waits for is closed") {
  doubles::Siblings siblings;
  const auto open_write = [&](const std::string& name, const void* owner, std::unique_ptr<WriteFile>* file) {
    const asks::OpenWrite ask{2, name, {}, "test", 0, asks::WriteMode::replace, true};
    WriteFile::open(*siblings.porter, owner, ask, [file](auto opened) { *file = std::move(opened).value(); });
  };
  std::unique_ptr<WriteFile> dropped, left, orphan;
  open_write("dropped", &dropped, &dropped);
  open_write("left", &left, &left);
  open_write("orphan", &orphan, &orphan);
  siblings.porter->forget(&orphan);
  wait_until(siblings, [&] { return dropped && left && siblings.porter->pending() <= 1; });
  CHECK_FALSE(orphan);
  dropped->write(0, Bytes(10));
  left->write(0, Bytes(10));
  dropped->drop();
  dropped.reset();
  left.reset();
  siblings.porter->settle(5'000);
  CHECK(siblings.porter->free_slots() == asks::ring_slots);
  CHECK_FALSE(siblings.store.drafts.contains("/home/dropped"));
  CHECK(siblings.store.drafts.at("/home/left").size() == 10);
  CHECK(siblings.store.drafts.contains("/home/orphan"));
}

TEST_CASE("a porter that is gone, or answers out of turn, ends every ask with io") {
  auto [gate, other] = *socket_pair();
  REQUIRE(::fcntl(gate.get(), F_SETFL, O_NONBLOCK) == 0);
  ipc::Channel channel{std::move(gate), asks::data_asks};
  ipc::Channel peer{std::move(other)};
  Bytes ring(asks::ring_size);
  Porter porter{channel, ring, {1}};
  std::vector<Errc> errors;
  const auto note = [&](const Result<asks::OpenRead::Reply>& reply) { errors.push_back(reply.error().kind()); };
  porter.ask<asks::OpenRead>(&errors, {1, 1}, note);
  SUBCASE("gone") {
    peer.socket().reset();
  }
  SUBCASE("a wrong serial") {
    REQUIRE(peer.send({asks::Adopt::number, ipc::Kind::answer, 77, {}, {}}).ok());
  }
  SUBCASE("an answer to what was not asked") {
    REQUIRE(peer.send({asks::Close::number, ipc::Kind::answer, 1, {}, {}}).ok());
  }
  SUBCASE("a notice") {
    REQUIRE(peer.send({asks::Adopt::number, ipc::Kind::notice, 1, {}, {}}).ok());
  }
  CHECK_FALSE(porter.on_readable());
  CHECK(errors == std::vector{Errc::io});
  porter.ask<asks::OpenRead>(&errors, {1, 1}, note);
  CHECK(errors.size() == 2);
}

TEST_CASE("a capability that is refused refuses what was asked with it, and is tried again") {
  auto [gate, other] = *socket_pair();
  REQUIRE(::fcntl(gate.get(), F_SETFL, O_NONBLOCK) == 0);
  ipc::Channel channel{std::move(gate), asks::data_asks};
  ipc::Channel peer{std::move(other)};
  Bytes ring(asks::ring_size);
  Porter porter{channel, ring, {1}};
  std::optional<Errc> error;
  const auto note = [&](const Result<asks::OpenRead::Reply>& reply) { error = reply.error().kind(); };
  for (int round = 0; round < 2; ++round) {
    error.reset();
    porter.ask<asks::OpenRead>(&error, {1, 1}, note);
    const ipc::Frame adopt = std::move(**peer.receive());
    CHECK(adopt.number == asks::Adopt::number);
    const Bytes refusal = ipc::print_refusal(fail(Errc::expired, "too old"));
    REQUIRE(peer.send({adopt.number, ipc::Kind::refusal, adopt.serial, refusal, {}}).ok());
    CHECK(porter.on_readable());
    CHECK(error == Errc::expired);
    CHECK(porter.pending() == 0);
  }
}

TEST_CASE("paths become entries, and errors keep their kind") {
  doubles::Siblings siblings;
  Catalog& catalog = *siblings.catalog;
  siblings.put("/home/f", Bytes(5));
  CHECK(catalog.home().print() == "/home");
  CHECK(catalog.resolve("f")->print() == "/home/f");
  CHECK(catalog.look_up(*catalog.resolve("f"))->size == 5);
  CHECK(catalog.look_up(*catalog.resolve("g")).error().kind() == Errc::not_found);
  CHECK(catalog.look_up_folder(*catalog.resolve("f")).error().kind() == Errc::conflict);
  CHECK(catalog.make_folder(*catalog.resolve("/")).error().kind() == Errc::conflict);
  CHECK(catalog.make_folder(*catalog.resolve("sub")).ok());
  CHECK(catalog.look_up_folder(*catalog.resolve("sub")).ok());
  CHECK(catalog.resolve("a\nb").error().kind() == Errc::invalid);
  ListCursor cursor = catalog.list(2);
  std::string names;
  for (;;) {
    const asks::EntryRow* row = *cursor.next();
    if (row == nullptr) break;
    names += row->name + " ";
  }
  CHECK(names == "sub f ");
}

}  // namespace
}  // namespace bulkhead::gate_ssh
