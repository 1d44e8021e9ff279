#include "cli/import_plan.h"

#include <algorithm>
#include <array>

#include "base/cat.h"
#include "core/foreign_hash/foreign_hash.h"
#include "core/path/user_name.h"
#include "core/ssh_key/key.h"

namespace bulkhead::cli {
namespace {

constexpr std::size_t shown_size_max = 200;
constexpr std::size_t line_width = 100;

// The bytes of the UTF-8 character at the start of `text` that may be shown; 0: none.
std::size_t visible_size(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7F ? 1 : 0;
  if (byte(0) < 0xC2 || byte(0) > 0xF4) return 0;
  std::size_t size = 2;
  if (byte(0) >= 0xE0) size = 3;
  if (byte(0) >= 0xF0) size = 4;
  if (size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  if (byte(0) == 0xC2 && byte(1) < 0xA0) return 0;                        // C1 controls
  if (byte(0) == 0xE2 && (byte(1) == 0x80 || byte(1) == 0x81)) return 0;  // marks that turn the direction of text
  return size;
}

std::string wrapped(const std::vector<std::string>& words) {
  std::string out = "     ";
  std::size_t column = out.size();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = cat(' ', words[i], i + 1 < words.size() ? "," : "");
    if (column + word.size() > line_width && column > 5) {
      out += "\n     ";
      column = 5;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::string section(std::string_view title, const Remarks& remarks) {
  if (remarks.empty()) return {};
  std::string out = cat("\n", title, "\n");
  for (const auto& [reason, whom] : remarks.all()) out += cat("  ", reason, " (", whom.size(), ")\n", wrapped(whom));
  return out;
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < shown_size_max) {
    const std::size_t size = visible_size(text);
    if (size > 0) {
      out += text.substr(0, size);
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      const unsigned byte = static_cast<unsigned char>(text[0]);
      out += cat("\\x", digits[byte >> 4U], digits[byte & 15U]);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return text.empty() ? out : out + "...";
}

std::string print(const Plan& plan) {
  std::size_t keys = 0;
  std::size_t hashes = 0;
  for (const PlannedUser& user : plan.users) {
    keys += user.account.keys.size();
    if (!user.account.foreign_hash.empty()) ++hashes;
  }
  std::string out = cat("Import of ", plan.source, ": ", plan.users.size(), " accounts (", hashes, " with a password, ",
                        keys, " keys) and ", plan.groups.size(), " groups\n");
  out += section("Accounts that are not imported:", plan.refused);
  out += section("Not carried over:", plan.lost);
  out += section("Files are not moved. They lie in:", plan.elsewhere);
  return out;
}

bool UserNames::take(Plan& plan, const std::string& name, PlannedUser& user) {
  const Result<UserName> parsed = UserName::parse(name);
  if (!parsed.ok()) {
    plan.refused.add(cat("this is no user name here: ", parsed.error().message()), shown(name));
    return false;
  }
  if (plan.users.size() == import_users_max) {
    plan.refused.add(cat("there are more than ", import_users_max, " accounts"), shown(name));
    return false;
  }
  if (!taken_.emplace(parsed->fold(), true).second) {
    plan.refused.add("the name is there twice: the first is taken", shown(name));
    return false;
  }
  user.account.user_name = parsed->text();
  user.catalog.user_name = parsed->text();
  return true;
}

void take_hash(Plan& plan, PlannedUser& user, const std::string& hash) {
  const Result<foreign_hash::Hash> parsed = foreign_hash::parse(hash);
  if (parsed.ok()) {
    user.account.foreign_hash = hash;
    return;
  }
  plan.lost.add(cat("password: ", parsed.error().message(), "; set a new one with bulkhead user password"),
                user.account.user_name);
}

void take_key(Plan& plan, PlannedUser& user, const std::string& line) {
  const std::string& name = user.account.user_name;
  const Result<ssh_key::KeyLine> parsed = ssh_key::parse_line(line);
  if (!parsed.ok()) return plan.lost.add(cat("key: ", parsed.error().message()), name);
  const auto same = [&](const std::string& known) {
    return ssh_key::parse_line(known)->key.blob() == parsed->key.blob();
  };
  if (std::ranges::any_of(user.account.keys, same)) return;
  if (user.account.keys.size() == asks::import_keys_max) {
    return plan.lost.add(cat("key: more than ", asks::import_keys_max, " of one account"), name);
  }
  user.account.keys.push_back(line);
}

}  // namespace bulkhead::cli
