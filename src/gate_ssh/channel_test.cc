#include "gate_ssh/channel.h"

#include <doctest/doctest.h>

#include <fcntl.h>

#include "base/writer.h"
#include "gate_ssh/doubles.h"
#include "gate_ssh/session.h"
#include "ipc/ssh_signing_asks.h"

using namespace bulkhead;
using namespace bulkhead::gate_ssh;

namespace {

// What the program under test was told, and what it does.
struct Script {
  Outlet* outlet = nullptr;
  std::size_t takes = SIZE_MAX;  // bytes of each receive()
  Bytes received;
  int proceeded = 0;
  bool ended = false;
  bool lost = false;
  bool alive = false;
};
Script script;

class Scripted final : public Program {
 public:
  Scripted() { script.alive = true; }
  ~Scripted() override { script.alive = false; }
  std::size_t receive(ByteView data) override {
    const ByteView part = data.first(std::min(script.takes, data.size()));
    script.received.insert(script.received.end(), part.begin(), part.end());
    return part.size();
  }
  void receive_end() override { script.ended = true; }
  void proceed() override { ++script.proceeded; }
  void lost() override { script.lost = true; }
};

std::unique_ptr<Program> start(std::string_view request, std::string_view command, const Services&, Outlet& outlet) {
  if (request != "subsystem" || command != "sftp") return nullptr;
  script = {};
  script.outlet = &outlet;
  return std::make_unique<Scripted>();
}

struct Stage {
  std::vector<Bytes> host_keys{to_bytes("ED"), to_bytes("RSA")};
  Bytes ring = Bytes(asks::ring_size);
  doubles::Sibling warden{asks::ssh_login_asks, [](const ipc::Frame&) -> Result<Bytes> {
                            return ipc::encode(asks::Renew::Reply{to_bytes("NEXT"), 2'000'000});
                          }};
  doubles::Sibling keeper{asks::catalog_asks, [](const ipc::Frame&) -> Result<Bytes> { return Bytes{}; }};
  doubles::Sibling porter{asks::data_asks, [](const ipc::Frame&) -> Result<Bytes> { return Bytes{}; }};
  doubles::Sibling signet{asks::ssh_signing_asks, [](const ipc::Frame& ask) -> Result<Bytes> {
                            const auto proof = ipc::decode<asks::ProveHostKey>(ask.body).value();
                            return ipc::encode(asks::ProveHostKey::Reply{proof.key});
                          }};
  doubles::KeptWire wire;
  Session session{wire,
                  {.siblings = {warden.channel, keeper.channel, porter.channel, signet.channel},
                   .ring = ring,
                   .host_keys = host_keys,
                   .user_name = "alice",
                   .agent = "agent",
                   .capability = to_bytes("FIRST"),
                   .expires_ms = 1'000'000},
                  start,
                  0};

  Result<void> take(const ssh::ConnectionMessage& message) {
    const Bytes payload = ssh::print_connection(message);
    return session.take(payload);
  }
  Result<void> open(std::uint32_t window = 1'000, std::uint32_t packet_max = 32'768) {
    return take(ssh::ChannelOpen{"session", 7, window, packet_max, {}});
  }
  Result<void> request(std::string_view type, std::string_view command, bool want_reply = true,
                       std::uint32_t channel = 0) {
    const Bytes rest = Writer{}.string(as_bytes(command)).take();
    return take(ssh::ChannelRequest{channel, type, want_reply, rest});
  }
  Result<void> data(std::string_view text, std::uint32_t channel = 0) {
    return take(ssh::ChannelData{channel, as_bytes(text)});
  }
  // The channel's program, running.
  void run(std::uint32_t window = 1'000, std::uint32_t packet_max = 32'768) {
    REQUIRE(open(window, packet_max).ok());
    REQUIRE(request("subsystem", "sftp").ok());
    REQUIRE(wire.last() == ssh::connection::channel_success);
    wire.sent.clear();
  }
};

}  // namespace

TEST_CASE("session: host keys are announced and proved, other global requests refused") {
  Stage stage;
  CHECK(stage.wire.sent.at(0) == ssh::print_host_keys(stage.host_keys));
  const auto global = [&](std::string_view name, ByteView rest, bool want_reply = true) {
    stage.wire.sent.clear();
    CHECK(stage.take(ssh::GlobalRequest{name, want_reply, rest}).ok());
    return stage.wire.sent.empty() ? Bytes{} : stage.wire.sent[0];
  };
  const Bytes both = Writer{}.string(as_bytes("RSA")).string(as_bytes("ED")).take();
  CHECK(global("hostkeys-prove-00@openssh.com", both) ==
        ssh::print_host_keys_proved({to_bytes("RSA"), to_bytes("ED")}));
  CHECK(global("hostkeys-prove-00@openssh.com", Writer{}.string(as_bytes("OTHER")).take()) == Bytes{82});
  CHECK(stage.signet.asked().size() == 2);
  CHECK(global("tcpip-forward", Writer{}.string({}).u32(22).take()) == Bytes{82});
  CHECK(global("keepalive@openssh.com", {}) == Bytes{82});
  CHECK(global("no-more-sessions@openssh.com", {}, false).empty());
}

