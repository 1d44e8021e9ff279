#include "crypt/hash.h"
#include "gate_ssh/sftp/stage.h"

namespace bulkhead::gate_ssh {
namespace {

Bytes fields(auto&& fill) {
  Writer out;
  fill(out);
  return out.take();
}

Reply check(Stage& stage, std::string_view name, const Bytes& target, std::string_view algorithms, std::uint64_t offset,
            std::uint64_t size, std::uint32_t block) {
  return stage.extended(name, fields([&](Writer& out) {
                          out.string(target).string(as_bytes(algorithms)).u64(offset).u64(size).u32(block);
                        }));
}

// As the double prints it.
Bytes digest(crypt::HashKind kind, std::uint64_t offset, std::uint64_t length) {
  return fields([&](Writer& out) { out.u8(static_cast<std::uint8_t>(kind)).u64(offset).u64(length); });
}

TEST_CASE("check-file: of a handle, of a name, of blocks") {
  Stage stage;
  stage.siblings.put("/home/f", pattern(1'000, 1));
  const Bytes handle = stage.open("f", flag_read).handle();
  for (const std::string_view name : {"check-file", "check-file-handle"}) {
    const Reply reply = check(stage, name, handle, "crc32,md5,sha1", 0, 0, 0);
    REQUIRE(reply.type == sftp::Type::extended_reply);
    Reader in{reply.body};
    CHECK(as_text(in.string(64)) == "check-file");
    CHECK(as_text(in.string(64)) == "md5");
    CHECK(to_bytes(in.rest()) == digest(crypt::HashKind::md5, 0, UINT64_MAX));
  }
  const Reply blocks = check(stage, "check-file-name", text("f"), "sha256", 100, 700, 300);
  REQUIRE(blocks.type == sftp::Type::extended_reply);
  Reader in{blocks.body};
  in.string(64);
  in.string(64);
  Bytes expected;
  for (const auto& [offset, size] : {std::pair{100, 300}, {400, 300}, {700, 100}}) {
    const Bytes one =
        digest(crypt::HashKind::sha256, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size));
    expected.insert(expected.end(), one.begin(), one.end());
  }
  CHECK(to_bytes(in.rest()) == expected);
  CHECK(check(stage, "check-file-name", text("f"), "crc32", 0, 0, 0).status() == 4);
  CHECK(check(stage, "check-file-name", text("f"), "sha1", 0, 0, 255).status() == 4);
  CHECK(check(stage, "check-file-name", text("f"), "sha1", 1'001, 0, 0).status() == 1);
  CHECK(check(stage, "check-file-name", text("g"), "sha1", 0, 0, 0).status() == 2);
  CHECK(check(stage, "check-file-handle", text("f"), "sha1", 0, 0, 0).status() == 4);
  stage.siblings.put("/home/large", Bytes(300'000));
  CHECK(check(stage, "check-file-name", text("large"), "sha1", 0, 0, 256).status() == 4);
}

Reply copy(Stage& stage, const Bytes& from, std::uint64_t offset, std::uint64_t size, const Bytes& to,
           std::uint64_t to_offset) {
  return stage.extended("copy-data",
                        fields([&](Writer& out) { out.string(from).u64(offset).u64(size).string(to).u64(to_offset); }));
}

TEST_CASE("copy-data") {
  Stage stage;
  const Bytes content = pattern(3'000'000, 7);
  stage.siblings.put("/home/f", content);
  const Bytes from = stage.open("f", flag_read).handle();
  const Bytes to = stage.open("g", flags_put).handle();
  CHECK(copy(stage, from, 0, 0, to, 0).ok());
  CHECK(copy(stage, from, 10, 90, to, content.size()).ok());
  CHECK(copy(stage, from, 9'000'000, 0, to, 0).ok());  // nothing there
  CHECK(copy(stage, from, 0, 0, from, 0).status() == 4);
  CHECK(copy(stage, to, 0, 0, from, 0).status() == 4);
  CHECK(copy(stage, from, 0, 0, {1}, 0).status() == 4);
  CHECK(copy(stage, from, 0, 0, to, UINT64_MAX).status() == 4);
  CHECK(stage.close(to).ok());
  Bytes expected = content;
  expected.insert(expected.end(), content.begin() + 10, content.begin() + 100);
  CHECK(stage.siblings.get("/home/g") == expected);
  CHECK(stage.close(from).ok());
  stage.settle();
  CHECK(stage.siblings.porter->free_slots() == asks::ring_slots);
}

TEST_CASE("fsync, expand-path, home-directory, lsetstat") {
  Stage stage;
  const Bytes handle = stage.open("f", flags_put).handle();
  CHECK(stage.write(handle, 0, pattern(10, 1)).ok());
  CHECK(stage.extended("fsync@openssh.com", fields([&](Writer& out) { out.string(handle); })).ok());
  {
    const std::lock_guard lock{stage.siblings.store.mutex};
    CHECK(stage.siblings.store.drafts.at("/home/f").size() == 10);
  }
  const Reply expanded =
      stage.extended("expand-path@openssh.com", fields([](Writer& out) { out.string(as_bytes("~/x")); }));
  CHECK(as_text(expanded.body).find("/home/x") != std::string_view::npos);
  CHECK(stage.extended("home-directory", fields([](Writer& out) { out.string(as_bytes("ada")); })).type ==
        sftp::Type::name);
  CHECK(stage.extended("home-directory", fields([](Writer& out) { out.string(as_bytes("bob")); })).status() == 2);
  stage.siblings.put("/home/g", pattern(10, 1));
  const Bytes times = fields([](Writer& out) { out.string(as_bytes("g")).u32(8).u32(7).u32(7); });
  CHECK(stage.extended("lsetstat@openssh.com", times).ok());
  CHECK(stage.siblings.store.files.at("/home/g").modified_ms == 7'000);
}

TEST_CASE("space, by three names") {
  Stage stage;
  const Bytes path = fields([](Writer& out) { out.string(as_bytes(".")); });
  const Bytes handle = stage.on_path(sftp::Type::opendir, ".").handle();
  for (const Reply& reply :
       {stage.extended("statvfs@openssh.com", path),
        stage.extended("fstatvfs@openssh.com", fields([&](Writer& out) { out.string(handle); }))}) {
    REQUIRE(reply.type == sftp::Type::extended_reply);
    CHECK(reply.body.size() == 11 * 8);
    Reader in{reply.body};
    const std::uint64_t block = in.u64();
    CHECK(in.u64() == block);
    CHECK(in.u64() * block == 1U << 30U);
    CHECK(in.u64() * block == 1U << 29U);
  }
  const Reply space = stage.extended("space-available", path);
  REQUIRE(space.type == sftp::Type::extended_reply);
  CHECK(space.body.size() == 36);
}

TEST_CASE("users-groups-by-id names the user and his group, and nobody else") {
  Stage stage;
  const Reply reply = stage.extended("users-groups-by-id@openssh.com",
                                     fields([](Writer& out) { out.u32(8).u32(1'000).u32(0).u32(4).u32(100); }));
  REQUIRE(reply.type == sftp::Type::extended_reply);
  Reader in{reply.body};
  Reader users{in.string(100)};
  CHECK(as_text(users.string(10)) == "ada");
  CHECK(users.string(10).empty());
  CHECK(users.done("users").ok());
  Reader groups{in.string(100)};
  CHECK(as_text(groups.string(10)) == "users");
  CHECK(groups.done("groups").ok());
  CHECK(in.done("reply").ok());
  const Bytes uneven = fields([](Writer& out) { out.u32(3).u8(1).u16(0).u32(0); });
  CHECK(stage.extended("users-groups-by-id@openssh.com", uneven).status() == 5);
}

TEST_CASE("vendor-id is taken") {
  Stage stage;
  CHECK(stage
            .extended("vendor-id", fields([](Writer& out) {
                        out.string(as_bytes("v")).string(as_bytes("p\n")).string(as_bytes("1")).u64(1);
                      }))
            .ok());
}

}  // namespace
}  // namespace bulkhead::gate_ssh
