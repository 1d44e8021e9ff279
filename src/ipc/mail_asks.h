#pragma once
// warden -> mailer: one finished message, then the mailer exits. Here, too: how people at the command line ask the
// warden about mail (the rows are in admin_asks.h).
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

enum class MailOutcome : std::uint8_t {
  sent = 0,     // the server has taken it over, or the file is durable
  later = 1,    // nobody has it: worth another try
  refused = 2,  // and will be refused again
};
constexpr MailOutcome wire_max(MailOutcome) {
  return MailOutcome::refused;
}

struct SendMail {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    MailOutcome outcome = MailOutcome::later;
    std::string answer;  // of the server, or why there is none; visible ASCII, for people
    static auto fields(auto& m, auto&& f) { return f(m.outcome, m.answer); }
  };
  std::string from;  // addresses, without names
  std::string to;
  Secret message;  // RFC 5322, with CRLF; a link in it signs somebody on
  static auto fields(auto& m, auto&& f) { return f(m.from, m.to, m.message); }
};

inline constexpr std::array mail_asks{
    ipc::Row{SendMail::number, "send_mail", ipc::Phase::any, ipc::Times::once, 65'536},
};
static_assert(ipc::sorted_unique(mail_asks));

// command line -> warden
struct MailState {
  static constexpr std::uint16_t number = 65;
  struct Reply {
    std::string server;  // empty: mail goes into the file outbox
    std::uint32_t waiting = 0;
    std::uint32_t sent = 0;  // of those that are remembered, for 30 days
    std::uint32_t failed = 0;
    std::string last_problem;  // of one that failed or still waits; may be empty
    static auto fields(auto& m, auto&& f) { return f(m.server, m.waiting, m.sent, m.failed, m.last_problem); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// Answered in a later turn, with the outcome of its one try.
struct TestMail {
  static constexpr std::uint16_t number = 66;
  using Reply = SendMail::Reply;
  std::string address;
  static auto fields(auto& m, auto&& f) { return f(m.address); }
};

}  // namespace bulkhead::asks