TEST_CASE("session: host keys are not proved without end") {
  Stage stage;
  const Bytes one = Writer{}.string(as_bytes("ED")).take();
  for (int i = 0; i < 100; ++i) CHECK(stage.take(ssh::GlobalRequest{"hostkeys-prove-00@openssh.com", true, one}).ok());
  CHECK(stage.signet.asked().size() == proofs_max);
  CHECK(stage.wire.sent.back() == Bytes{82});
}

TEST_CASE("session: only session channels, two at a time, with packets of a size") {
  Stage stage;
  for (const std::string_view type : {"direct-tcpip", "x11", "forwarded-tcpip", "direct-streamlocal@openssh.com", ""}) {
    CHECK(stage.take(ssh::ChannelOpen{type, 3, 1'000, 32'768, as_bytes("rest")}).ok());
    CHECK(stage.wire.last() == ssh::connection::channel_open_failure);
  }
  CHECK(stage.open(1'000, 0).ok());
  CHECK(stage.wire.last() == ssh::connection::channel_open_failure);
  CHECK(stage.open().ok());
  CHECK(stage.wire.sent.back() ==
        ssh::print_connection(ssh::ChannelOpenConfirmation{7, 0, window_size, data_size_max, {}}));
  CHECK(stage.open().ok());
  CHECK(stage.wire.last() == ssh::connection::channel_open_confirmation);
  CHECK(stage.open().ok());
  CHECK(stage.wire.last() == ssh::connection::channel_open_failure);
  CHECK(stage.take(ssh::ChannelClose{0}).ok());
  CHECK(stage.wire.last() == ssh::connection::channel_close);
  CHECK(stage.open().ok());  // in sequence, with a number of its own
  CHECK(stage.wire.sent.back() ==
        ssh::print_connection(ssh::ChannelOpenConfirmation{7, 2, window_size, data_size_max, {}}));
  CHECK_FALSE(stage.data("stale", 0).ok());
}

TEST_CASE("session: what belongs to no open channel ends the connection") {
  Stage stage;
  CHECK_FALSE(stage.data("x").ok());
  CHECK_FALSE(stage.take(ssh::ChannelClose{0}).ok());
  REQUIRE(stage.open().ok());
  CHECK_FALSE(stage.data("x", 1).ok());
  CHECK_FALSE(stage.take(ssh::ChannelOpenConfirmation{0, 0, 1, 1, {}}).ok());
  CHECK_FALSE(stage.take(ssh::ChannelSuccess{0}).ok());
  CHECK_FALSE(stage.take(ssh::ChannelExtendedData{0, 1, as_bytes("x")}).ok());
}

TEST_CASE("channel: only the known program runs, once") {
  Stage stage;
  REQUIRE(stage.open().ok());
  for (const std::string_view type :
       {"shell", "env", "pty-req", "x11-req", "auth-agent-req@openssh.com", "exec", "signal"}) {
    CHECK(stage.request(type, "/bin/sh").ok());
    CHECK(stage.wire.last() == ssh::connection::channel_failure);
  }
  CHECK(stage.request("subsystem", "netconf").ok());
  CHECK(stage.wire.last() == ssh::connection::channel_failure);
  const std::size_t answered = stage.wire.sent.size();
  CHECK(stage.request("env", "x", false).ok());
  CHECK(stage.wire.sent.size() == answered);
  CHECK(stage.request("subsystem", "sftp").ok());
  CHECK(stage.wire.last() == ssh::connection::channel_success);
  CHECK(script.alive);
  CHECK(stage.request("subsystem", "sftp").ok());
  CHECK(stage.wire.last() == ssh::connection::channel_failure);
}

TEST_CASE("channel: a command that is cut short ends the connection") {
  Stage stage;
  REQUIRE(stage.open().ok());
  CHECK_FALSE(stage.take(ssh::ChannelRequest{0, "exec", true, as_bytes("broken")}).ok());
}

TEST_CASE("channel: data that is not taken is held, copied only when the peer must be heard") {
  Stage stage;
  stage.run();
  script.takes = 2;
  const Bytes payload = ssh::print_connection(ssh::ChannelData{0, as_bytes("abcdefgh")});
  REQUIRE(stage.session.take(payload).ok());
  CHECK(as_text(script.received) == "ab");
  CHECK(stage.session.holds());
  stage.session.proceed();
  CHECK(as_text(script.received) == "abcd");
  CHECK(stage.session.holds());
  stage.wire.room_left = 0;  // nothing but a message of the peer can help
  CHECK_FALSE(stage.session.holds());
  REQUIRE(stage.data("ij").ok());
  CHECK(as_text(script.received) == "abcd");
  REQUIRE(stage.take(ssh::ChannelEof{0}).ok());
  CHECK_FALSE(script.ended);
  script.takes = SIZE_MAX;
  stage.session.proceed();
  CHECK(as_text(script.received) == "abcdefghij");
  CHECK(script.ended);
}

TEST_CASE("channel: our window, in large steps and by what was taken") {
  Stage stage;
  stage.run();
  const std::string block(data_size_max, 'x');
  std::size_t sent = 0;
  while (sent < window_step) {
    CHECK(stage.wire.sent.empty());
    REQUIRE(stage.data(block).ok());
    sent += block.size();
  }
  CHECK(stage.wire.sent.at(0) == ssh::print_connection(ssh::ChannelWindowAdjust{7, static_cast<std::uint32_t>(sent)}));
}

TEST_CASE("channel: more than the window, a message too large, data after the end") {
  SUBCASE("window") {
    Stage stage;
    REQUIRE(stage.open().ok());  // without a program nothing is taken
    const std::string block(data_size_max, 'x');
    std::size_t sent = 0;
    while (sent + block.size() <= window_size) {
      REQUIRE(stage.data(block).ok());
      sent += block.size();
    }
    CHECK_FALSE(stage.data(block).ok());
    CHECK(stage.data(std::string(window_size - sent, 'x')).ok());
    CHECK_FALSE(stage.data("x").ok());
  }
  SUBCASE("message") {
    Stage stage;
    stage.run();
    CHECK_FALSE(stage.data(std::string(data_size_max + 1, 'x')).ok());
  }
  SUBCASE("after the end") {
    Stage stage;
    stage.run();
    REQUIRE(stage.take(ssh::ChannelEof{0}).ok());
    CHECK(script.ended);
    CHECK_FALSE(stage.data("x").ok());
    CHECK(stage.take(ssh::ChannelEof{0}).ok());  // said twice is said once
  }
  SUBCASE("their window") {
    Stage stage;
    REQUIRE(stage.open(UINT32_MAX).ok());
    CHECK_FALSE(stage.take(ssh::ChannelWindowAdjust{0, 1}).ok());
  }
}

TEST_CASE("channel: the peer's window and packet size are obeyed") {
  Stage stage;
  stage.run(1'000, 300);
  CHECK(script.outlet->room() == 1'000);
  const Bytes first(500, 'a');
  const Bytes second(450, 'b');
  const std::array pieces{ByteView{first}, ByteView{}, ByteView{second}};
  script.outlet->send(pieces);
  CHECK(script.outlet->room() == 50);
  std::string together;
  for (const Bytes& message : stage.wire.sent) {
    const ssh::ConnectionMessage parsed = ssh::parse_connection(message).value();
    const auto& data = std::get<ssh::ChannelData>(parsed);
    CHECK(data.recipient == 7);
    CHECK(data.data.size() <= 300);
    together += as_text(data.data);
  }
  CHECK(stage.wire.sent.size() == 4);
  CHECK(together == std::string(500, 'a') + std::string(450, 'b'));
  script.outlet->send_error(std::string(51, 'e'));
  CHECK(stage.wire.sent.size() == 4);
  script.outlet->send_error(std::string(50, 'e'));
  CHECK(stage.wire.last() == ssh::connection::channel_extended_data);
  CHECK(script.outlet->room() == 0);
  REQUIRE(stage.take(ssh::ChannelWindowAdjust{0, 10}).ok());
  CHECK(script.outlet->room() == 10);
}

TEST_CASE("channel: the end of its program, and what is still on its way then") {
  Stage stage;
  stage.run();
  script.outlet->finish(3);
  REQUIRE(stage.wire.sent.size() == 3);
  CHECK(stage.wire.sent[0] == ssh::print_exit_status(7, 3));
  CHECK(stage.wire.sent[1] == ssh::print_connection(ssh::ChannelEof{7}));
  CHECK(stage.wire.sent[2] == ssh::print_connection(ssh::ChannelClose{7}));
  CHECK(script.outlet->room() == 0);
  CHECK(stage.data("late").ok());
  CHECK(script.received.empty());
  CHECK(stage.request("shell", "").ok());
  CHECK(stage.take(ssh::ChannelClose{0}).ok());
  CHECK(stage.wire.sent.size() == 3);
  CHECK_FALSE(script.alive);
  CHECK_FALSE(script.lost);
}

TEST_CASE("channel: a program whose channel goes is told") {
  Stage stage;
  stage.run();
  SUBCASE("closed by the peer") {
    CHECK(stage.take(ssh::ChannelClose{0}).ok());
  }
  SUBCASE("with the connection") {
    stage.session.end(0);
  }
  CHECK(script.lost);
  CHECK_FALSE(script.alive);
}

TEST_CASE("session: the capability is renewed ahead of its time, at keeper too") {
  Stage stage;
  CHECK(stage.session.renew_at() == 1'000'000 - renewal_margin_ms);
  REQUIRE(stage.session.renew(900'000).ok());
  CHECK(stage.session.renew_at() == 2'000'000 - renewal_margin_ms);
  CHECK(stage.warden.asked() == std::vector<std::uint16_t>{asks::Renew::number});
  CHECK(stage.keeper.asked() == std::vector<std::uint16_t>{asks::Adopt::number});
}
