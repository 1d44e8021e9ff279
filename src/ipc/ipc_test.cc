#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "ipc/admin_asks.h"
#include "ipc/catalog_asks.h"
#include "ipc/data_asks.h"
#include "ipc/login_asks.h"
#include "ipc/release_asks.h"
#include "ipc/service.h"
#include "ipc/ssh_login_asks.h"
#include "ipc/ssh_signing_asks.h"
#include "ipc/storage_asks.h"

using namespace bulkhead;

namespace {

struct Add {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    std::uint64_t sum = 0;
    static auto fields(auto& m, auto&& f) { return f(m.sum); }
  };
  std::uint64_t left = 0;
  std::uint64_t right = 0;
  static auto fields(auto& m, auto&& f) { return f(m.left, m.right); }
};
struct Bind {
  static constexpr std::uint16_t number = 3;
  using Reply = ipc::Nothing;
  static auto fields(auto&, auto&& f) { return f(); }
};
struct Give {
  static constexpr std::uint16_t number = 4;
  using Reply = ipc::Nothing;
  static auto fields(auto&, auto&& f) { return f(); }
};
constexpr std::array table{
    ipc::Row{Add::number, "add", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{Bind::number, "bind", ipc::Phase::before, ipc::Times::once, 0},
    ipc::Row{Give::number, "give", ipc::Phase::any, ipc::Times::limited, 0, 1},
};
static_assert(ipc::sorted_unique(table));

// A service of `table` in a thread, and one channel to it.
class Running {
 public:
  explicit Running(std::function<Result<void>()> commit = {}) {
    auto [ours, theirs] = std::move(*socket_pair());
    auto [stop, stopped] = std::move(*socket_pair());
    channel_.emplace(std::move(ours));
    stop_.emplace(std::move(stop));
    thread_ = std::thread{[this, fd = theirs.release(), stop_fd = stopped.release(), commit] {
      ipc::Service service;
      if (commit) service.on_commit(commit);
      service.on_violation([&](std::uint64_t connection, std::string_view) { violation_ = connection; });
      service.serve(Fd{stop_fd}, {}, 0, [](ipc::Call&) {}, [&](ipc::PeerId) { service.stop(); }, true);
      service.serve(Fd{fd}, table, 77, [&](ipc::Call& call) { handle(call); });
      service.run();
    }};
  }
  ~Running() {
    stop_.reset();
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  ipc::Channel& channel() { return *channel_; }
  std::uint64_t violation() {
    stop_.reset();
    thread_.join();
    thread_ = std::thread{[] {}};
    return violation_;
  }

 private:
  static void handle(ipc::Call& call) {
    if (call.frame.number == Bind::number) {
      call.service.bind(call.ticket.peer);
      return ipc::answer_now<Bind>(call, [](const Bind&) -> Result<ipc::Nothing> { return ipc::Nothing{}; });
    }
    if (call.frame.number == Give::number) {
      return ipc::answer_now<Give>(call, [](const Give&) -> Result<ipc::Nothing> { return ipc::Nothing{}; });
    }
    ipc::answer_now<Add>(call, [](const Add& add) -> Result<Add::Reply> {
      if (add.left > 1000) return fail(Errc::too_large, "too much");
      return Add::Reply{add.left + add.right};
    });
  }
  std::optional<ipc::Channel> channel_;
  std::optional<Fd> stop_;
  std::thread thread_;
  std::uint64_t violation_ = 0;
};

template <class Message>
void check_fits(const Message& message, ipc::Table rows) {
  const ipc::Row* row = ipc::find_row(rows, Message::number);
  REQUIRE(row != nullptr);
  CHECK_MESSAGE(ipc::encode(message).size() <= row->size_max, row->name);
}

}  // namespace

TEST_CASE("asks, answers and refusals over a real channel") {
  Running running;
  CHECK(running.channel().ask(Bind{}).ok());
  CHECK(running.channel().ask(Add{2, 3})->sum == 5);
  const Result<Add::Reply> refused = running.channel().ask(Add{2000, 3});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind() == Errc::too_large);
  CHECK(refused.error().message() == "too much");
}

TEST_CASE("I4: what the table does not admit here and now ends the asker, and is counted") {
  const auto ends = [](auto&& hostile) {
    Running running;
    hostile(running.channel());
    CHECK_FALSE(running.channel().ask(Bind{}).ok());
    CHECK(running.violation() == 77);
  };
  ends([](ipc::Channel& c) { static_cast<void>(c.ask(Add{1, 1})); });  // before bind
  ends([](ipc::Channel& c) { static_cast<void>(c.send({9, ipc::Kind::ask, 1, {}, {}})); });
  ends([](ipc::Channel& c) { static_cast<void>(c.send({0, ipc::Kind::notice, 1, {}, {}})); });
  ends([](ipc::Channel& c) { static_cast<void>(c.send({Bind::number, ipc::Kind::ask, 1, Bytes(1), {}})); });    // over size_max
  ends([](ipc::Channel& c) { static_cast<void>(c.send({Give::number, ipc::Kind::ask, 1, {}, {}})); });          // no descriptor
  ends([](ipc::Channel& c) { static_cast<void>(c.send({Bind::number, ipc::Kind::answer, 1, {}, {}})); });       // never asked
  ends([](ipc::Channel& c) {
    const std::array fds{0};
    static_cast<void>(c.send({Bind::number, ipc::Kind::ask, 1, {}, {}}, fds));  // a descriptor where the row has none
  });
  ends([](ipc::Channel& c) {
    static_cast<void>(c.ask(Bind{}));
    static_cast<void>(c.ask(Bind{}));  // once, and of the other phase
  });
  ends([](ipc::Channel& c) {
    static_cast<void>(c.ask(Bind{}));
    static_cast<void>(c.send({Add::number, ipc::Kind::ask, 5, Bytes(15), {}}));  // malformed body
  });
  ends([](ipc::Channel& c) {
    const Bytes raw{0, 0, 0, 99, 0, 3, 0, 0, 0, 0, 0, 1};  // its length disagrees
    CHECK(::write(c.fd(), raw.data(), raw.size()) == static_cast<ssize_t>(raw.size()));
  });
  ends([](ipc::Channel& c) {
    const std::array fds{0};
    for (std::uint32_t i = 0; i <= ipc::limited_times; ++i) {
      static_cast<void>(c.send({Give::number, ipc::Kind::ask, i, {}, {}}, fds));
      static_cast<void>(c.receive());
    }
  });
}

