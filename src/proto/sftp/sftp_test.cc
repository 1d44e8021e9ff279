#include <doctest/doctest.h>

#include "base/reader.h"
#include "base/writer.h"
#include "proto/sftp/intake.h"
#include "proto/sftp/long_name.h"
#include "proto/sftp/replies.h"

namespace bulkhead::sftp {
namespace {

Bytes packet(Type type, std::uint32_t id, const Bytes& body) {
  Writer out;
  out.u32(static_cast<std::uint32_t>(body.size() + 5)).u8(static_cast<std::uint8_t>(type)).u32(id).bytes(body);
  return out.take();
}
Bytes text(std::string_view value) {
  Writer out;
  out.string(as_bytes(value));
  return out.take();
}
Bytes write_packet(const Bytes& handle, std::uint64_t offset, std::uint32_t said, std::size_t size) {
  Writer body;
  body.string(handle).u64(offset).u32(said).bytes(Bytes(size, 7));
  return packet(Type::write, 9, body.take());
}

TEST_CASE("a stream in pieces of any size gives the same requests") {
  Bytes stream = packet(Type::stat, 1, text("/a"));
  const Bytes write = write_packet({1, 2, 3, 4}, 5, 1'000, 1'000);
  stream.insert(stream.end(), write.begin(), write.end());
  const Bytes last = packet(Type::remove, 2, text("/b"));
  stream.insert(stream.end(), last.begin(), last.end());
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    Intake intake;
    std::string seen;
    std::size_t skip = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ByteView data = ByteView{stream}.subspan(at, std::min(piece, stream.size() - at));
      for (;;) {
        const std::size_t skipped = std::min(skip, data.size());
        skip -= skipped;
        data = data.subspan(skipped);
        if (skip > 0 || !*intake.feed(data)) break;
        const Intake::Item item = *intake.item();
        if (const auto* head = std::get_if<WriteHead>(&item)) {
          CHECK(head->offset == 5);
          CHECK(head->handle.size() == 4);
          skip = head->size;
          seen += 'w';
        } else {
          seen += std::to_string(std::get<Request>(item).id);
        }
        intake.pop();
      }
    }
    CHECK(seen == "1w2");
  }
}

