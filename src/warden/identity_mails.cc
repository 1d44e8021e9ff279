// Mails that wait, and for a while those that do not any more.
#include "base/cat.h"
#include "warden/identity.h"

namespace bulkhead::warden {

Result<std::optional<Mail>> Identity::due_mail(UnixMs now) {
  std::optional<Mail> found;
  const auto take = [&](db::Row& row) -> Result<void> {
    Mail mail;
    mail.id = row.int64(0);
    const std::int64_t kind = row.int64(1);
    mail.user = row.text(2);
    mail.address = row.text(3);
    mail.created = row.int64(4);
    mail.expires = row.int64(5);
    mail.attempts = row.int64(6);
    mail.next = row.int64(7);
    if (kind < 0 || kind > static_cast<std::int64_t>(MailKind::test)) {
      return fail(Errc::corrupt, "identity.db: a mail has the wrong shape");
    }
    mail.kind = static_cast<MailKind>(kind);
    found = std::move(mail);
    return {};
  };
  TRY(
      db_.query("SELECT id, kind, coalesce(user_id, ''), address, created_ms, expires_ms, attempts, next_ms FROM mails "
                "WHERE outcome = 0 AND next_ms <= $1 ORDER BY next_ms, id LIMIT 1",
                take, now));
  return found;
}

Result<std::optional<UnixMs>> Identity::last_mail_to(std::string_view user, MailKind kind) {
  std::optional<UnixMs> last;
  TRY(db_.query(
      "SELECT created_ms FROM mails WHERE user_id = $1 AND kind = $2 ORDER BY created_ms DESC LIMIT 1",
      [&](db::Row& row) { last = row.int64(0); }, user, static_cast<int>(kind)));
  return last;
}

Result<asks::MailState::Reply> Identity::mail_state() {
  asks::MailState::Reply reply;
  TRY(db_.query("SELECT outcome, count(*) FROM mails GROUP BY outcome", [&](db::Row& row) {
    const std::int64_t fate = row.int64(0);
    const auto count = static_cast<std::uint32_t>(row.int64(1));
    if (fate == static_cast<std::int64_t>(MailFate::waiting)) reply.waiting = count;
    if (fate == static_cast<std::int64_t>(MailFate::sent)) reply.sent = count;
    if (fate == static_cast<std::int64_t>(MailFate::failed)) reply.failed = count;
  }));
  TRY(db_.query("SELECT answer FROM mails WHERE outcome != 1 AND answer != '' ORDER BY id DESC LIMIT 1",
                [&](db::Row& row) { reply.last_problem = row.text(0); }));
  return reply;
}

Result<std::int64_t> Identity::add_mail(const Mail& mail) {
  const auto waiting =
      TRY(db_.one("SELECT count(*) FROM mails WHERE outcome = 0", [](db::Row& row) { return row.int64(0); }));
  if (waiting.value_or(0) >= mails_max) return fail(Errc::exhausted, cat(mails_max, " mails wait already"));
  std::optional<std::string_view> user;
  if (!mail.user.empty()) user = mail.user;
  TRY(
      db_.run("INSERT INTO mails (kind, user_id, address, created_ms, expires_ms, attempts, next_ms, outcome, answer) "
              "VALUES ($1, $2, $3, $4, $5, 0, $6, 0, '')",
              static_cast<int>(mail.kind), user, mail.address, mail.created, mail.expires, mail.next));
  return db_.last_insert_rowid();
}

Result<void> Identity::note_attempt(std::int64_t id, UnixMs next) {
  TRY(db_.run("UPDATE mails SET attempts = attempts + 1, next_ms = $2 WHERE id = $1", id, next));
  return {};
}

Result<void> Identity::note_fate(std::int64_t id, MailFate fate, std::string_view answer) {
  TRY(db_.run("UPDATE mails SET outcome = $2, answer = $3 WHERE id = $1", id, static_cast<int>(fate), answer));
  return {};
}

Result<void> Identity::drop_waiting_links(std::string_view user) {
  TRY(db_.run("DELETE FROM mails WHERE user_id = $1 AND outcome = 0 AND kind IN (0, 1)", user));
  return {};
}

Result<void> Identity::remove_old_mails(UnixMs before) {
  TRY(db_.run("DELETE FROM mails WHERE outcome != 0 AND created_ms < $1", before));
  return {};
}

}  // namespace bulkhead::warden
