#pragma once
// For tests: a program between doubles, and a peer that says what it likes.
#include <doctest/doctest.h>
#include <poll.h>

#include "gate_ssh/files/doubles.h"
#include "gate_ssh/scp/session.h"

namespace bulkhead::gate_ssh::doubles {

class Wire final : public Outlet {
 public:
  std::size_t room() const override { return window; }
  void send(std::span<const ByteView> pieces) override {
    REQUIRE_FALSE(exit_status.has_value());
    for (const ByteView piece : pieces) {
      REQUIRE(piece.size() <= window);
      window -= piece.size();
      text += as_text(piece);
    }
  }
  void send_error(std::string_view line) override { error += line; }
  void finish(int status) override {
    REQUIRE_FALSE(exit_status.has_value());
    exit_status = status;
  }

  std::size_t window = SIZE_MAX;
  std::string text;
  std::string error;
  std::optional<int> exit_status;
};

class Stage {
 public:
  CommandSession session() { return {*siblings.porter, *siblings.catalog, wire, "test client"}; }

  // Lets the program do what it can with what the peer has said; ends when nothing moves and nobody is asked.
  void settle() {
    for (;;) {
      const auto before = standing();
      const std::size_t offered = std::min(input.size(), piece_size);
      const std::size_t taken = program->receive(as_bytes(input).first(offered));
      REQUIRE(taken <= offered);
      input.erase(0, taken);
      siblings.porter->on_readable();
      program->proceed();
      if (before != standing()) continue;
      if (siblings.porter->pending() == 0) return;
      pollfd state{siblings.porter->fd(), POLLIN, 0};
      ::poll(&state, 1, 10);
    }
  }
  // What the program says after that.
  std::string say(std::string_view said) {
    input += said;
    settle();
    return std::exchange(wire.text, {});
  }
  // The peer has said all it will.
  std::string end() {
    settle();
    REQUIRE(input.empty());
    program->receive_end();
    settle();
    return std::exchange(wire.text, {});
  }
  std::optional<std::string> content(const std::string& path) {
    const std::optional<Bytes> found = siblings.get(path);
    return found ? std::optional{to_text(*found)} : std::nullopt;
  }
  void folder(const std::string& path) {
    const std::lock_guard lock{siblings.store.mutex};
    siblings.store.folders[path] = static_cast<std::uint32_t>(siblings.store.next_id++);
  }
  std::optional<std::string> draft(const std::string& path) {
    const std::lock_guard lock{siblings.store.mutex};
    const auto found = siblings.store.drafts.find(path);
    return found == siblings.store.drafts.end() ? std::nullopt : std::optional{to_text(found->second)};
  }

  Siblings siblings;
  Wire wire;
  std::unique_ptr<Program> program;
  std::string input;
  std::size_t piece_size = SIZE_MAX;

 private:
  std::array<std::size_t, 3> standing() const { return {input.size(), wire.text.size(), siblings.porter->pending()}; }
};

}  // namespace bulkhead::gate_ssh::doubles
