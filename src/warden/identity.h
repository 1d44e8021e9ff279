#pragma once
// Identity: the database of users and their sessions. Stores no password and no token: a salted, peppered verifier and
// SHA-256 digests. One turn of the loop is one transaction, one ask a savepoint in it; nothing is promised before
// commit(). Errors are those of db.h; Errc::corrupt for a stored value of the wrong shape.
#include <optional>
#include <vector>

#include "core/capability/capability.h"
#include "db/outbox.h"
#include "ipc/event_asks.h"
#include "ipc/import_asks.h"
#include "ipc/mail_asks.h"
#include "ipc/network_asks.h"
#include "ipc/organisation_asks.h"
#include "ipc/policy_asks.h"
#include "ipc/user_asks.h"
#include "warden/limits.h"
#include "warden/token.h"

namespace bulkhead::warden {

using Salt = std::array<std::uint8_t, salt_size>;
using Verifier = std::array<std::uint8_t, 32>;  // the vault's pepper over the argon2id tag

struct Credential {
  Salt salt{};
  Verifier verifier{};
  std::uint32_t memory_kib = argon2_memory_kib;
  std::uint32_t passes = argon2_passes;
};

// Of a new password.
struct NewCredential {
  Credential credential;
  Credential history;  // with the salt of the account's history
};

struct User {
  std::string id;  // user_id_size base-36 characters
  std::uint32_t organisation = first_organisation;
  std::string name_key;   // UserName::fold()
  std::string user_name;  // as written
  std::string full_name;
  std::string email;
  capability::Role role = capability::Role::user;
  bool active = true;
  bool must_change_password = false;
  Credential credential;
  UnixMs created = 0;
  std::optional<UnixMs> last_sign_on;
  std::optional<UnixMs> password_changed;
  std::string sign_on;  // SignOnMethods::text()
  std::string notes;
  std::string status_note;
  std::string language = "en";
  asks::EmailFormat email_format = asks::EmailFormat::html;
  asks::Notifications notifications = asks::Notifications::none;
  std::int64_t aging_policy = 0;  // 0: none
  std::int64_t expiration_policy = 0;
  std::int64_t sign_on_count = 0;
};

// Empty texts match everything.
struct UserFilter {
  std::uint32_t organisation = 0;  // 0: all
  std::uint32_t roles = asks::all_roles;
  asks::AccountStatus status = asks::AccountStatus::all;
  std::string name;
  std::string full_name;
  std::string email;
  bool exact = false;
  asks::AccountSort sort = asks::AccountSort::user_name;
};

// A public key of a user, or of an authority.
struct StoredKey {
  std::string type;
  std::string fingerprint;
  Bytes blob;
  std::string comment;
  UnixMs added = 0;
  std::optional<UnixMs> last_used;
};

// Scripts sign on with it, without a session. Its id is that of the sessions of its connections.
struct ApiToken {
  std::string id;  // user_id_size base-36 characters
  std::string user;
  std::string prefix;  // the first letters of the token
  std::string name;
  capability::Scopes scopes;
  std::string networks;  // empty: from anywhere
  UnixMs created = 0;
  UnixMs expires = 0;
  std::optional<UnixMs> last_used;
  std::string last_address;
};

struct TokenHashes {
  TokenHash access{};
  TokenHash refresh{};
};

struct Session {
  capability::SessionId id{};
  std::string user;  // id
  UnixMs issued = 0;
  UnixMs access_expires = 0;
  UnixMs refresh_expires = 0;
  std::int64_t generation = 0;  // how often its tokens were replaced
  std::uint32_t acting = 0;     // organisation that a SysAdmin acts for as its Admin; 0: none
  capability::Scopes scopes = capability::Scopes::all();
};

// A link for a new password.
struct Reset {
  std::string user;  // id
  TokenHash hash{};
  crypt::Sha256 state{};  // of the account, when it was asked for
  bool by_administrator = false;
  UnixMs created = 0;
  UnixMs expires = 0;
};

enum class MailKind : std::uint8_t { reset = 0, invitation = 1, password_changed = 2, test = 3 };
enum class MailFate : std::uint8_t { waiting = 0, sent = 1, failed = 2 };

// One mail to be sent, or that was.
struct Mail {
  std::int64_t id = 0;
  MailKind kind = MailKind::reset;
  std::string user;     // id; empty: of nobody
  std::string address;  // empty: the user's
  UnixMs created = 0;
  UnixMs expires = 0;  // never sent afterwards
  std::int64_t attempts = 0;
  UnixMs next = 0;  // not tried before
};

// False unless `from` has exactly the size of `out`.
template <std::size_t Size>
[[nodiscard]] bool fill(std::array<std::uint8_t, Size>& out, ByteView from) {
  if (from.size() != Size) return false;
  copy_to(out, from);
  return true;
}

class Identity {
 public:
  static Result<Identity> open(const char* path);

  // Runs `work` in the turn's transaction; undone unless it returns a value.
  template <class Work>
  auto as_one(Work&& work) -> std::invoke_result_t<Work> {
    if (!db_.in_transaction()) TRY(db_.begin());
    db::Savepoint savepoint = TRY(db_.savepoint());
    auto result = work();
    if (result.ok()) TRY(savepoint.keep());
    return result;
  }
  // The end of the turn. On an error nothing of it is stored.
  Result<void> commit();

