#pragma once
// What an import is going to do, and what it cannot carry over: made from untrusted text before anything is asked of
// the server. Whatever would give an account more than it had (a rule about its networks or folders that cannot be
// read) keeps the account out; whatever gives it less is left out and said.
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ipc/import_asks.h"

namespace bulkhead::cli {

inline constexpr std::size_t import_users_max = 100'000;
inline constexpr std::size_t import_file_size_max = 128U * 1'024 * 1'024;  // bytes

// Reasons, each with whom it concerns.
class Remarks {
 public:
  void add(const std::string& reason, const std::string& whom) { reasons_[reason].push_back(whom); }
  bool empty() const { return reasons_.empty(); }
  const std::map<std::string, std::vector<std::string>>& all() const { return reasons_; }

 private:
  std::map<std::string, std::vector<std::string>> reasons_;
};

struct PlannedUser {
  asks::BeginImport account;
  asks::ImportUser catalog;  // id is not set yet
  bool active = true;
};

struct Plan {
  std::string source;
  std::vector<asks::ImportGroup> groups;
  std::vector<PlannedUser> users;
  Remarks refused;    // accounts that are not imported
  Remarks lost;       // of the others, what is not
  Remarks elsewhere;  // where their files lie
};

// Text of a stranger as it may be shown on a terminal: control characters and what is no UTF-8 as \xNN, at most 200
// bytes.
std::string shown(std::string_view text);
// The report.
std::string print(const Plan& plan);

// Puts `name` into the plan's new user; false, and a reason in plan.refused, when it is no user name or there twice.
class UserNames {
 public:
  bool take(Plan& plan, const std::string& name, PlannedUser& user);

 private:
  std::map<std::string, bool> taken_;  // folded
};
void take_hash(Plan& plan, PlannedUser& user, const std::string& hash);
void take_key(Plan& plan, PlannedUser& user, const std::string& line);

// The dump of SFTPGo: one JSON object (dumpdata, or the file of its backups).
Result<Plan> plan_sftpgo(std::string source, ByteView text);

struct PasswdOptions {
  std::string root = "/";
  std::uint32_t uid_min = 1'000;
  std::vector<std::string> names;  // empty: all
};
// The users of etc/passwd below a root. Links are followed within that root only.
Result<Plan> plan_passwd(const PasswdOptions& options);

}  // namespace bulkhead::cli
