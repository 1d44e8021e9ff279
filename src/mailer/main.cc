// bulkhead-mailer: one message, then it exits.
//   does      hands one finished message to the mail server, or, while none is configured, writes it into outbox/
//   holds     that message, the connection to the server and the password for it; or the directory outbox/. No
//             database, no key, no channel to anybody but warden and hull
//   asks      nobody; tells hull Ready before it waits
//   answers   warden: ipc/mail_asks.h, once
//   safe      the only process with libcurl, and the only one that speaks to a server elsewhere. Name and connection
//             are made ahead by a child that is not root; what the server says is read without a file and without a
//             way to another server, and for one message: what it learns are an address and a link that dies young
#include <openssl/crypto.h>

#include <cstdlib>

#include "base/log.h"
#include "ipc/channel.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "mailer/file_outbox.h"
#include "mailer/sandbox.h"
#include "mailer/smtp.h"

namespace bulkhead::mailer {
namespace {

template <class Message>
Message taken(Result<std::optional<ipc::Frame>> frame, ipc::Kind kind, ipc::Table table, std::uint32_t& serial) {
  if (!frame.ok()) die(frame.error().message());
  if (!*frame) std::_Exit(0);  // not needed any more
  ipc::Admission admission{table};
  if ((*frame)->kind != kind || (*frame)->number != Message::number ||
      admission.admit((*frame)->number, (*frame)->body.size(), (*frame)->descriptors.size()) == nullptr) {
    die("a sibling sent what the mailer does not take");
  }
  Result<Message> message = ipc::decode<Message>((*frame)->body, "message");
  wipe((*frame)->body);
  if (!message.ok()) die(message.error().message());
  serial = (*frame)->serial;
  return std::move(*message);
}

int run(const sandbox::Arguments& arguments) {
  ipc::Channel control{Fd{descriptors::control}};
  ipc::Channel warden{Fd{descriptors::mailer::warden}};
  std::uint32_t serial = 0;
  const auto settings = taken<asks::MailerSettings>(control.receive(), ipc::Kind::notice, asks::from_hull, serial);
  const bool files = settings.server_host.empty();
  std::optional<Result<Smtp>> smtp;
  if (!files) smtp.emplace(Smtp::prepare(settings, arguments.uid));
  const sandbox::Entered entered = sandbox::enter(files ? outbox_policy() : smtp_policy(), arguments);
  static_cast<void>(control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}));  // hull may have gone

  const auto mail = taken<asks::SendMail>(warden.receive(), ipc::Kind::ask, asks::mail_asks, serial);
  asks::SendMail::Reply reply;
  if (files)
    reply = store(descriptors::root, mail);
  else if (smtp->ok())
    reply = (*smtp)->send(mail);
  else
    reply = {asks::MailOutcome::later, visible(smtp->error().message())};
  const Result<void> told = warden.send({asks::SendMail::number, ipc::Kind::answer, serial, ipc::encode(reply), {}});
  if (!told.ok()) log(Level::warning, "mail_not_reported", {{"why", told.error().message()}, {"answer", reply.answer}});
  return 0;
}

}  // namespace
}  // namespace bulkhead::mailer

int main(int count, char** arguments) {
  using namespace bulkhead;
  ENSURE(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);  // no OPENSSL_CONF here
  std::_Exit(
      mailer::run(sandbox::parse_arguments(count, arguments)));  // what libraries do at exit, the sandbox forbids
}
