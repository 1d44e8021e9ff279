// The dump of SFTPGo (dump version 5 to 17) as a plan. What is not looked at here is named in the report by its key.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/cat.h"
#include "cli/import_permissions.h"
#include "cli/import_plan.h"
#include "core/path/path.h"
#include "core/ssh_key/networks.h"
#include "proto/http/json_in.h"

namespace bulkhead::cli {
namespace {

using json::Value;
using Kind = json::Value::Kind;

constexpr std::size_t description_size_max = 1'000;
constexpr std::size_t network_list_size_max = 250;  // bytes of one rule of the warden
constexpr std::int64_t active_status = 1;
constexpr std::int64_t local_files = 0;
constexpr std::int64_t quota_max = std::int64_t{1} << 50U;  // as keeper takes them

struct Named {
  const char* key;
  const char* meaning;
};
// Of the whole dump. An empty list, and an object or list without content, is nothing to lose.
constexpr std::array lists_lost{
    Named{"admins", "administrators: make them with bulkhead user add"},
    Named{"api_keys", "API keys"},
    Named{"shares", "shares"},
    Named{"event_actions", "actions of events"},
    Named{"event_rules", "rules of events"},
    Named{"roles", "roles"},
    Named{"ip_lists", "lists of addresses for the whole server"},
};
// Members of filters of which any value but nothing, false, 0 or "" restricts or changes something.
constexpr std::array filters_lost{
    Named{"denied_protocols", "protocols that are denied to the account: it may use all that are served"},
    Named{"file_patterns", "patterns of file names that are allowed or denied"},
    Named{"max_upload_file_size", "the largest size of a file"},
    Named{"bandwidth_limits", "limits of bandwidth by network"},
    Named{"data_transfer_limits", "limits of transferred data by network"},
    Named{"access_time", "times of day at which the account may be used: it may be used at any"},
    Named{"two_factor_protocols", "the duty to use a second factor"},
    Named{"require_password_change", "the duty to change the password at the next sign-on"},
    Named{"recovery_codes", "recovery codes of the second factor"},
    Named{"hooks", "hooks that are off for the account"},
    Named{"tls_username", "sign-on with a TLS certificate"},
    Named{"tls_certs", "TLS certificates"},
    Named{"user_type", "the type of the account"},
    Named{"external_auth_cache_time", "the cache of an external check of passwords"},
    Named{"start_directory", "the folder in which the account starts"},
    Named{"default_shares_expiration", "the end of shares"},
    Named{"max_shares_expiration", "the end of shares"},
    Named{"password_expiration", "days after which the password ends: set a policy for it"},
    Named{"password_strength", "the strength of new passwords"},
    Named{"additional_emails", "more mail addresses"},
    Named{"custom_placeholder1", "placeholders"},
    Named{"custom_placeholder2", "placeholders"},
    Named{"web_client", "what is off in the web client"},
    Named{"allow_api_key_auth", "sign-on with an API key"},
    Named{"disable_fs_checks", "checks of the file system"},
    Named{"is_anonymous", "anonymous use: nobody signs on without a password or key here"},
};
constexpr std::array fields_lost{
    Named{"max_sessions", "the most sessions at once"},
    Named{"quota_files", "the most files"},
    Named{"upload_bandwidth", "the bandwidth of uploads"},
    Named{"download_bandwidth", "the bandwidth of downloads"},
    Named{"upload_data_transfer", "the most uploaded data"},
    Named{"download_data_transfer", "the most downloaded data"},
    Named{"total_data_transfer", "the most transferred data"},
    Named{"additional_info", "additional information"},
    Named{"role", "the role in SFTPGo"},
};

bool is_nothing(const Value* value) {
  if (value == nullptr) return true;
  switch (value->kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return !value->boolean();
    case Kind::integer:
      return value->integer() == 0;
    case Kind::number:
      return false;
    case Kind::string:
      return value->string().empty();
    case Kind::array:
      return value->items().empty();
    case Kind::object:
      return std::ranges::all_of(value->items(), [](const Value& item) { return is_nothing(&item); });
  }
  return false;
}

// None for a member of another type than a list of texts.
std::optional<std::vector<std::string>> texts(const Value* list) {
  std::vector<std::string> out;
  if (list == nullptr || list->kind() == Kind::null) return out;
  if (list->kind() != Kind::array) return std::nullopt;
  for (const Value& item : list->items()) {
    if (item.kind() != Kind::string) return std::nullopt;
    out.push_back(item.string());
  }
  return out;
}

class Reader {
 public:
  explicit Reader(Plan& plan) : plan_{plan} {}

