#include "config/config.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <functional>

#include "base/cat.h"
#include "base/encode.h"
#include "core/mail/mailbox.h"

namespace bulkhead::config {
namespace {

// One key of the file: where its value goes, or why it may not.
using Apply = std::function<Result<void>(const toml::node&)>;
struct Key {
  std::string_view name;
  Apply apply;
};
struct Section {
  std::string_view name;
  std::vector<Key> keys;
};

Apply number(std::uint32_t& target, std::uint32_t min, std::uint32_t max) {
  return [&target, min, max](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < min || *value > max) return fail(Errc::invalid, cat("must be a whole number from ", min, " to ", max));
    target = static_cast<std::uint32_t>(*value);
    return {};
  };
}

enum class Absence { refused, allowed };

Apply endpoint(std::string& target, Absence empty = Absence::refused) {
  return [&target, empty](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<std::string>();
    if (value && value->empty() && empty == Absence::allowed) return target.clear(), Result<void>{};
    if (!value || !parse_endpoint(*value).ok()) return fail(Errc::invalid, "must be \"ADDRESS:PORT\", such as \"127.0.0.1:8443\"");
    target = *value;
    return {};
  };
}

Apply text(std::string& target, std::size_t size_max) {
  return [&target, size_max](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty() || value->size() > size_max) return fail(Errc::invalid, cat("must be a text of 1 to ", size_max, " bytes"));
    target = *value;
    return {};
  };
}

Apply flag(bool& target) {
  return [&target](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<bool>();
    if (!value) return fail(Errc::invalid, "must be true or false");
    target = *value;
    return {};
  };
}

// A text that `check` takes, or none.
Apply checked(std::string& target, bool (*check)(std::string_view), std::string_view rule) {
  return [&target, check, rule](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<std::string>();
    if (!value || (!value->empty() && !check(*value))) return fail(Errc::invalid, std::string{rule});
    target = *value;
    return {};
  };
}

// Of ASCII letters, digits and the `more` alone.
bool is_made_of(std::string_view value, std::string_view more) {
  return std::all_of(value.begin(), value.end(), [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
  });
}

bool is_public_url(std::string_view value) {
  constexpr std::string_view scheme = "https://";
  if (!value.starts_with(scheme) || value.size() <= scheme.size() || value.size() > 200 || value.ends_with('/')) return false;
  return is_made_of(value, ".-:/[]_~%");
}
bool is_mail_server(std::string_view value) { return parse_mail_server(value).ok(); }
bool is_mailbox(std::string_view value) { return mail::parse_mailbox(value).ok(); }
bool is_line(std::string_view value) {
  return value.size() <= 1'000 && std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Apply texts(std::vector<std::string>& target) {
  return [&target](const toml::node& node) -> Result<void> {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->size() > 64) return fail(Errc::invalid, "must be a list of at most 64 texts");
    target.clear();
    for (const toml::node& item : *list) {
      const auto value = item.value_exact<std::string>();
      if (!value || value->empty() || value->size() > 253) return fail(Errc::invalid, "must hold host names of 1 to 253 bytes");
      target.push_back(*value);
    }
    return {};
  };
}

Apply four(std::array<std::uint64_t, 4>& target) {
  return [&target](const toml::node& node) -> Result<void> {
    const toml::array* list = node.as_array();
    constexpr std::string_view rule = "must be four whole numbers: per minute, hour, day and 30 days; 0 is unlimited";
    if (list == nullptr || list->size() != target.size()) return fail(Errc::invalid, std::string{rule});
    for (std::size_t i = 0; i < target.size(); ++i) {
      const auto value = (*list)[i].value_exact<std::int64_t>();
      if (!value || *value < 0) return fail(Errc::invalid, std::string{rule});
      target[i] = static_cast<std::uint64_t>(*value);
    }
    return {};
  };
}

std::vector<Key> budget(Budget& target) {
  return {{"releases", four(target.releases)}, {"mebibytes", four(target.mebibytes)}, {"files", four(target.files)}};
}

