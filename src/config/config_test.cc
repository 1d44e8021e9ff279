#include "config/config.h"

#include <doctest/doctest.h>

#include "base/cat.h"

using namespace bulkhead;

TEST_CASE("the template parses, and is all defaults") {
  const Result<config::Config> parsed = config::parse(config::template_text("example.org/ledger"), "bulkhead.toml");
  REQUIRE(parsed.ok());
  CHECK(parsed->ledger_origin == "example.org/ledger");
  CHECK(parsed->https_listen == config::Config{}.https_listen);
}

TEST_CASE("the template with every # removed parses to the same defaults") {
  std::string text = config::template_text("example.org/ledger");
  for (std::size_t at = 0; (at = text.find("\n# ", at)) != std::string::npos;) {
    if (text.find(" = ", at + 3) < text.find('\n', at + 3)) text.erase(at + 1, 2);
    ++at;
  }
  const Result<config::Config> parsed = config::parse(text, "bulkhead.toml");
  REQUIRE_MESSAGE(parsed.ok(), (parsed.ok() ? std::string{} : parsed.error().message()));
  const config::Config defaults;
  CHECK(parsed->connections == defaults.connections);
  CHECK(parsed->uid_base == defaults.uid_base);
  CHECK(parsed->access_token_life_s == defaults.access_token_life_s);
  CHECK(parsed->disk_reserve_mib == defaults.disk_reserve_mib);
  CHECK(parsed->principal.releases == defaults.principal.releases);
  CHECK(parsed->organisation.mebibytes == defaults.organisation.mebibytes);
  CHECK(parsed->total.files == defaults.total.files);
}

TEST_CASE("what is wrong is named with line and column") {
  const auto message = [](std::string_view text) { return config::parse(text, "b.toml").error().message(); };
  CHECK(message("[ledger]\norigin = \"x\"\n[limits]\nconections = 3\n") == "b.toml:4:1: unknown key \"conections\" in [limits]");
  CHECK(message("[lmits]\n").starts_with("b.toml:1:2: unknown section"));
  CHECK(message("[limits]\nconnections = \"many\"\n").starts_with("b.toml:2:15: limits.connections must be a whole number"));
  CHECK(message("[limits]\nconnections = 0\n").starts_with("b.toml:2:15:"));
  CHECK(message("[https]\nlisten = 8443\n").starts_with("b.toml:2:10: https.listen must be"));
  CHECK(message("[ssh]\nssh_listen = \"nowhere\"\n").starts_with("b.toml:2:14: ssh.ssh_listen must be"));
  CHECK(message("[https\n").starts_with("b.toml:1:"));
  CHECK(message("").find("origin is missing") != std::string::npos);
}

TEST_CASE("endpoints") {
  CHECK(config::parse_endpoint("127.0.0.1:8443")->port == 8443);
  CHECK(config::parse_endpoint("[::1]:1")->address == "::1");
  for (const char* wrong : {"", "8443", ":8443", "::1:8443", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:08"}) {
    CHECK_MESSAGE(!config::parse_endpoint(wrong).ok(), wrong);
  }
}

TEST_CASE("mail: servers, and keys that need each other") {
  CHECK(config::parse_mail_server("smtps://mail.example.com:465")->tls_at_once);
  CHECK(config::parse_mail_server("smtp://[::1]:25")->host == "::1");
  for (const char* wrong : {"", "mail.example.com:25", "http://a:1", "smtp://a", "smtp://a:0", "smtp://a b:25", "smtp://a:25/x", "smtp://u@a:25"}) {
    CHECK_MESSAGE(!config::parse_mail_server(wrong).ok(), wrong);
  }
  const auto parsed = [](std::string_view mail, std::string_view https = "") {
    return config::parse(cat("[ledger]\norigin = \"x\"\n[https]\n", https, "\n[mail]\n", mail, "\n"), "b.toml");
  };
  CHECK(parsed("smtp = \"smtps://a.example:465\"\nmail_from = \"a@b\"").ok());
  CHECK(parsed("smtp = \"smtp://127.0.0.1:25\"\nsmtp_plain = true\nmail_from = \"A <a@b>\"").ok());
  for (const char* wrong : {"smtp = \"smtps://a.example:465\"", "mail_from = \"a\\r\\nb@c\"", "mail_from = \"nobody\"",
                            "mail_user = \"x\"", "mail_password_file = \"x\"", "smtp = \"smtps://a:1\"\nsmtp_plain = true\nmail_from = \"a@b\"",
                            "smtp = \"smtp://a:1\"\nsmtp_plain = true\nmail_from = \"a@b\"\nmail_user = \"u\"\nmail_password_file = \"f\"",
                            "smtp_plain = 1"}) {
    CHECK_MESSAGE(!parsed(wrong).ok(), wrong);
  }
  CHECK(parsed("", "public_url = \"https://transfer.example.com:8443\"")->public_url == "https://transfer.example.com:8443");
  for (const char* wrong : {"http://a", "https://", "https://a/", "https://a b", "https://a#b", "https://u@a", "javascript:x"}) {
    CHECK_MESSAGE(!parsed("", cat("public_url = \"", wrong, "\"")).ok(), wrong);
  }
}
