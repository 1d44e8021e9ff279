// SignOnWithPassword and the dialogue of keyboard-interactive (RFC 4256): the password, and when it must be changed a
// new one, twice. As over HTTP each check costs the same whether there is such a user or not; the order of methods is
// looked at after it.
#include "base/cat.h"
#include "crypt/random.h"
#include "warden/answers.h"
#include "warden/password_policy.h"

namespace bulkhead::warden {
namespace {

asks::SshDialogue ask_new_password(std::string instruction) {
  asks::SshDialogue out;
  out.asks = true;
  out.instruction = std::move(instruction);
  out.prompts = {{"New password: ", false}, {"New password again: ", false}};
  return out;
}

}  // namespace

void Answers::answer_ssh(const ipc::Ticket& ticket, Result<asks::SshSignOn> result) {
  if (ticket.number != asks::AnswerDialogue::number) return service_.answer(ticket, outward(std::move(result)));
  if (!result.ok()) return service_.refuse(ticket, outward_error(result.error()));
  asks::SshDialogue out;
  out.result = std::move(*result);
  service_.answer(ticket, Result<asks::SshDialogue>{std::move(out)});
}

Answers::Claim Answers::claim_of(const Attempt& attempt, std::optional<User> user) const {
  return {attempt.name, attempt.who, std::move(user), attempt.user};
}

void Answers::sign_on_with_password(ipc::Call& call) {
  Result<asks::SignOnWithPassword> ask =
      ipc::decode<asks::SignOnWithPassword>(call.frame.body, "sign_on_with_password");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  Result<Claim> who = claim(call.connection, ask->user_name);
  if (!who.ok()) return service_.refuse(call.ticket, outward_error(who.error()));
  check_ssh_password(call, std::move(*who), std::move(ask->password), SshMethod::password);
}

void Answers::check_ssh_password(const ipc::Call& call, Claim claim, Secret password, SshMethod method) {
  const ConnectionNumber number = call.connection;
  if (throttle_.refuses(claim.who, clock_.monotonic_ms())) {
    return answer_ssh(call.ticket, refuse_ssh(number, claim, method, "throttled", false));
  }
  if (password.empty()) return answer_ssh(call.ticket, refuse_ssh(number, claim, method, "empty password"));
  if (password.size() > password_size_max) {
    return answer_ssh(call.ticket, refuse_ssh(number, claim, method, "password too long"));
  }
  Attempt attempt;
  attempt.ticket = call.ticket;
  attempt.connection = number;
  attempt.who = claim.who;
  attempt.name = claim.name;
  attempt.user = claim.id;
  attempt.method = method;
  crypt::fill_random(attempt.credential.salt);
  if (claim.user) attempt.credential = claim.user->credential;
  derive(std::move(attempt), std::move(password), &Answers::ssh_password_derived);
}

void Answers::ssh_password_derived(Attempt attempt, Result<Verifier> verifier) {
  if (!verifier.ok()) return service_.refuse(attempt.ticket, outward_error(verifier.error()));
  const ConnectionNumber number = attempt.connection;
  // Guesses that were in flight together count one after the other.
  if (throttle_.refuses(attempt.who, clock_.monotonic_ms())) {
    return answer_ssh(attempt.ticket, refuse_ssh(number, claim_of(attempt, {}), attempt.method, "throttled", false));
  }
  Result<std::optional<User>> user = user_of_password(attempt, *verifier);
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  const Claim claim = claim_of(attempt, std::move(*user));
  if (!claim.user) return answer_ssh(attempt.ticket, refuse_ssh(number, claim, attempt.method, "wrong", false));
  SshProgress& progress = connection(number).ssh.progress;
  const Result<bool> in_order = allows(progress, claim, attempt.method);
  if (!in_order.ok()) return service_.refuse(attempt.ticket, outward_error(in_order.error()));
  if (!*in_order) return answer_ssh(attempt.ticket, refuse_ssh(number, claim, attempt.method, "out of order"));
  progress.proven = attempt.credential.salt;
  const Result<PasswordAge> age = age_of_password(*claim.user);
  if (!age.ok()) return service_.refuse(attempt.ticket, outward_error(age.error()));
  const bool must_change = claim.user->must_change_password || *age == PasswordAge::must_change;
  if (!must_change || progress.new_password) {
    if (!attempt.foreign || progress.new_password) {
      return answer_ssh(attempt.ticket, method_done(number, claim, attempt.method));
    }
    attempt.proven = attempt.credential.salt;
    Secret known = attempt.foreign->clone();
    return derive_new(std::move(attempt), std::move(known), &Answers::ssh_foreign_password_derived);
  }
  // RFC 4252 section 8 could ask for it in the same breath; a dialogue shows both entries and the reason.
  if (attempt.method == SshMethod::password) {
    return answer_ssh(attempt.ticket, refuse_ssh(number, claim, attempt.method, "the password must be changed"));
  }
  progress.dialogue = Dialogue::new_password;
  service_.answer(attempt.ticket,
                  Result<asks::SshDialogue>{ask_new_password("Your password must be changed before you can go on.")});
}

void Answers::ssh_foreign_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  Result<User> user = adopt_password(attempt, *fresh);
  if (!user.ok() && user.error().kind() != Errc::conflict) {
    return service_.refuse(attempt.ticket, outward_error(user.error()));
  }
  const ConnectionNumber number = attempt.connection;
  if (!user.ok()) {
    return answer_ssh(attempt.ticket, refuse_ssh(number, claim_of(attempt, {}), attempt.method, "changed meanwhile"));
  }
  connection(number).ssh.progress.proven = user->credential.salt;
  answer_ssh(attempt.ticket, method_done(number, claim_of(attempt, std::move(*user)), attempt.method));
}