  Result<std::optional<User>> user_by_key(std::string_view name_key);
  Result<std::optional<User>> user_by_id(std::string_view id);
  // At most users_per_list, by name key, after `after`.
  Result<std::vector<User>> users_after(std::string_view after);

  // The texts of `filter` are small letters.
  Result<std::vector<User>> find_users(const UserFilter& filter, bool descending, std::uint32_t offset,
                                       std::uint32_t count);
  Result<std::uint64_t> count_users(const UserFilter& filter);
  // Whether another active user has the role of `user`: of his organisation, or anywhere for a SysAdmin.
  Result<bool> another_active(const User& user);

  // The following belong into as_one().
  // Errc::conflict for a name that is taken or as need_room_for() has it, Errc::exhausted at users_max.
  Result<void> add_user(const User& user);
  Result<void> set_active(std::string_view id, bool active);
  Result<void> set_profile(const User& user);     // all but names, credential, policies and times
  Result<void> delete_user(std::string_view id);  // and its sessions
  Result<void> note_sign_on(std::string_view id, UnixMs now);
  Result<void> note_failures(std::string_view id, std::int64_t count, UnixMs last);

  // identity_passwords.cc. Of an account that had a password before; whether one of its last was this one.
  Result<std::optional<Salt>> history_salt(std::string_view id);
  Result<bool> was_used(std::string_view id, const Verifier& verifier);
  // Belongs into as_one().
  Result<void> set_credential(std::string_view id, const NewCredential& fresh, bool must_change, UnixMs now);

  // identity_imports.cc. Empty: the password is one of ours. Of an id that nobody has, that of another account.
  Result<std::string> foreign_hash(std::string_view id);
  Result<asks::ImportState> import_state(std::string_view id);  // never `added`
  // Belong into as_one(). Errc::not_found unless it was begun.
  Result<void> begin_import(std::string_view id, std::string_view foreign_hash);
  Result<void> end_import(std::string_view id, bool active);

  // identity_organisations.cc
  Result<std::vector<asks::OrganisationRow>> organisations();
  Result<std::optional<asks::OrganisationRow>> organisation(std::uint32_t id);
  // Belong into as_one(). Errc::conflict for a name that is taken, Errc::exhausted at organisations_max.
  Result<std::uint32_t> add_organisation(const asks::OrganisationRow& row, UnixMs now);
  Result<void> change_organisation(const asks::OrganisationRow& row);
  Result<std::optional<asks::OrganisationSettings>> organisation_settings(std::uint32_t id);
  Result<void> set_organisation_settings(std::uint32_t id, const asks::OrganisationSettings& settings);
  // Errc::conflict when his organisation has as many users, or users of his role, as it may have besides him.
  Result<void> need_room_for(const User& user);

  // identity_policies.cc; policy(0) is none.
  Result<std::vector<asks::PolicyRow>> policies(std::uint32_t organisation, asks::PolicyKind kind);
  Result<std::optional<asks::PolicyRow>> policy(std::int64_t id);
  Result<bool> has_policy(std::uint32_t organisation, asks::PolicyKind kind, std::int64_t id);
  Result<std::vector<asks::SetDefaultPolicy::Default>> default_policies(std::uint32_t organisation,
                                                                        asks::PolicyKind kind);
  Result<bool> may_change_own_password(std::uint32_t organisation);
  // Belong into as_one(). Errc::conflict for a name that is taken, Errc::exhausted at policies_max.
  Result<std::uint32_t> add_policy(std::uint32_t organisation, const asks::PolicyRow& policy);
  Result<void> set_default_policy(std::uint32_t organisation, const asks::SetDefaultPolicy& ask);
  Result<void> set_password_permission(std::uint32_t organisation, bool change_own);

  // identity_networks.cc
  Result<std::vector<asks::NetworkRule>> network_rules(std::uint32_t organisation);
  Result<std::vector<asks::TrustedNetwork>> trusted_networks();
  // Belong into as_one(). Errc::exhausted at network_rules_max and trusted_networks_max; Errc::not_found.
  Result<std::uint32_t> add_network_rule(std::uint32_t organisation, const asks::NetworkRule& rule);
  Result<void> remove_network_rule(std::uint32_t organisation, std::uint32_t id);
  Result<std::uint32_t> set_trusted_network(const asks::TrustedNetwork& network);
  Result<void> remove_trusted_network(std::uint32_t id);

  // identity_keys.cc. Whether exactly this key is the user's, or an authority's.
  Result<bool> has_key(std::string_view user, std::string_view fingerprint, ByteView blob);
  Result<bool> has_authority(std::string_view fingerprint, ByteView blob);
  Result<std::vector<StoredKey>> keys_of(std::string_view user);
  Result<std::vector<StoredKey>> authorities();