  void group(const Value& value);
  void user(const Value& value);

 private:
  void lose(std::string what) { lost_.push_back(std::move(what)); }
  template <std::size_t Size>
  void lose_all(const Value* of, const std::array<Named, Size>& names);
  void take_sign_on(const Value& value, PlannedUser& user);
  void take_person(const Value& value, PlannedUser& user);
  void take_groups(const Value& value, PlannedUser& user);
  void note_storage(const Value& value);
  // Errors: the account is not imported.
  Result<void> take_status(const Value& value, PlannedUser& user);
  Result<void> take_networks(const Value* filters, const char* name, std::vector<std::string>& out);
  Result<void> take_permissions(const Value& value, PlannedUser& user);

  Plan& plan_;
  UserNames names_;
  std::set<std::string> groups_;
  std::string plan_user_;          // the name of whom is being read,
  std::vector<std::string> lost_;  // and what he loses, if he is imported
};

template <std::size_t Size>
void Reader::lose_all(const Value* of, const std::array<Named, Size>& names) {
  if (of == nullptr) return;
  for (const Named& one : names) {
    if (!is_nothing(of->find(one.key))) lose(one.meaning);
  }
}

void Reader::group(const Value& value) {
  const Result<std::optional<std::string>> name = json::read_string(value, "name");
  const Result<std::optional<std::string>> description = json::read_string(value, "description");
  if (!name.ok() || !*name || !description.ok()) return plan_.lost.add("a group without a name", "groups");
  const Result<Name> parsed = Name::parse(**name);
  if (!parsed.ok()) return plan_.lost.add(cat("group: its name ", parsed.error().message()), shown(**name));
  if (!groups_.insert(parsed->text()).second) return plan_.lost.add("group: it is there twice", shown(**name));
  asks::ImportGroup group;
  group.name = parsed->text();
  group.description = description->value_or("").substr(0, description_size_max);
  plan_.groups.push_back(std::move(group));
  if (!is_nothing(value.find("user_settings"))) {
    plan_.lost.add("group: what it sets for its members (home, permissions, quota, limits, networks)", shown(**name));
  }
  if (!is_nothing(value.find("virtual_folders"))) plan_.lost.add("group: its virtual folders", shown(**name));
}

void Reader::take_sign_on(const Value& value, PlannedUser& user) {
  const Value* const filters = value.find("filters");
  const auto denied = texts(filters == nullptr ? nullptr : filters->find("denied_login_methods"));
  const auto denies = [&](std::string_view method) {
    return !denied || std::ranges::find(*denied, method) != denied->end();
  };
  const auto is_other = [](const std::string& method) { return method != "password" && method != "publickey"; };
  if (denied && std::ranges::any_of(*denied, is_other))
    lose("methods of sign-on that are denied; see bulkhead user sign-on");
  const bool no_password = denies("password") || denies("password-over-SSH");
  const Result<std::optional<std::string>> hash = json::read_string(value, "password");
  if (!hash.ok() || (*hash && !(*hash)->empty() && no_password)) {
    lose("password: signing on with it alone was denied, or over SSH, so it is left out");
  } else if (*hash && !(*hash)->empty()) {
    take_hash(plan_, user, **hash);
  }
  const auto keys = texts(value.find("public_keys"));
  if (!keys) return lose("keys: their list is damaged");
  if (!keys->empty() && denies("publickey"))
    return lose("keys: signing on with one alone was denied, so they are left out");
  for (const std::string& key : *keys) take_key(plan_, user, key);
}

void Reader::take_person(const Value& value, PlannedUser& user) {
  const Result<std::optional<std::string>> email = json::read_string(value, "email");
  const std::string address = email.ok() ? email->value_or("") : "?";
  const bool plain = std::ranges::all_of(address, [](char c) { return c > ' ' && c < '\x7f'; });
  const std::size_t at = address.find('@');
  const bool whole = at != std::string::npos && at > 0 && at + 1 < address.size() && address.rfind('@') == at;
  if (address.empty() || (plain && whole && address.size() <= 254)) {
    user.account.email = address;
  } else {
    lose("mail address: it is none");
  }
  const Result<std::optional<std::string>> description = json::read_string(value, "description");
  const std::string notes = description.ok() ? description->value_or("") : "\x01";
  const bool control = std::ranges::any_of(
      notes, [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f'; });
  if (control || notes.size() > description_size_max) return lose("description: too long, or with control characters");
  user.account.notes = notes;
}

void Reader::take_groups(const Value& value, PlannedUser& user) {
  const Value* const list = value.find("groups");
  if (list == nullptr || list->kind() == Kind::null) return;
  if (list->kind() != Kind::array) return lose("groups: their list is damaged");
  std::set<std::string> mine;
  for (const Value& item : list->items()) {
    const Result<std::optional<std::string>> name = json::read_string(item, "name");
    const Result<Name> parsed = Name::parse(name.ok() ? name->value_or("") : "");
    if (!parsed.ok() || !groups_.contains(parsed->text()) || mine.size() == asks::import_groups_max) {
      lose("groups: a membership in a group that is not imported");
      continue;
    }
    mine.insert(parsed->text());
  }
  user.catalog.groups.assign(mine.begin(), mine.end());
}

void Reader::note_storage(const Value& value) {
  const Result<std::optional<std::string>> home = json::read_string(value, "home_dir");
  if (home.ok() && *home && !(*home)->empty()) plan_.elsewhere.add(shown(**home), plan_user_);
  const Value* const storage = value.find("filesystem");
  if (storage != nullptr && storage->kind() == Kind::object) {
    const auto provider = json::read_integer(*storage, "provider");
    if (!provider.ok() || provider->value_or(local_files) != local_files)
      lose("storage that is not the local disk: S3, encrypted, SFTP and others");
  }
  if (!is_nothing(value.find("virtual_folders"))) {
    const Value& list = *value.find("virtual_folders");
    for (const Value& folder : list.items()) {
      const Result<std::optional<std::string>> path = json::read_string(folder, "virtual_path");
      lose(cat("virtual folder ", shown(path.ok() ? path->value_or("?") : "?")));
    }
  }
}

Result<void> Reader::take_status(const Value& value, PlannedUser& user) {
  const std::optional<std::int64_t> status = TRY(json::read_integer(value, "status"));
  user.active = status.value_or(0) == active_status;
  if (!user.active) lose("disabled, and imported as such");
  const std::int64_t end = TRY(json::read_integer(value, "expiration_date", 0)).value_or(0);
  if (end > 0) user.account.expires_ms = end;
  const std::int64_t quota = TRY(json::read_integer(value, "quota_size", -1)).value_or(0);
  if (quota > quota_max) return fail(Errc::invalid, "quota_size is too large");
  user.catalog.quota = quota > 0 ? static_cast<std::uint64_t>(quota) : 0;
  return {};
}

// As few lists as possible, each within the size of a rule.
Result<void> Reader::take_networks(const Value* filters, const char* name, std::vector<std::string>& out) {
  const auto networks = texts(filters == nullptr ? nullptr : filters->find(name));
  if (!networks) return fail(Errc::invalid, cat(name, " is no list of networks"));
  for (const std::string& network : *networks) {
    if (network.size() > 64 || !ssh_key::Networks::parse(network).ok() || network.find(',') != std::string::npos) {
      return fail(Errc::invalid, cat(name, " holds what is no network"));
    }
    if (out.empty() || out.back().size() + network.size() + 1 > network_list_size_max) {
      out.push_back(network);
    } else {
      out.back() += cat(",", network);
    }
  }
  return {};
}

Result<void> Reader::take_permissions(const Value& value, PlannedUser& user) {
  const Value* const permissions = value.find("permissions");
  if (permissions == nullptr || permissions->kind() != Kind::object)
    return fail(Errc::invalid, "permissions are missing");
  std::map<RemotePath, FolderRights> folders;
  for (std::size_t i = 0; i < permissions->names().size(); ++i) {
    const Result<RemotePath> path = RemotePath::parse(permissions->names()[i]);
    const auto names = texts(&permissions->items()[i]);
    if (!path.ok() || !names) return fail(Errc::invalid, "permissions hold a path or a list that cannot be read");
    if (!folders.emplace(*path, rights_of(*names)).second) return fail(Errc::invalid, "permissions hold a path twice");
  }
  if (!folders.contains(RemotePath{})) return fail(Errc::invalid, "permissions for / are missing");
  if (folders.size() > asks::import_folders_max) return fail(Errc::too_large, "permissions for too many folders");
  const bool all = std::ranges::all_of(folders, [](const auto& one) { return one.second.everything; });
  for (const auto& [path, rights] : folders) {
    for (const std::string& name : rights.lost) lose(cat("permission ", shown(name), ": not, or not wholly"));
    if (!all) user.catalog.folders.push_back({path.print(), rights.rights.bits(), rights.overwrite_allowed});
  }
  return {};
}

void Reader::user(const Value& value) {
  const Result<std::optional<std::string>> name = json::read_string(value, "username");
  if (!name.ok() || !*name) return plan_.refused.add("an account without a username", "users");
  PlannedUser user;
  if (!names_.take(plan_, **name, user)) return;
  plan_user_ = user.account.user_name;
  const Value* const filters = value.find("filters");
  lost_.clear();
  const Result<void> taken = [&]() -> Result<void> {
    if (filters != nullptr && filters->kind() != Kind::object && filters->kind() != Kind::null) {
      return fail(Errc::invalid, "filters are no object");
    }
    TRY(take_status(value, user));
    TRY(take_networks(filters, "allowed_ip", user.account.allowed));
    TRY(take_networks(filters, "denied_ip", user.account.denied));
    if (user.account.allowed.size() + user.account.denied.size() > asks::import_networks_max) {
      return fail(Errc::too_large, "too many networks");
    }
    return take_permissions(value, user);
  }();
  if (!taken.ok()) return plan_.refused.add(taken.error().message(), plan_user_);
  take_sign_on(value, user);
  take_person(value, user);
  take_groups(value, user);
  note_storage(value);
  lose_all(&value, fields_lost);
  lose_all(filters, filters_lost);
  if (filters != nullptr && !is_nothing(filters->find("totp_config"))) {
    lose("the secret of the second factor: the account signs on without it until it is set up again");
  }
  for (const std::string& what : lost_) plan_.lost.add(what, plan_user_);
  plan_.users.push_back(std::move(user));
}

// Calls `take` with each object of a list of the dump.
template <class Take>
Result<void> each(const Value& dump, const char* name, Plan& plan, const Take& take) {
  const Value* const list = dump.find(name);
  if (list == nullptr || list->kind() == Kind::null) return {};
  if (list->kind() != Kind::array) return fail(Errc::invalid, cat(name, " is no list: this is not a dump of SFTPGo"));
  for (const Value& item : list->items()) {
    if (item.kind() == Kind::object) {
      take(item);
    } else {
      plan.refused.add(cat("an entry of ", name, " is no object"), name);
    }
  }
  return {};
}

}  // namespace

Result<Plan> plan_sftpgo(std::string source, ByteView text) {
  json::Limits limits;
  limits.bytes_max = import_file_size_max;
  limits.values_max = 4U * 1'024 * 1'024;
  const Result<Value> parsed = json::parse(text, limits);
  if (!parsed.ok()) return fail(parsed.error().kind(), cat(source, ": ", parsed.error().message()));
  const Value& dump = *parsed;
  const bool is_dump = dump.kind() == Kind::object && dump.find("users") != nullptr;
  if (!is_dump) return fail(Errc::invalid, cat(source, " is no dump of SFTPGo: one object with users is needed"));
  Plan plan;
  plan.source = std::move(source);
  Reader reader{plan};
  TRY(each(dump, "groups", plan, [&](const Value& value) { reader.group(value); }));
  TRY(each(dump, "users", plan, [&](const Value& value) { reader.user(value); }));
  TRY(each(dump, "folders", plan, [&](const Value& value) {
    const Result<std::optional<std::string>> name = json::read_string(value, "name");
    const Result<std::optional<std::string>> path = json::read_string(value, "mapped_path");
    plan.lost.add(
        "folders that accounts mount as virtual folders",
        cat(shown(name.ok() ? name->value_or("?") : "?"), " at ", shown(path.ok() ? path->value_or("?") : "?")));
  }));
  for (const Named& one : lists_lost) {
    if (is_nothing(dump.find(one.key))) continue;
    const std::size_t count = dump.find(one.key)->items().size();
    plan.lost.add(one.meaning, cat(count, " in ", one.key));
  }
  if (!is_nothing(dump.find("configs"))) plan.lost.add("settings of the server", "configs");
  return plan;
}

}  // namespace bulkhead::cli