std::vector<Section> sections(Config& c) {
  return {
      {"https", {{"listen", endpoint(c.https_listen)},
        {"host_names", texts(c.host_names)},
        {"public_url", checked(c.public_url, is_public_url, "must be \"https://HOST\" without a slash at its end")}}},
      {"ssh",
       {{"ssh_listen", endpoint(c.ssh_listen, Absence::allowed)},
        {"ssh_idle_timeout_s", number(c.ssh_idle_timeout_s, 1, 604'800)},
        {"ssh_sign_on_attempts", number(c.ssh_sign_on_attempts, 1, 20)},
        {"rekey_mib", number(c.ssh_rekey_mib, 64, 65'536)},
        {"rekey_s", number(c.ssh_rekey_s, 60, 86'400)}}},
      {"server",
       {{"uid_base", number(c.uid_base, 1'000, 4'000'000'000)},
        {"ready_gates", number(c.ready_gates, 1, 64)},
        {"landlock_abi_max", number(c.landlock_abi_max, 0, 64)},
        {"stop_grace_s", number(c.stop_grace_s, 1, 3'600)}}},
      {"limits",
       {{"connections", number(c.connections, 1, 4'000)},
        {"connections_per_source", number(c.connections_per_source, 1, 4'000)},
        {"sign_on_grace_s", number(c.sign_on_grace_s, 1, 3'600)},
        {"handshake_timeout_s", number(c.handshake_timeout_s, 1, 600)},
        {"idle_timeout_s", number(c.idle_timeout_s, 1, 3'600)},
        {"stall_timeout_s", number(c.stall_timeout_s, 1, 3'600)}}},
      {"sign_on",
       {{"access_token_life_s", number(c.access_token_life_s, 60, 86'400)},
        {"refresh_token_life_s", number(c.refresh_token_life_s, 60, 2'592'000)},
        {"attempts", number(c.attempts, 1, 1'000)},
        {"attempts_window_s", number(c.attempts_window_s, 1, 86'400)},
        {"reset_link_life_s", number(c.reset_link_life_s, 60, 86'400)}}},
      {"mail",
       {{"smtp", checked(c.smtp, is_mail_server, "must be \"smtps://HOST:PORT\" or \"smtp://HOST:PORT\"")},
        {"smtp_plain", flag(c.smtp_plain)},
        {"mail_from", checked(c.mail_from, is_mailbox, "must be an address, or \"NAME <ADDRESS>\"")},
        {"mail_user", checked(c.mail_user, is_line, "must be one line of at most 1000 bytes")},
        {"mail_password_file", checked(c.mail_password_file, is_line, "must be the name of a file")},
        {"mail_ca_file", checked(c.mail_ca_file, is_line, "must be the name of a file")}}},
      {"storage", {{"disk_reserve_mib", number(c.disk_reserve_mib, 1, 1'048'576)}}},
      {"ledger", {{"origin", text(c.ledger_origin, 200)}}},
      {"budget_principal", budget(c.principal)},
      {"budget_organisation", budget(c.organisation)},
      {"budget_total", budget(c.total)},
  };
}

Error at(std::string_view name, const toml::source_region& where, std::string_view what) {
  return fail(Errc::invalid, cat(name, ":", where.begin.line, ":", where.begin.column, ": ", what));
}

Result<void> apply_section(const Section& section, const toml::table& table, std::string_view name) {
  for (const auto& [key, node] : table) {
    const auto known = std::find_if(section.keys.begin(), section.keys.end(), [&](const Key& k) { return k.name == key.str(); });
    if (known == section.keys.end()) {
      return at(name, key.source(), cat("unknown key \"", key.str(), "\" in [", section.name, "]"));
    }
    if (const Result<void> applied = known->apply(node); !applied.ok()) {
      return at(name, node.source(), cat(section.name, ".", key.str(), " ", applied.error().message()));
    }
  }
  return {};
}

}  // namespace

Result<Config> parse(std::string_view text_in, std::string_view name) {
  const toml::parse_result parsed = toml::parse(text_in);
  if (!parsed) return at(name, parsed.error().source(), parsed.error().description());
  Config config;
  const std::vector<Section> known = sections(config);
  for (const auto& [key, node] : parsed.table()) {
    const auto section = std::find_if(known.begin(), known.end(), [&](const Section& s) { return s.name == key.str(); });
    if (section == known.end()) return at(name, key.source(), cat("unknown section or key \"", key.str(), "\""));
    const toml::table* table = node.as_table();
    if (table == nullptr) return at(name, node.source(), cat("[", section->name, "] must be a section"));
    TRY(apply_section(*section, *table, name));
  }
  if (!config.smtp.empty() && config.mail_from == Config{}.mail_from) {
    return fail(Errc::invalid, cat(name, ": [mail] smtp needs mail_from, the address that mail comes from"));
  }
  if (config.mail_from.empty()) return fail(Errc::invalid, cat(name, ": [mail] mail_from is empty"));
  if (config.smtp_plain && (config.smtp.starts_with("smtps:") || !config.mail_user.empty())) {
    return fail(Errc::invalid, cat(name, ": [mail] smtp_plain goes with smtp:// and without mail_user: it sends unencrypted"));
  }
  if (config.mail_user.empty() != config.mail_password_file.empty()) {
    return fail(Errc::invalid, cat(name, ": [mail] mail_user and mail_password_file belong together"));
  }
  if (config.ledger_origin.empty()) {
    return fail(Errc::invalid, cat(name, ": [ledger] origin is missing: bulkhead init wrote it; put it back"));
  }
  return config;
}

std::string template_text(std::string_view ledger_origin) {
  return cat(R"(# Bulkhead. Every key is here with its default; remove the # to change one, then restart the server.
# A key that is not listed here is an error.

[https]
# listen = "127.0.0.1:8443"        # ADDRESS:PORT, or [IPv6]:PORT; serve --https wins over it
# host_names = []                  # Host values that are served, e.g. ["transfer.example.com"]; empty: any
# public_url = ""                  # what links in mail begin with, e.g. "https://transfer.example.com"; empty: made of the above

[ssh]
# ssh_listen = ""                  # ADDRESS:PORT for SFTP and SCP, e.g. "0.0.0.0:22"; empty: not served. serve --ssh wins
# ssh_idle_timeout_s = 900         # signed on, without any message of the client
# ssh_sign_on_attempts = 6         # refusals before the connection is closed
# rekey_mib = 4096                 # new keys after that much in one direction ...
# rekey_s = 3600                   # ... or that time

[server]
# uid_base = 64200                 # started as root, each kind of process runs as a uid from here on
# ready_gates = 4                  # connections of each listener that are prepared ahead, to hide the start of their processes
# landlock_abi_max = 64            # use Landlock up to this ABI; 0: not at all (the other layers stay)
# stop_grace_s = 30                # how long transfers may go on after a stop was asked for

[limits]
# connections = 512                # in total
# connections_per_source = 128     # from one address
# sign_on_grace_s = 60             # a connection that has not signed on by then is closed
# handshake_timeout_s = 10
# idle_timeout_s = 60              # between two requests
# stall_timeout_s = 60             # inside a request or answer, without any progress

[sign_on]
# access_token_life_s = 1199
# refresh_token_life_s = 43200
# attempts = 10                    # failed sign-ons of an account from one network, or of one address, ...
# attempts_window_s = 300          # ... within this time, before further ones are refused unseen
# reset_link_life_s = 1800         # how long a link for a new password is good

[mail]
# smtp = ""                        # "smtps://HOST:PORT", or "smtp://HOST:PORT" with STARTTLS; empty: files in outbox/
# smtp_plain = false               # without TLS, to a loopback address only
# mail_from = "Bulkhead <bulkhead@localhost>"
# mail_user = ""                   # signs on at that server ...
# mail_password_file = ""          # ... with the first line of this file
# mail_ca_file = "/etc/ssl/certs/ca-certificates.crt"   # authorities that the server's certificate may come from

[storage]
# disk_reserve_mib = 16            # uploads are refused when less than this is free

[ledger]
origin = ")", ledger_origin, R"("   # name of this ledger for ever; do not change

# Egress budgets: releases, mebibytes and different files per minute, hour, day and 30 days; 0 is unlimited.
[budget_principal]
# releases = [0, 20000, 100000, 1000000]
# mebibytes = [0, 4194304, 16777216, 134217728]
# files = [0, 0, 0, 0]

[budget_organisation]
# releases = [0, 200000, 1000000, 10000000]
# mebibytes = [0, 41943040, 167772160, 1342177280]
# files = [0, 0, 0, 0]

[budget_total]
# releases = [0, 400000, 2000000, 20000000]
# mebibytes = [0, 83886080, 335544320, 2684354560]
# files = [0, 0, 0, 0]
)");
}

Result<Endpoint> parse_endpoint(std::string_view text_in) {
  const std::size_t colon = text_in.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::invalid, "not ADDRESS:PORT");
  std::string_view address = text_in.substr(0, colon);
  const std::uint64_t port = TRY(parse_decimal(text_in.substr(colon + 1), 65'535));
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  else if (address.find(':') != std::string_view::npos) return fail(Errc::invalid, "an IPv6 address needs brackets");
  if (address.empty()) return fail(Errc::invalid, "not ADDRESS:PORT");
  return Endpoint{std::string{address}, static_cast<std::uint16_t>(port)};
}

Result<MailServer> parse_mail_server(std::string_view text_in) {
  constexpr std::string_view with_tls = "smtps://";
  constexpr std::string_view with_starttls = "smtp://";
  MailServer server;
  server.tls_at_once = text_in.starts_with(with_tls);
  if (!server.tls_at_once && !text_in.starts_with(with_starttls)) return fail(Errc::invalid, "neither smtps:// nor smtp://");
  Endpoint endpoint = TRY(parse_endpoint(text_in.substr(server.tls_at_once ? with_tls.size() : with_starttls.size())));
  if (endpoint.port == 0 || endpoint.address.size() > 253 || !is_made_of(endpoint.address, ".-:")) return fail(Errc::invalid, "not HOST:PORT");
  server.host = std::move(endpoint.address);
  server.port = endpoint.port;
  return server;
}

}  // namespace bulkhead::config
