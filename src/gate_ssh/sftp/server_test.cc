// What clients lean on: handles, names, attributes, and what is refused.
#include "gate_ssh/sftp/stage.h"

namespace bulkhead::gate_ssh {
namespace {

Reply rename(Stage& stage, std::string_view from, std::string_view to, bool replace) {
  Writer paths;
  paths.string(as_bytes(from)).string(as_bytes(to));
  if (replace) return stage.extended("posix-rename@openssh.com", paths.take());
  return stage.call(sftp::Type::rename, [&](Writer& out) { out.bytes(paths.view()); });
}

Reply set_times(Stage& stage, sftp::Type type, const Bytes& target, std::uint32_t time) {
  return stage.call(type, [&](Writer& out) { out.string(target).u32(8).u32(time).u32(time); });
}

Reply set_size(Stage& stage, sftp::Type type, const Bytes& target, std::uint64_t size) {
  return stage.call(type, [&](Writer& out) { out.string(target).u32(1).u64(size); });
}

std::int64_t modified(Stage& stage, const std::string& path) {
  const std::lock_guard lock{stage.siblings.store.mutex};
  return stage.siblings.store.files.at(path).modified_ms;
}

std::string real_path(Stage& stage, std::string_view path) {
  const Reply reply = stage.on_path(sftp::Type::realpath, path);
  if (reply.type != sftp::Type::name) return "refused";
  Reader in{reply.body};
  CHECK(in.u32() == 1);
  return to_text(in.string(9'000));
}

TEST_CASE("the greeting comes first, once") {
  SUBCASE("a request before it ends the session") {
    Stage stage{false};
    stage.post(sftp::Type::realpath, 1, [](Writer& out) { out.string(as_bytes(".")); });
    stage.turn();
    CHECK(stage.wire.exit_status == 1);
    CHECK(stage.wire.bytes.empty());
  }
  SUBCASE("a second one too") {
    Stage stage;
    stage.post(sftp::Type::init, 3, [](Writer&) {});
    stage.turn();
    CHECK(stage.wire.exit_status == 1);
  }
  SUBCASE("a client of version 6 hears 3, and limits of 255 KiB") {
    Stage stage{false};
    stage.post(sftp::Type::init, 6, [](Writer&) {});
    const Reply reply = stage.next();
    CHECK(reply.type == sftp::Type::version);
    CHECK(reply.id == 3);
    CHECK(as_text(reply.body).find("limits@openssh.com") != std::string_view::npos);
    const Reply limits = stage.extended("limits@openssh.com", {});
    REQUIRE(limits.type == sftp::Type::extended_reply);
    Reader in{limits.body};
    CHECK(in.u64() == 262'144);
    CHECK(in.u64() == 261'120);
    CHECK(in.u64() == 261'120);
    CHECK(in.u64() == asks::open_files_max);
    CHECK(in.done("limits").ok());
  }
}

TEST_CASE("R-072: handles that are forged, stale, of another kind or length name nothing") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(10, 1));
  const Bytes file = stage.open("f", flag_read).handle();
  const Bytes folder = stage.on_path(sftp::Type::opendir, "/").handle();
  const Bytes stale = stage.open("f", flag_read).handle();
  CHECK(stage.close(stale).ok());
  std::vector<Bytes> bad{{}, {0, 0, 0, 0, 9}, Bytes(256, 1), {0xFF, 0xFF, 0xFF, 0xFF}, {0, 0, 0, 0}, stale, folder};
  for (const Bytes& handle : bad) {
    CHECK(stage.read(handle, 0, 10).status() == 4);
    CHECK(stage.write(handle, 0, pattern(10, 1)).status() == 4);
    CHECK(stage.on_handle(sftp::Type::readdir, handle == folder ? file : handle).status() == 4);
    if (handle != folder) {
      CHECK(stage.close(handle).status() == 4);
      CHECK(stage.on_handle(sftp::Type::fstat, handle).status() == 4);
    }
    CHECK(stage
              .extended("fsync@openssh.com",
                        [&] {
                          Writer out;
                          out.string(handle);
                          return out.take();
                        }())
              .status() == 4);
  }
  CHECK(stage.read(Bytes(257, 1), 0, 10).status() == 5);
  CHECK(stage.write(Bytes(257, 1), 0, pattern(10, 1)).status() == 5);
  CHECK(stage.read(file, 0, UINT32_MAX).data().size() == 10);
  CHECK(stage.write(stage.open("w", flags_put).handle(), UINT64_MAX, pattern(10, 1)).status() == 4);
}

TEST_CASE("R-073: no more than the limit is open, and what is closed makes room") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(10, 1));
  std::vector<Bytes> handles;
  for (std::uint32_t i = 0; i < asks::open_files_max; ++i) {
    handles.push_back(i % 2 == 0 ? stage.open("f", flag_read).handle()
                                 : stage.on_path(sftp::Type::opendir, "/").handle());
  }
  CHECK(stage.open("f", flag_read).status() == 4);
  CHECK(stage.open("new", flags_put).status() == 4);
  CHECK(stage.on_path(sftp::Type::opendir, "/").status() == 4);
  CHECK(stage.close(handles[0]).ok());
  CHECK(stage.open("f", flag_read).handle() != handles[0]);
}

TEST_CASE("the size limit of a packet, and a length of zero, end the stream") {
  for (const std::uint32_t size : {0U, 4U, 262'145U, UINT32_MAX}) {
    Stage stage;
    Writer out;
    out.u32(size).u8(16).u32(1);
    stage.input = out.take();
    stage.turn();
    CHECK(stage.wire.exit_status == 1);
    CHECK_FALSE(stage.wire.error.empty());
  }
}

TEST_CASE("paths are resolved by their text, and never above the root") {
  Stage stage;
  CHECK(real_path(stage, "") == "/home");
  CHECK(real_path(stage, ".") == "/home");
  CHECK(real_path(stage, "~") == "/home");
  CHECK(real_path(stage, "~/a") == "/home/a");
  CHECK(real_path(stage, "a/../b/./c//d/") == "/home/b/c/d");
  CHECK(real_path(stage, "../../../../x") == "/x");
  CHECK(real_path(stage, "/..") == "/");
  CHECK(real_path(stage, "/a/...") == "refused");
  CHECK(real_path(stage, "a\\..\\b") == "refused");
  CHECK(real_path(stage, std::string_view{"a\0b", 3}) == "refused");
  CHECK(real_path(stage, "a\nb/../c") == "refused");
  std::string deep;
  for (int i = 0; i < 2'000; ++i) deep += "a/";
  CHECK(real_path(stage, deep) == "refused");
  CHECK(real_path(stage, "/" + std::string(300, 'a')) == "refused");
}

TEST_CASE("rename refuses what is taken; posix-rename replaces it") {
  Stage stage;
  stage.siblings.put("/home/a.filepart", pattern(10, 1));
  stage.siblings.put("/home/a", pattern(20, 2));
  CHECK(rename(stage, "a.filepart", "a", false).status() == 4);
  CHECK(stage.siblings.get("/home/a") == pattern(20, 2));
  CHECK(rename(stage, "a.filepart", "a", true).ok());
  CHECK(stage.siblings.get("/home/a") == pattern(10, 1));
  CHECK(rename(stage, "missing", "b", false).status() == 2);
}

TEST_CASE("folders are made, listed page by page with their dots, and removed") {
  Stage stage;
  CHECK(stage.on_path(sftp::Type::mkdir, "sub").ok());
  CHECK(stage.on_path(sftp::Type::mkdir, "sub").status() == 4);
  CHECK(stage.on_path(sftp::Type::mkdir, "no/sub").status() == 2);
  for (int i = 0; i < 1'000; ++i)
    stage.siblings.put("/home/sub/f" + std::to_string(i), Bytes(static_cast<std::size_t>(i)));
  stage.siblings.store.drafts["/home/sub/draft"] = Bytes(5);
  const Bytes handle = stage.on_path(sftp::Type::opendir, "sub/").handle();
  std::set<std::string> names;
  std::string line;
  for (;;) {
    const Reply reply = stage.on_handle(sftp::Type::readdir, handle);
    if (reply.status() == 1) break;
    REQUIRE(reply.type == sftp::Type::name);
    Reader in{reply.body};
    const std::uint32_t count = in.u32();
    CHECK(count <= 128);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string name = to_text(in.string(255));
      CHECK(names.insert(name).second);
      const std::string long_name = to_text(in.string(1'000));
      if (name == "f7") line = long_name;
      in.bytes(4 + 8 + 8 + 4 + 8);
    }
    CHECK(in.done("names").ok());
  }
  CHECK(names.size() == 1'003);
  CHECK(names.contains("."));
  CHECK(names.contains(".."));
  CHECK(line == "-rw-------    1 ada      users           7 Nov 14  2023 f7");
  CHECK(stage.on_path(sftp::Type::rmdir, "sub").status() == 4);
  CHECK(stage.on_path(sftp::Type::remove, "sub").status() == 4);
  CHECK(stage.on_path(sftp::Type::remove, "sub/f1").ok());
  CHECK(stage.on_path(sftp::Type::remove, "sub/f1").status() == 2);
  CHECK(stage.on_path(sftp::Type::opendir, "sub/f2").status() == 4);
}

TEST_CASE("a time set before CLOSE is the file's when it is published; one set behind it too") {
  Stage stage;
  const Bytes handle = stage.open("f", flags_put).handle();
  CHECK(stage.write(handle, 0, pattern(10, 1)).ok());
  CHECK(set_times(stage, sftp::Type::fsetstat, handle, 1'000'000'000).ok());
  CHECK(stage.close(handle).ok());
  CHECK(modified(stage, "/home/f") == 1'000'000'000'000);

  const Bytes second = stage.open("g", flags_put).handle();
  CHECK(set_times(stage, sftp::Type::setstat, text("g"), 1'100'000'000).ok());  // by its path
  CHECK(stage.close(second).ok());
  CHECK(modified(stage, "/home/g") == 1'100'000'000'000);

  // CLOSE and SETSTAT sent together: the second waits for the first.
  const Bytes third = stage.open("h", flags_put).handle();
  stage.post(sftp::Type::close, 1, [&](Writer& out) { out.string(third); });
  stage.post(sftp::Type::setstat, 2, [&](Writer& out) { out.string(text("h")).u32(8).u32(5).u32(1'200'000'000); });
  stage.post(sftp::Type::stat, 3, [&](Writer& out) { out.string(text("h")); });
  CHECK(stage.next().ok());
  CHECK(stage.next().ok());
  CHECK(stage.next().size() == 0);
  CHECK(modified(stage, "/home/h") == 1'200'000'000'000);
  CHECK(set_times(stage, sftp::Type::setstat, text("missing"), 1).status() == 2);
}

TEST_CASE("sizes are set by handle and by path") {
  Stage stage;
  const Bytes handle = stage.open("f", flags_put).handle();
  CHECK(stage.write(handle, 0, pattern(1'000, 1)).ok());
  CHECK(set_size(stage, sftp::Type::fsetstat, handle, 100).ok());
  CHECK(stage.on_handle(sftp::Type::fstat, handle).size() == 100);
  CHECK(stage.close(handle).ok());
  CHECK(stage.siblings.get("/home/f") == pattern(100, 1));
  CHECK(set_size(stage, sftp::Type::setstat, text("f"), 40).ok());
  CHECK(stage.siblings.get("/home/f") == pattern(40, 1));
  CHECK(set_size(stage, sftp::Type::setstat, text("f"), 40).ok());
  CHECK(set_size(stage, sftp::Type::setstat, text("f"), UINT64_MAX).status() == 4);
  CHECK(set_size(stage, sftp::Type::setstat, text("/home"), 1).status() == 4);
}

TEST_CASE("opened to read and write: read until it is written, then a draft of the same content") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(1'000, 1));
  const Bytes unchanged = stage.open("f", flag_read | flag_write).handle();
  CHECK(stage.read(unchanged, 0, 1'000).data() == pattern(1'000, 1));
  CHECK(stage.close(unchanged).ok());
  const Bytes handle = stage.open("f", flag_read | flag_write | flag_create).handle();
  stage.post_read(1, handle, 0, 10);
  stage.post_write(2, handle, 1'000, pattern(5, 2));
  CHECK(stage.next().data().size() == 10);
  CHECK(stage.next().ok());
  CHECK(stage.read(handle, 0, 10).status() == 4);
  CHECK(stage.read(handle, 1'005, 10).status() == 1);
  CHECK(stage.close(handle).ok());
  Bytes expected = pattern(1'000, 1);
  const Bytes tail = pattern(5, 2);
  expected.insert(expected.end(), tail.begin(), tail.end());
  CHECK(stage.siblings.get("/home/f") == expected);
}

TEST_CASE("what may not be opened says why") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(10, 1));
  stage.siblings.store.denied = {"/home/f", "/home/new"};
  CHECK(stage.open("f", flag_read).message() == "no right to read /home/f; ask the owner of the folder");
  CHECK(stage.open("new", flags_put).message() == "no right to write /home/new; ask the owner of the folder");
  CHECK(stage.open("new", flags_put).status() == 3);
  CHECK(stage.open("missing", flag_read).status() == 2);
  CHECK(stage.open("missing", flag_write).status() == 2);
  CHECK(stage.open("missing", flag_write | flag_truncate).status() == 2);
  CHECK(stage.open("no/file", flags_put).status() == 2);
  CHECK(stage.open("/home", flag_read).status() == 4);
  CHECK(stage.open("/home", flags_put).status() == 4);
  CHECK(stage.open("/", flags_put).status() == 4);
  CHECK(stage.open("f", flag_write | flag_create | flag_exclusive).status() == 3);
  CHECK(stage.open("f", 0).status() == 4);
  CHECK(stage.open("f", 64).status() == 5);
}

TEST_CASE("links are refused as something that is not done here") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(10, 1));
  Writer paths;
  paths.string(as_bytes("f")).string(as_bytes("g"));
  CHECK(stage.extended("hardlink@openssh.com", paths.view()).status() == 8);
  CHECK(stage.call(sftp::Type::symlink, [&](Writer& out) { out.bytes(paths.view()); }).status() == 8);
  CHECK(stage.on_path(sftp::Type::readlink, "f").status() == 4);
  CHECK(stage.on_path(sftp::Type::readlink, "missing").status() == 2);
  CHECK(stage.extended("unknown@example.com", {1, 2, 3}).status() == 8);
  CHECK(stage.call(sftp::Type{77}, [](Writer&) {}).status() == 8);
  CHECK(stage.call(sftp::Type::stat, [](Writer& out) { out.string(as_bytes("f")).u8(0); }).status() == 5);
}

TEST_CASE("the end of input ends the session when everything is answered; what is open stays a draft") {
  Stage stage;
  const Bytes handle = stage.open("f", flags_put).handle();
  stage.post_write(1, handle, 0, pattern(10, 1));
  stage.turn();
  stage.server->receive_end();
  CHECK(stage.next().ok());
  stage.turn();
  CHECK(stage.wire.exit_status == 0);
  stage.settle();
  CHECK_FALSE(stage.siblings.get("/home/f"));
  CHECK(stage.siblings.store.drafts.at("/home/f") == pattern(10, 1));
}

}  // namespace
}  // namespace bulkhead::gate_ssh
