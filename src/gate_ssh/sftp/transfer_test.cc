// Content through the server: whatever the pipelining, the windows and the other files, the bytes are those of an
// array.
#include "gate_ssh/sftp/stage.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr std::size_t mib = 1024 * 1024;

TEST_CASE("a file that is put is there with CLOSE, and comes back") {
  Stage stage;
  const Bytes content = pattern(700'001, 1);
  const Bytes handle = stage.open("new.bin", flags_put).handle();
  for (std::size_t at = 0; at < content.size(); at += 32'768) {
    CHECK(stage.write(handle, at, ByteView{content}.subspan(at, std::min<std::size_t>(32'768, content.size() - at)))
              .ok());
  }
  CHECK_FALSE(stage.siblings.get("/home/new.bin"));
  CHECK(stage.on_handle(sftp::Type::fstat, handle).size() == content.size());
  CHECK(stage.on_path(sftp::Type::stat, "new.bin").size() == content.size());
  CHECK(stage.close(handle).ok());
  CHECK(stage.siblings.get("/home/new.bin") == content);

  const Bytes reading = stage.open("/home/new.bin", flag_read).handle();
  CHECK(stage.read(reading, 0, 261'120).data() == to_bytes(ByteView{content}.first(261'120)));
  CHECK(stage.read(reading, 0, UINT32_MAX).data().size() == sftp::data_size_max);
  CHECK(stage.read(reading, content.size() - 5, 100).data().size() == 5);
  CHECK(stage.read(reading, content.size(), 100).status() == 1);
  CHECK(stage.read(reading, UINT64_MAX, 100).status() == 1);
  CHECK(stage.read(reading, 7, 0).data().empty());
  CHECK(stage.write(reading, 0, ByteView{content}.first(1'000)).status() == 3);
  CHECK(stage.close(reading).ok());
}

TEST_CASE("an empty file is a file") {
  Stage stage;
  CHECK(stage.close(stage.open("marker", flags_put).handle()).ok());
  CHECK(stage.siblings.get("/home/marker") == Bytes{});
  const Bytes handle = stage.open("marker", flag_read).handle();
  CHECK(stage.read(handle, 0, 10).status() == 1);
}

// A reader of one file: random or sequential requests, many ahead; the answers are compared with the array.
struct RandomReader {
  Bytes handle;
  const Bytes* content;
  std::uint64_t next = 0;
};

void read_at_random(std::uint32_t seed) {
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto pick = [&](std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>{low, high}(random);
  };
  Stage stage;
  stage.siblings.porter_double.slow_us = seed % 3 == 0 ? 200 : 0;
  stage.piece_size = pick(1, 4) == 1 ? 7 : 40'000;
  std::vector<Bytes> contents;
  std::vector<RandomReader> readers;
  const std::size_t files = pick(1, 6);
  for (std::size_t i = 0; i < files; ++i)
    contents.push_back(pattern(pick(1, 3 * mib), seed + static_cast<std::uint32_t>(i)));
  for (std::size_t i = 0; i < files; ++i) {
    stage.siblings.put("/home/f" + std::to_string(i), contents[i]);
    readers.push_back({stage.open("f" + std::to_string(i), flag_read).handle(), &contents[i]});
  }
  struct Expected {
    const Bytes* content;
    std::uint64_t offset;
    std::uint32_t size;
  };
  std::vector<Expected> expected;
  for (std::uint32_t id = 0; id < 300; ++id) {
    RandomReader& reader = readers[pick(0, files - 1)];
    const std::uint64_t end = reader.content->size();
    const bool sequential = seed % 2 == 0 || pick(0, 3) == 0;
    const std::uint64_t offset = sequential ? reader.next % end : pick(0, end - 1);
    const auto size = static_cast<std::uint32_t>(pick(0, 1) == 0 ? pick(1, 5'000) : pick(1, 261'120));
    reader.next = offset + size;
    expected.push_back(
        {reader.content, offset, static_cast<std::uint32_t>(std::min<std::uint64_t>(size, end - offset))});
    stage.post_read(id, reader.handle, offset, size);
  }
  stage.wire.window = 10;
  stage.refill = [&] { stage.wire.window += pick(1, 400'000); };
  for (std::uint32_t id = 0; id < expected.size(); ++id) {
    if (pick(0, 20) == 0 && stage.wire.window < 300'000) stage.refill();
    const Reply reply = stage.next();
    REQUIRE(reply.id == id);
    const Expected& want = expected[id];
    REQUIRE(reply.data() == to_bytes(ByteView{*want.content}.subspan(want.offset, want.size)));
  }
  stage.wire.window = SIZE_MAX;
  for (const RandomReader& reader : readers) CHECK(stage.close(reader.handle).ok());
  stage.settle();
  CHECK(stage.siblings.porter->free_slots() == asks::ring_slots);
}

TEST_CASE("reads, random and in sequence, of several files, through windows of any size") {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) read_at_random(seed);
}

void write_at_random(std::uint32_t seed) {
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto pick = [&](std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>{low, high}(random);
  };
  Stage stage;
  stage.siblings.porter_double.slow_us = seed % 3 == 0 ? 100 : 0;
  stage.piece_size = pick(1, 60'000);
  const std::size_t files = pick(1, 30);
  std::vector<Bytes> contents(files);
  std::vector<Bytes> handles;
  std::vector<std::uint64_t> next(files);
  for (std::size_t i = 0; i < files; ++i)
    handles.push_back(stage.open("w" + std::to_string(i), flags_put | flag_read).handle());
  std::uint32_t count = 0;
  std::size_t total = 0;
  while (total < 6 * mib) {
    const std::size_t i = pick(0, files - 1);
    const std::uint64_t offset = pick(0, 4) == 0 ? pick(0, 500'000) : next[i];
    const Bytes data = pattern(pick(0, 2) == 0 ? pick(0, 255 * 1024) : pick(0, 3'000), count);
    next[i] = offset + data.size();
    total += data.size() + 1'000;
    if (contents[i].size() < next[i] && !data.empty()) contents[i].resize(next[i]);
    copy_to(MutableByteView{contents[i]}.subspan(data.empty() ? 0 : offset), data);
    stage.post_write(count++, handles[i], offset, data);
  }
  for (std::uint32_t id = 0; id < count; ++id) {
    const Reply reply = stage.next();
    REQUIRE(reply.id == id);
    REQUIRE(reply.ok());
  }
  for (std::size_t i = 0; i < files; ++i) {
    CHECK(stage.close(handles[i]).ok());
    CHECK(stage.siblings.get("/home/w" + std::to_string(i)) == contents[i]);
  }
  CHECK(stage.siblings.porter->free_slots() == asks::ring_slots);
}

TEST_CASE("writes, out of order and overlapping, of more files than there are slots") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) write_at_random(seed);
}

TEST_CASE("readers and writers share the slots: nobody waits for ever") {
  Stage stage;
  const Bytes content = pattern(8 * mib, 5);
  stage.siblings.put("/home/big", content);
  std::vector<Bytes> writers;
  std::vector<Bytes> readers;
  for (int i = 0; i < 20; ++i) {
    writers.push_back(stage.open("w" + std::to_string(i), flags_put).handle());
    readers.push_back(stage.open("big", flag_read).handle());
  }
  // A byte into each writer, so that each gathers in a slot; then reads far ahead of what fits.
  std::uint32_t id = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < writers.size(); ++i) {
      stage.post_write(id++, writers[i], static_cast<std::uint64_t>(round), pattern(1, 1));
      stage.post_read(id++, readers[i], (i * 3 + static_cast<std::size_t>(round)) * 100'000, 261'120);
    }
  }
  stage.wire.window = 0;
  stage.refill = [&] { stage.wire.window += 100'000; };
  for (std::uint32_t i = 0; i < id; ++i) {
    const Reply reply = stage.next();
    REQUIRE(reply.id == i);
    CHECK((reply.ok() || reply.data().size() == 261'120));
  }
}

TEST_CASE("64 reads of 255 KiB ahead: answered in order, with few sends") {
  Stage stage;
  const Bytes content = pattern(64 * 261'120, 9);
  stage.siblings.put("/home/big", content);
  const Bytes handle = stage.open("big", flag_read).handle();
  for (std::uint32_t i = 0; i < 64; ++i) stage.post_read(i, handle, std::uint64_t{i} * 261'120, 261'120);
  for (std::uint32_t i = 0; i < 64; ++i) {
    REQUIRE(stage.next().data() == to_bytes(ByteView{content}.subspan(std::size_t{i} * 261'120, 261'120)));
  }
  CHECK(stage.close(handle).ok());
  stage.settle();
  const std::lock_guard lock{stage.siblings.store.mutex};
  CHECK(stage.siblings.store.bytes_read == content.size());  // nothing twice
}

TEST_CASE("what goes wrong while reading is a status, and the session goes on") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(1000, 1));
  stage.siblings.porter_double.reads_fail = true;
  const Bytes handle = stage.open("f", flag_read).handle();
  const Reply reply = stage.read(handle, 0, 100);
  CHECK(reply.status() == 4);
  CHECK(reply.message() == "the stored file is damaged");
  CHECK(stage.read(handle, 0, 100).status() == 4);
  CHECK(stage.close(handle).ok());
  stage.siblings.porter_double.reads_fail = false;
  CHECK(stage.read(stage.open("f", flag_read).handle(), 0, 100).data().size() == 100);
}

TEST_CASE("what goes wrong while writing is told at the latest with CLOSE, and nothing is published") {
  Stage stage;
  const Bytes handle = stage.open("f", flags_put).handle();
  stage.siblings.porter_double.writes_fail = true;
  CHECK(stage.write(handle, 0, pattern(10, 1)).ok());  // taken, not stored
  const Reply closed = stage.close(handle);
  CHECK(closed.status() == 4);
  CHECK(closed.message() == "the server has no space left; try again later, or tell its administrator");
  CHECK_FALSE(stage.siblings.get("/home/f"));

  const Bytes second = stage.open("g", flags_put).handle();
  for (int i = 0; i < 5; ++i) stage.write(second, static_cast<std::uint64_t>(i) * 261'120, pattern(261'120, 1));
  stage.settle();
  CHECK(stage.write(second, 5'000'000, pattern(10, 1)).status() == 4);
}

TEST_CASE("a connection that ends leaves a draft with all that was taken, never a file") {
  Stage stage;
  const Bytes content = pattern(200'000, 3);
  const Bytes handle = stage.open("part", flags_put).handle();
  CHECK(stage.write(handle, 0, content).ok());
  stage.server->lost();
  CHECK(stage.siblings.porter->settle(5'000));
  CHECK_FALSE(stage.siblings.get("/home/part"));
  {
    const std::lock_guard lock{stage.siblings.store.mutex};
    CHECK(stage.siblings.store.drafts["/home/part"] == content);
  }
  CHECK(stage.siblings.porter->free_slots() == asks::ring_slots);
}

TEST_CASE("a draft goes on where it ended, by offset or by append") {
  for (const std::uint32_t flags : {flag_write | flag_create, flag_write | flag_create | flag_append}) {
    Stage stage;
    const Bytes content = pattern(100'000, 3);
    stage.siblings.store.drafts["/home/part"] = to_bytes(ByteView{content}.first(60'000));
    CHECK(stage.on_path(sftp::Type::stat, "part").size() == 60'000);
    CHECK(stage.open("part", flag_read).status() == 4);  // not finished
    const Bytes handle = stage.open("part", flags).handle();
    CHECK(stage.on_handle(sftp::Type::fstat, handle).size() == 60'000);
    const std::uint64_t offset = (flags & flag_append) != 0 ? 0 : 60'000;
    CHECK(stage.write(handle, offset, ByteView{content}.subspan(60'000)).ok());
    CHECK(stage.close(handle).ok());
    CHECK(stage.siblings.get("/home/part") == content);
  }
}

}  // namespace
}  // namespace bulkhead::gate_ssh