  // Belong into as_one(). Errc::conflict when it is there already, Errc::exhausted at keys_of_a_user_max or
  // authorities_max; Errc::not_found when there is none to be removed or noted.
  Result<void> add_key(std::string_view user, const StoredKey& key);
  Result<void> remove_key(std::string_view user, std::string_view fingerprint);
  Result<void> note_key(std::string_view user, std::string_view fingerprint, UnixMs now);
  Result<void> add_authority(const StoredKey& key);
  Result<void> remove_authority(std::string_view fingerprint);
  Result<void> note_authority(std::string_view fingerprint, UnixMs now);
  Result<void> set_sign_on(std::string_view id, std::string_view methods);

  // identity_tokens.cc
  Result<std::optional<ApiToken>> api_token_by_hash(const TokenHash& hash);
  Result<std::optional<ApiToken>> api_token(std::string_view id);
  Result<std::vector<ApiToken>> api_tokens_of(std::string_view user);
  // Belong into as_one(). Errc::exhausted at tokens_of_a_user_max; Errc::not_found when the user has none of that id.
  Result<void> add_api_token(const ApiToken& token, const TokenHash& hash);
  Result<void> change_api_token(const ApiToken& token);  // its name and end
  Result<void> remove_api_token(std::string_view user, std::string_view id);
  Result<void> note_api_token(std::string_view id, UnixMs now, std::string_view address);
  Result<void> remove_expired_api_tokens(UnixMs before);

  // identity_external_tokens.cc. The last three belong into as_one(); Errc::conflict when somebody has it already,
  // Errc::exhausted at external_tokens_max; Errc::not_found when the user has no such token.
  Result<std::vector<asks::ExternalTokenRow>> external_tokens_of(std::string_view user);
  Result<bool> has_external_token(std::string_view user, asks::ExternalTokenType type, const TokenHash& hash);
  Result<void> add_external_token(std::string_view user, const asks::ExternalTokenRow& row, const TokenHash& hash);
  Result<void> remove_external_token(std::string_view user, std::string_view id);
  Result<void> remove_external_token(std::string_view user, asks::ExternalTokenType type, const TokenHash& hash);
  // identity_events.cc. Belongs into as_one(). One that the outbox has no room for is said in hull's log, and no error.
  Result<void> add_event(asks::Event event);
  Result<asks::EventsAfter::Reply> events_after(std::uint64_t after);

  // identity_resets.cc
  Result<std::optional<Reset>> reset_by_hash(const TokenHash& hash);
  Result<std::optional<Reset>> reset_of(std::string_view user);
  // Belong into as_one(). put_reset() replaces the user's.
  Result<void> put_reset(const Reset& reset);
  Result<void> remove_reset(std::string_view user);
  Result<void> remove_expired_resets(UnixMs now);

  // identity_mails.cc. The first that waits and whose time has come.
  Result<std::optional<Mail>> due_mail(UnixMs now);
  Result<std::optional<UnixMs>> last_mail_to(std::string_view user, MailKind kind);  // when it was added
  Result<asks::MailState::Reply> mail_state();
  // Belong into as_one(). Errc::exhausted at mails_max that wait. The number of the new one.
  Result<std::int64_t> add_mail(const Mail& mail);
  Result<void> note_attempt(std::int64_t id, UnixMs next);
  Result<void> note_fate(std::int64_t id, MailFate fate, std::string_view answer);
  Result<void> drop_waiting_links(std::string_view user);
  Result<void> remove_old_mails(UnixMs before);

  Result<std::optional<Session>> session_by_access(const TokenHash& hash);
  Result<std::optional<Session>> session_by_refresh(const TokenHash& hash);
  // The session that once had this refresh token, among its last spent_tokens_max.
  Result<std::optional<Session>> session_by_spent(const TokenHash& hash);

  // Belong into as_one().
  // The sessions it ended to stay within sessions_per_user_max.
  Result<std::vector<capability::SessionId>> add_session(const Session& session, const TokenHashes& hashes);
  // Replaces both tokens of `session`, which carries the new times; its refresh token is spent.
  Result<void> rotate(const Session& session, const TokenHashes& hashes);
  Result<void> set_acting(const capability::SessionId& id, std::uint32_t organisation);
  Result<void> end_session(const capability::SessionId& id);
  // All but those of `kept`.
  Result<void> end_sessions_of(std::string_view user, const std::vector<capability::SessionId>& kept = {});
  Result<void> end_expired_sessions(UnixMs now);

 private:
  explicit Identity(db::Db db) : db_{std::move(db)} {}
  template <class... Binds>
  Result<std::optional<User>> find_user(db::Sql sql, const Binds&... binds);
  Result<std::optional<Session>> find_session(db::Sql sql, const TokenHash& hash);
  template <class... Binds>
  Result<std::vector<StoredKey>> find_keys(db::Sql sql, const Binds&... binds);
  template <class... Binds>
  Result<std::vector<ApiToken>> find_api_tokens(db::Sql sql, const Binds&... binds);
  template <class Key>
  Result<std::optional<Reset>> find_reset(db::Sql sql, const Key& key);
  template <class... Binds>
  Result<bool> is_stored(db::Sql sql, ByteView blob, const Binds&... binds);

  db::Db db_;
  db::Outbox outbox_;
};

}  // namespace bulkhead::warden
