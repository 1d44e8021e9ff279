// Organisations, for the SysAdmin. Their folders begin with the first of their users (keeper/users.h).
#include "base/cat.h"
#include "base/log.h"
#include "warden/account_fields.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

Error no_organisation() {
  return fail(Errc::not_found, "there is no such organisation");
}

Result<asks::OrganisationRow> checked(asks::OrganisationRow row) {
  row.name = TRY(line_of("name", row.name));
  row.short_name = TRY(line_of("shortName", row.short_name));
  if (row.name.empty()) return fail(Errc::invalid, "name is missing");
  TRY(check_note("notes", row.notes));
  return row;
}

}  // namespace

void Answers::from_gate_organisations(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::ListOrganisations::number:
      return ipc::answer_now<asks::ListOrganisations>(call, [&](auto&) {
        return outward([&]() -> Result<asks::ListOrganisations::Reply> {
          TRY(system_administrator(number));
          return asks::ListOrganisations::Reply{TRY(identity_.organisations())};
        }());
      });
    case asks::GetOrganisation::number:
      return ipc::answer_now<asks::GetOrganisation>(
          call, [&](auto& ask) { return outward(get_organisation(number, ask.id)); });
    case asks::AddOrganisation::number:
      return ipc::answer_now<asks::AddOrganisation>(call,
                                                    [&](auto& ask) { return outward(add_organisation(number, ask)); });
    case asks::ChangeOrganisation::number:
      return ipc::answer_now<asks::ChangeOrganisation>(
          call, [&](auto& ask) { return outward(change_organisation(number, ask)); });
    default:
      from_gate_networks(call);
  }
}

Result<User> Answers::system_administrator(ConnectionNumber number) {
  User from = TRY(asker(number));
  if (!rules_organisations(from.role)) return fail(Errc::denied, std::string{forbidden_text});
  return from;
}

Result<asks::OrganisationRow> Answers::get_organisation(ConnectionNumber number, std::uint32_t id) {
  TRY(system_administrator(number));
  std::optional<asks::OrganisationRow> row = TRY(identity_.organisation(id));
  if (!row) return no_organisation();
  return std::move(*row);
}

Result<asks::OrganisationRow> Answers::add_organisation(ConnectionNumber number, const asks::AddOrganisation& ask) {
  const User from = TRY(system_administrator(number));
  const asks::OrganisationRow row = TRY(checked({0, ask.name, ask.short_name, {}, 0}));
  const std::uint32_t id = TRY(identity_.as_one([&]() -> Result<std::uint32_t> {
    TRY(note(&from, number, asks::EventKind::organisation_added, nullptr, row.name));
    return identity_.add_organisation(row, clock_.unix_ms());
  }));
  log(Level::info, "organisation_added", {{"name", row.name}, {"by", from.user_name}});
  return get_organisation(number, id);
}

Result<asks::OrganisationRow> Answers::change_organisation(ConnectionNumber number,
                                                           const asks::ChangeOrganisation& ask) {
  const User from = TRY(system_administrator(number));
  asks::OrganisationRow row = TRY(get_organisation(number, ask.id));
  const std::string before = row.name;
  if (ask.name) row.name = *ask.name;
  if (ask.short_name) row.short_name = *ask.short_name;
  if (ask.notes) row.notes = *ask.notes;
  row = TRY(checked(std::move(row)));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::organisation_changed, nullptr,
             before == row.name ? row.name : cat("'", before, "' to '", row.name, "'")));
    return identity_.change_organisation(row);
  }));
  log(Level::info, "organisation_changed", {{"name", row.name}});
  return row;
}

}  // namespace bulkhead::warden
