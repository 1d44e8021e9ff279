// Accounts that the command line brings from another server. Until EndImport such an account is disabled, so that
// nobody finds it without its rights in the catalog. Its password is the foreign one until the first sign-on: then it
// is derived as ours are, and the foreign hash is gone.
#include "base/cat.h"
#include "base/log.h"
#include "core/foreign_hash/foreign_hash.h"
#include "core/path/user_name.h"
#include "crypt/random.h"
#include "warden/account_fields.h"
#include "warden/answers.h"
#include "warden/network_rules.h"
#include "warden/ssh_keys.h"

namespace bulkhead::warden {
namespace {

asks::NetworkRule rule_of(const std::string& user, std::string network, bool allow, asks::RulePriority priority) {
  asks::NetworkRule rule;
  rule.user = user;
  rule.network = std::move(network);
  rule.allow = allow;
  rule.priority = priority;
  rule.comment = "imported";
  return rule;
}

// What is denied goes first; whoever has a list of allowed networks is refused everywhere else.
Result<std::vector<asks::NetworkRule>> rules_of(const std::string& user, const asks::BeginImport& ask) {
  std::vector<asks::NetworkRule> rules;
  if (ask.allowed.size() + ask.denied.size() > asks::import_networks_max) {
    return fail(Errc::too_large, "too many networks for one account");
  }
  for (const std::string& network : ask.denied) {
    rules.push_back(TRY(checked_rule(rule_of(user, network, false, asks::RulePriority::highest))));
  }
  for (const std::string& network : ask.allowed) {
    rules.push_back(TRY(checked_rule(rule_of(user, network, true, asks::RulePriority::middle))));
  }
  if (!ask.allowed.empty()) rules.push_back(rule_of(user, "*", false, asks::RulePriority::lowest));
  return rules;
}

}  // namespace

Result<User> Answers::user_to_import(const asks::BeginImport& ask) {
  User user;
  const UserName name = TRY(UserName::parse(ask.user_name));
  user.organisation = ask.organisation;
  user.name_key = name.fold();
  user.user_name = name.text();
  user.full_name = TRY(line_of("full name", ask.full_name.empty() ? name.text() : ask.full_name));
  TRY(check_email(ask.email));
  user.email = ask.email;
  TRY(check_note("notes", ask.notes));
  user.notes = ask.notes;
  user.status_note = "being imported";
  user.active = false;
  user.created = clock_.unix_ms();
  user.id = make_user_id();
  // Nobody knows this verifier: no password of ours signs on.
  crypt::fill_random(user.credential.salt);
  crypt::fill_random(user.credential.verifier);
  return user;
}

// The policy by which accounts end at that moment; made when there is none yet.
Result<std::int64_t> Answers::policy_that_ends(std::uint32_t organisation, UnixMs end) {
  for (const asks::PolicyRow& policy : TRY(identity_.policies(organisation, asks::PolicyKind::expiration))) {
    const bool only = policy.creation_days == 0 && policy.activity_days == 0 && policy.sign_ons == 0;
    if (only && policy.expires_ms == end) return std::int64_t{policy.id};
  }
  asks::PolicyRow policy;
  policy.kind = asks::PolicyKind::expiration;
  policy.name = cat("Imported, ends at ", end);
  policy.description = "Made by an import for accounts with that end, in milliseconds since 1970.";
  policy.expires_ms = end;
  return std::int64_t{TRY(identity_.add_policy(organisation, TRY(checked_policy(std::move(policy)))))};
}

Result<asks::BeginImport::Reply> Answers::begin_import(const asks::BeginImport& ask) {
  User user = TRY(user_to_import(ask));
  if (const std::optional<User> known = TRY(identity_.user_by_key(user.name_key)); known) {
    asks::ImportState state = TRY(identity_.import_state(known->id));
    if (known->organisation != ask.organisation) state = asks::ImportState::taken;
    return asks::BeginImport::Reply{state, state == asks::ImportState::begun ? known->id : std::string{}};
  }
  if (!TRY(identity_.organisation(ask.organisation))) return fail(Errc::not_found, "there is no such organisation");
  if (!ask.foreign_hash.empty()) {
    const Result<foreign_hash::Hash> hash = foreign_hash::parse(ask.foreign_hash);
    if (!hash.ok()) return fail(Errc::invalid, cat("password: ", hash.error().message()));
  }
  if (ask.keys.size() > asks::import_keys_max) return fail(Errc::too_large, "too many keys for one account");
  std::vector<StoredKey> keys;
  for (const std::string& line : ask.keys) keys.push_back(TRY(key_of(line, user.created)));
  const std::vector<asks::NetworkRule> rules = TRY(rules_of(user.id, ask));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(take_default_policies(user));
    if (ask.expires_ms) user.expiration_policy = TRY(policy_that_ends(user.organisation, *ask.expires_ms));
    TRY(identity_.add_user(user));
    TRY(note(nullptr, 0, asks::EventKind::user_added, &user, cat("imported, with ", keys.size(), " keys")));
    TRY(identity_.set_profile(user));  // with the note on its status
    TRY(identity_.begin_import(user.id, ask.foreign_hash));
    for (const StoredKey& key : keys) TRY(identity_.add_key(user.id, key));
    for (const asks::NetworkRule& rule : rules) TRY(identity_.add_network_rule(user.organisation, rule));
    return {};
  }));
  log(Level::info, "import_begun", {{"user_name", user.user_name}, {"keys", cat(keys.size())}});
  return asks::BeginImport::Reply{asks::ImportState::added, user.id};
}

Result<ipc::Nothing> Answers::end_import(const asks::EndImport& ask) {
  std::optional<User> user = TRY(identity_.user_by_id(ask.id));
  if (!user) return fail(Errc::not_found, "there is no such user");
  user->status_note.clear();
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(identity_.set_profile(*user));
    TRY(note(nullptr, 0, asks::EventKind::user_changed, &*user,
             ask.active ? "import ended, status Active" : "import ended, status Suspended"));
    return identity_.end_import(ask.id, ask.active);
  }));
  log(Level::info, "user_imported", {{"user_name", user->user_name}, {"active", ask.active ? "yes" : "no"}});
  return ipc::Nothing{};
}

std::string Answers::id_of_nobody(std::string_view name) const {
  return user_id_from(crypt::hmac_sha256(seed_.view(), as_bytes(cat("a name that nobody has: ", name))));
}

// The foreign password that was just right becomes one of ours. Whoever broke our rules with it signs on this once, and
// must choose another one the next time. Errc::conflict when it is not the account's password any more.
Result<User> Answers::adopt_password(const Attempt& attempt, const NewCredential& fresh) {
  std::optional<User> user = TRY(identity_.user_by_id(attempt.user));
  if (!user || !user->active || user->credential.salt != attempt.proven) {
    return fail(Errc::conflict, "the password was changed meanwhile");
  }
  const bool must_change = !check_new_password(*attempt.foreign, person(*user)).ok();
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&*user, attempt.connection, asks::EventKind::password_changed, &*user, "taken over from another server"));
    return identity_.set_credential(user->id, fresh, must_change, clock_.unix_ms());
  }));
  user->credential = fresh.credential;
  user->password_changed = clock_.unix_ms();
  log(Level::info, "foreign_password_taken_over",
      {{"user_name", user->user_name}, {"must_change", must_change ? "yes" : "no"}});
  return std::move(*user);
}

}  // namespace bulkhead::warden
