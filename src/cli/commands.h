#pragma once
// The commands of `bulkhead`, one function each. They print to standard output; an Error goes to standard error with what to do.
#include <string>

#include "base/result.h"
#include "cli/import_plan.h"

namespace bulkhead::cli {

struct AddUserOptions {
  std::string user_name;
  std::string full_name;
  std::string email;
  std::string role = "User";
  bool password_on_input = false;
};

// Makes a data directory and its first administrator, and prints the one-time password. `directory` must be empty or not exist.
Result<void> init(const std::string& directory, const std::string& administrator);
// Becomes the server. Returns only if it cannot be started.
Error serve(const std::string& directory, const std::string& https, const std::string& ssh);

Result<void> status(const std::string& directory);
// mail.cc: the line of status, and a message to see whether mail works.
Result<void> print_mail_state(const std::string& directory);
Result<void> test_mail(const std::string& directory, const std::string& address);
Result<void> add_user(const std::string& directory, const AddUserOptions& options);
Result<void> list_users(const std::string& directory);
Result<void> set_user_active(const std::string& directory, const std::string& user_name, bool active);
Result<void> set_user_password(const std::string& directory, const std::string& user_name, bool password_on_input);
Result<void> delete_user(const std::string& directory, const std::string& user_name);

// `path` is a .pub file, or - for standard input. A private key is refused, and not read beyond its first line.
Result<void> add_key(const std::string& directory, const std::string& user_name, const std::string& path);
Result<void> list_keys(const std::string& directory, const std::string& user_name);
Result<void> remove_key(const std::string& directory, const std::string& user_name, const std::string& fingerprint);
// Either `methods`, as asks::SetSignOn has them, or `any` of them.
Result<void> set_sign_on(const std::string& directory, const std::string& user_name, const std::string& methods, bool any);
Result<void> add_authority(const std::string& directory, const std::string& path);
Result<void> list_authorities(const std::string& directory);
Result<void> remove_authority(const std::string& directory, const std::string& fingerprint);

// Accounts of another server. Prints what cannot be carried over and, unless `dry_run`, does the rest; that needs the
// server. Run again it goes on where it was interrupted. An Error when any account is not in afterwards.
struct ImportOptions {
  std::uint32_t organisation = 1'000;
  bool dry_run = false;
};
Result<void> import_sftpgo(const std::string& directory, const std::string& path, const ImportOptions& options);
Result<void> import_passwd(const std::string& directory, const PasswdOptions& passwd, const ImportOptions& options);

// Runs bulkhead-verify on the ledger of `directory`; its exit status.
Result<int> verify_ledger(const std::string& directory);
// Prints the entries from `first` on, at most `count`, a line each.
Result<void> show_ledger(const std::string& directory, std::uint64_t first, std::uint64_t count);

}  // namespace bulkhead::cli
