// Organisations, for the SysAdmin. Their folders begin with the first of their users (keeper/users.h).
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "warden/account_fields.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

Error no_organisation() {
  return fail(Errc::not_found, "there is no such organisation");
}

constexpr std::size_t base_url_size_max = 250;  // bytes

Result<void> check_base_url(std::string_view url) {
  if (url.empty()) return {};
  const bool visible = std::ranges::all_of(url, [](char letter) { return letter > ' ' && letter < '\x7f'; });
  if (url.size() <= base_url_size_max && url.starts_with("https://") && visible) return {};
  return fail(Errc::invalid, "baseUrl must begin with https://");
}

Result<asks::OrganisationRow> checked(asks::OrganisationRow row) {
  row.name = TRY(line_of("name", row.name));
  row.short_name = TRY(line_of("shortName", row.short_name));
  if (row.name.empty()) return fail(Errc::invalid, "name is missing");
  TRY(check_note("notes", row.notes));
  row.tech_name = TRY(line_of("techName", row.tech_name));
  row.tech_phone = TRY(line_of("techPhone", row.tech_phone));
  TRY(check_email(row.tech_email));
  TRY(check_base_url(row.base_url));
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
    case asks::OwnOrganisation::number:
      return ipc::answer_now<asks::OwnOrganisation>(call, [&](auto&) { return outward(own_organisation(number)); });
    case asks::ChangeOrganisationSettings::number:
      return ipc::answer_now<asks::ChangeOrganisationSettings>(
          call, [&](auto& ask) { return outward(change_settings(number, ask)); });
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
  const asks::OrganisationRow row =
      TRY(checked({0, ask.name, ask.short_name, {}, 0, ask.tech_name, ask.tech_phone, ask.tech_email, ask.base_url}));
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
  if (ask.tech_name) row.tech_name = *ask.tech_name;
  if (ask.tech_phone) row.tech_phone = *ask.tech_phone;
  if (ask.tech_email) row.tech_email = *ask.tech_email;
  if (ask.base_url) row.base_url = *ask.base_url;
  row = TRY(checked(std::move(row)));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::organisation_changed, nullptr,
             before == row.name ? row.name : cat("'", before, "' to '", row.name, "'")));
    return identity_.change_organisation(row);
  }));
  log(Level::info, "organisation_changed", {{"name", row.name}});
  return row;
}

Result<asks::OrganisationRow> Answers::own_organisation(ConnectionNumber number) {
  const User from = TRY(asker(number));
  std::optional<asks::OrganisationRow> row = TRY(identity_.organisation(from.organisation));
  if (!row) return no_organisation();
  row->notes.clear();
  row->users = 0;
  return std::move(*row);
}

Result<asks::OrganisationSettings> Answers::change_settings(ConnectionNumber number,
                                                            const asks::ChangeOrganisationSettings& ask) {
  const User from = TRY(system_administrator(number));
  const auto changed = [&](asks::OrganisationSettings settings) {
    if (ask.total_users) settings.total_users = *ask.total_users;
    if (ask.end_users) settings.end_users = *ask.end_users;
    if (ask.temp_users) settings.temp_users = *ask.temp_users;
    if (ask.admin_password_reset) settings.admin_password_reset = *ask.admin_password_reset;
    if (ask.package_access) settings.package_access = *ask.package_access;
    if (ask.package_entries_in_log) settings.package_entries_in_log = *ask.package_entries_in_log;
    if (ask.show_files) settings.show_files = *ask.show_files;
    if (ask.show_packages) settings.show_packages = *ask.show_packages;
    if (ask.show_sharing) settings.show_sharing = *ask.show_sharing;
    return settings;
  };
  const auto own = TRY(identity_.organisation_settings(ask.id));
  if (!own) return no_organisation();
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::organisation_changed, nullptr,
             cat("settings of organisation ", ask.id, ask.everywhere ? " and of all others" : "")));
    TRY(identity_.set_organisation_settings(ask.id, changed(*own)));
    if (!ask.everywhere) return {};
    for (const asks::OrganisationRow& each : TRY(identity_.organisations())) {
      const auto settings = TRY(identity_.organisation_settings(each.id));
      if (settings) TRY(identity_.set_organisation_settings(each.id, changed(*settings)));
    }
    return {};
  }));
  log(Level::info, "organisation_settings_changed",
      {{"organisation", cat(ask.id)}, {"everywhere", ask.everywhere ? "yes" : "no"}, {"by", from.user_name}});
  return changed(*own);
}

}  // namespace bulkhead::warden