TEST_CASE("a failed commit turns every answer of the turn into its error") {
  Running running{[] { return Result<void>{fail(Errc::storage_full, "no space left")}; }};
  const Result<ipc::Nothing> answer = running.channel().ask(Bind{});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind() == Errc::storage_full);
}

TEST_CASE("frames: only the canonical bytes are a frame") {
  const Bytes good = ipc::print_frame({7, ipc::Kind::notice, 9, to_bytes("body"), {}});
  REQUIRE(ipc::parse_frame(good).ok());
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(ipc::parse_frame(ByteView{good}.first(size)).ok());
  Bytes wrong = good;
  wrong[6] = 4;
  CHECK_FALSE(ipc::parse_frame(wrong).ok());
  wrong = good;
  wrong[7] = 1;
  CHECK_FALSE(ipc::parse_frame(wrong).ok());
}

TEST_CASE("I1: the largest honest message fits its row") {
  const std::string name(255, 'n');
  check_fits(asks::SignOn{std::string(64, 'u'), Secret::zeroed(1000), Secret::zeroed(900)}, asks::login_asks);
  check_fits(asks::ListFolders{1, name, std::string(4096, 'p'), asks::FolderSort::path, {}}, asks::catalog_asks);
  check_fits(asks::CreateFolder{1, name, asks::Inherit::always}, asks::catalog_asks);
  check_fits(asks::ListFiles{1, name, true, 5, asks::FileSort::path, {}}, asks::catalog_asks);
  check_fits(asks::Release{{}, Bytes(60), 1, std::string(4400, 'p'), {}, 1, asks::Purpose::download}, asks::release_asks);
  check_fits(asks::Received{{}, Bytes(60), 1, std::string(4400, 'p'), {}, 1}, asks::release_asks);
  check_fits(asks::OpenWrite{1, name, std::string(4000, 'c'), std::string(200, 'a'), 1, asks::WriteMode::resume, true}, asks::data_asks);
  check_fits(asks::Finish{1, 1, Bytes(64), std::string(4000, 'c'), 1}, asks::data_asks);
  check_fits(asks::Digest{1, 1, 1, 1, 1}, asks::data_asks);
  check_fits(asks::Lookup{std::string(8'192, 'p')}, asks::catalog_asks);
  check_fits(asks::ListEntries{1, asks::EntryKind::file, name}, asks::catalog_asks);
  check_fits(asks::Move{std::string(8'192, 'p'), std::string(8'192, 'q'), true}, asks::catalog_asks);
  check_fits(asks::CreateDraft{1, name, asks::DraftMode::resume, true}, asks::storage_asks);
  check_fits(asks::DraftBlob{1, Bytes(60)}, asks::storage_asks);
  check_fits(asks::KeepDraft{1, 1, true}, asks::storage_asks);
  check_fits(asks::ResumeKey{{}, Bytes(60)}, asks::release_asks);
  check_fits(asks::SignExchange{std::string(253, 'v'), Bytes(16'384), Bytes(2'000), name, name, Bytes(1'300), Bytes(1'300), Secret::zeroed(80)},
             asks::ssh_signing_asks);
  check_fits(asks::SignOnWithKey{name, name, Bytes(16'384), Bytes(4'096), true}, asks::ssh_login_asks);
}

TEST_CASE("decoding refuses what encoding would not write") {
  Bytes list = ipc::encode(asks::ListGrants::Reply{});
  CHECK(ipc::decode<asks::ListGrants::Reply>(list).ok());
  list[8] = 0xff;  // behind the total: a count of four thousand million
  CHECK_FALSE(ipc::decode<asks::ListGrants::Reply>(list).ok());
  Bytes flag = ipc::encode(asks::Move{});
  flag.back() = 2;
  CHECK_FALSE(ipc::decode<asks::Move>(flag).ok());
  Bytes sort = ipc::encode(asks::ListFiles{});
  CHECK_FALSE(ipc::decode<asks::ListFiles>(ByteView{sort}.first(sort.size() - 1)).ok());
  sort.push_back(0);
  CHECK_FALSE(ipc::decode<asks::ListFiles>(sort).ok());
}
