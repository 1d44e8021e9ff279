#pragma once
// Answers: everything the warden says, and to whom. Gates ask login_asks.h, the command line admin_asks.h; hull's
// notices bring the channels. Sign-ons and new passwords are answered in a later turn, when their derivation is done;
// their writes belong to that turn. answers.cc: channels and turns. sign_on.cc, sessions.cc, accounts.cc: the asks.
#include "ipc/admin_asks.h"
#include "ipc/control_asks.h"
#include "ipc/login_asks.h"
#include "warden/connections.h"
#include "warden/derivation.h"
#include "warden/identity.h"
#include "warden/throttle.h"

namespace bulkhead::warden {

// Every refusal to sign on reads the same, whatever its reason.
inline constexpr std::string_view refusal_text =
    "Invalid username/password or not allowed to sign on from this location.";

class Answers {
 public:
  // `seed` signs the capabilities. Serves `control` (hull) and asks at `vault`; either one's end stops the service.
  Answers(ipc::Service& service, Identity identity, Secret seed, Fd control, Fd vault, Clock clock = {});
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;
  ~Answers() = default;

  // Tells hull that the warden is ready, and the public key of its capabilities.
  void ready(std::uint32_t layers, std::uint32_t landlock_abi);

 private:
  struct Attempt {  // a sign-on whose derivation runs
    ipc::Ticket ticket;
    ConnectionNumber connection = 0;
    Throttle::Who who{};
    std::string name;       // as sent
    std::string user;       // id; a random one for a name that nobody has
    Credential credential;  // as looked up; then the new one, when the password is changed
    Salt proven{};          // the salt of the old password, while the new one is derived
    std::optional<Secret> new_password;
    bool new_is_old = false;
  };
  struct NewPassword {  // of the command line, while it is derived
    ipc::Ticket ticket;
    User user;
    bool create = false;
    Secret one_time;
  };
  struct Failures {
    std::int64_t count = 0;
    UnixMs last = 0;
  };

  // answers.cc
  void from_hull(ipc::Call& call);
  void from_gate(ipc::Call& call);
  void from_admin(ipc::Call& call);
  void introduce(const asks::Introduce& notice, Fd channel);
  void set(const asks::WardenSettings& settings);
  void tick();
  Result<void> commit();
  Connection& connection(ConnectionNumber number);
  Bytes sign(const User& user, const Session& session, capability::Method method, ConnectionNumber number);
  template <class T>
  Result<T> outward(Result<T> result);

  // sign_on.cc
  void sign_on(ipc::Call& call);
  void derive(Attempt attempt, Secret password, void (Answers::*then)(Attempt, Result<Verifier>));
  void password_derived(Attempt attempt, Result<Verifier> verifier);
  void password_right(Attempt attempt, const User& user);
  void new_password_derived(Attempt attempt, Result<Verifier> verifier);
  void refuse_sign_on(const Attempt& attempt, std::string_view why);
  Result<asks::SignOnResult> grant(const Attempt& attempt, const User& user, const Credential* changed);

  // sessions.cc
  Result<asks::SignOnResult> refresh(ConnectionNumber number, const Secret& token);
  Result<asks::Bearer::Reply> bearer(ConnectionNumber number, const Secret& token);
  Result<ipc::Nothing> revoke(ConnectionNumber number, const Secret& token);
  Result<User> user_of(const Session& session);
  Result<void> end_reused(const TokenHash& hash);

  // accounts.cc
  Result<asks::Account::Reply> account(ConnectionNumber number);
  void add_user(ipc::Call& call);
  void set_user_password(ipc::Call& call);
  Result<void> start_password(NewPassword job, Secret password);
  void new_password_ready(NewPassword job, Result<Verifier> verifier);
  Result<asks::AddUser::Reply> store_password(NewPassword& job);
  Result<asks::ListUsers::Reply> list_users(const asks::ListUsers& ask);
  Result<ipc::Nothing> set_user_active(const asks::SetUserActive& ask);
  Result<ipc::Nothing> delete_user(const asks::DeleteUser& ask);
  Result<User> user_named(std::string_view name);

  ipc::Service& service_;
  Clock clock_;
  Identity identity_;
  Secret seed_;
  ipc::PeerId hull_;
  ipc::PeerId vault_;
  Derivation derivation_;
  Connections connections_;
  Throttle throttle_;
  UnixMs access_life_ms_ = 0;  // 0: no settings yet
  UnixMs refresh_life_ms_ = 0;
  std::uint64_t next_work_ = 1;
  std::map<std::uint64_t, Attempt> attempts_;
  std::map<std::uint64_t, NewPassword> new_passwords_;
  std::map<std::string, Failures, std::less<>> failures_;  // by user id; stored by the next tick, so that a refusal
                                                           // costs the same for a name that nobody has
  UnixMs next_cleaning_ = 0;
};

// What leaves this process of an inner failure: its kind, and a text that tells a peer nothing of the inside.
Error outward_error(const Error& error);

template <class T>
Result<T> Answers::outward(Result<T> result) {
  if (!result.ok()) return outward_error(result.error());
  return result;
}

}  // namespace bulkhead::warden