TEST_CASE("what stands behind the data of a WRITE is told apart from it") {
  const Bytes bytes = write_packet({1}, 0, 999, 1'000);
  Intake intake;
  ByteView data = bytes;
  REQUIRE(*intake.feed(data));
  const WriteHead head = std::get<WriteHead>(*intake.item());
  CHECK(head.size == 999);
  CHECK(head.surplus == 1);
  CHECK(data.size() == 1'000);
}

TEST_CASE("a WRITE whose data is not as long as it says is skipped as a whole") {
  const std::array cases{
      write_packet({1}, 0, 1'001, 1'000),
      write_packet({1}, 0, UINT32_MAX, 5), write_packet(Bytes(257, 1), 0, 10, 10),
      packet(Type::write, 9, {0, 0}),      packet(Type::write, 9, {0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3})};
  for (const Bytes& bytes : cases) {
    Intake intake;
    ByteView data = bytes;
    REQUIRE(*intake.feed(data));
    const Intake::Item item = *intake.item();
    REQUIRE(std::holds_alternative<Intake::Skip>(item));
    CHECK(std::get<Intake::Skip>(item).id == 9);
    CHECK(std::get<Intake::Skip>(item).size == data.size());
  }
}

TEST_CASE("every field has its limit, and nothing may follow the last") {
  const auto body_of = [](Type type, const Bytes& body) {
    const Bytes bytes = packet(type, 1, body);
    return parse_request(ByteView{bytes}.subspan(4)).value().body.index();
  };
  const std::size_t malformed = Body{Malformed{fail(Errc::invalid, "")}}.index();
  CHECK(body_of(Type::opendir, text("/a")) == Body{OpenDir{}}.index());
  CHECK(body_of(Type::opendir, text(std::string(path_text_max + 1, 'a'))) == malformed);
  CHECK(body_of(Type::close, text(std::string(handle_text_max + 1, 'a'))) == malformed);
  CHECK(body_of(Type::close, text("abcd")) == Body{Close{}}.index());
  for (const Type type : {Type::open, Type::close, Type::read, Type::lstat, Type::fstat, Type::setstat, Type::fsetstat,
                          Type::opendir, Type::readdir, Type::remove, Type::mkdir, Type::rmdir, Type::realpath,
                          Type::stat, Type::rename, Type::readlink, Type::symlink, Type::extended}) {
    CAPTURE(static_cast<int>(type));
    CHECK(body_of(type, {}) == malformed);
    CHECK(body_of(type, {0, 0, 0, 5, 1}) == malformed);
  }
  Bytes trailing = text("/a");
  trailing.push_back(0);
  CHECK(body_of(Type::stat, trailing) == malformed);
  CHECK_FALSE(parse_request(Bytes{17, 0, 0}).ok());
}

TEST_CASE("attributes: all fields, extended pairs skipped, unknown flags refused") {
  Writer body;
  body.string(as_bytes("/a")).u32(0x8000'000F).u64(77).u32(1).u32(2).u32(0644).u32(100).u32(200);
  body.u32(1).string(as_bytes("x")).string(as_bytes("y"));
  const Bytes bytes = packet(Type::setstat, 1, body.take());
  const Request request = *parse_request(ByteView{bytes}.subspan(4));
  const auto& attributes = std::get<SetStat>(request.body).attributes;
  CHECK(attributes.size == 77);
  CHECK(attributes.ids == std::pair{1U, 2U});
  CHECK(attributes.permissions == 0644U);
  CHECK(attributes.times == std::pair{100U, 200U});
  Writer odd;
  odd.string(as_bytes("/a")).u32(16).u32(0);
  const Bytes refused = packet(Type::setstat, 1, odd.take());
  CHECK(std::holds_alternative<Malformed>(parse_request(ByteView{refused}.subspan(4))->body));
}

TEST_CASE("long names are lines of ls -l") {
  constexpr UnixMs now = 1'795'303'200'000;  // 2026-11-22
  Attributes attributes{4'096, {}, mode_file | 0644U, std::pair{0U, 1'795'216'800U}};
  CHECK(long_name("report.csv", attributes, "alice", "users", now) ==
        "-rw-r--r--    1 alice    users        4096 Nov 20 23:20 report.csv");
  attributes = {123'456'789'012, {}, mode_folder | 0700U, std::pair{0U, 1'767'225'600U}};
  CHECK(long_name("d", attributes, "a-long-user-name", "users", now) ==
        "drwx------    1 a-long-user-name users    123456789012 Jan  1  2026 d");
  attributes.times = std::pair{0U, 1'900'000'000U};  // in the future
  CHECK(long_name("d", attributes, "u", "g", now).find("Mar 17  2030") != std::string::npos);
}

TEST_CASE("replies begin with their length, and say no more than clients take") {
  for (const Bytes& reply : {status_reply(5, Status::failure, std::string(5'000, 'x')), handle_reply(5, 7),
                             limits_reply(5, 64), attributes_reply(5, {}), space_reply(5, 1, 1), version_reply({})}) {
    Reader in{reply};
    CHECK(in.u32() == reply.size() - 4);
    CHECK(reply.size() < 2'000);
  }
  CHECK(data_head(1, 100) == std::array<std::uint8_t, 13>{0, 0, 0, 109, 103, 0, 0, 0, 1, 0, 0, 0, 100});
  CHECK(status_of(Errc::not_found) == Status::no_such_file);
  CHECK(status_of(Errc::denied) == Status::permission_denied);
  CHECK(status_of(Errc::unsupported) == Status::unsupported);
  CHECK(status_of(Errc::storage_full) == Status::failure);
}

}  // namespace
}  // namespace bulkhead::sftp
