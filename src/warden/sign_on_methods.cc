#include "warden/sign_on_methods.h"

#include <algorithm>
#include <array>

#include "base/cat.h"
#include "base/die.h"

namespace bulkhead::warden {
namespace {

constexpr std::array all{SshMethod::publickey, SshMethod::password, SshMethod::keyboard_interactive};

Result<SshMethod> method_of(std::string_view name) {
  const auto found = std::ranges::find(all, name, name_of);
  if (found != all.end()) return *found;
  return fail(Errc::invalid,
              "methods are publickey, password and keyboard-interactive: a comma joins those that are needed one "
              "after the other, a space stands between alternatives");
}

}  // namespace

std::string_view name_of(SshMethod method) {
  switch (method) {
    case SshMethod::publickey:
      return "publickey";
    case SshMethod::password:
      return "password";
    case SshMethod::keyboard_interactive:
      return "keyboard-interactive";
  }
  die("unknown method");
}

Result<SignOnMethods> SignOnMethods::parse(std::string_view text) {
  SignOnMethods out;
  if (text.empty()) {
    out.any_ = true;
    for (const SshMethod method : all) out.lists_.push_back({method});
    return out;
  }
  while (true) {
    const std::size_t space = std::min(text.find(' '), text.size());
    std::string_view words = text.substr(0, space);
    List& list = out.lists_.emplace_back();
    while (true) {
      const std::size_t comma = std::min(words.find(','), words.size());
      list.push_back(TRY(method_of(words.substr(0, comma))));
      if (comma == words.size()) break;
      words.remove_prefix(comma + 1);
    }
    if (list.size() > sign_on_steps_max || out.lists_.size() > sign_on_alternatives_max) {
      return fail(Errc::invalid,
                  cat("at most ", sign_on_alternatives_max, " alternatives of ", sign_on_steps_max, " methods each"));
    }
    if (space == text.size()) return out;
    text.remove_prefix(space + 1);
  }
}

std::size_t SignOnMethods::reached(const List& list, std::span<const SshMethod> done) {
  std::size_t at = 0;
  for (const SshMethod method : done) {
    if (at < list.size() && list[at] == method) ++at;
  }
  return at;
}

std::vector<SshMethod> SignOnMethods::next(std::span<const SshMethod> done) const {
  std::vector<SshMethod> out;
  for (const List& list : lists_) {
    const std::size_t at = reached(list, done);
    if (at < list.size() && std::ranges::find(out, list[at]) == out.end()) out.push_back(list[at]);
  }
  return out;
}

bool SignOnMethods::allows(std::span<const SshMethod> done, SshMethod method) const {
  const std::vector<SshMethod> open = next(done);
  return std::ranges::find(open, method) != open.end();
}

bool SignOnMethods::complete(std::span<const SshMethod> done) const {
  return std::ranges::any_of(lists_, [&](const List& list) { return reached(list, done) == list.size(); });
}

std::string SignOnMethods::text() const {
  std::string out;
  if (any_) return out;
  for (const List& list : lists_) {
    if (!out.empty()) out += ' ';
    for (std::size_t i = 0; i < list.size(); ++i) out += cat(i > 0 ? "," : "", name_of(list[i]));
  }
  return out;
}

}  // namespace bulkhead::warden
