// What the command line does to keys, authorities and the methods of users. What takes a way to sign on away ends the
// sessions that came by it.
#include "base/cat.h"
#include "base/log.h"
#include "warden/answers.h"
#include "warden/ssh_keys.h"

namespace bulkhead::warden {
namespace {

asks::ListKeys::Reply rows_of(const std::vector<StoredKey>& keys) {
  asks::ListKeys::Reply out;
  for (const StoredKey& key : keys) out.keys.push_back(key_row(key));
  return out;
}

}  // namespace

Result<StoredKey> key_of(const std::string& line, UnixMs now) {
  ssh_key::KeyLine parsed = TRY(ssh_key::parse_line(line));
  return StoredKey{std::string{parsed.key.type_name()},
                   parsed.key.fingerprint(),
                   parsed.key.blob(),
                   std::move(parsed.comment),
                   now,
                   {}};
}

asks::KeyRow key_row(const StoredKey& key) {
  return {key.type, key.fingerprint, key.comment, key.added, key.last_used};
}

void Answers::from_admin_keys(ipc::Call& call) {
  switch (call.frame.number) {
    case asks::AddKey::number:
      return ipc::answer_now<asks::AddKey>(call, [&](auto& ask) { return add_key(ask); });
    case asks::ListKeys::number:
      return ipc::answer_now<asks::ListKeys>(call, [&](auto& ask) { return outward(list_keys(ask)); });
    case asks::RemoveKey::number:
      return ipc::answer_now<asks::RemoveKey>(call, [&](auto& ask) { return outward(remove_key(ask)); });
    case asks::SetSignOn::number:
      return ipc::answer_now<asks::SetSignOn>(call, [&](auto& ask) { return outward(set_sign_on(ask)); });
    case asks::AddAuthority::number:
      return ipc::answer_now<asks::AddAuthority>(call, [&](auto& ask) { return add_authority(ask); });
    case asks::ListAuthorities::number:
      return ipc::answer_now<asks::ListAuthorities>(call, [&](auto&) { return outward(list_authorities()); });
    case asks::RemoveAuthority::number:
      return ipc::answer_now<asks::RemoveAuthority>(call, [&](auto& ask) { return outward(remove_authority(ask)); });
    case asks::BeginImport::number:
      return ipc::answer_now<asks::BeginImport>(call, [&](auto& ask) { return outward(begin_import(ask)); });
    case asks::EndImport::number:
      return ipc::answer_now<asks::EndImport>(call, [&](auto& ask) { return outward(end_import(ask)); });
    default:
      die("a row of admin_warden_asks has no answer");
  }
}

Result<asks::AddKey::Reply> Answers::add_key(const asks::AddKey& ask) {
  const StoredKey key = TRY(key_of(ask.line, clock_.unix_ms()));  // what is wrong with the line is for who typed it
  return outward([&]() -> Result<asks::AddKey::Reply> {
    const User user = TRY(user_named(ask.user_name));
    TRY(identity_.as_one([&]() -> Result<void> {
      TRY(note(nullptr, 0, asks::EventKind::key_added, &user, cat(key.type, " ", key.fingerprint)));
      return identity_.add_key(user.id, key);
    }));
    log(Level::info, "key_added", {{"user_name", user.user_name}, {"type", key.type}, {"key", key.fingerprint}});
    return asks::AddKey::Reply{key.fingerprint};
  }());
}

Result<asks::ListKeys::Reply> Answers::list_keys(const asks::ListKeys& ask) {
  const User user = TRY(user_named(ask.user_name));
  return rows_of(TRY(identity_.keys_of(user.id)));
}

Result<ipc::Nothing> Answers::remove_key(const asks::RemoveKey& ask) {
  const User user = TRY(user_named(ask.user_name));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(nullptr, 0, asks::EventKind::key_removed, &user, ask.fingerprint));
    return identity_.remove_key(user.id, ask.fingerprint);
  }));
  connections_.end_signed_by_key(user.id, ask.fingerprint);
  log(Level::info, "key_removed", {{"user_name", user.user_name}, {"key", ask.fingerprint}});
  return ipc::Nothing{};
}

Result<ipc::Nothing> Answers::set_sign_on(const asks::SetSignOn& ask) {
  const User user = TRY(user_named(ask.user_name));
  const SignOnMethods methods = TRY(SignOnMethods::parse(ask.methods));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(nullptr, 0, asks::EventKind::sign_on_methods_set, &user, methods.text()));
    return identity_.set_sign_on(user.id, methods.text());
  }));
  log(Level::info, "sign_on_set", {{"user_name", user.user_name}, {"methods", methods.text()}});
  return ipc::Nothing{};
}

Result<asks::AddAuthority::Reply> Answers::add_authority(const asks::AddAuthority& ask) {
  const StoredKey key = TRY(key_of(ask.line, clock_.unix_ms()));
  return outward([&]() -> Result<asks::AddAuthority::Reply> {
    TRY(identity_.as_one([&]() -> Result<void> {
      TRY(note(nullptr, 0, asks::EventKind::key_added, nullptr, cat("authority ", key.type, " ", key.fingerprint)));
      return identity_.add_authority(key);
    }));
    log(Level::info, "authority_added", {{"type", key.type}, {"key", key.fingerprint}});
    return asks::AddAuthority::Reply{key.fingerprint};
  }());
}

Result<asks::ListAuthorities::Reply> Answers::list_authorities() {
  return rows_of(TRY(identity_.authorities()));
}

Result<ipc::Nothing> Answers::remove_authority(const asks::RemoveAuthority& ask) {
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(nullptr, 0, asks::EventKind::key_removed, nullptr, cat("authority ", ask.fingerprint)));
    return identity_.remove_authority(ask.fingerprint);
  }));
  connections_.end_signed_by_authority(ask.fingerprint);
  log(Level::info, "authority_removed", {{"key", ask.fingerprint}});
  return ipc::Nothing{};
}

}  // namespace bulkhead::warden
