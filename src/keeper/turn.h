#pragma once
// Turn: all changes of one turn of the loop in one transaction, which begins with the first change, so that a turn of
// reads alone costs no commit and no sync. What lies outside of the database (blobs, drafts in memory) follows it: each
// ask may leave effects for after the commit, and undoings for the case that it fails.
#include <functional>
#include <vector>

#include "db/db.h"

namespace bulkhead::keeper {

class Turn {
 public:
  explicit Turn(db::Db& db) : db_{db} {}

  // Runs `change`, which returns a Result, as one ask: if it fails, nothing of it is kept, and its undoings run.
  template <class Change>
  std::invoke_result_t<Change&> ask(Change&& change) {
    if (!db_.in_transaction()) TRY(db_.begin());
    const Mark mark{after_commit_.size(), undo_.size()};
    db::Savepoint savepoint = TRY(db_.savepoint());
    std::invoke_result_t<Change&> result = change();
    if (result.ok()) {
      Result<void> kept = savepoint.keep();
      if (kept.ok()) return result;
      result = std::move(kept).error();
    }
    undo_to(mark);
    return result;
  }

  // Inside of ask().
  void after_commit(std::function<void()> effect) { after_commit_.push_back(std::move(effect)); }
  // Outside of ask() as well: for an answer that changed memory only, and is refused when the turn fails.
  void on_undo(std::function<void()> undoing) { undo_.push_back(std::move(undoing)); }

  // The end of the turn. `before` makes durable what the transaction refers to; it is called only if there is one.
  Result<void> commit(const std::function<Result<void>()>& before);

 private:
  struct Mark {
    std::size_t after_commit = 0;
    std::size_t undo = 0;
  };
  void undo_to(Mark mark);

  db::Db& db_;
  std::vector<std::function<void()>> after_commit_;
  std::vector<std::function<void()>> undo_;
};

}  // namespace bulkhead::keeper
