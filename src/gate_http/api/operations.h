#pragma once
// What each route does, beside the table that dispatches (gate_http/routes.cc). Joined by method and pattern: a route
// without a row here does not compile, nor does a row without a route.
#include "gate_http/api/schemas.h"
#include "proto/http/status.h"
#include "proto/http/strict.h"

namespace bulkhead::gate_http::api {

using http::Method;
using http::Status;

struct Parameter {
  std::string_view name;
  Type type = Type::text;  // text, whole (1 or more), flag or ids
  std::string_view about;
};

enum class Media : std::uint8_t { none, json, text, binary, zip, form, multipart };

struct Body {
  Media media = Media::none;
  std::string_view schema = {};  // of json, form and multipart
};

struct Operation {
  Method method;
  std::string_view pattern;
  std::string_view id;  // unique
  std::string_view summary;
  std::span<const Parameter> query = {};
  Body request = {};
  Status status = Status::ok;
  Body answer = {};
  std::span<const Status> refusals = {};  // that this route is known for, with an Error unless `refusal` says otherwise
  std::string_view refusal = "Error";
};

inline constexpr Body no_body{};
inline constexpr Body plain_text{Media::text};
inline constexpr Body binary_content{Media::binary};
inline constexpr Body zip_archive{Media::zip};
constexpr Body json_of(std::string_view schema) {
  return {Media::json, schema};
}
constexpr Body form_of(std::string_view schema) {
  return {Media::form, schema};
}

using enum Status;
inline constexpr std::array missing{not_found};
inline constexpr std::array may_not{forbidden, not_found};
inline constexpr std::array may_not_set{forbidden, not_found, unprocessable_content};
inline constexpr std::array name_taken{forbidden, not_found, conflict, unprocessable_content};
inline constexpr std::array wrong_list{unprocessable_content};
inline constexpr std::array wrong_list_below{not_found, unprocessable_content};
inline constexpr std::array uploads{
    forbidden,           not_found, conflict, content_too_large, unsupported_media_type, unprocessable_content,
    insufficient_storage};
inline constexpr std::array downloads{forbidden, not_found, precondition_failed, range_not_satisfiable,
                                      too_many_requests};
inline constexpr std::array reads{not_found, too_many_requests};
inline constexpr std::array archives{not_found, conflict, content_too_large, unprocessable_content, too_many_requests};
inline constexpr std::array refused_sign_on{bad_request};
inline constexpr std::array refused_token{bad_request, unauthorized};

inline constexpr Parameter page_number{"page", Type::whole, "From 1."};
inline constexpr Parameter page_size{"perPage", Type::whole, "25 unless said otherwise, at most 1000."};
inline constexpr Parameter sort_field{"sortField", Type::text, "An unknown one is the default."};
inline constexpr Parameter sort_direction{"sortDirection", Type::text, "asc, desc, ascending or descending."};
inline constexpr Parameter name_mask{"name", Type::text, "A mask: * and ?."};
inline constexpr std::array paged{page_number, page_size, sort_field, sort_direction};
inline constexpr std::array subfolders_query{page_number, page_size, sort_field, sort_direction, name_mask};
inline constexpr std::array folders_query{page_number, page_size,
                                          sort_field,  sort_direction,
                                          name_mask,   Parameter{"path", Type::text, "A mask of the whole path."}};
inline constexpr std::array files_query{page_number,
                                        page_size,
                                        sort_field,
                                        sort_direction,
                                        name_mask,
                                        Parameter{"newOnly", Type::flag, "Only files that are new."},
                                        Parameter{"sinceDate", Type::text, "yyyy-MM-ddTHH:mm:ss, UTC."}};
inline constexpr std::array zip_query{Parameter{"file", Type::ids, "Ids of files; may repeat."},
                                      Parameter{"folder", Type::ids, "Ids of folders; may repeat."},
                                      Parameter{"name", Type::text, "Of the archive."}};

inline constexpr std::array operations{
    Operation{Method::get, "/", "frontPage", "What this server is", {}, no_body, ok, plain_text},
    Operation{Method::get, "/livez", "alive", "Whether the server serves", {}, no_body, ok, plain_text},
    Operation{
        Method::get, "/api/v1/token", "interfaceUp", "Whether the interface is up", {}, no_body, ok, json_of("Up")},
    Operation{Method::post,
              "/api/v1/token",
              "signOn",
              "Sign on, or renew a token",
              {},
              form_of("SignOn"),
              ok,
              json_of("TokenPair"),
              refused_sign_on,
              "TokenError"},
    Operation{Method::post,
              "/api/v1/auth/token",
              "signOnAlias",
              "The same as /api/v1/token",
              {},
              form_of("SignOn"),
              ok,
              json_of("TokenPair"),
              refused_sign_on,
              "TokenError"},
    Operation{Method::post,
              "/api/v1/token/revoke",
              "revokeToken",
              "End the session of a token",
              {},
              form_of("Revoke"),
              ok,
              json_of("Message"),
              refused_token,
              "Message"},

    Operation{Method::get,
              "/api/v1/info",
              "getInfo",
              "The organisation, as a sign-on page shows it",
              {},
              no_body,
              ok,
              json_of("PublicOrg")},
    Operation{Method::get,
              "/api/v1/serverinfo",
              "getServerInfo",
              "Product, version and clock",
              {},
              no_body,
              ok,
              json_of("ServerInfo")},
    Operation{Method::get, "/api/v1/openapi.json", "getOpenApi", "This document", {}, no_body, ok, json_of("OpenApi")},
    Operation{Method::get, "/api/v1/auth/identityproviders", "listIdentityProviders", "Other ways to sign on: none",
              paged, no_body, ok, json_of("IdentityProviderPage"), wrong_list},

    Operation{Method::get, "/api/v1/users/self", "getSelf", "The own account", {}, no_body, ok, json_of("UserDetails")},

    Operation{Method::get, "/api/v1/folders", "listFolders", "All folders that one may see", folders_query, no_body, ok,
              json_of("FolderPage"), wrong_list},
    Operation{Method::get,
              "/api/v1/folders/{id}",
              "getFolder",
              "A folder",
              {},
              no_body,
              ok,
              json_of("FolderDetails"),
              missing},
    Operation{Method::patch,
              "/api/v1/folders/{id}",
              "changeFolder",
              "Rename or describe a folder",
              {},
              json_of("FolderPatch"),
              ok,
              json_of("FolderDetails"),
              name_taken},
    Operation{Method::delete_,
              "/api/v1/folders/{id}",
              "deleteFolder",
              "Delete a folder with all that is in it",
              {},
              no_body,
              no_content,
              no_body,
              may_not},
    Operation{Method::get, "/api/v1/folders/{id}/subfolders", "listSubfolders", "The folders in a folder",
              subfolders_query, no_body, ok, json_of("FolderPage"), wrong_list_below},
    Operation{Method::post,
              "/api/v1/folders/{id}/subfolders",
              "createSubfolder",
              "Make a folder",
              {},
              json_of("FolderCreate"),
              created,
              json_of("FolderDetails"),
              name_taken},
    Operation{Method::get,
              "/api/v1/folders/{id}/subfolders/{subfolder}",
              "redirectSubfolder",
              "Where that folder is",
              {},
              no_body,
              found,
              no_body,
              missing},
    Operation{Method::delete_,
              "/api/v1/folders/{id}/subfolders/{subfolder}",
              "redirectSubfolderDelete",
              "Where that folder is",
              {},
              no_body,
              found,
              no_body,
              missing},
    Operation{Method::get, "/api/v1/folders/{id}/acls", "listAcls", "The rights of others in a folder", paged, no_body,
              ok, json_of("AclPage"), may_not_set},
    Operation{Method::post,
              "/api/v1/folders/{id}/acls",
              "setAcl",
              "Set the rights of a user",
              {},
              json_of("AclSet"),
              ok,
              json_of("AclPage"),
              may_not_set},
    Operation{Method::delete_,
              "/api/v1/folders/{id}/acls",
              "removeAcl",
              "Take the rights of a user away",
              {},
              json_of("AclRemove"),
              no_content,
              no_body,
              may_not_set},
    Operation{Method::get, "/api/v1/folders/{id}/files", "listFolderFiles", "The files in a folder", files_query,
              no_body, ok, json_of("FilePage"), wrong_list_below},
    Operation{Method::post,
              "/api/v1/folders/{id}/files",
              "uploadFile",
              "Upload a file",
              {},
              Body{Media::multipart, "Upload"},
              created,
              json_of("FileDetails"),
              uploads},
    Operation{Method::get,
              "/api/v1/folders/{id}/files/{file}",
              "redirectFile",
              "Where that file is",
              {},
              no_body,
              found,
              no_body,
              missing},
    Operation{Method::get,
              "/api/v1/folders/{id}/files/{file}/download",
              "redirectDownload",
              "Where its content is",
              {},
              no_body,
              found,
              no_body,
              missing},

    Operation{Method::get, "/api/v1/files", "listFiles", "All files that one may list", files_query, no_body, ok,
              json_of("StampedFilePage"), wrong_list},
    Operation{Method::get,
              "/api/v1/files/{id}",
              "getFile",
              "A file with its hashes",
              {},
              no_body,
              ok,
              json_of("FileDetails"),
              missing},
    Operation{Method::patch,
              "/api/v1/files/{id}",
              "changeFile",
              "Rename a file, or mark it as read",
              {},
              json_of("FilePatch"),
              ok,
              json_of("FileDetails"),
              name_taken},
    Operation{Method::delete_,
              "/api/v1/files/{id}",
              "deleteFile",
              "Delete a file",
              {},
              no_body,
              no_content,
              no_body,
              may_not},
    Operation{Method::get,
              "/api/v1/files/{id}/download",
              "downloadFile",
              "The content of a file",
              {},
              no_body,
              ok,
              binary_content,
              downloads},

    Operation{Method::get, "/api/bulkhead/v1/zip", "downloadZipByQuery", "Files and folders as one archive", zip_query,
              no_body, ok, zip_archive, archives},
    Operation{Method::post,
              "/api/bulkhead/v1/zip",
              "downloadZip",
              "Files and folders as one archive",
              {},
              json_of("ZipWish"),
              ok,
              zip_archive,
              archives},

    Operation{Method::get,
              "/api/bulkhead/v1/receipts/{index}",
              "getReceipt",
              "An entry of the ledger about oneself, with its proof",
              {},
              no_body,
              ok,
              json_of("Receipt"),
              reads},
    Operation{Method::get,
              "/api/bulkhead/v1/ledger/checkpoint",
              "getCheckpoint",
              "The signed head of the ledger",
              {},
              no_body,
              ok,
              plain_text,
              reads},
    Operation{Method::get,
              "/api/bulkhead/v1/ledger/tile/{level}/{a}",
              "getTile1",
              "A tile of the ledger (C2SP tlog-tiles)",
              {},
              no_body,
              ok,
              binary_content,
              reads},
    Operation{Method::get,
              "/api/bulkhead/v1/ledger/tile/{level}/{a}/{b}",
              "getTile2",
              "A tile of the ledger (C2SP tlog-tiles)",
              {},
              no_body,
              ok,
              binary_content,
              reads},
    Operation{Method::get,
              "/api/bulkhead/v1/ledger/tile/{level}/{a}/{b}/{c}",
              "getTile3",
              "A tile of the ledger (C2SP tlog-tiles)",
              {},
              no_body,
              ok,
              binary_content,
              reads},
    Operation{Method::get,
              "/api/bulkhead/v1/ledger/tile/{level}/{a}/{b}/{c}/{d}",
              "getTile4",
              "A tile of the ledger (C2SP tlog-tiles)",
              {},
              no_body,
              ok,
              binary_content,
              reads},
};

constexpr const Operation* find_operation(Method method, std::string_view pattern) {
  for (const Operation& operation : operations) {
    if (operation.method == method && operation.pattern == pattern) return &operation;
  }
  return nullptr;
}

// Ids are unique, and every schema that is named exists.
consteval bool operations_join() {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (operations[i].id == operations[j].id) return false;
    }
    for (const std::string_view name :
         {operations[i].request.schema, operations[i].answer.schema, operations[i].refusal}) {
      if (!name.empty() && find_schema(name) == nullptr) return false;
    }
  }
  return true;
}
static_assert(operations_join());

}  // namespace bulkhead::gate_http::api
