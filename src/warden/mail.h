#pragma once
// Outbound: the mails that wait in identity.db, and the one that is on its way. Each goes to a mailer of its own, which
// hull starts when it is asked. A link's token is made when its mail is: it is stored nowhere, and a mail that has to
// be tried again carries another one. Once a server took a mail over, it is not sent again; when warden or mailer end
// between that and the turn that notes it, it is.
#include <map>

#include "ipc/service.h"
#include "warden/identity.h"

namespace bulkhead::warden {

class Outbound {
 public:
  Outbound(ipc::Service& service, ipc::PeerId hull, Identity& identity, Clock clock)
      : service_{service}, hull_{hull}, identity_{identity}, clock_{clock} {}

  void configure(std::string from, std::string public_url, std::string server);
  // One ready mailer, from hull.
  void add_mailer(Fd socket);
  // Asks for a mailer when a mail is due; ends one that takes too long.
  void tick();
  Result<asks::MailState::Reply> state();
  // TestMail, answered in a later turn.
  void test(const ipc::Call& call);

 private:
  using Wanted = std::optional<asks::SendMail>;
  struct Prepared {
    Mail mail;
    asks::SendMail ask;
  };
  Result<std::optional<Prepared>> next();
  Result<Wanted> make(const Mail& mail);
  Result<std::optional<Secret>> new_token(const User& user);
  void answered(const Mail& mail, const Result<asks::SendMail::Reply>& reply);
  void settle(const Mail& mail, MailFate fate, const asks::SendMail::Reply& reply);
  void want_mailer();

  ipc::Service& service_;
  ipc::PeerId hull_;
  Identity& identity_;
  Clock clock_;
  std::string from_;
  std::string public_url_;
  std::string server_;
  ipc::PeerId mailer_ = 0;  // that has a mail; 0: none
  MonotonicMs mailer_since_ = 0;
  bool wanted_ = false;  // asked of hull and not there yet
  MonotonicMs wanted_since_ = 0;
  std::map<std::int64_t, ipc::Ticket> tests_;  // by number of the mail
};

}  // namespace bulkhead::warden
