// Why may or may not a user do something in a folder: ours, no part of the contract.
#include "base/cat.h"
#include "core/policy/decide.h"
#include "gate_http/access_names.h"
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "proto/http/json_out.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

using policy::Reason;
using policy::Rights;
using policy::Verdict;
using Explained = asks::Explain::Reply;

struct ActionName {
  std::string_view name;
  policy::Action action;
};
constexpr std::array action_names{
    ActionName{"view", policy::Action::view_folder},
    ActionName{"listFiles", policy::Action::list_files},
    ActionName{"readFiles", policy::Action::read_file},
    ActionName{"writeFiles", policy::Action::write_file},
    ActionName{"deleteFiles", policy::Action::delete_file},
    ActionName{"renameFiles", policy::Action::rename_file},
    ActionName{"addDeleteSubfolders", policy::Action::change_subfolders},
    ActionName{"notify", policy::Action::receive_notice},
    ActionName{"share", policy::Action::share},
    ActionName{"admin", policy::Action::change_settings},
    ActionName{"listUsers", policy::Action::list_users},
};

Result<ActionName> read_action(const http::Target& target) {
  const std::string wanted = http::to_lower(TRY(target.query_one("action")).value_or(""));
  for (const ActionName& each : action_names) {
    if (http::to_lower(each.name) == wanted) return each;
  }
  return fail(Errc::invalid,
              "action must be view, listFiles, readFiles, writeFiles, deleteFiles, renameFiles, addDeleteSubfolders, "
              "notify, share, admin or listUsers");
}

Result<asks::Explain> read_ask(const http::Target& target, policy::Action action) {
  asks::Explain ask;
  ask.action = static_cast<std::uint8_t>(action);
  ask.user = TRY(target.query_one("user")).value_or("");
  if (http::to_lower(ask.user) == "self") ask.user.clear();
  const std::string_view folder = TRY(target.query_one("folder")).value_or("");
  const std::string_view file = TRY(target.query_one("file")).value_or("");
  ask.path = TRY(target.query_one("path")).value_or("");
  const int named = (folder.empty() ? 0 : 1) + (file.empty() ? 0 : 1) + (ask.path.empty() ? 0 : 1);
  if (named != 1) return fail(Errc::invalid, "one of folder, file (their ids) and path: what it is about");
  if (!folder.empty()) ask.folder = TRY(folder_id(folder));
  if (!file.empty()) ask.file = TRY(file_id(file));
  return ask;
}

std::string_view verdict_name(std::uint8_t verdict) {
  switch (static_cast<Verdict>(verdict)) {
    case Verdict::allowed:
      return "Allowed";
    case Verdict::not_found:
      return "NotFound";
    case Verdict::denied:
      break;
  }
  return "Denied";
}

struct Why {
  std::string_view reason;
  std::string detail;  // for a person
};

std::string holder_of(const asks::GrantRow& entry) {
  return cat("the entry of the ", entry.is_group ? "group " : "user ", entry.name);
}

Why why_nothing(const Explained& reply) {
  if (reply.entry) {
    return {"TakenAway", cat(holder_of(*reply.entry), " in ", reply.decided_in_path, " takes away what is inherited")};
  }
  if (reply.decided_in != 0) {
    return {"NotInherited", cat(reply.decided_in_path, " does not inherit what holds above it")};
  }
  return {"NoGrant", "no entry for the user or a group of his holds here"};
}

Why why(const Explained& reply) {
  switch (static_cast<Reason>(reply.reason)) {
    case Reason::grant:
      return {"Grant", reply.entry ? cat(holder_of(*reply.entry), " in ", reply.decided_in_path, " gives it") : ""};
    case Reason::home_owner:
      return {"Home", cat(reply.decided_in_path, " is the home of the user, and everything below it is his")};
    case Reason::role:
      return {"Role", "the role of the user in the organisation gives it"};
    case Reason::right_not_granted:
      if (!reply.entry) return {"RightNotGranted", "what the user has here does not give it"};
      return {"RightNotGranted", cat("the nearest that holds is ", holder_of(*reply.entry), " in ",
                                     reply.decided_in_path, ", and nothing gives it")};
    case Reason::no_grant:
      return why_nothing(reply);
    case Reason::system_admin:
      return {"SystemAdmin", "a system administrator runs organisations and touches no files"};
    case Reason::not_live:
    case Reason::other_org:
    case Reason::broken_chain:
    case Reason::none:
      break;
  }
  return {"None", "the folder is not there for the user"};
}

std::string_view policy_role_name(std::uint8_t role) {
  switch (static_cast<policy::Role>(role)) {
    case policy::Role::file_admin:
      return "FileAdmin";
    case policy::Role::admin:
      return "Admin";
    case policy::Role::system_admin:
      return "SysAdmin";
    case policy::Role::auditor:
      return "AuditUser";
    case policy::Role::user:
      break;
  }
  return "User";
}

void write_names(json::Writer& out, Rights rights) {
  out.begin_array();
  for (const PermissionName& each : permission_names) {
    if (rights.has(each.right)) out.string(each.name);
  }
  out.end_array();
}

void write_decided_by(json::Writer& out, const Explained& reply) {
  if (reply.decided_in == 0) {
    out.null();
    return;
  }
  out.begin_object();
  out.key("folderId").integer(reply.decided_in);
  out.key("folderPath").string(reply.decided_in_path);
  out.key("entry");
  if (!reply.entry) {
    out.null().end_object();
    return;
  }
  out.begin_object();
  out.key("type").string(reply.entry->is_group ? "Group" : "User");
  out.key("id").string(reply.entry->id);
  out.key("name").string(reply.entry->name);
  out.key("entryId").string(entry_id(*reply.entry));
  out.key("overrideBehaviourType")
      .string(reply.behaviour == asks::Behaviour::add_to_inherited ? "AddToInherited" : "OverrideInherited");
  out.key("permissions");
  write_permissions(out, Rights::from_bits(reply.entry->rights), Rights::from_bits(reply.entry->share));
  out.end_object().end_object();
}

}  // namespace

Result<void> explain(Exchange& exchange) {
  const ActionName action = TRY(read_action(exchange.head.target));
  const asks::Explain ask = TRY(read_ask(exchange.head.target, action.action));
  const Explained reply = TRY(exchange.session.keeper().ask(ask));
  Why why_so = why(reply);
  for (const asks::VirtualRow& link : reply.through) {
    why_so.detail += cat(", through the virtual folder ", link.path, " to ", link.target_path);
  }
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("allowed").boolean(static_cast<Verdict>(reply.verdict) == Verdict::allowed);
  out.key("verdict").string(verdict_name(reply.verdict));
  out.key("reason").string(why_so.reason);
  out.key("detail").string(why_so.detail);
  out.key("action").string(action.name);
  out.key("user").begin_object();
  out.key("id").string(reply.user);
  out.key("username").string(reply.user_name);
  out.key("permission").string(policy_role_name(reply.role));
  out.end_object();
  out.key("folder").begin_object();
  out.key("id").integer(reply.folder);
  out.key("path").string(reply.folder_path);
  out.end_object();
  out.key("through").begin_array();
  for (const asks::VirtualRow& link : reply.through) write_virtual_folder(out, link);
  out.end_array();
  out.key("needed");
  write_names(out, Rights::from_bits(reply.needed));
  out.key("rights");
  write_names(out, Rights::from_bits(reply.rights));
  out.key("decidedBy");
  write_decided_by(out, reply);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
