#pragma once
// Answers: everything the warden says, and to whom. Gates ask login_asks.h, those for SSH ssh_login_asks.h, the command
// line admin_asks.h; hull's notices bring the channels. Sign-ons and new passwords are answered in a later turn, when
// their derivation is done; their writes belong to that turn. answers.cc: channels and turns. sign_on.cc, sessions.cc,
// accounts.cc, keys.cc, ssh_*.cc: the asks.
#include "core/ssh_key/certificate.h"
#include "ipc/admin_asks.h"
#include "ipc/control_asks.h"
#include "ipc/login_asks.h"
#include "ipc/ssh_login_asks.h"
#include "warden/administration.h"
#include "warden/connections.h"
#include "warden/derivation.h"
#include "warden/identity.h"
#include "warden/mail.h"
#include "warden/password_policy.h"
#include "warden/policies.h"
#include "warden/throttle.h"

namespace bulkhead::warden {

// Every refusal to sign on reads the same, whatever its reason.
inline constexpr std::string_view refusal_text =
    "Invalid username/password or not allowed to sign on from this location.";
// What the warden's own rules deny; hidden things are not_found.
inline constexpr std::string_view forbidden_text = "You may not do this.";

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
    std::string name;               // as sent
    std::string user;               // id; id_of_nobody() for a name that nobody has
    Credential credential;          // as looked up; then the new one, when the password is changed
    Salt proven{};                  // the salt of the old password, while the new one is derived
    std::optional<Secret> foreign;  // the password, when it is checked against a foreign hash
    std::optional<Secret> new_password;
    bool new_is_old = false;
    std::optional<asks::ChangeAccount> change;  // that the password is part of
    std::optional<User> added;                  // whose first password it is
    SshMethod method = SshMethod::password;     // over SSH
    std::optional<TokenHash> reset;             // the link by which the password is set
  };
  struct PendingReset {  // asked for, and not looked at yet: the answer must not depend on it
    std::string name;     // folded
    std::string address;  // from where
  };
  struct Claim {  // of an ask over SSH: who it says to be
    std::string name;
    Throttle::Who who{};
    std::optional<User> user;
    std::string id;  // the user's; id_of_nobody() for a name that nobody has
  };
  struct OfferedKey {
    std::optional<ssh_key::PublicKey> key;  // that must sign; none when the blob holds none
    std::string algorithm;                  // of the signature
    SshSigner signer;
    std::string why_not;  // empty: it signs the user on
  };
  struct NewPassword {  // of the command line, while it is derived
    ipc::Ticket ticket;
    User user;
    bool create = false;
    Secret one_time;
  };
  using CredentialDone = std::function<void(Result<NewCredential>)>;
  struct NewSecret {  // a new password, while it is derived
    std::string user;
    Secret password;
    NewCredential fresh;
    CredentialDone done;
  };
  // What of an account is shown: all to those who rule it.
  enum class Shown : std::uint8_t { own, all };
  struct Failures {
    std::int64_t count = 0;
    UnixMs last = 0;
  };
  struct Refusal {  // of a sign-on, for the log
    UnixMs time = 0;
    std::string name;  // as sent
    std::string address;
    std::string method;
    std::string why;
  };

  // answers.cc
  void from_hull(ipc::Call& call);
  void from_gate(ipc::Call& call);
  void from_admin(ipc::Call& call);
  void from_admin_keys(ipc::Call& call);
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
  void new_password_derived(Attempt attempt, Result<NewCredential> fresh);
  void foreign_password_derived(Attempt attempt, Result<NewCredential> fresh);
  Result<std::optional<User>> user_of_password(const Attempt& attempt, const Verifier& verifier);
  void count_failure(const std::string& user);
  void refuse_sign_on(const Attempt& attempt, std::string_view why);
  Result<asks::SignOnResult> grant(const Attempt& attempt, const User& user, const NewCredential* changed);

  // ssh_sign_on.cc
  void from_ssh_gate(ipc::Call& call);
  void ssh_sign_on(ipc::Call& call);
  Result<ipc::Nothing> open_ssh_session(ConnectionNumber number, const asks::OpenSshSession& ask);
  Result<Claim> claim(ConnectionNumber number, const std::string& name);
  Result<bool> allows(const SshProgress& progress, const Claim& claim, SshMethod method);
  asks::SshSignOn refuse_ssh(ConnectionNumber number, const Claim& claim, SshMethod method, std::string_view why,
                             bool counts = true, std::string_view key = {});
  static std::vector<SshMethod> keep_partial_success(SshProgress& progress, const Claim& claim);
  Result<asks::SshSignOn> method_done(ConnectionNumber number, const Claim& claim, SshMethod method);
  Result<asks::SshSignOn> grant_ssh(ConnectionNumber number, const Claim& claim, SshMethod last);
  Result<void> store_ssh_grant(const SshProgress& progress, const User& user, UnixMs now);
  Result<asks::Renew::Reply> renew(ConnectionNumber number);

  // ssh_key_sign_on.cc
  Result<OfferedKey> offered_key(const Connection& from, const Claim& claim, const std::string& algorithm,
                                 const Bytes& blob);
  Result<void> look_up_certificate(OfferedKey& out, const Connection& from, const Claim& claim,
                                   const std::string& algorithm, const Bytes& blob);
  Result<asks::OfferKey::Reply> offer_key(ConnectionNumber number, const asks::OfferKey& ask);
  Result<asks::SshSignOn> sign_on_with_key(ConnectionNumber number, const asks::SignOnWithKey& ask);

  // ssh_password.cc
  void sign_on_with_password(ipc::Call& call);
  Result<asks::SshDialogue> start_dialogue(ConnectionNumber number, const asks::StartDialogue& ask);
  void answer_dialogue(ipc::Call& call);
  void check_ssh_password(const ipc::Call& call, Claim claim, Secret password, SshMethod method);
  void ssh_password_derived(Attempt attempt, Result<Verifier> verifier);
  void take_new_password(const ipc::Call& call, Claim claim, std::vector<Secret> answers);
  void ask_another_password(const ipc::Ticket& ticket, ConnectionNumber number, const Claim& claim, const Error& why);
  void ssh_new_password_derived(Attempt attempt, Result<NewCredential> fresh);
  void ssh_foreign_password_derived(Attempt attempt, Result<NewCredential> fresh);
  Claim claim_of(const Attempt& attempt, std::optional<User> user) const;
  void answer_ssh(const ipc::Ticket& ticket, Result<asks::SshSignOn> result);

  // sessions.cc
  Result<asks::SignOnResult> refresh(ConnectionNumber number, const Secret& token);
  Result<asks::Bearer::Reply> bearer(ConnectionNumber number, const Secret& token);
  Result<ipc::Nothing> revoke(ConnectionNumber number, const Secret& token);
  Result<User> user_of(const Session& session, const Connection& from);
  Result<void> end_reused(const TokenHash& hash);

  // api_tokens.cc
  void from_gate_tokens(ipc::Call& call);
  Result<asks::AddToken::Reply> add_token(ConnectionNumber number, const asks::AddToken& ask);
  Result<asks::ListTokens::Reply> list_tokens(ConnectionNumber number, const asks::ListTokens& ask);
  Result<asks::TokenRow> change_token(ConnectionNumber number, const asks::ChangeToken& ask);
  Result<ipc::Nothing> remove_token(ConnectionNumber number, const asks::RemoveToken& ask);
  Result<asks::Bearer::Reply> bearer_of_api_token(ConnectionNumber number, const Secret& token);
  Result<std::optional<User>> owner_of(const ApiToken& token, const Connection& from);
  Result<void> note_api_tokens();
  Result<void> end_lapsed_tokens();

  // external_tokens.cc
  void from_gate_external(ipc::Call& call);
  Result<ipc::Nothing> add_external_token(ConnectionNumber number, const asks::AddExternalToken& ask);
  Result<ipc::Nothing> remove_external_token(ConnectionNumber number, const asks::RemoveExternalToken& ask);

  // acting.cc
  Result<asks::ActAsAdmin::Reply> act_as_admin(ConnectionNumber number, const asks::ActAsAdmin& ask);
  static Result<User> as_acting(User user, std::uint32_t organisation);

  // user_keys.cc
  void from_gate_keys(ipc::Call& call);
  Result<User> credentials_of(ConnectionNumber number, const std::string& user);
  Result<asks::KeyRow> add_user_key(ConnectionNumber number, const asks::AddUserKey& ask);
  Result<ipc::Nothing> remove_user_key(ConnectionNumber number, const asks::RemoveUserKey& ask);
  Result<asks::GetUserSignOn::Reply> set_user_sign_on(ConnectionNumber number, const asks::SetUserSignOn& ask);

  // accounts.cc
  Result<asks::Account::Reply> account(ConnectionNumber number);
  void add_user(ipc::Call& call);
  void set_user_password(ipc::Call& call);
  Result<void> start_password(NewPassword job, Secret password);
  void new_password_ready(NewPassword job, Result<NewCredential> fresh);
  Result<asks::AddUser::Reply> store_password(NewPassword& job, const NewCredential& fresh);
  Result<asks::ListUsers::Reply> list_users(const asks::ListUsers& ask);
  Result<ipc::Nothing> set_user_active(const asks::SetUserActive& ask);
  Result<ipc::Nothing> delete_user(const asks::DeleteUser& ask);
  Result<User> user_named(std::string_view name);

  // events.cc
  Result<void> note(const User* by, ConnectionNumber number, asks::EventKind kind, const User* target,
                    std::string message = {});
  Result<void> note_sign_on(const User& user, ConnectionNumber number, std::string_view method);
  void note_refusal(ConnectionNumber number, std::string_view name, std::string_view method, std::string_view why);
  Result<void> store_refusals();
  void from_chronicle(ipc::Call& call);
  Result<asks::NamesOf::Reply> known_names(const asks::NamesOf& ask);

  // new_passwords.cc
  Result<void> derive_credential(const std::string& user, Secret password, CredentialDone done);
  void credential_derived(std::uint64_t id, const Result<Verifier>& verifier);
  void history_derived(std::uint64_t id, const Result<Verifier>& verifier);
  void derive_new(Attempt attempt, Secret password, void (Answers::*then)(Attempt, Result<NewCredential>));

  // imports.cc
  Result<User> user_to_import(const asks::BeginImport& ask);
  Result<std::int64_t> policy_that_ends(std::uint32_t organisation, UnixMs end);
  Result<asks::BeginImport::Reply> begin_import(const asks::BeginImport& ask);
  Result<ipc::Nothing> end_import(const asks::EndImport& ask);
  // Always the same of a name, so that the account whose costs it takes is always the same.
  std::string id_of_nobody(std::string_view name) const;
  Result<User> adopt_password(const Attempt& attempt, const NewCredential& fresh);

  // administer.cc: lists, additions, removals
  void from_gate_administration(ipc::Call& call);
  Result<User> asker(ConnectionNumber number);
  Result<User> account_for(const User& asker, const std::string& id, Act act);
  static asks::UserRow row_of(const User& user, Shown shown);
  Result<asks::ListAccounts::Reply> list_accounts(ConnectionNumber number, const asks::ListAccounts& ask);
  Result<asks::UserRow> get_account(ConnectionNumber number, const std::string& id);
  void add_account(ipc::Call& call);
  Result<User> new_account(const User& asker, const asks::AddAccount& ask);
  void account_password_derived(Attempt attempt, Result<NewCredential> fresh);
  Result<asks::UserRow> store_account(ConnectionNumber number, User user, const NewCredential* fresh);
  Result<ipc::Nothing> remove_account(ConnectionNumber number, const std::string& id);
  Result<void> keep_an_administrator(const User& leaving);

  // administer_changes.cc
  void change_account(ipc::Call& call);
  Result<void> may_reset_passwords(const User& asker);
  Result<User> changed_account(const User& asker, const asks::ChangeAccount& ask);
  void current_password_derived(Attempt attempt, Result<Verifier> verifier);
  void changed_password_derived(Attempt attempt, Result<NewCredential> fresh);
  Result<asks::UserRow> store_change(ConnectionNumber number, const asks::ChangeAccount& ask,
                                     const NewCredential* fresh);

  // administer_organisations.cc
  void from_gate_organisations(ipc::Call& call);
  Result<User> system_administrator(ConnectionNumber number);
  Result<asks::OrganisationRow> get_organisation(ConnectionNumber number, std::uint32_t id);
  Result<asks::OrganisationRow> add_organisation(ConnectionNumber number, const asks::AddOrganisation& ask);
  Result<asks::OrganisationRow> change_organisation(ConnectionNumber number, const asks::ChangeOrganisation& ask);
  Result<asks::OrganisationRow> own_organisation(ConnectionNumber number);
  Result<asks::OrganisationSettings> change_settings(ConnectionNumber number,
                                                     const asks::ChangeOrganisationSettings& ask);

  // administer_networks.cc
  void from_gate_networks(ipc::Call& call);
  Result<asks::NetworkRule> add_network_rule(ConnectionNumber number, const asks::NetworkRule& ask);
  Result<ipc::Nothing> remove_network_rule(ConnectionNumber number, std::uint32_t id);
  Result<asks::TrustedNetwork> set_trusted_network(ConnectionNumber number, const asks::TrustedNetwork& ask);
  Result<bool> may_be_at(const User& user, const Connection& from);
  Result<void> end_misplaced(ConnectionNumber except);
  Result<bool> is_trusted(const Connection& from);

  // administer_policies.cc
  void from_gate_policies(ipc::Call& call);
  Result<User> settings_administrator(ConnectionNumber number);
  Result<asks::PolicyRow> add_policy(ConnectionNumber number, const asks::PolicyRow& ask);
  Result<asks::SetDefaultPolicy::Reply> set_default_policy(ConnectionNumber number, const asks::SetDefaultPolicy& ask);
  Result<void> take_default_policies(User& user);
  Result<bool> is_over(const User& user, const Connection& from, Moment moment);
  Result<PasswordAge> age_of_password(const User& user);

  // resets.cc
  void from_gate_resets(ipc::Call& call);
  Result<ipc::Nothing> request_reset(ConnectionNumber number, const asks::RequestReset& ask);
  void store_pending_resets();
  Result<void> store_pending(const PendingReset& pending);
  Result<void> note_link(const User& user, const std::string& address);
  Result<bool> may_have_link(const User& user, const Connection& from, bool by_administrator);
  Result<void> store_link(const User& user, MailKind kind, UnixMs life_ms, bool by_administrator);
  void use_reset(ipc::Call& call);
  Result<std::optional<User>> user_of_reset(const TokenHash& hash, const Connection& from);
  void reset_password_derived(Attempt attempt, Result<NewCredential> fresh);
  Result<ipc::Nothing> store_reset(const Attempt& attempt, const NewCredential& fresh);
  Result<ipc::Nothing> send_reset(ConnectionNumber number, const std::string& id);
  Result<void> tell_of_password(const User& user);

  // keys.cc
  Result<asks::AddKey::Reply> add_key(const asks::AddKey& ask);
  Result<asks::ListKeys::Reply> list_keys(const asks::ListKeys& ask);
  Result<ipc::Nothing> remove_key(const asks::RemoveKey& ask);
  Result<ipc::Nothing> set_sign_on(const asks::SetSignOn& ask);
  Result<asks::AddAuthority::Reply> add_authority(const asks::AddAuthority& ask);
  Result<asks::ListAuthorities::Reply> list_authorities();
  Result<ipc::Nothing> remove_authority(const asks::RemoveAuthority& ask);

  ipc::Service& service_;
  Clock clock_;
  Identity identity_;
  Secret seed_;
  ipc::PeerId hull_;
  ipc::PeerId vault_;
  Derivation derivation_;
  Connections connections_;
  Outbound mail_;
  Throttle throttle_;
  Throttle reset_throttle_;  // of its own: whoever asks for links keeps nobody from signing on
  UnixMs reset_life_ms_ = 0;
  std::vector<PendingReset> pending_resets_;
  UnixMs access_life_ms_ = 0;  // 0: no settings yet
  UnixMs refresh_life_ms_ = 0;
  crypt::Ed25519Public session_key_{};  // of signet's statements; zeros: none, and no SSH
  std::uint64_t next_work_ = 1;
  std::map<std::uint64_t, Attempt> attempts_;
  std::map<std::uint64_t, NewPassword> new_passwords_;
  std::map<std::uint64_t, NewSecret> new_secrets_;
  std::map<std::string, Failures, std::less<>> failures_;  // by user id; stored by the next tick, so that a refusal
                                                           // costs the same for a name that nobody has
  struct TokenUse {
    UnixMs time = 0;
    std::string address;
  };
  std::map<std::string, TokenUse, std::less<>> token_uses_;  // by id of an API token; stored now and then
  ConnectionNumber lapsed_until_ = 0;                        // where end_lapsed_tokens() goes on
  UnixMs next_cleaning_ = 0;
  std::vector<Refusal> refusals_;  // the same
  std::uint32_t refusal_credit_ = refusal_credit_max;
  std::uint64_t refusals_left_out_ = 0;
};

// As the contract spells it.
std::string_view role_name(capability::Role role);
// What a change of an account was, for people to read.
std::string change_of(const User& before, const User& after);

// What leaves this process of an inner failure: its kind, and a text that tells a peer nothing of the inside.
Error outward_error(const Error& error);

template <class T>
Result<T> Answers::outward(Result<T> result) {
  if (!result.ok()) return outward_error(result.error());
  return result;
}

}  // namespace bulkhead::warden
