#pragma once
// The schema of identity.db, step by step. A step that was released never changes.
#include "db/migration.h"

namespace bulkhead::warden {

inline constexpr db::Sql schema_1[] = {
    R"(CREATE TABLE users (
      id TEXT PRIMARY KEY,
      organisation INTEGER NOT NULL,
      name_key TEXT NOT NULL UNIQUE,
      user_name TEXT NOT NULL,
      full_name TEXT NOT NULL,
      email TEXT NOT NULL,
      role INTEGER NOT NULL,
      active INTEGER NOT NULL,
      must_change_password INTEGER NOT NULL,
      salt BLOB NOT NULL,
      verifier BLOB NOT NULL,
      memory_kib INTEGER NOT NULL,
      passes INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      last_sign_on_ms INTEGER,
      password_changed_ms INTEGER,
      failed_count INTEGER NOT NULL,
      last_failed_ms INTEGER) STRICT)",
    R"(CREATE TABLE sessions (
      id BLOB PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      access_hash BLOB NOT NULL UNIQUE,
      refresh_hash BLOB NOT NULL UNIQUE,
      issued_ms INTEGER NOT NULL,
      access_expires_ms INTEGER NOT NULL,
      refresh_expires_ms INTEGER NOT NULL,
      generation INTEGER NOT NULL) STRICT)",
    "CREATE INDEX sessions_of_user ON sessions (user_id, issued_ms)",
    "CREATE INDEX sessions_by_end ON sessions (refresh_expires_ms)",
    R"(CREATE TABLE spent_tokens (
      hash BLOB PRIMARY KEY,
      session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      generation INTEGER NOT NULL) STRICT)",
    "CREATE INDEX spent_tokens_of_session ON spent_tokens (session_id, generation)",
};
inline constexpr db::Sql schema_2[] = {
    "ALTER TABLE users ADD COLUMN sign_on TEXT NOT NULL DEFAULT ''",
    R"(CREATE TABLE keys (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      fingerprint TEXT NOT NULL,
      type TEXT NOT NULL,
      blob BLOB NOT NULL,
      comment TEXT NOT NULL,
      added_ms INTEGER NOT NULL,
      last_used_ms INTEGER,
      PRIMARY KEY (user_id, fingerprint)) STRICT)",
    R"(CREATE TABLE authorities (
      fingerprint TEXT PRIMARY KEY,
      type TEXT NOT NULL,
      blob BLOB NOT NULL,
      comment TEXT NOT NULL,
      added_ms INTEGER NOT NULL,
      last_used_ms INTEGER) STRICT)",
};
inline constexpr db::Sql schema_3[] = {
    "ALTER TABLE users ADD COLUMN notes TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN status_note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en'",
    "ALTER TABLE users ADD COLUMN email_format INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN notifications INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN aging_policy INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN expiration_policy INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN sign_on_count INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN history_salt BLOB",
    "CREATE INDEX users_of_organisation ON users (organisation, role)",
    R"(CREATE TABLE organisations (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      short_name TEXT NOT NULL,
      notes TEXT NOT NULL,
      change_own_password INTEGER NOT NULL DEFAULT 1,
      created_ms INTEGER NOT NULL) STRICT)",
    "INSERT INTO organisations (id, name, short_name, notes, created_ms) VALUES (1000, 'Organisation', '', '', 0)",
    R"(CREATE TABLE password_history (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      verifier BLOB NOT NULL,
      set_ms INTEGER NOT NULL,
      PRIMARY KEY (user_id, verifier)) STRICT)",
    R"(CREATE TABLE policies (
      id INTEGER PRIMARY KEY,
      organisation INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      name TEXT NOT NULL COLLATE NOCASE,
      description TEXT NOT NULL,
      age_days INTEGER NOT NULL,
      warn_days INTEGER NOT NULL,
      grace_days INTEGER NOT NULL,
      expires_ms INTEGER,
      creation_days INTEGER NOT NULL,
      activity_days INTEGER NOT NULL,
      sign_ons INTEGER NOT NULL,
      UNIQUE (organisation, kind, name)) STRICT)",
    R"(CREATE TABLE default_policies (
      organisation INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      role INTEGER NOT NULL,
      policy INTEGER NOT NULL REFERENCES policies (id),
      PRIMARY KEY (organisation, kind, role)) STRICT)",
    R"(CREATE TABLE network_rules (
      id INTEGER PRIMARY KEY,
      organisation INTEGER NOT NULL,
      user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
      administrators INTEGER NOT NULL,
      network TEXT NOT NULL,
      allow INTEGER NOT NULL,
      priority INTEGER NOT NULL,
      comment TEXT NOT NULL) STRICT)",
    "CREATE INDEX network_rules_of ON network_rules (organisation, administrators)",
    R"(CREATE TABLE trusted_networks (
      id INTEGER PRIMARY KEY,
      network TEXT NOT NULL UNIQUE,
      comment TEXT NOT NULL) STRICT)",
};
inline constexpr db::Sql schema_4[] = {
    R"(CREATE TABLE api_tokens (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      hash BLOB NOT NULL UNIQUE,
      prefix TEXT NOT NULL,
      name TEXT NOT NULL,
      scopes INTEGER NOT NULL,
      networks TEXT NOT NULL,
      created_ms INTEGER NOT NULL,
      expires_ms INTEGER NOT NULL,
      last_used_ms INTEGER,
      last_address TEXT NOT NULL DEFAULT '') STRICT)",
    "CREATE INDEX api_tokens_of_user ON api_tokens (user_id, created_ms)",
    "CREATE INDEX api_tokens_by_end ON api_tokens (expires_ms)",
    "ALTER TABLE sessions ADD COLUMN acting INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE organisations ADD COLUMN tech_name TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE organisations ADD COLUMN tech_phone TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE organisations ADD COLUMN tech_email TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE organisations ADD COLUMN base_url TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE organisations ADD COLUMN total_users INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE organisations ADD COLUMN end_users INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE organisations ADD COLUMN temp_users INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE organisations ADD COLUMN admin_password_reset INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE organisations ADD COLUMN package_access INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE organisations ADD COLUMN package_entries_in_log INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE organisations ADD COLUMN show_files INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE organisations ADD COLUMN show_packages INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE organisations ADD COLUMN show_sharing INTEGER NOT NULL DEFAULT 1",
    R"(CREATE TABLE external_tokens (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      type INTEGER NOT NULL,
      hash BLOB NOT NULL,
      registered_ms INTEGER NOT NULL,
      UNIQUE (type, hash)) STRICT)",
    "CREATE INDEX external_tokens_of_user ON external_tokens (user_id, registered_ms)",
};
// `foreign_hash` is that of another server, until the first sign-on. `importing`: 0 no, 1 begun, 2 ended.
inline constexpr db::Sql schema_imports[] = {
    "ALTER TABLE users ADD COLUMN foreign_hash TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE users ADD COLUMN importing INTEGER NOT NULL DEFAULT 0",
};
// A link for a new password: one a user. `hash` of a token that is in no mail yet is that of nothing. `state` digests what
// of the account must still be so. Mails are made anew for each try, since no token is stored: `kind` says of what.
// `outcome`: 0 waits, 1 sent, 2 failed.
inline constexpr db::Sql schema_mail[] = {
    R"(CREATE TABLE password_resets (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      hash BLOB NOT NULL UNIQUE,
      state BLOB NOT NULL,
      by_administrator INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      expires_ms INTEGER NOT NULL) STRICT)",
    R"(CREATE TABLE mails (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind INTEGER NOT NULL,
      user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
      address TEXT NOT NULL,
      created_ms INTEGER NOT NULL,
      expires_ms INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      next_ms INTEGER NOT NULL,
      outcome INTEGER NOT NULL,
      answer TEXT NOT NULL) STRICT)",
    "CREATE INDEX mails_by_turn ON mails (outcome, next_ms)",
    "CREATE INDEX mails_of_user ON mails (user_id, created_ms)",
};

}  // namespace bulkhead::warden
