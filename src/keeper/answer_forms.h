#pragma once
// The forms in which asks of a session are answered: each is refused to who has not signed on, or whose scopes do not
// reach that far, before the function that answers it hears of it.
#include "keeper/answers.h"
#include "keeper/noted_asks.h"

namespace bulkhead::keeper {

inline Result<ipc::Nothing> nothing(const Result<void>& done) {
  if (!done.ok()) return Error{done.error()};
  return ipc::Nothing{};
}

template <class Ask, class Answer>
void Answers::answer_asker(ipc::Call& call, Answer&& answer) {
  ipc::answer_now<Ask>(call, [&](Ask& ask) -> Result<typename Ask::Reply> {
    const Asker asker = TRY(sessions_.asker(call.ticket.peer, Ask::number, clock_()));
    return answer(asker, ask);
  });
}

template <class Ask, class Answer>
void Answers::answer(ipc::Call& call, Answer&& answer) {
  static_assert(Unnoted<Ask>, "a change is for the log: noted(), or say in noted_asks.h why not");
  answer_asker<Ask>(call, std::forward<Answer>(answer));
}

// The same with an event for the log, both in one.
template <class Ask, class Change>
void Answers::noted(ipc::Call& call, Change&& change) {
  static_assert(!Unnoted<Ask>);
  answer_asker<Ask>(call, [&](auto& asker, auto& ask) -> Result<typename Ask::Reply> {
    return store_.turn.ask([&]() -> Result<typename Ask::Reply> {
      const Journal::Spot before = TRY(journal_.before(asker, ask));
      Result<typename Ask::Reply> reply = change(asker, ask);
      if (reply.ok()) TRY(journal_.note(asker, ask, before, *reply));
      return reply;
    });
  });
}

// `answer` gives the reply and, if there is one, the descriptor that goes with it.
template <class Ask, class Answer>
void Answers::answer_with_blob(ipc::Call& call, Answer&& answer) {
  static_assert(Unnoted<Ask>);
  const Result<Ask> ask = ipc::decode<Ask>(call.frame.body, "ask");
  if (!ask.ok()) return call.service.end(call.ticket.peer, ask.error().message());
  const Result<Asker> asker = sessions_.asker(call.ticket.peer, Ask::number, clock_());
  if (!asker.ok()) return call.service.refuse(call.ticket, asker.error());
  std::vector<Fd> descriptors;
  const Result<typename Ask::Reply> reply = answer(*asker, *ask, descriptors);
  call.service.answer<typename Ask::Reply>(call.ticket, reply, std::move(descriptors));
}

}  // namespace bulkhead::keeper
