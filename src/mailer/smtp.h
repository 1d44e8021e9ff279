#pragma once
// One message to a mail server, by libcurl over a connection that is there already. Everything that libcurl would read
// from files is given to it: authorities, password, address. TLS 1.2 or later, with the server's certificate verified
// for its name; without TLS only where MailerSettings say so.
#include "ipc/control_asks.h"
#include "ipc/mail_asks.h"
#include "mailer/dial.h"

namespace bulkhead::mailer {

inline constexpr long send_max_ms = 60'000;
inline constexpr std::size_t answer_size_max = 200;

class Smtp {
 public:
  // Ahead of the sandbox: reads the files that `settings` name, dials, makes all that libcurl makes of descriptors.
  static Result<Smtp> prepare(const asks::MailerSettings& settings, std::uint32_t uid);
  Smtp(Smtp&&) noexcept;
  Smtp& operator=(Smtp&&) = delete;
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;
  ~Smtp();

  // Once. Inside the sandbox.
  asks::SendMail::Reply send(const asks::SendMail& mail);

 private:
  struct State;
  explicit Smtp(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What a peer said, for people: visible ASCII, at most answer_size_max letters.
std::string visible(std::string_view text);

}  // namespace bulkhead::mailer
