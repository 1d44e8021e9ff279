#include "proto/ssh/userauth.h"

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ssh {
namespace {

KeyMethod take_key(Reader& in, bool host_bound) {
  KeyMethod key;
  key.host_bound = host_bound;
  key.is_signed = in.u8() != 0;  // RFC 4251 section 5: all that is not zero is true
  key.algorithm = as_text(in.string(algorithm_name_size_max));
  key.key = in.string(user_key_size_max);
  if (host_bound) key.host_key = in.string(user_key_size_max);
  if (key.is_signed) key.signature = in.string(signature_size_max);
  return key;
}

PasswordMethod take_password(Reader& in) {
  PasswordMethod password;
  password.change = in.u8() != 0;
  password.password = in.string(password_size_max);
  if (password.change) in.string(password_size_max);
  return password;
}

void put_key(Writer& out, const KeyMethod& key) {
  out.u8(key.is_signed ? 1 : 0).string(as_bytes(key.algorithm)).string(key.key);
  if (key.host_bound) out.string(key.host_key);
  if (key.is_signed) out.string(key.signature);
}

}  // namespace

Result<UserauthRequest> parse_userauth_request(ByteView payload) {
  Reader in{payload};
  if (in.u8() != userauth::request) return fail(Errc::invalid, "userauth: another message");
  UserauthRequest request;
  request.user_name = as_text(in.string(user_name_size_max));
  request.service = as_text(in.string(service_name_size_max));
  request.method = as_text(in.string(method_name_size_max));
  if (request.method == method_none) {
    request.details = NoneMethod{};
  } else if (request.method == method_key || request.method == method_key_host_bound) {
    request.details = take_key(in, request.method == method_key_host_bound);
  } else if (request.method == method_password) {
    request.details = take_password(in);
  } else if (request.method == method_dialogue) {
    in.string(submethods_size_max);  // language tag: deprecated
    in.string(submethods_size_max);
    request.details = DialogueMethod{};
  } else {
    request.details = UnknownMethod{};
    in.bytes(in.remaining());  // in a form that only the method knows
  }
  TRY(in.done("userauth request"));
  return request;
}

Bytes print_userauth_request(const UserauthRequest& request) {
  Writer out;
  out.u8(userauth::request).string(as_bytes(request.user_name)).string(as_bytes(request.service));
  out.string(as_bytes(request.method));
  if (const auto* key = std::get_if<KeyMethod>(&request.details)) put_key(out, *key);
  if (const auto* password = std::get_if<PasswordMethod>(&request.details)) {
    out.u8(password->change ? 1 : 0).string(password->password);
    if (password->change) out.string({});
  }
  if (std::holds_alternative<DialogueMethod>(request.details)) out.string({}).string({});
  return out.take();
}

Result<std::vector<Secret>> parse_info_response(ByteView payload, std::size_t expected) {
  Reader in{payload};
  if (in.u8() != userauth::info_response) return fail(Errc::invalid, "info response: another message");
  const std::uint32_t count = in.u32();
  if (count != expected || count > dialogue_answers_max) return fail(Errc::invalid, "info response: wrong count");
  std::vector<Secret> answers;
  for (std::uint32_t i = 0; i < count; ++i) answers.push_back(Secret::copy_of(in.string(password_size_max)));
  TRY(in.done("info response"));
  return answers;
}

Bytes print_info_response(std::span<const std::string_view> answers) {
  Writer out;
  out.u8(userauth::info_response).u32(static_cast<std::uint32_t>(answers.size()));
  for (const std::string_view answer : answers) out.string(as_bytes(answer));
  return out.take();
}

Bytes print_info_request(std::string_view name, std::string_view instruction, std::span<const DialoguePrompt> prompts) {
  Writer out;
  out.u8(userauth::info_request).string(as_bytes(name)).string(as_bytes(instruction)).string({});
  out.u32(static_cast<std::uint32_t>(prompts.size()));
  for (const DialoguePrompt& prompt : prompts) out.string(as_bytes(prompt.text)).u8(prompt.echo ? 1 : 0);
  return out.take();
}

Bytes print_userauth_failure(std::span<const std::string> methods, bool partial) {
  std::string list;
  for (const std::string& method : methods) {
    if (!list.empty()) list += ',';
    list += method;
  }
  return Writer{}.u8(userauth::failure).string(as_bytes(list)).u8(partial ? 1 : 0).take();
}

Bytes print_userauth_success() {
  return {userauth::success};
}

Bytes print_key_acceptable(std::string_view algorithm, ByteView key) {
  return Writer{}.u8(userauth::key_acceptable).string(as_bytes(algorithm)).string(key).take();
}

}  // namespace bulkhead::ssh
