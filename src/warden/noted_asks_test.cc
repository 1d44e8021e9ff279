// Every ask that changes something leaves an event for the log: each row of the tables is done here, or reads only.
#include <algorithm>
#include <set>

#include "warden/letters.h"
#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using capability::Role;

namespace {

// Neither the renewal of what somebody has already, nor what is half a sign-on, is an event. Who asks for a link is told
// nothing, at once: the event comes with the link, if one is made.
constexpr std::array login_reads{asks::Refresh::number,           asks::Bearer::number,
                                 asks::Account::number,           asks::ListAccounts::number,
                                 asks::GetAccount::number,        asks::ListOrganisations::number,
                                 asks::GetOrganisation::number,   asks::OwnOrganisation::number,
                                 asks::ListNetworkRules::number,  asks::ListTrustedNetworks::number,
                                 asks::ListPolicies::number,      asks::ListTokens::number,
                                 asks::ListUserKeys::number,      asks::GetUserSignOn::number,
                                 asks::ListExternalTokens::number, asks::RequestReset::number};
constexpr std::array ssh_login_reads{asks::OpenSshSession::number, asks::OfferKey::number, asks::StartDialogue::number,
                                     asks::Renew::number, asks::SshAccount::number};
constexpr std::array admin_reads{asks::ListUsers::number, asks::ListKeys::number, asks::ListAuthorities::number,
                                 asks::MailState::number, asks::TestMail::number};

// Does asks and listens to what chronicle gets.
class Listener {
 public:
  explicit Listener(Stage& stage) : chronicle_{stage.chronicle()} {}

  template <class Ask>
  typename Ask::Reply done(ipc::Channel& channel, const Ask& ask) {
    heard();
    Result<typename Ask::Reply> reply = channel.ask(ask);
    REQUIRE_MESSAGE(reply.ok(), Ask::number, reply.error().message());
    CHECK_MESSAGE(heard() > 0, "ask ", Ask::number, " leaves no event");
    done_.insert(Ask::number);
    return std::move(*reply);
  }

  template <class Rows, class Reads>
  void check_all(const Rows& rows, const Reads& reads) const {
    for (const ipc::Row& row : rows) {
      const bool is_read = std::ranges::find(reads, row.number) != reads.end();
      CHECK_MESSAGE(done_.contains(row.number) != is_read, row.name, " must be done here, or is a read");
    }
  }

 private:
  std::size_t heard() {
    const asks::EventsAfter::Reply reply = chronicle_.ask(asks::EventsAfter{after_}).value();
    if (!reply.events.empty()) after_ = reply.events.back().sequence;
    return reply.events.size();
  }

  ipc::Channel chronicle_;
  std::uint64_t after_ = 0;
  std::set<std::uint16_t> done_;
};

Secret secret(std::string_view text) {
  return Secret::copy_of(as_bytes(text));
}

Gate signed_on(Stage& stage, std::string_view name) {
  Gate gate = stage.gate("127.0.0.1");
  REQUIRE(gate.sign_on(name, good_password).ok());
  return gate;
}

void accounts(Listener& listener, ipc::Channel& chief) {
  asks::AddAccount add;
  add.user_name = "dora";
  add.role = static_cast<std::uint8_t>(Role::user);
  add.password = secret(good_password);
  const asks::UserRow dora = listener.done(chief, add);
  asks::ChangeAccount change;
  change.id = dora.id;
  change.notes = "from Ulm";
  listener.done(chief, change);
  listener.done(chief, asks::SetUserSignOn{dora.id, "publickey"});
  const TestKey key{9};
  listener.done(chief, asks::AddUserKey{dora.id, key.line()});
  listener.done(chief, asks::RemoveUserKey{dora.id, key.fingerprint()});
  listener.done(chief, asks::RemoveAccount{dora.id});
}

void tokens(Listener& listener, ipc::Channel& chief) {
  const std::int64_t end = stage_unix_ms() + 1'000'000;
  const asks::AddToken::Reply made =
      listener.done(chief, asks::AddToken{"nightly", capability::Scopes{capability::Scope::read}.bits(), {}, end});
  asks::ChangeToken change;
  change.id = made.row.id;
  change.expires_ms = end - 1'000;
  listener.done(chief, change);
  listener.done(chief, asks::RemoveToken{{}, made.row.id});
  asks::AddExternalToken external;
  external.token = secret("of an add-in");
  listener.done(chief, external);
  asks::RemoveExternalToken gone;
  gone.token = secret("of an add-in");
  listener.done(chief, gone);
}

void links(Stage& stage, Listener& listener, ipc::Channel& chief) {
  asks::AddAccount add;
  add.user_name = "emil";
  add.email = "emil@example.com";
  add.role = static_cast<std::uint8_t>(Role::user);
  add.password = secret(good_password);
  listener.done(chief, asks::SendReset{listener.done(chief, add).id});
  const std::optional<Letter> letter = next_letter(stage);
  REQUIRE(letter.has_value());
  Gate emil = stage.gate("127.0.0.1");
  listener.done(emil.channel, asks::UseReset{secret(token_in(letter->text)), secret("seven tall giraffes")});
}

void settings(Listener& listener, ipc::Channel& chief) {
  asks::AddNetworkRule rule;
  rule.rule.network = "198.51.100.7";
  listener.done(chief, asks::RemoveNetworkRule{listener.done(chief, rule).id});
  asks::AddPolicy policy;
  policy.policy.name = "Yearly";
  policy.policy.age_days = 365;
  asks::SetDefaultPolicy everybody;
  everybody.role = static_cast<std::uint8_t>(Role::user);
  everybody.policy = listener.done(chief, policy).id;
  listener.done(chief, everybody);
  listener.done(chief, asks::SetPasswordPermission{true});
}

void organisations(Listener& listener, ipc::Channel& root) {
  asks::SetTrustedNetwork trusted;
  trusted.network.network = "198.51.100.0/24";
  listener.done(root, asks::RemoveTrustedNetwork{listener.done(root, trusted).id});
  asks::AddOrganisation add;
  add.name = "Other";
  const std::uint32_t other = listener.done(root, add).id;
  asks::ChangeOrganisation change;
  change.id = other;
  change.name = "Another";
  listener.done(root, change);
  asks::ChangeOrganisationSettings limits;
  limits.id = other;
  limits.total_users = 7;
  listener.done(root, limits);
  listener.done(root, asks::ActAsAdmin{other});
}

}  // namespace

