// The users of a Debian system as a plan. Reads files that those users may have written: links are followed below the
// root only, nothing but regular files is opened, all sizes are limited, and no content is shown.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/cat.h"
#include "base/encode.h"
#include "base/fd.h"
#include "cli/import_plan.h"
#include "core/path/path.h"

namespace bulkhead::cli {
namespace {

constexpr std::size_t system_file_size_max = 16U * 1'024 * 1'024;
constexpr std::size_t keys_file_size_max = 1'048'576;
constexpr std::uint32_t nobody_uid = 65'534;
constexpr std::int64_t day_ms = std::int64_t{24} * 3'600 * 1'000;

// Errc::not_found when there is none.
Result<std::string> read_below(const Fd& root, const std::string& path, std::size_t size_max) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const Fd file{static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how))};
  if (!file.valid() && (errno == ENOENT || errno == ENOTDIR))
    return fail(Errc::not_found, cat(path, ": there is none"));
  if (!file.valid()) return fail_errno(cat("open ", path));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail_errno(cat("stat ", path));
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, cat(path, " is no file"));
  std::string text;
  std::array<char, 65'536> buffer;
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(cat("read ", path));
    if (count == 0) return text;
    if (text.size() + static_cast<std::size_t>(count) > size_max)
      return fail(Errc::too_large, cat(path, " is too large"));
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// sshd's options that take away what is not here at all; the others limit what the key may do.
bool is_harmless(std::string_view option) {
  constexpr std::array known{"restrict",          "no-pty",    "no-port-forwarding", "no-agent-forwarding",
                             "no-x11-forwarding", "no-user-rc"};
  const auto same = [&](std::string_view name) {
    return std::ranges::equal(name, option, [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  };
  return std::ranges::any_of(known, same);
}

bool begins_with_type(std::string_view line) {
  constexpr std::array types{"ssh-", "ecdsa-", "sk-", "rsa-"};
  return std::ranges::any_of(types, [&](std::string_view type) { return line.starts_with(type); });
}

// The line without harmless options; empty when it has others.
std::string_view without_options(std::string_view line) {
  if (begins_with_type(line)) return line;
  const std::size_t end = std::min(line.find_first_of(" \t\""), line.size());  // a quotation mark begins an argument
  for (const std::string& option : split(line.substr(0, end), ',')) {
    if (!is_harmless(option)) return {};
  }
  line.remove_prefix(end);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return begins_with_type(line) ? line : std::string_view{};
}

void take_keys(Plan& plan, PlannedUser& user, const Result<std::string>& file) {
  const std::string& name = user.account.user_name;
  if (!file.ok()) {
    if (file.error().kind() != Errc::not_found) plan.lost.add("keys: authorized_keys cannot be read", name);
    return;
  }
  for (std::string line : split(*file, '\n')) {
    while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::string_view key = without_options(line);
    if (key.empty()) {
      plan.lost.add("key: it has options that limit it (command, from, cert-authority and others)", name);
      continue;
    }
    take_key(plan, user, std::string{key});
  }
}

// The fields of a line of etc/shadow: name, hash, ..., the eighth the day on which the account ends.
void take_shadow(Plan& plan, PlannedUser& user, const std::vector<std::string>* shadow) {
  const std::string& name = user.account.user_name;
  if (shadow == nullptr || shadow->size() < 8)
    return plan.lost.add("password: etc/shadow has none that can be read", name);
  const std::string& hash = shadow->at(1);
  if (hash.starts_with('!') && hash.size() > 3) {
    plan.lost.add("password: it is locked", name);
  } else if (hash.empty()) {
    plan.lost.add("password: it was empty", name);
  } else if (!hash.starts_with('!') && !hash.starts_with('*')) {
    take_hash(plan, user, hash);
  }
  const Result<std::uint64_t> day = parse_decimal(shadow->at(7), 1'000'000);
  if (day.ok()) user.account.expires_ms = static_cast<std::int64_t>(*day) * day_ms;
}

}  // namespace

Result<Plan> plan_passwd(const PasswdOptions& options) {
  const Fd root{::open(options.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!root.valid()) return fail_errno(cat("open ", options.root));
  const std::string passwd = TRY(read_below(root, "etc/passwd", system_file_size_max));
  const Result<std::string> shadow_text = read_below(root, "etc/shadow", system_file_size_max);
  std::map<std::string, std::vector<std::string>> shadow;
  if (shadow_text.ok()) {
    for (const std::string& line : split(*shadow_text, '\n')) {
      std::vector<std::string> fields = split(line, ':');
      if (!fields[0].empty()) shadow.emplace(fields[0], fields);
    }
  }
  Plan plan;
  plan.source = cat("the users of ", shown(options.root));
  UserNames names;
  for (const std::string& line : split(passwd, '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    const Result<std::uint64_t> uid = parse_decimal(fields.size() == 7 ? fields[2] : "", UINT32_MAX);
    if (!uid.ok() || *uid < options.uid_min || *uid == nobody_uid) continue;
    const bool wanted = options.names.empty() || std::ranges::find(options.names, fields[0]) != options.names.end();
    PlannedUser user;
    if (!wanted || !names.take(plan, fields[0], user)) continue;
    const std::string full_name = fields[4].substr(0, fields[4].find(','));
    if (Name::parse(full_name).ok()) user.account.full_name = full_name;
    const auto found = shadow.find(fields[0]);
    take_shadow(plan, user, found == shadow.end() ? nullptr : &found->second);
    take_keys(plan, user, read_below(root, cat(fields[5], "/.ssh/authorized_keys"), keys_file_size_max));
    plan.elsewhere.add(shown(fields[5]), user.account.user_name);
    plan.users.push_back(std::move(user));
  }
  for (const std::string& name : options.names) {
    const auto same = [&](const PlannedUser& user) { return user.account.user_name == name; };
    if (!std::ranges::any_of(plan.users, same))
      plan.refused.add("there is no such user, or its uid is too low", shown(name));
  }
  if (!plan.users.empty()) plan.lost.add("groups of the system, and how long its passwords last", "all");
  return plan;
}

}  // namespace bulkhead::cli
