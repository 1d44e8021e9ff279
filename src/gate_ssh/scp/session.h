#pragma once
// What a command of an "exec" request works with, and the way its output goes.
#include <algorithm>
#include <array>
#include <string>

#include "gate_ssh/files/catalog.h"
#include "gate_ssh/files/porter.h"
#include "gate_ssh/files/program.h"

namespace bulkhead::gate_ssh {

struct CommandSession {
  Porter& porter;
  Catalog& catalog;
  Outlet& outlet;
  std::string agent;  // the client's product, for the record
};

// Short output, kept until there is room for it.
class Output {
 public:
  explicit Output(Outlet& outlet) : outlet_{outlet} {}

  void add(std::string_view text) { waiting_ += text; }
  // Sends what there is room for. True: all is out.
  bool flush() {
    const std::array piece{as_bytes(waiting_).first(std::min(waiting_.size(), outlet_.room()))};
    if (!piece[0].empty()) outlet_.send(piece);
    waiting_.erase(0, piece[0].size());
    return waiting_.empty();
  }
  void clear() { waiting_.clear(); }

 private:
  Outlet& outlet_;
  std::string waiting_;
};

}  // namespace bulkhead::gate_ssh
