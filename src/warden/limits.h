#pragma once
// Every number of the warden that is not a setting, and its clock.
#include "base/clock.h"

namespace bulkhead::warden {

// Where the loop's answers take the time from; tests put their own.
struct Clock {
  UnixMs (*unix_ms)() = unix_now_ms;
  MonotonicMs (*monotonic_ms)() = monotonic_now_ms;
};

// argon2id of new verifiers: the OWASP Password Storage Cheat Sheet's first choice for 19 MiB. Each user's row keeps
// the costs its verifier was made with, so these may grow.
inline constexpr std::uint32_t argon2_memory_kib = 19'456;
inline constexpr std::uint32_t argon2_passes = 2;

inline constexpr std::size_t password_size_max = 1024;    // bytes
inline constexpr std::uint32_t password_length_min = 12;  // characters
inline constexpr std::size_t one_time_password_length = 20;
inline constexpr std::int64_t password_history_max = 10;  // the last of an account, refused as new ones

inline constexpr std::uint32_t first_organisation = 1000;
inline constexpr std::size_t user_id_size = 16;
inline constexpr std::size_t salt_size = 16;
inline constexpr std::int64_t users_max = 100'000;
inline constexpr std::size_t users_per_list = 100;
inline constexpr std::size_t email_size_max = 254;  // RFC 5321 section 4.5.3.1.3, less the angle brackets

inline constexpr std::size_t token_size = 32;               // bytes of randomness
inline constexpr std::int64_t sessions_per_user_max = 256;  // one more ends the oldest
inline constexpr std::int64_t spent_tokens_max = 256;       // of a session, remembered to notice their reuse

inline constexpr UnixMs expired_tokens_kept_ms = UnixMs{30} * 24 * 3'600 * 1'000;  // API tokens, in lists
inline constexpr std::size_t tokens_checked_per_tick_max = 256;  // connections whose API tokens are looked at again
inline constexpr std::size_t token_uses_max = 4'096;             // of API tokens, that wait to be stored

inline constexpr std::int64_t authorities_max = 64;
inline constexpr unsigned new_password_rounds_max = 5;  // of one dialogue over SSH

inline constexpr std::size_t resets_pending_max = 1'024;      // asked for within one tick
inline constexpr UnixMs reset_pause_ms = 60'000;              // after a link for an account, before the next one
inline constexpr UnixMs invitation_life_ms = UnixMs{24} * 3'600 * 1'000;
inline constexpr UnixMs notice_life_ms = UnixMs{24} * 3'600 * 1'000;
inline constexpr UnixMs test_life_ms = 60'000;
inline constexpr std::int64_t mails_max = 10'000;             // that wait
inline constexpr UnixMs mails_kept_ms = UnixMs{30} * 24 * 3'600 * 1'000;
inline constexpr UnixMs mail_retry_first_ms = 5'000;          // doubles with each try ...
inline constexpr UnixMs mail_retry_max_ms = 320'000;          // ... up to this
inline constexpr MonotonicMs mailer_wait_max_ms = 40'000;     // without a mailer from hull: ask again
inline constexpr MonotonicMs mailer_run_max_ms = 120'000;

inline constexpr std::size_t connections_max = 8'000;
inline constexpr std::size_t hashers_in_stock = 2;
inline constexpr std::size_t hashers_running_max = 4;
inline constexpr std::size_t sign_ons_waiting_max = 64;
inline constexpr MonotonicMs hasher_wait_max_ms = 10'000;  // without a hasher from hull: ask again
inline constexpr MonotonicMs hasher_run_max_ms = 30'000;
inline constexpr MonotonicMs sign_on_wait_max_ms = 30'000;

inline constexpr std::size_t failures_remembered_max = 65'536;  // of the throttle
inline constexpr std::uint32_t attempts_per_source = 10;        // times attempts_max, for all accounts of one source
inline constexpr std::size_t failed_users_per_tick_max = 1'024;
inline constexpr MonotonicMs tick_ms = 1'000;

// Refused sign-ons in the log: so many at once, and so many more with each tick; beyond that they are only counted.
inline constexpr std::uint32_t refusal_credit_max = 240;
inline constexpr std::uint32_t refusals_per_tick = 2;

}  // namespace bulkhead::warden
