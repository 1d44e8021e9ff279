#pragma once
// For tests: a session of SftpServer between doubles, with a client that sends what it likes.
#include <doctest/doctest.h>
#include <poll.h>

#include "base/reader.h"
#include "gate_ssh/files/doubles.h"
#include "gate_ssh/sftp/server.h"

namespace bulkhead::gate_ssh {

inline Bytes text(std::string_view value) {
  return to_bytes(value);
}

struct Reply {
  sftp::Type type{};
  std::uint32_t id = 0;
  Bytes body;

  std::uint32_t status() const { return type == sftp::Type::status ? Reader{body}.u32() : 999; }
  bool ok() const { return status() == 0; }
  std::string message() const {
    Reader in{body};
    in.u32();
    return to_text(in.string(4096));
  }
  Bytes handle() const {
    REQUIRE_MESSAGE(type == sftp::Type::handle, message());
    return to_bytes(Reader{body}.string(256));
  }
  Bytes data() const {
    REQUIRE_MESSAGE(type == sftp::Type::data, message());
    return to_bytes(Reader{body}.string(sftp::packet_size_max));
  }
  std::uint64_t size() const {  // of ATTRS
    REQUIRE_MESSAGE(type == sftp::Type::attrs, message());
    Reader in{body};
    CHECK((in.u32() & 1U) == 1U);
    return in.u64();
  }
};

class Wire final : public Outlet {
 public:
  std::size_t room() const override { return window; }
  void send(std::span<const ByteView> pieces) override {
    ++sends;
    for (const ByteView piece : pieces) {
      REQUIRE(piece.size() <= window);
      window -= piece.size();
      bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
  }
  void send_error(std::string_view line) override { error += line; }
  void finish(int status) override { exit_status = status; }

  std::size_t window = SIZE_MAX;
  Bytes bytes;
  std::size_t sends = 0;
  std::string error;
  std::optional<int> exit_status;
};

class Stage {
 public:
  explicit Stage(bool greet = true) : server{std::in_place, make()} {
    if (!greet) return;
    Writer init;
    init.u32(5).u8(1).u32(3);
    input = init.take();
    REQUIRE(next().type == sftp::Type::version);
  }

  // One request; its fields come from `fill`.
  template <class Fill>
  void post(sftp::Type type, std::uint32_t id, Fill&& fill) {
    Writer body;
    fill(body);
    Writer out;
    out.u32(static_cast<std::uint32_t>(body.size() + 5)).u8(static_cast<std::uint8_t>(type)).u32(id).bytes(body.view());
    input.insert(input.end(), out.view().begin(), out.view().end());
  }
  template <class Fill>
  Reply call(sftp::Type type, Fill&& fill) {
    const std::uint32_t id = ++last_id_;
    post(type, id, fill);
    Reply reply = next();
    REQUIRE(reply.id == id);
    return reply;
  }
  Reply on_path(sftp::Type type, std::string_view path) {
    return call(type, [&](Writer& out) {
      out.string(as_bytes(path));
      if (type == sftp::Type::mkdir) out.u32(0);
    });
  }
  Reply on_handle(sftp::Type type, const Bytes& handle) {
    return call(type, [&](Writer& out) { out.string(handle); });
  }
  Reply extended(std::string_view name, const Bytes& rest) {
    return call(sftp::Type::extended, [&](Writer& out) { out.string(as_bytes(name)).bytes(rest); });
  }
  Reply open(std::string_view path, std::uint32_t flags) {
    return call(sftp::Type::open, [&](Writer& out) { out.string(as_bytes(path)).u32(flags).u32(0); });
  }
  void post_read(std::uint32_t id, const Bytes& handle, std::uint64_t offset, std::uint32_t size) {
    post(sftp::Type::read, id, [&](Writer& out) { out.string(handle).u64(offset).u32(size); });
  }
  void post_write(std::uint32_t id, const Bytes& handle, std::uint64_t offset, ByteView data) {
    post(sftp::Type::write, id, [&](Writer& out) { out.string(handle).u64(offset).string(data); });
  }
  Reply read(const Bytes& handle, std::uint64_t offset, std::uint32_t size) {
    const std::uint32_t id = ++last_id_;
    post_read(id, handle, offset, size);
    return next();
  }
  Reply write(const Bytes& handle, std::uint64_t offset, ByteView data) {
    post_write(++last_id_, handle, offset, data);
    return next();
  }
  Reply close(const Bytes& handle) { return on_handle(sftp::Type::close, handle); }

  // Lets the server do what it can; true if anything moved.
  bool turn() {
    const std::size_t before = input.size() + siblings.porter->pending() + wire.bytes.size();
    const std::size_t offered = std::min(input.size(), piece_size);
    const std::size_t taken = server->receive(ByteView{input}.first(offered));
    REQUIRE(taken <= offered);
    input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
    siblings.porter->on_readable();
    server->proceed();
    return before != input.size() + siblings.porter->pending() + wire.bytes.size();
  }
  // The next reply, waiting for the porter as long as that takes.
  Reply next() {
    for (int stalled = 0; stalled < 2'000;) {
      if (auto reply = take_reply()) return std::move(*reply);
      if (turn()) {
        stalled = 0;
        continue;
      }
      if (refill) refill();
      ++stalled;
      pollfd state{siblings.porter->fd(), POLLIN, 0};
      ::poll(&state, 1, refill ? 1 : 10);
    }
    FAIL("no reply");
    return {};
  }
  void settle() {
    while (siblings.porter->pending() > 0) REQUIRE(siblings.porter->settle(5'000));
  }

  doubles::Siblings siblings;
  Wire wire;
  std::optional<SftpServer> server;
  Bytes input;
  std::size_t piece_size = SIZE_MAX;  // offered at once
  std::function<void()> refill;       // called when nothing moves: the peer takes something

 private:
  SftpSession make() { return {*siblings.porter, *siblings.catalog, wire, "ada", "test client"}; }
  std::optional<Reply> take_reply() {
    Reader in{wire.bytes};
    const ByteView packet = in.string(sftp::packet_size_max + 1024);
    if (!in.ok()) return {};
    Reader body{packet};
    Reply reply;
    reply.type = static_cast<sftp::Type>(body.u8());
    reply.id = body.u32();
    reply.body = to_bytes(body.rest());
    wire.bytes.erase(wire.bytes.begin(), wire.bytes.begin() + static_cast<std::ptrdiff_t>(4 + packet.size()));
    return reply;
  }
  std::uint32_t last_id_ = 1'000'000;
};

inline constexpr std::uint32_t flag_read = 1;
inline constexpr std::uint32_t flag_write = 2;
inline constexpr std::uint32_t flag_append = 4;
inline constexpr std::uint32_t flag_create = 8;
inline constexpr std::uint32_t flag_truncate = 16;
inline constexpr std::uint32_t flag_exclusive = 32;
inline constexpr std::uint32_t flags_put = flag_write | flag_create | flag_truncate;

inline Bytes pattern(std::size_t size, std::uint32_t seed) {
  Bytes bytes(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24U);
  }
  return bytes;
}

}  // namespace bulkhead::gate_ssh