TEST_CASE("noted: every change that a gate may ask for") {
  Stage stage{mail_options()};
  stage.add_user("root", good_password, Role::sys_admin);
  stage.add_user("chief", good_password, Role::admin);
  Listener listener{stage};
  Gate gate = stage.gate("127.0.0.1");
  const asks::SignOnResult session = listener.done(gate.channel, asks::SignOn{"chief", secret(good_password), {}});
  accounts(listener, gate.channel);
  tokens(listener, gate.channel);
  settings(listener, gate.channel);
  Gate root = signed_on(stage, "root");
  organisations(listener, root.channel);
  links(stage, listener, gate.channel);
  listener.done(gate.channel, asks::Revoke{session.access_token.clone()});
  listener.check_all(asks::login_asks, login_reads);
}

TEST_CASE("noted: every sign-on over SSH") {
  Stage stage;
  stage.add_user("anna", good_password);
  const TestKey key{7};
  add_key(stage, "anna", key);
  Listener listener{stage};
  SshGate by_password{stage};
  listener.done(by_password.gate.channel, asks::SignOnWithPassword{"anna", secret(good_password)});
  SshGate by_dialogue{stage};
  REQUIRE(by_dialogue.start("anna").ok());
  asks::AnswerDialogue answer;
  answer.answers.push_back(secret(good_password));
  listener.done(by_dialogue.gate.channel, answer);
  SshGate by_key{stage};
  SignedParts parts;
  parts.user = "anna";
  parts.key = key.blob();
  listener.done(by_key.gate.channel,
                asks::SignOnWithKey{parts.user, parts.algorithm, parts.key, key.sign(parts.data()), false});
  listener.check_all(asks::ssh_login_asks, ssh_login_reads);
}

TEST_CASE("noted: every change of the command line") {
  Stage stage;
  Listener listener{stage};
  ipc::Channel admin = stage.admin();
  listener.done(admin, asks::AddUser{"boss", "Boss", {}, static_cast<std::uint8_t>(Role::sys_admin), {}});
  listener.done(admin, asks::AddUser{"anna", "Anna", {}, static_cast<std::uint8_t>(Role::user), {}});
  listener.done(admin, asks::SetUserActive{"anna", false});
  listener.done(admin, asks::SetUserPassword{"anna", secret(good_password)});
  const TestKey key{7};
  listener.done(admin, asks::AddKey{"anna", key.line()});
  listener.done(admin, asks::RemoveKey{"anna", key.fingerprint()});
  listener.done(admin, asks::SetSignOn{"anna", "publickey"});
  listener.done(admin, asks::DeleteUser{"anna"});
  listener.done(admin, asks::AddAuthority{key.line()});
  listener.done(admin, asks::RemoveAuthority{key.fingerprint()});
  asks::BeginImport import;
  import.organisation = first_organisation;
  import.user_name = "ida";
  listener.done(admin, asks::EndImport{listener.done(admin, import).id, true});
  listener.check_all(asks::admin_warden_asks, admin_reads);
}
