// bulkhead: the command line.
//
// Does:     makes a data directory, starts the server, administers it over a local socket, shows and verifies the ledger.
// Holds:    nothing but what it is typed.
// Asks:     hull (status, and a channel to warden, vault or keeper), warden (users, keys, authorities, imports, mail), vault (the
//           ledger's head), keeper (imports).
// Safe:     the socket is open to root and the server's own user only, who could read the files anyway.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "base/version.h"
#include "cli/commands.h"

namespace {

int report(const bulkhead::Result<void>& result) {
  if (result.ok()) return 0;
  std::fprintf(stderr, "bulkhead: %s\n", result.error().message().c_str());
  return 1;
}

struct KeyOptions {
  std::string user_name;
  std::string file;
  std::string fingerprint;
  std::string methods;
  bool any = false;
};

// `with_data` adds the option --data, which is `data`.
template <class WithData>
void add_key_commands(CLI::App& app, CLI::App& user, const WithData& with_data, const std::string& data, KeyOptions& options, int& status) {
  using namespace bulkhead;
  CLI::App* key = user.add_subcommand("key", "public keys that sign a user on over SSH");
  key->require_subcommand(1);
  const auto named = [&](CLI::App* parent, const char* name, const char* text) {
    CLI::App* command = with_data(parent->add_subcommand(name, text));
    command->add_option("name", options.user_name, "user name")->required();
    return command;
  };
  CLI::App* add = named(key, "add", "add a public key; prints its fingerprint");
  add->add_option("file", options.file, "the .pub file, or - for standard input")->required();
  add->callback([&] { status = report(cli::add_key(data, options.user_name, options.file)); });
  named(key, "list", "the keys of a user")->callback([&] { status = report(cli::list_keys(data, options.user_name)); });
  CLI::App* remove = named(key, "remove", "remove a key and end the sessions that it signed on");
  remove->add_option("fingerprint", options.fingerprint, "SHA256:..., as key list shows it")->required();
  remove->callback([&] { status = report(cli::remove_key(data, options.user_name, options.fingerprint)); });
  CLI::App* sign_on = named(&user, "sign-on", "which methods a user needs over SSH");
  sign_on->add_option("methods", options.methods,
                      "of publickey, password, keyboard-interactive: a comma joins those that are needed in this order, a space "
                      "stands between alternatives, as \"publickey,password publickey,keyboard-interactive\"");
  sign_on->add_flag("--any", options.any, "any one method");
  sign_on->callback([&] { status = report(cli::set_sign_on(data, options.user_name, options.methods, options.any)); });

  CLI::App* authority = app.add_subcommand("authority", "keys whose user certificates sign users on over SSH");
  authority->require_subcommand(1);
  CLI::App* trust = with_data(authority->add_subcommand("add", "trust the certificates of a key, for all users they name"));
  trust->add_option("file", options.file, "the authority's .pub file, or - for standard input")->required();
  trust->callback([&] { status = report(cli::add_authority(data, options.file)); });
  with_data(authority->add_subcommand("list", "all authorities"))->callback([&] { status = report(cli::list_authorities(data)); });
  CLI::App* distrust = with_data(authority->add_subcommand("remove", "remove an authority and end the sessions of its certificates"));
  distrust->add_option("fingerprint", options.fingerprint, "SHA256:..., as authority list shows it")->required();
  distrust->callback([&] { status = report(cli::remove_authority(data, options.fingerprint)); });
}

struct ImportArguments {
  std::string dump;
  bulkhead::cli::PasswdOptions passwd;
  bulkhead::cli::ImportOptions options;
};

template <class WithData>
void add_import_commands(CLI::App& app, const WithData& with_data, const std::string& data, ImportArguments& arguments, int& status) {
  using namespace bulkhead;
  CLI::App* imports = app.add_subcommand("import", "accounts of another server; what cannot be carried over is said first");
  imports->require_subcommand(1);
  const auto named = [&](const char* name, const char* text) {
    CLI::App* command = with_data(imports->add_subcommand(name, text));
    command->add_flag("--dry-run", arguments.options.dry_run, "only say what would be done; needs no server");
    command->add_option("--organisation", arguments.options.organisation, "number of the organisation they are to be in")->capture_default_str();
    return command;
  };
  CLI::App* sftpgo = named("sftpgo", "users, groups, keys and password hashes of a dump of SFTPGo");
  sftpgo->add_option("file", arguments.dump, "the dump: what /api/v2/dumpdata gives, or a backup; - for standard input")->required();
  sftpgo->callback([&] { status = report(cli::import_sftpgo(data, arguments.dump, arguments.options)); });
  CLI::App* passwd = named("passwd", "users of a system with their password hashes and authorized_keys");
  passwd->add_option("--root", arguments.passwd.root, "the root of that system")->capture_default_str();
  passwd->add_option("--min-uid", arguments.passwd.uid_min, "leave out the users with a lower uid")->capture_default_str();
  passwd->add_option("--names", arguments.passwd.names, "only these, joined by commas")->delimiter(',');
  passwd->callback([&] { status = report(cli::import_passwd(data, arguments.passwd, arguments.options)); });
}

}  // namespace

