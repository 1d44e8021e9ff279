#pragma once
// How a user signs on over SSH: alternatives, each a list of methods that must succeed in that order, as OpenSSH's
// AuthenticationMethods has them. Pure.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bulkhead::warden {

enum class SshMethod : std::uint8_t { publickey, password, keyboard_interactive };
// As RFC 4252 and RFC 4256 name it.
std::string_view name_of(SshMethod method);

inline constexpr std::size_t sign_on_alternatives_max = 8;
inline constexpr std::size_t sign_on_steps_max = 4;  // methods of one alternative

class SignOnMethods {
 public:
  // "publickey,password keyboard-interactive"; empty: any one method. Errc::invalid with a text for who wrote it.
  static Result<SignOnMethods> parse(std::string_view text);

  // The methods that bring a sign-on forward in which those of `done` succeeded, each once.
  std::vector<SshMethod> next(std::span<const SshMethod> done) const;
  [[nodiscard]] bool allows(std::span<const SshMethod> done, SshMethod method) const;
  // Whether one alternative is done as a whole.
  [[nodiscard]] bool complete(std::span<const SshMethod> done) const;
  // In the form of parse(); empty for any one method.
  std::string text() const;

 private:
  using List = std::vector<SshMethod>;
  // How many of the list's first methods are done, in order.
  static std::size_t reached(const List& list, std::span<const SshMethod> done);
  std::vector<List> lists_;
  bool any_ = false;
};

}  // namespace bulkhead::warden