Result<asks::SshDialogue> Answers::start_dialogue(ConnectionNumber number, const asks::StartDialogue& ask) {
  static_cast<void>(TRY(claim(number, ask.user_name)));
  connection(number).ssh.progress.dialogue = Dialogue::password;
  asks::SshDialogue out;
  out.asks = true;
  out.prompts = {{"Password: ", false}};
  return out;
}

void Answers::answer_dialogue(ipc::Call& call) {
  Result<asks::AnswerDialogue> ask = ipc::decode<asks::AnswerDialogue>(call.frame.body, "answer_dialogue");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  SshProgress& progress = connection(call.connection).ssh.progress;
  const Dialogue asked = progress.dialogue;
  if (asked == Dialogue::none) return service_.end(call.ticket.peer, "an answer without a question");
  if (ask->answers.size() != (asked == Dialogue::password ? 1U : 2U)) {
    return service_.end(call.ticket.peer, "not as many answers as questions");
  }
  const std::string name = progress.name;
  Result<Claim> who = claim(call.connection, name);
  if (!who.ok()) return service_.refuse(call.ticket, outward_error(who.error()));
  if (asked == Dialogue::new_password) return take_new_password(call, std::move(*who), std::move(ask->answers));
  progress.old_password = ask->answers[0].clone();
  progress.new_password_rounds = 0;
  check_ssh_password(call, std::move(*who), std::move(ask->answers[0]), SshMethod::keyboard_interactive);
}

void Answers::take_new_password(const ipc::Call& call, Claim claim, std::vector<Secret> answers) {
  constexpr SshMethod method = SshMethod::keyboard_interactive;
  SshProgress& progress = connection(call.connection).ssh.progress;
  if (!claim.user || !claim.user->active || progress.proven != claim.user->credential.salt) {
    return answer_ssh(call.ticket, refuse_ssh(call.connection, claim, method, "changed meanwhile"));
  }
  const bool same = equal_constant_time(answers[0].view(), answers[1].view());
  const bool is_old = equal_constant_time(answers[0].view(), progress.old_password.view());
  Result<void> taken = check_new_password(answers[0], person(*claim.user));
  if (taken.ok() && is_old) taken = fail(Errc::invalid, "The new password is the old one: choose another one.");
  if (!same) taken = fail(Errc::invalid, "The two entries are not the same: type the new password twice.");
  if (!taken.ok()) return ask_another_password(call.ticket, call.connection, claim, taken.error());
  Attempt attempt;
  attempt.ticket = call.ticket;
  attempt.connection = call.connection;
  attempt.who = claim.who;
  attempt.name = claim.name;
  attempt.user = claim.id;
  attempt.method = method;
  attempt.proven = claim.user->credential.salt;
  derive_new(std::move(attempt), std::move(answers[0]), &Answers::ssh_new_password_derived);
}

void Answers::ask_another_password(const ipc::Ticket& ticket, ConnectionNumber number, const Claim& claim,
                                   const Error& why) {
  SshProgress& progress = connection(number).ssh.progress;
  if (++progress.new_password_rounds == new_password_rounds_max) {
    return answer_ssh(ticket, refuse_ssh(number, claim, SshMethod::keyboard_interactive, "no good new password"));
  }
  progress.dialogue = Dialogue::new_password;
  service_.answer(ticket, Result<asks::SshDialogue>{ask_new_password(why.message())});
}

void Answers::ssh_new_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok() && fresh.error().kind() != Errc::invalid) {
    return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  }
  Result<std::optional<User>> user = identity_.user_by_id(attempt.user);
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  const Claim claim = claim_of(attempt, std::move(*user));
  // The password that was proven must still be the account's.
  if (!claim.user || !claim.user->active || claim.user->credential.salt != attempt.proven) {
    return answer_ssh(attempt.ticket, refuse_ssh(attempt.connection, claim, attempt.method, "changed meanwhile"));
  }
  if (!fresh.ok()) return ask_another_password(attempt.ticket, attempt.connection, claim, fresh.error());
  SshProgress& progress = connection(attempt.connection).ssh.progress;
  progress.new_password = *fresh;
  progress.old_password.clear();
  answer_ssh(attempt.ticket, method_done(attempt.connection, claim, attempt.method));
}

}  // namespace bulkhead::warden