int main(int count, char** arguments) {
  using namespace bulkhead;
  CLI::App app{"Bulkhead: managed file transfer. Start with: bulkhead init --data DIR, then bulkhead serve --data DIR"};
  app.set_version_flag("--version", std::string{"bulkhead "} + version);
  app.require_subcommand(1);
  std::string data = "var";
  int status = 0;
  const auto with_data = [&data](CLI::App* command) {
    command->add_option("--data", data, "the data directory")->envname("BULKHEAD_DATA")->capture_default_str();
    return command;
  };

  std::string administrator = "admin";
  CLI::App* init = with_data(app.add_subcommand("init", "make a data directory and its first administrator"));
  init->add_option("--admin", administrator, "user name of the administrator")->capture_default_str();
  init->callback([&] { status = report(cli::init(data, administrator)); });

  std::string https;
  std::string ssh;
  CLI::App* serve = with_data(app.add_subcommand("serve", "run the server in the foreground"));
  serve->add_option("--https", https, "ADDRESS:PORT to listen on; wins over bulkhead.toml");
  serve->add_option("--ssh", ssh, "ADDRESS:PORT for SFTP and SCP; wins over bulkhead.toml, which has none at first");
  serve->callback([&] { status = report(cli::serve(data, https, ssh)); });

  with_data(app.add_subcommand("status", "what runs, and which sandbox layers hold"))->callback([&] { status = report(cli::status(data)); });

  std::string mail_address;
  CLI::App* mail = app.add_subcommand("mail", "mail that the server sends");
  mail->require_subcommand(1);
  CLI::App* mail_test = with_data(mail->add_subcommand("test", "send a message, and say what the mail server answered"));
  mail_test->add_option("address", mail_address, "to whom")->required();
  mail_test->callback([&] { status = report(cli::test_mail(data, mail_address)); });

  CLI::App* user = app.add_subcommand("user", "accounts");
  user->require_subcommand(1);
  cli::AddUserOptions add_options;
  const auto named = [&](const char* name, const char* text) {
    CLI::App* command = with_data(user->add_subcommand(name, text));
    command->add_option("name", add_options.user_name, "user name")->required();
    return command;
  };
  CLI::App* add = named("add", "add an account; prints a one-time password unless one is given");
  add->add_option("--full-name", add_options.full_name, "as shown to others");
  add->add_option("--email", add_options.email, "mail address");
  add->add_option("--role", add_options.role, "TemporaryUser, User, AuditUser, FileAdmin, Admin or SysAdmin")->capture_default_str();
  add->add_flag("--password-stdin", add_options.password_on_input, "read the password from standard input");
  add->callback([&] { status = report(cli::add_user(data, add_options)); });
  with_data(user->add_subcommand("list", "all accounts"))->callback([&] { status = report(cli::list_users(data)); });
  named("disable", "end all sessions and refuse new ones")->callback([&] { status = report(cli::set_user_active(data, add_options.user_name, false)); });
  named("enable", "take a disabling back")->callback([&] { status = report(cli::set_user_active(data, add_options.user_name, true)); });
  CLI::App* password = named("password", "set a new password; prints a one-time password unless one is given");
  password->add_flag("--password-stdin", add_options.password_on_input, "read the password from standard input");
  password->callback([&] { status = report(cli::set_user_password(data, add_options.user_name, add_options.password_on_input)); });
  named("delete", "delete an account; its files stay")->callback([&] { status = report(cli::delete_user(data, add_options.user_name)); });

  KeyOptions key_options;
  add_key_commands(app, *user, with_data, data, key_options, status);

  ImportArguments import_arguments;
  add_import_commands(app, with_data, data, import_arguments, status);

  CLI::App* ledger = app.add_subcommand("ledger", "what was received and what has left");
  ledger->require_subcommand(1);
  with_data(ledger->add_subcommand("verify", "check every entry with bulkhead-verify"))->callback([&] {
    const Result<int> verified = cli::verify_ledger(data);
    status = verified.ok() ? *verified : report(verified.error());
  });
  std::uint64_t first = 0;
  std::uint64_t most = 1'000;
  CLI::App* show = with_data(ledger->add_subcommand("show", "print entries, one a line"));
  show->add_option("--from", first, "index of the first entry")->capture_default_str();
  show->add_option("--count", most, "how many at most")->capture_default_str();
  show->callback([&] { status = report(cli::show_ledger(data, first, most)); });

  CLI11_PARSE(app, count, arguments);
  return status;
}
