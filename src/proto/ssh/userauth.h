#pragma once
// Messages of the authentication protocol (RFC 4252) and of its keyboard-interactive method (RFC 4256). Pure: payloads
// in, values out, and back. A value's views are good as long as the payload. Every field has a limit; what breaks one,
// or is followed by anything, is Errc::invalid: disconnect.
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::ssh {

namespace userauth {
inline constexpr std::uint8_t request = 50;
inline constexpr std::uint8_t failure = 51;
inline constexpr std::uint8_t success = 52;
inline constexpr std::uint8_t key_acceptable = 60;  // SSH_MSG_USERAUTH_PK_OK
inline constexpr std::uint8_t info_request = 60;    // the same number: the method tells them apart
inline constexpr std::uint8_t info_response = 61;
}  // namespace userauth

inline constexpr std::string_view method_none = "none";
inline constexpr std::string_view method_key = "publickey";
inline constexpr std::string_view method_key_host_bound = "publickey-hostbound-v00@openssh.com";
inline constexpr std::string_view method_password = "password";
inline constexpr std::string_view method_dialogue = "keyboard-interactive";

// Bytes each.
inline constexpr std::size_t user_name_size_max = 255;
inline constexpr std::size_t service_name_size_max = 64;
inline constexpr std::size_t method_name_size_max = 64;
inline constexpr std::size_t algorithm_name_size_max = 64;
inline constexpr std::size_t user_key_size_max = 32'768;
inline constexpr std::size_t signature_size_max = 16'384;
inline constexpr std::size_t password_size_max = 1'024;
inline constexpr std::size_t submethods_size_max = 1'024;
inline constexpr std::uint32_t dialogue_answers_max = 4;

struct NoneMethod {};
struct KeyMethod {
  std::string_view algorithm;  // of the signature
  ByteView key;                // public key or certificate
  bool is_signed = false;      // false: would this key do?
  ByteView signature;
  bool host_bound = false;  // OpenSSH PROTOCOL section 3.1
  ByteView host_key;        // then: the one that the client saw
};
struct PasswordMethod {
  ByteView password;
  bool change = false;  // a new one came along
};
struct DialogueMethod {};
struct UnknownMethod {};

struct UserauthRequest {
  std::string_view user_name;  // any bytes
  std::string_view service;
  std::string_view method;
  std::variant<NoneMethod, KeyMethod, PasswordMethod, DialogueMethod, UnknownMethod> details;
};
Result<UserauthRequest> parse_userauth_request(ByteView payload);
Bytes print_userauth_request(const UserauthRequest& request);

// Errc::invalid also for another count than `expected`, at most dialogue_answers_max.
Result<std::vector<Secret>> parse_info_response(ByteView payload, std::size_t expected);
Bytes print_info_response(std::span<const std::string_view> answers);

struct DialoguePrompt {
  std::string_view text;
  bool echo = false;
};
Bytes print_info_request(std::string_view name, std::string_view instruction, std::span<const DialoguePrompt> prompts);
// Section 5.1: the methods that can continue. `partial`: the request was good, and more is needed.
Bytes print_userauth_failure(std::span<const std::string> methods, bool partial);
Bytes print_userauth_success();
Bytes print_key_acceptable(std::string_view algorithm, ByteView key);

}  // namespace bulkhead::ssh
