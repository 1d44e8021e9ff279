#include "gate_ssh/login.h"

#include <algorithm>

#include "ipc/catalog_asks.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr std::string_view connection_service = "ssh-connection";

// Before warden has said anything: the same for every user name.
std::vector<std::string> all_methods() {
  return {std::string{ssh::method_key}, std::string{ssh::method_password}, std::string{ssh::method_dialogue}};
}

// What a sibling did not even look at is a refusal; a sibling that is gone is the end.
bool is_refusal(const Error& error) {
  return error.kind() != Errc::io;
}

}  // namespace

Login::Login(Siblings siblings, std::uint32_t attempts_max)
    : siblings_{siblings}, attempts_max_{std::min(attempts_max, attempts_limit)}, methods_{all_methods()} {}

Result<void> Login::open(const Bytes& statement) {
  TRY(siblings_.warden.ask(asks::OpenSshSession{statement}));
  return {};
}

Result<Login::Answer> Login::answer(ByteView payload) {
  reason_ = Disconnect::protocol_error;
  if (!payload.empty() && payload.front() == ssh::userauth::info_response) return go_on_with_dialogue(payload);
  return request(TRY(ssh::parse_userauth_request(payload)));
}

Result<Login::Answer> Login::request(const ssh::UserauthRequest& request) {
  questions_.reset();  // RFC 4252 section 5: a new request abandons what was under way
  // RFC 4252 section 5: "If the requested service is not available, the server MAY disconnect immediately".
  if (request.service != connection_service)
    return end(Disconnect::service_not_available, "another service was asked for");
  // The same: "if any of them change, the server MUST flush any authentication states"; warden does the same by itself.
  if (request.user_name != user_name_) forget_user();
  user_name_ = request.user_name;
  if (const auto* key = std::get_if<ssh::KeyMethod>(&request.details)) return with_key(*key);
  if (const auto* password = std::get_if<ssh::PasswordMethod>(&request.details)) return with_password(*password);
  if (std::holds_alternative<ssh::DialogueMethod>(request.details)) return start_dialogue();
  if (std::holds_alternative<ssh::NoneMethod>(request.details)) return failure(false);
  return refused();
}

Result<Login::Answer> Login::with_key(const ssh::KeyMethod& key) {
  if (key.is_signed) {
    return verdict(siblings_.warden.ask(asks::SignOnWithKey{user_name_, std::string{key.algorithm}, to_bytes(key.key),
                                                            to_bytes(key.signature), key.host_bound}));
  }
  if (++key_offers_ > key_offers_max)
    return end(Disconnect::no_more_auth_methods_available, "too many keys were offered");
  const Result<asks::OfferKey::Reply> offered =
      siblings_.warden.ask(asks::OfferKey{user_name_, std::string{key.algorithm}, to_bytes(key.key)});
  if (!offered.ok() && !is_refusal(offered.error())) return offered.error();
  if (!offered.ok() || !offered->acceptable) return failure(false);
  return Answer{ssh::print_key_acceptable(key.algorithm, key.key)};
}

Result<Login::Answer> Login::with_password(const ssh::PasswordMethod& password) {
  if (password.change || password.password.empty()) return refused();
  return verdict(siblings_.warden.ask(asks::SignOnWithPassword{user_name_, Secret::copy_of(password.password)}));
}

Result<Login::Answer> Login::start_dialogue() {
  if (++dialogue_asks_ > dialogue_asks_max)
    return end(Disconnect::no_more_auth_methods_available, "too many dialogues");
  return dialogue(siblings_.warden.ask(asks::StartDialogue{user_name_}));
}

Result<Login::Answer> Login::go_on_with_dialogue(ByteView payload) {
  if (!questions_) return end(Disconnect::protocol_error, "an answer to no question");
  std::vector<Secret> answers = TRY(ssh::parse_info_response(payload, *questions_));
  questions_.reset();
  if (++dialogue_asks_ > dialogue_asks_max)
    return end(Disconnect::no_more_auth_methods_available, "too many dialogues");
  return dialogue(siblings_.warden.ask(asks::AnswerDialogue{std::move(answers)}));
}

Result<Login::Answer> Login::dialogue(Result<asks::SshDialogue> said) {
  if (!said.ok()) return verdict(std::move(said).error());
  if (!said->asks) return verdict(std::move(said->result));
  ENSURE(said->prompts.size() <= ssh::dialogue_answers_max);
  std::vector<ssh::DialoguePrompt> prompts;
  for (const asks::SshPrompt& prompt : said->prompts) prompts.push_back({prompt.text, prompt.echo});
  questions_ = prompts.size();
  return Answer{ssh::print_info_request(said->name, said->instruction, prompts), ssh::State::dialogue};
}

Result<Login::Answer> Login::verdict(Result<asks::SshSignOn> said) {
  if (!said.ok()) return is_refusal(said.error()) ? refused() : Result<Answer>{std::move(said).error()};
  if (said->verdict == asks::SshVerdict::granted) return grant(std::move(*said));
  methods_ = std::move(said->methods);
  if (said->verdict == asks::SshVerdict::partial) return failure(true);
  return refused();
}

Result<Login::Answer> Login::grant(asks::SshSignOn granted) {
  TRY(siblings_.keeper.ask(asks::Adopt{granted.capability}));
  capability_ = std::move(granted.capability);
  expires_ms_ = granted.expires_ms;
  return Answer{ssh::print_userauth_success(), ssh::State::connected, true};
}

Result<Login::Answer> Login::refused() {
  if (++attempts_ >= attempts_max_)
    return end(Disconnect::no_more_auth_methods_available, "too many sign-ons were refused");
  return failure(false);
}

Login::Answer Login::failure(bool partial) const {
  return Answer{ssh::print_userauth_failure(methods_, partial)};
}

Error Login::end(Disconnect reason, std::string why) {
  reason_ = reason;
  return fail(Errc::denied, std::move(why));
}

void Login::forget_user() {
  methods_ = all_methods();
}

}  // namespace bulkhead::gate_ssh
