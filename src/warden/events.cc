// What warden tells chronicle (ipc/event_asks.h). An event is stored with the change that it tells of. A refused
// sign-on writes nothing, so that it costs the same for everybody: the tick stores those, as many as tell something.
#include "base/cat.h"
#include "base/log.h"
#include "core/path/user_name.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

constexpr std::array role_names{"",          "Anonymous", "TemporaryUser", "User",
                                "AuditUser", "FileAdmin", "Admin",         "SysAdmin"};

}  // namespace

std::string_view role_name(capability::Role role) {
  return role_names.at(static_cast<std::size_t>(role));
}

std::string change_of(const User& before, const User& after) {
  std::string out;
  const auto add = [&out](const auto&... parts) { out += cat(out.empty() ? "" : "; ", parts...); };
  const auto text = [&add](std::string_view name, const std::string& was, const std::string& is) {
    if (was != is) add(name, " '", was, "' to '", is, "'");
  };
  if (before.role != after.role) add("permission ", role_name(before.role), " to ", role_name(after.role));
  if (before.active != after.active) add(after.active ? "status Suspended to Active" : "status Active to Suspended");
  text("fullName", before.full_name, after.full_name);
  text("email", before.email, after.email);
  text("language", before.language, after.language);
  if (before.notes != after.notes) add("notes");
  if (before.status_note != after.status_note) add("statusNote");
  if (before.must_change_password != after.must_change_password) add("forceChangePassword");
  if (before.email_format != after.email_format) add("emailFormat");
  if (before.notifications != after.notifications) add("receivesNotification");
  return out;
}

// Within as_one(). `by` null: the command line.
Result<void> Answers::note(const User* by, ConnectionNumber number, asks::EventKind kind, const User* target,
                           std::string message) {
  asks::Event event;
  event.time_ms = clock_.unix_ms();
  event.kind = kind;
  if (const Connection* from = connections_.find(number); from != nullptr) event.address = from->address;
  event.user_name = "command line";
  if (by != nullptr) {
    event.organisation = by->organisation;
    event.user = by->id;
    event.user_name = by->user_name;
    event.full_name = by->full_name;
  }
  if (target != nullptr) {
    event.organisation = target->organisation;
    event.target = target->id;
    event.target_name = target->user_name;
  }
  event.message = std::move(message);
  return identity_.add_event(std::move(event));
}

Result<void> Answers::note_sign_on(const User& user, ConnectionNumber number, std::string_view method) {
  asks::Event event;
  event.time_ms = clock_.unix_ms();
  event.kind = asks::EventKind::sign_on;
  event.organisation = user.organisation;
  event.user = user.id;
  event.user_name = user.user_name;
  event.full_name = user.full_name;
  event.address = connection(number).address;
  event.method = method;
  return identity_.add_event(std::move(event));
}

void Answers::note_refusal(ConnectionNumber number, std::string_view name, std::string_view method,
                           std::string_view why) {
  if (refusal_credit_ == 0) {
    ++refusals_left_out_;
    return;
  }
  --refusal_credit_;
  const Connection* from = connections_.find(number);
  refusals_.push_back({clock_.unix_ms(), std::string{name}, from == nullptr ? std::string{} : from->address,
                       std::string{method}, std::string{why}});
}

// Within as_one(), once a tick.
Result<void> Answers::store_refusals() {
  for (const Refusal& refusal : refusals_) {
    asks::Event event;
    event.time_ms = refusal.time;
    event.kind = asks::EventKind::sign_on_refused;
    event.failed = true;
    event.user_name = refusal.name;
    event.address = refusal.address;
    event.method = refusal.method;
    event.message = refusal.why;
    const Result<UserName> name = UserName::parse(refusal.name);
    if (const auto user = name.ok() ? TRY(identity_.user_by_key(name->fold())) : std::nullopt) {
      event.organisation = user->organisation;
      event.user = user->id;
      event.full_name = user->full_name;
    }
    TRY(identity_.add_event(std::move(event)));
  }
  if (refusals_left_out_ > 0 && refusal_credit_ > 0) {
    asks::Event event;
    event.time_ms = clock_.unix_ms();
    event.kind = asks::EventKind::sign_on_refused;
    event.failed = true;
    event.message = cat(refusals_left_out_, " more, too many to be listed");
    TRY(identity_.add_event(std::move(event)));
    refusals_left_out_ = 0;
  }
  return {};
}

void Answers::from_chronicle(ipc::Call& call) {
  switch (call.frame.number) {
    case asks::EventsAfter::number:
      return ipc::answer_now<asks::EventsAfter>(call,
                                                [&](auto& ask) { return outward(identity_.events_after(ask.after)); });
    case asks::NamesOf::number:
      return ipc::answer_now<asks::NamesOf>(call, [&](auto& ask) { return outward(known_names(ask)); });
    default:
      die("a row of warden_event_asks has no answer");
  }
}

Result<asks::NamesOf::Reply> Answers::known_names(const asks::NamesOf& ask) {
  asks::NamesOf::Reply reply;
  for (const std::string& id : ask.users) {
    const std::optional<User> user = TRY(identity_.user_by_id(id));
    if (user) reply.names.push_back({user->id, user->user_name, user->full_name});
  }
  return reply;
}

}  // namespace bulkhead::warden
