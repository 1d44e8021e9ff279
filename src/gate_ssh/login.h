#pragma once
// Who the peer is (RFC 4252), as warden says: the gate passes on what was sent and answers with what it hears. It keeps
// no state that a verdict of warden did not make. Every refusal looks the same: SSH_MSG_USERAUTH_FAILURE with the
// methods that can continue.
#include <optional>
#include <string>
#include <vector>

#include "ipc/channel.h"
#include "ipc/ssh_login_asks.h"
#include "proto/ssh/states.h"
#include "proto/ssh/userauth.h"

namespace bulkhead::gate_ssh {

struct Siblings {
  ipc::Channel& warden;
  ipc::Channel& keeper;
  ipc::Channel& porter;
  ipc::Channel& signet;
};

// RFC 4253 section 11.1, as far as this server says them.
enum class Disconnect : std::uint32_t {
  protocol_error = 2,
  service_not_available = 7,
  by_application = 11,
  no_more_auth_methods_available = 14,
};

// Of one connection, whatever warden says: warden's channel admits ipc::limited_times of each ask.
inline constexpr std::uint32_t key_offers_max = 60;
inline constexpr std::uint32_t dialogue_asks_max = 30;  // started, and answered
inline constexpr std::uint32_t attempts_limit = 30;     // over the configured sign_on_attempts

class Login {
 public:
  Login(Siblings siblings, std::uint32_t attempts_max);

  struct Answer {
    Bytes message;
    ssh::State state = ssh::State::auth;  // what the peer may send from now on
    bool granted = false;                 // keeper knows the principal: nothing is asked of Login any more
  };
  // One message in the states auth and dialogue. An Error ends the connection, with reason().
  Result<Answer> answer(ByteView payload);
  // The session that signet vouches for, ahead of the first answer().
  Result<void> open(const Bytes& statement);

  Disconnect reason() const { return reason_; }
  const std::string& user_name() const { return user_name_; }  // tried last; the peer's once granted
  // Once granted. The porter adopts it when the first file is opened.
  const Bytes& capability() const { return capability_; }
  UnixMs expires_ms() const { return expires_ms_; }

 private:
  Result<Answer> request(const ssh::UserauthRequest& request);
  Result<Answer> with_key(const ssh::KeyMethod& key);
  Result<Answer> with_password(const ssh::PasswordMethod& password);
  Result<Answer> start_dialogue();
  Result<Answer> go_on_with_dialogue(ByteView payload);
  Result<Answer> dialogue(Result<asks::SshDialogue> said);
  Result<Answer> verdict(Result<asks::SshSignOn> said);
  Result<Answer> grant(asks::SshSignOn granted);
  Result<Answer> refused();
  Answer failure(bool partial) const;
  Error end(Disconnect reason, std::string why);
  void forget_user();

  Siblings siblings_;
  std::uint32_t attempts_max_;
  std::uint32_t attempts_ = 0;
  std::uint32_t key_offers_ = 0;
  std::uint32_t dialogue_asks_ = 0;
  std::string user_name_;
  std::vector<std::string> methods_;      // that can continue, as warden said last
  std::optional<std::size_t> questions_;  // of the open dialogue
  Bytes capability_;
  UnixMs expires_ms_ = 0;
  Disconnect reason_ = Disconnect::protocol_error;
};

}  // namespace bulkhead::gate_ssh
