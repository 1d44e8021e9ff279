#include "gate_ssh/scp/sink.h"

#include "base/cat.h"
#include "gate_ssh/scp/stage.h"

namespace bulkhead::gate_ssh {
namespace {

using namespace std::string_literals;

const std::string good = "\0"s;

class SinkStage : public doubles::Stage {
 public:
  explicit SinkStage(std::string_view command) {
    program = std::make_unique<ScpSink>(session(), *scp::parse_invocation(*scp::parse_words(command)));
  }
};

TEST_CASE("a file into a folder, to a new name, and over a file") {
  SinkStage into{"scp -t /home"};
  CHECK(into.say("") == good);
  CHECK(into.say("C0644 5 a.txt\n") == good);
  CHECK(into.say("hello") == "");
  CHECK_FALSE(into.content("/home/a.txt"));
  CHECK(into.say(good) == good);
  CHECK(into.content("/home/a.txt") == "hello");
  CHECK(into.say("C0644 0 empty\n") == good);
  CHECK(into.say(good) == good);
  CHECK(into.content("/home/empty") == "");
  into.end();
  CHECK(into.wire.exit_status == 0);

  SinkStage renamed{"scp -p -t new"};
  CHECK(renamed.say("T1234567890 0 5 0\nC0644 2 sent\n") == good + good + good);
  CHECK(renamed.say("hi"s + good) == good);
  CHECK(renamed.content("/home/new") == "hi");
  CHECK(renamed.siblings.store.files["/home/new"].modified_ms == 1'234'567'890'000);

  SinkStage over{"scp -t /home/old"};
  over.siblings.put("/home/old", to_bytes("a longer text"));
  over.say("C0644 2 x\nhi"s + good);
  CHECK(over.content("/home/old") == "hi");
}

TEST_CASE("a time counts for one file only") {
  SinkStage stage{"scp -p -t /home"};
  stage.say("T5 0 5 0\nC0644 0 a\n"s + good + "C0644 0 b\n" + good);
  CHECK(stage.siblings.store.files["/home/a"].modified_ms == 5'000);
  CHECK(stage.siblings.store.files["/home/b"].modified_ms != 5'000);
}

TEST_CASE("a tree, byte by byte, and into a folder that is there") {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
    SinkStage stage{"scp -r -t /home"};
    stage.piece_size = piece;
    stage.folder("/home/tree");
    const std::string said = stage.say("T1 0 1 0\nD0755 0 tree\nD0755 0 \xc3\xa9\nC0644 3 x\nabc"s + good +
                                       "E\nC0644 1 y\nz" + good + "E\n");
    CHECK(said == std::string(10, '\0'));
    CHECK(stage.content("/home/tree/\xc3\xa9/x") == "abc");
    CHECK(stage.content("/home/tree/y") == "z");
    stage.end();
    CHECK(stage.wire.exit_status == 0);
  }
  SinkStage renamed{"scp -r -t /home/copy"};
  renamed.say("D0755 0 tree\nC0644 1 y\nz"s + good + "E\n");
  CHECK(renamed.content("/home/copy/y") == "z");
}

TEST_CASE("content of several slots") {
  SinkStage stage{"scp -t /home/big"};
  std::string big(5 * asks::ring_slot_size * asks::ring_slots / 4 + 17, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 7 + i / 65'536);
  stage.piece_size = 100'000;
  stage.siblings.porter_double.slow_us = 300;
  CHECK(stage.say(cat("C0644 ", big.size(), " big\n") + big + good) == good + good + good);
  CHECK(stage.content("/home/big") == big);
}

TEST_CASE("names, sizes and lines that no client may send end it") {
  for (const char* line :
       {"C0644 1 ../x\n", "C0644 1 /x\n", "C0644 1 .\n", "C0644 1 ..\n", "C0644 -1 x\n",
        "C0644 9223372036854775808 x\n", "D0755 0 ..\n", "D0755 0 a/b\n", "E\n", "X\n", "\n", "C0644 1\n"}) {
    SinkStage stage{"scp -r -t /home"};
    const std::string said = stage.say(cat(line, "more"));
    CHECK_MESSAGE(said.starts_with("\0\2scp: "s), line);
    CHECK(stage.wire.exit_status == 1);
    CHECK(stage.siblings.store.files.empty());
  }
  SinkStage flat{"scp -t /home"};
  CHECK(flat.say("D0755 0 x\n").starts_with("\0\2"s));
  SinkStage endless{"scp -t /home"};
  CHECK(endless.say(std::string(100'000, 'C')).starts_with("\0\2"s));
}

TEST_CASE("what concerns one file is a complaint, and the next may come") {
  SinkStage stage{"scp -r -t /home"};
  stage.folder("/home/taken");
  stage.siblings.store.denied.insert("/home/secret");
  stage.say("");
  CHECK(stage.say("C0644 1 taken\n").starts_with("\1scp: "));
  CHECK(stage.say("C0644 1 secret\n").starts_with("\1scp: "));
  CHECK(stage.say("C0644 1 \x1b[2J\n").starts_with("\1scp: ?[2J: "));
  CHECK(stage.say("C0644 1 ok\nx"s + good) == good + good);
  CHECK(stage.say("D0755 0 ok\n").starts_with("\1scp: "));
  stage.siblings.porter_double.writes_fail = true;
  const std::string full = stage.say("C0644 1 full\nx"s + good);
  CHECK(full.starts_with("\0\1scp: /home/full: "s));
  stage.end();
  CHECK(stage.wire.exit_status == 1);
  CHECK(stage.content("/home/ok") == "x");
}

TEST_CASE("folders no deeper than a path may be") {
  SinkStage stage{"scp -r -t /home"};
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "D0755 0 d\n";
  const std::string said = stage.say(deep);
  CHECK(said.starts_with(std::string(path_depth_max, '\0')));
  CHECK(said[path_depth_max] == '\1');
  CHECK(stage.siblings.store.folders.size() == 2 + path_depth_max - 1);
}

TEST_CASE("the target must be a folder with -d, or a slash at its end") {
  for (const char* command : {"scp -d -t /home/new", "scp -t /home/new/", "scp -d -t /home/old", "scp -t /home/old/"}) {
    SinkStage stage{command};
    stage.siblings.put("/home/old", {});
    CHECK_MESSAGE(stage.say("").starts_with('\2'), command);
    CHECK(stage.wire.exit_status == 1);
  }
  SinkStage there{"scp -d -t ''"};
  CHECK(there.say("C0644 0 a\n"s + good) == good + good + good);
  CHECK(there.content("/home/a") == "");
  SinkStage nowhere{"scp -t /none/x"};
  CHECK(nowhere.say("C0644 0 a\n").starts_with("\0\1scp: "s));
}

TEST_CASE("a cut upload stays a draft, and is never published") {
  const std::string head = "C0644 10 a\n";
  for (const std::string& said : {head, head + "12345", head + "1234567890"}) {
    SinkStage stage{"scp -t /home"};
    stage.say(said);
    SUBCASE("the input ends") {
      stage.end();
      CHECK(stage.wire.exit_status == 1);
    }
    SUBCASE("the connection is lost") {
      stage.program->lost();
    }
    REQUIRE(stage.siblings.porter->settle(5'000));
    CHECK_FALSE(stage.content("/home/a"));
    CHECK(stage.draft("/home/a") == said.substr(head.size()));
  }
}

TEST_CASE("a sender that could not read its file, or sends more than it said") {
  SinkStage stage{"scp -t /home"};
  CHECK(stage.say("C0644 3 a\nxxx\1scp: a: read error\n").starts_with("\0\0\1scp: /home/a: "s));
  CHECK_FALSE(stage.draft("/home/a"));
  CHECK(stage.say("C0644 1 b\nx"s + good) == good + good);
  CHECK(stage.say("C0644 1 c\nxyz\n").starts_with("\0\2"s));
  CHECK(stage.wire.exit_status == 1);
  REQUIRE(stage.siblings.porter->settle(5'000));
  CHECK(stage.draft("/home/c") == "x");
  CHECK_FALSE(stage.content("/home/c"));
  CHECK_FALSE(stage.content("/home/a"));
}

TEST_CASE("a peer that reads nothing is not answered without end") {
  SinkStage stage{"scp -r -t /home"};
  stage.wire.window = 2;
  std::string times;
  for (int i = 0; i < 1'000; ++i) times += "T1 0 1 0\n";
  CHECK(stage.say(times) == good + good);
  CHECK(stage.input.size() > times.size() - 50);
  stage.wire.window = SIZE_MAX;
  CHECK(stage.say("").size() == 999);
}

}  // namespace
}  // namespace bulkhead::gate_ssh
