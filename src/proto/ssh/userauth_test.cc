#include "proto/ssh/userauth.h"

#include <doctest/doctest.h>

#include <array>

#include "base/writer.h"

namespace bulkhead::ssh {
namespace {

Writer request_head(std::string_view method) {
  Writer out;
  out.u8(50).string(as_bytes("alice")).string(as_bytes("ssh-connection")).string(as_bytes(method));
  return out;
}

TEST_CASE("userauth: none") {
  const Bytes payload = request_head("none").take();
  const UserauthRequest request = parse_userauth_request(payload).value();
  CHECK(request.user_name == "alice");
  CHECK(request.service == "ssh-connection");
  CHECK(std::holds_alternative<NoneMethod>(request.details));
  Bytes longer = payload;
  longer.push_back(0);
  CHECK_FALSE(parse_userauth_request(longer).ok());
}

TEST_CASE("userauth: publickey with and without a signature") {
  const Bytes query = request_head("publickey").u8(0).string(as_bytes("ssh-ed25519")).string(as_bytes("KEY")).take();
  const UserauthRequest asked = parse_userauth_request(query).value();
  const auto& key = std::get<KeyMethod>(asked.details);
  CHECK_FALSE(key.is_signed);
  CHECK_FALSE(key.host_bound);
  CHECK(key.algorithm == "ssh-ed25519");
  CHECK(as_text(key.key) == "KEY");
  CHECK(print_userauth_request(asked) == query);

  const Bytes with = request_head("publickey-hostbound-v00@openssh.com")
                         .u8(1)
                         .string(as_bytes("ssh-ed25519"))
                         .string(as_bytes("KEY"))
                         .string(as_bytes("HOST"))
                         .string(as_bytes("SIGNATURE"))
                         .take();
  const UserauthRequest bound = parse_userauth_request(with).value();
  const auto& bound_key = std::get<KeyMethod>(bound.details);
  CHECK(bound_key.is_signed);
  CHECK(bound_key.host_bound);
  CHECK(as_text(bound_key.host_key) == "HOST");
  CHECK(as_text(bound_key.signature) == "SIGNATURE");
  CHECK(print_userauth_request(bound) == with);
  // A query that says it is signed lacks its signature.
  Bytes flagged = query;
  flagged[1 + 4 + 5 + 4 + 14 + 4 + 9] = 1;
  CHECK_FALSE(parse_userauth_request(flagged).ok());
}

TEST_CASE("userauth: every prefix of a request is refused") {
  const Bytes payload = request_head("password").u8(0).string(as_bytes("secret")).take();
  for (std::size_t size = 0; size < payload.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_userauth_request(ByteView{payload}.first(size)).ok());
  }
}

TEST_CASE("userauth: password, changed or not, and its limit") {
  const Bytes plain = request_head("password").u8(0).string(as_bytes("secret")).take();
  CHECK_FALSE(std::get<PasswordMethod>(parse_userauth_request(plain).value().details).change);
  const Bytes change = request_head("password").u8(1).string(as_bytes("old")).string(as_bytes("new")).take();
  CHECK(std::get<PasswordMethod>(parse_userauth_request(change).value().details).change);
  const Bytes largest = request_head("password").u8(0).string(Bytes(password_size_max, 'a')).take();
  CHECK(parse_userauth_request(largest).ok());
  const Bytes longer = request_head("password").u8(0).string(Bytes(password_size_max + 1, 'a')).take();
  CHECK_FALSE(parse_userauth_request(longer).ok());
}

TEST_CASE("userauth: a long user name is refused, an unknown method is not") {
  Writer out;
  out.u8(50).string(Bytes(user_name_size_max + 1, 'a')).string({}).string(as_bytes("none"));
  CHECK_FALSE(parse_userauth_request(out.view()).ok());
  const Bytes other = request_head("gssapi-with-mic").u32(1).string(as_bytes("oid")).take();
  CHECK(std::holds_alternative<UnknownMethod>(parse_userauth_request(other).value().details));
}

TEST_CASE("info response: as many answers as questions") {
  const std::array<std::string_view, 2> answers{"one", ""};
  const Bytes payload = print_info_response(answers);
  const std::vector<Secret> parsed = parse_info_response(payload, 2).value();
  CHECK(as_text(parsed[0].view()) == "one");
  CHECK(parsed[1].empty());
  CHECK_FALSE(parse_info_response(payload, 1).ok());
  CHECK_FALSE(parse_info_response(payload, 3).ok());
  const Bytes endless = Writer{}.u8(61).u32(UINT32_MAX).take();
  CHECK_FALSE(parse_info_response(endless, UINT32_MAX).ok());
  CHECK_FALSE(parse_info_response(endless, 0).ok());
}

TEST_CASE("userauth: answers as the RFCs spell them") {
  const std::vector<std::string> methods{"publickey", "password"};
  CHECK(print_userauth_failure(methods, true) == Writer{}.u8(51).string(as_bytes("publickey,password")).u8(1).take());
  CHECK(print_userauth_success() == Bytes{52});
  CHECK(print_key_acceptable("ssh-ed25519", as_bytes("KEY")) ==
        Writer{}.u8(60).string(as_bytes("ssh-ed25519")).string(as_bytes("KEY")).take());
  const std::array prompts{DialoguePrompt{"Password: ", false}};
  CHECK(print_info_request("", "", prompts) ==
        Writer{}.u8(60).string({}).string({}).string({}).u32(1).string(as_bytes("Password: ")).u8(0).take());
}

}  // namespace
}  // namespace bulkhead::ssh
