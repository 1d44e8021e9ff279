// Mailers: one process for one message, started when warden has one to send.
#include "base/cat.h"
#include "core/mail/mailbox.h"
#include "hull/supervisor.h"

namespace bulkhead::hull {

// What links begin with. Never the Host of a request: whoever sent that would choose where a link leads.
std::string Supervisor::public_url() const {
  const config::Config& c = options_.config;
  if (!c.public_url.empty()) return c.public_url;
  if (c.host_names.empty()) return cat("https://", https_.address.empty() ? c.https_listen : https_.address);
  const Result<config::Endpoint> listen = config::parse_endpoint(https_.address.empty() ? c.https_listen : https_.address);
  const bool usual = !listen.ok() || listen->port == 443;
  return usual ? cat("https://", c.host_names.front()) : cat("https://", c.host_names.front(), ":", listen->port);
}

void Supervisor::start_mailer() {
  if (state_ == State::stopping || state_ == State::clearing) return;
  const config::Config& c = options_.config;
  asks::MailerSettings settings;
  if (!c.smtp.empty()) {
    const config::MailServer server = config::parse_mail_server(c.smtp).value();  // checked when it was read
    settings.server_host = server.host;
    settings.server_port = server.port;
    settings.tls_at_once = server.tls_at_once;
    settings.plain = c.smtp_plain;
    settings.ehlo_name = mail::domain_of(mail::parse_mailbox(c.mail_from).value().address);
    settings.user = c.mail_user;
    settings.password_file = c.mail_password_file;
    settings.ca_file = c.mail_ca_file;
  }
  auto [warden_end, mailer_end] = channel_pair();
  std::vector<Fd> channels;
  channels.push_back(std::move(mailer_end));
  service_.notify(start(Kind::mailer, 0, std::move(channels)).control, settings);
  introduce(Kind::warden, 0, asks::Role::mailer, std::move(warden_end));
}

}  // namespace bulkhead::hull
