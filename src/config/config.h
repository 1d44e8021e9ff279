#pragma once
// bulkhead.toml: read once by hull. Every key has a default; an unknown key, a wrong type or a value out of range is an
// error that names file, line and column.
#include <array>
#include <string>
#include <vector>

#include "base/result.h"

namespace bulkhead::config {

struct Budget {  // over 1 minute, 1 hour, 1 day, 30 days; 0: unlimited
  std::array<std::uint64_t, 4> releases{};
  std::array<std::uint64_t, 4> mebibytes{};
  std::array<std::uint64_t, 4> files{};
};

struct Config {
  std::string https_listen = "127.0.0.1:8443";
  std::vector<std::string> host_names;
  std::string public_url;  // "https://transfer.example.com", without a slash at its end; empty: made of the above

  std::string ssh_listen;  // empty: SSH is not served
  std::uint32_t ssh_idle_timeout_s = 900;
  std::uint32_t ssh_sign_on_attempts = 6;
  std::uint32_t ssh_rekey_mib = 4'096;
  std::uint32_t ssh_rekey_s = 3'600;

  std::uint32_t uid_base = 64'200;
  std::uint32_t ready_gates = 4;
  std::uint32_t landlock_abi_max = 64;

  std::uint32_t connections = 512;
  std::uint32_t connections_per_source = 128;
  std::uint32_t sign_on_grace_s = 60;
  std::uint32_t handshake_timeout_s = 10;
  std::uint32_t idle_timeout_s = 60;
  std::uint32_t stall_timeout_s = 60;
  std::uint32_t stop_grace_s = 30;

  std::uint32_t access_token_life_s = 1'199;
  std::uint32_t refresh_token_life_s = 43'200;
  std::uint32_t attempts = 10;
  std::uint32_t attempts_window_s = 300;

  std::uint32_t reset_link_life_s = 1'800;

  std::string smtp;  // parse_mail_server() takes it; empty: the file outbox
  bool smtp_plain = false;
  std::string mail_from = "Bulkhead <bulkhead@localhost>";
  std::string mail_user;
  std::string mail_password_file;
  std::string mail_ca_file = "/etc/ssl/certs/ca-certificates.crt";

  std::uint32_t disk_reserve_mib = 16;

  std::string ledger_origin;
  Budget principal{{0, 20'000, 100'000, 1'000'000}, {0, 4'194'304, 16'777'216, 134'217'728}, {0, 0, 0, 0}};
  Budget organisation{{0, 200'000, 1'000'000, 10'000'000}, {0, 41'943'040, 167'772'160, 1'342'177'280}, {0, 0, 0, 0}};
  Budget total{{0, 400'000, 2'000'000, 20'000'000}, {0, 83'886'080, 335'544'320, 2'684'354'560}, {0, 0, 0, 0}};
};

// `name` is used in error messages only.
Result<Config> parse(std::string_view text, std::string_view name);

// A bulkhead.toml with every key, its default commented out and explained. `ledger_origin` is the one value set.
std::string template_text(std::string_view ledger_origin);

// "127.0.0.1:8443" or "[::1]:8443".
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};
Result<Endpoint> parse_endpoint(std::string_view text);

// "smtps://mail.example.com:465" (TLS from the first byte) or "smtp://mail.example.com:587" (STARTTLS).
struct MailServer {
  std::string host;  // name or numeric address, IPv6 without brackets
  std::uint16_t port = 0;
  bool tls_at_once = false;
};
Result<MailServer> parse_mail_server(std::string_view text);

}  // namespace bulkhead::config
