#include "keeper/turn.h"

namespace bulkhead::keeper {

void Turn::undo_to(Mark mark) {
  after_commit_.resize(mark.after_commit);
  while (undo_.size() > mark.undo) {
    const std::function<void()> undoing = std::move(undo_.back());
    undo_.pop_back();
    undoing();
  }
}

Result<void> Turn::commit(const std::function<Result<void>()>& before) {
  if (!db_.in_transaction()) {
    undo_.clear();
    return {};
  }
  Result<void> done = before();
  if (done.ok())
    done = db_.commit();
  else
    db_.rollback();
  if (!done.ok()) {
    undo_to({});
    return done;
  }
  undo_.clear();
  for (const auto& effect : std::exchange(after_commit_, {})) effect();
  return {};
}

}  // namespace bulkhead::keeper
