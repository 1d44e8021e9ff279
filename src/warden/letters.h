#pragma once
// For tests: the mails of a warden, whose mailers the test plays, and the links in them.
#include "warden/stage.h"

namespace bulkhead::warden {

inline StageOptions mail_options() {
  StageOptions options;
  options.settings.public_url = "https://transfer.example.com";
  options.settings.mail_from = "Bulkhead <bulkhead@example.com>";
  return options;
}

struct Letter {
  std::string from;
  std::string to;
  std::string text;  // decoded as far as these tests need it
};

inline std::string token_in(const std::string& text) {
  const std::size_t at = text.find("#token=");
  REQUIRE(at != std::string::npos);
  return text.substr(at + 7, 43);
}

// The next mail of the warden, which is answered so; none when nothing is due within the time.
inline std::optional<Letter> next_letter(Stage& stage, asks::MailOutcome outcome = asks::MailOutcome::sent, int wait_ms = 5'000) {
  for (int waited = 0; waited <= wait_ms; waited += 50) {
    Gate mailer = stage.gate("", asks::Role::mailer);
    Result<std::optional<ipc::Frame>> frame = mailer.channel.receive();
    if (frame.ok() && *frame) {
      REQUIRE((*frame)->number == asks::SendMail::number);
      asks::SendMail mail = *ipc::decode<asks::SendMail>((*frame)->body);
      Letter letter{mail.from, mail.to, to_text(mail.message.view())};
      for (const auto& [from, to] : {std::pair{"=\r\n", ""}, std::pair{"=3D", "="}}) {
        for (std::size_t at = 0; (at = letter.text.find(from, at)) != std::string::npos;) {
          letter.text.replace(at, std::string_view{from}.size(), to);
        }
      }
      const asks::SendMail::Reply reply{outcome, outcome == asks::MailOutcome::sent ? "250 ok" : "451 try later"};
      REQUIRE(
          mailer.channel.send({(*frame)->number, ipc::Kind::answer, (*frame)->serial, ipc::encode(reply), {}}).ok());
      CHECK_FALSE(mailer.channel.receive()->has_value());  // that was all
      return letter;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return {};
}

inline asks::RequestReset request(std::string_view name) {
  return {std::string{name}};
}

inline std::string token_for(Stage& stage, Gate& gate, std::string_view name) {
  REQUIRE(gate.channel.ask(request(name)).ok());
  const std::optional<Letter> letter = next_letter(stage);
  REQUIRE(letter.has_value());
  return token_in(letter->text);
}

}  // namespace bulkhead::warden
