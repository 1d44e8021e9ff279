#include "gate_ssh/scp/source.h"

#include "base/cat.h"
#include "gate_ssh/scp/stage.h"

namespace bulkhead::gate_ssh {
namespace {

using namespace std::string_literals;

const std::string good = "\0"s;

class SourceStage : public doubles::Stage {
 public:
  explicit SourceStage(std::string_view command) : command_{command} {}
  // After what is to be sent was put.
  void start() {
    program = std::make_unique<ScpSource>(session(), *scp::parse_invocation(*scp::parse_words(command_)));
  }
  void put(const std::string& path, std::string_view text = "x") { siblings.put(path, to_bytes(text)); }
  // All that a receiver sees that is always content.
  std::string receive_all() {
    start();
    std::string all = say("");
    for (int i = 0; i < 100'000 && !wire.exit_status; ++i) all += say(good);
    return all;
  }

 private:
  std::string command_;
};

TEST_CASE("one file, step by step") {
  SourceStage stage{"scp -p -f a.txt"};
  stage.put("/home/a.txt", "hello");
  stage.start();
  CHECK(stage.say("") == "");  // the receiver speaks first
  CHECK(stage.say(good) == "T1700000000 0 1700000000 0\n");
  CHECK(stage.say(good) == "C0600 5 a.txt\n");
  CHECK(stage.say(good) == "hello"s + good);
  CHECK_FALSE(stage.wire.exit_status);
  CHECK(stage.say(good) == "");
  CHECK(stage.wire.exit_status == 0);
}

TEST_CASE("several paths; what is not there, and what may not be sent, are complaints") {
  SourceStage stage{"scp -f a none /home /home/draft secret b"};
  stage.put("/home/a");
  stage.put("/home/b");
  stage.put("/home/secret");
  stage.siblings.store.drafts["/home/draft"] = {};
  stage.siblings.store.denied.insert("/home/secret");
  const std::string all = stage.receive_all();
  CHECK(all.starts_with("C0600 1 a\nx\0\1scp: none: No such file or directory\n\1scp: /home: not a regular file\n"s));
  CHECK(all.find("\1scp: /home/draft: its upload is not finished\n") != std::string::npos);
  CHECK(all.find("\1scp: /home/secret: ") != std::string::npos);
  CHECK(all.ends_with("C0600 1 b\nx\0"s));
  CHECK(stage.wire.exit_status == 1);
}

TEST_CASE("a tree") {
  SourceStage stage{"scp -r -f tree"};
  stage.folder("/home/tree");
  stage.folder("/home/tree/\xc3\xa9");
  stage.folder("/home/tree/empty");
  stage.put("/home/tree/z", "");
  stage.put("/home/tree/\xc3\xa9/x", "abc");
  CHECK(stage.receive_all() ==
        "D0700 0 tree\nD0700 0 empty\nE\nD0700 0 \xc3\xa9\nC0600 3 x\nabc\0E\nC0600 0 z\n\0E\n"s);
  CHECK(stage.wire.exit_status == 0);
}

TEST_CASE("a folder of many pages") {
  SourceStage stage{"scp -r -f many"};
  stage.folder("/home/many");
  std::string wanted = "D0700 0 many\n";
  for (int i = 1'000; i < 1'700; ++i) {
    stage.put(cat("/home/many/", i), "");
    wanted += cat("C0600 0 ", i, "\n") + good;
  }
  CHECK(stage.receive_all() == wanted + "E\n");
}

TEST_CASE("what the receiver refuses is left out") {
  SourceStage stage{"scp -r -f tree b"};
  stage.folder("/home/tree");
  stage.put("/home/tree/x");
  stage.put("/home/b");
  stage.start();
  CHECK(stage.say(good) == "D0700 0 tree\n");
  CHECK(stage.say("\1no\n") == "C0600 1 b\n");
  CHECK(stage.say("\1no\n") == "");
  CHECK(stage.wire.exit_status == 1);

  SourceStage fatal{"scp -f b b"};
  fatal.put("/home/b");
  fatal.start();
  CHECK(fatal.say(good) == "C0600 1 b\n");
  CHECK(fatal.say("\2enough\n") == "");
  CHECK(fatal.wire.exit_status == 1);
}

TEST_CASE("patterns on any component") {
  SourceStage stage{"scp -f '/h'*/[a-c]*/?.txt 'q*' none*"};
  for (const char* folder : {"/home/a", "/home/b1", "/home/d", "/other"}) stage.folder(folder);
  stage.put("/home/a/1.txt");
  stage.put("/home/a/22.txt");
  stage.put("/home/b1/\xc3\xa9.txt");
  stage.put("/home/d/3.txt");
  stage.put("/home/c.txt");
  stage.put("/home/q1");
  CHECK(stage.receive_all() ==
        "C0600 1 1.txt\nx\0C0600 1 \xc3\xa9.txt\nx\0"
        "\1scp: q*: No such file or directory\n\1scp: none*: No such file or directory\n"s);
}

TEST_CASE("a pattern that matches nothing is a name") {
  SourceStage stage{"scp -f a[1].txt *[ */none */d/*.x"};
  stage.folder("/home/e");
  stage.folder("/home/e/d");
  stage.put("/home/a[1].txt");
  stage.put("/home/e/d/y.x");
  const std::string all = stage.receive_all();
  CHECK(all.starts_with("C0600 1 a[1].txt\nx\0"s));
  CHECK(all.find("\1scp: */none: No such file or directory\n") != std::string::npos);
  CHECK(all.ends_with("C0600 1 y.x\nx\0"s));
}

TEST_CASE("no pattern walks a tree again and again") {
  SourceStage stage{"scp -f */../*/../*/../none /*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/x"};
  for (int i = 0; i < 50; ++i) stage.folder(cat("/home/d", i));
  const std::string all = stage.receive_all();
  CHECK(all.find("No such file") != std::string::npos);
  CHECK(stage.wire.exit_status == 1);
}

TEST_CASE("content of several slots, through a narrow window") {
  SourceStage stage{"scp -f big"};
  std::string big(3 * asks::ring_slot_size * asks::ring_slots / 2 + 17, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 7 + i / 65'536);
  stage.put("/home/big", big);
  stage.siblings.porter_double.slow_us = 300;
  stage.start();
  CHECK(stage.say(good) == cat("C0600 ", big.size(), " big\n"));
  std::string all;
  stage.input = good;
  while (all.size() < big.size() + 1) {
    stage.wire.window = 77'777;
    const std::string part = stage.say("");
    REQUIRE_FALSE(part.empty());
    all += part;
  }
  CHECK(all == big + good);
}

TEST_CASE("content that cannot be read to its end is not made up") {
  SourceStage stage{"scp -f a"};
  stage.put("/home/a", "hello");
  stage.siblings.porter_double.reads_fail = true;
  stage.start();
  stage.say(good);
  CHECK(stage.say(good) == "");
  CHECK(stage.wire.exit_status == 1);
  CHECK(stage.wire.error.starts_with("scp: /home/a: "));
}

TEST_CASE("a receiver that says nothing, or goes") {
  SourceStage stage{"scp -f a a"};
  stage.put("/home/a", std::string(asks::ring_size, 'x'));
  stage.start();
  CHECK(stage.say("") == "");
  CHECK(stage.say("") == "");
  CHECK(stage.end() == "");
  CHECK(stage.wire.exit_status == 1);

  SourceStage lost{"scp -f a"};
  lost.put("/home/a", std::string(asks::ring_size, 'x'));
  lost.start();
  lost.wire.window = 1'000;
  lost.say(good + good);
  lost.program->lost();
  REQUIRE(lost.siblings.porter->settle(5'000));
  CHECK(lost.siblings.porter->free_slots() == asks::ring_slots);
}

TEST_CASE("the root has no name") {
  SourceStage stage{"scp -r -f /"};
  CHECK(stage.receive_all().starts_with("\1scp: /: "));
}

}  // namespace
}  // namespace bulkhead::gate_ssh
