#pragma once
// How a route is described: operations.h joins the descriptions with the table that dispatches.
#include "gate_http/api/schemas.h"
#include "proto/http/status.h"
#include "proto/http/strict.h"

namespace bulkhead::gate_http::api {

using http::Method;
using http::Status;

struct Parameter {
  std::string_view name;
  Type type = Type::text;  // text, whole (1 or more), flag, ids, or list: texts, of which it may have several
  std::string_view about;
};

enum class Media : std::uint8_t { none, json, text, binary, zip, image, form, multipart };

struct Body {
  Media media = Media::none;
  std::string_view schema = {};  // of json, form and multipart
};

struct Operation {
  Method method = Method::get;
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
inline constexpr Body image_content{Media::image};
constexpr Body json_of(std::string_view schema) {
  return {Media::json, schema};
}
constexpr Body form_of(std::string_view schema) {
  return {Media::form, schema};
}

using enum Status;

// The usual forms; names of schemas of JSON.
constexpr Operation read_of(std::string_view pattern, std::string_view id, std::string_view summary,
                            std::string_view schema, std::span<const Status> refusals = {}) {
  return {Method::get, pattern, id, summary, {}, no_body, ok, json_of(schema), refusals};
}
constexpr Operation list_of(std::string_view pattern, std::string_view id, std::string_view summary,
                            std::span<const Parameter> query, std::string_view schema,
                            std::span<const Status> refusals = {}) {
  return {Method::get, pattern, id, summary, query, no_body, ok, json_of(schema), refusals};
}
constexpr Operation addition_of(std::string_view pattern, std::string_view id, std::string_view summary,
                                std::string_view request, std::string_view answer,
                                std::span<const Status> refusals = {}) {
  return {Method::post, pattern, id, summary, {}, json_of(request), created, json_of(answer), refusals};
}
constexpr Operation change_of(Method method, std::string_view pattern, std::string_view id, std::string_view summary,
                              std::string_view request, std::string_view answer,
                              std::span<const Status> refusals = {}) {
  return {method, pattern, id, summary, {}, json_of(request), ok, json_of(answer), refusals};
}
constexpr Operation removal_of(std::string_view pattern, std::string_view id, std::string_view summary,
                               std::span<const Status> refusals = {}) {
  return {Method::delete_, pattern, id, summary, {}, no_body, no_content, no_body, refusals};
}

inline constexpr std::array missing{not_found};
inline constexpr std::array may_not{forbidden, not_found};
inline constexpr std::array may_not_now{forbidden, not_found, conflict};
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
inline constexpr std::array refused_reset{not_found, unprocessable_content, too_many_requests};
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
inline constexpr std::array found_files_query{sort_field,
                                              sort_direction,
                                              Parameter{"pathMask", Type::text, "A mask of the whole path of folders."},
                                              Parameter{"fileMask", Type::text, "A mask of names."},
                                              Parameter{"recursive", Type::flag, "Also what is below those folders."},
                                              Parameter{"newOnly", Type::flag, "Only files that are new."},
                                              Parameter{"sinceDate", Type::text, "yyyy-MM-ddTHH:mm:ss, UTC."}};
inline constexpr std::array upload_query{Parameter{"uploadType", Type::text, "resumable, or nothing."}};
inline constexpr std::array piece_query{Parameter{"uploadType", Type::text, "resumable."},
                                        Parameter{"fileId", Type::text, "Of the upload, as its beginning answered."}};
inline constexpr std::array users_query{page_number,
                                        page_size,
                                        sort_field,
                                        sort_direction,
                                        Parameter{"permission", Type::text, "AllUsers, EndUsers, Administrators, …"},
                                        Parameter{"status", Type::text, "AllUsers, ActiveUsers, …"},
                                        Parameter{"username", Type::text, "A part of it."},
                                        Parameter{"fullName", Type::text, "A part of it."},
                                        Parameter{"email", Type::text, "A part of it."},
                                        Parameter{"isExactMatch", Type::flag, "The whole text, not a part."},
                                        Parameter{"orgId", Type::text, "For system administrators."}};
inline constexpr std::array explain_query{Parameter{"user", Type::text, "An id or name; nobody is oneself."},
                                          Parameter{"action", Type::text, "view, renameFiles or a permission."},
                                          Parameter{"folder", Type::text, "Id of the folder."},
                                          Parameter{"file", Type::text, "Id of a file, instead of the folder."},
                                          Parameter{"path", Type::text, "Of a folder or file, instead of an id."}};
inline constexpr std::array search_query{
    Parameter{"name", Type::text, "A part of the name; with * or ? a mask of the whole name."},
    Parameter{"path", Type::text, "Of the folder to search below; everywhere without it."}, page_size,
    Parameter{"after", Type::text, "What the page before said as next."}};
inline constexpr std::array transfers_query{
    page_number,
    page_size,
    sort_field,
    sort_direction,
    Parameter{"recentlyCompletedPeriod", Type::text, "Seconds: also what ended within them; 0: none."},
    Parameter{"statusDistributionPeriod", Type::text, "Seconds: what is counted; 0: everything."},
    Parameter{"userLoginName", Type::text, "A part of it."},
    Parameter{"userFullName", Type::text, "A part of it."},
    Parameter{"userIp", Type::text, "A part of it."},
    Parameter{"folderName", Type::text, "A part of the folder's path."},
    Parameter{"fileName", Type::text, "A part of it."},
    Parameter{"transferStatus", Type::list, "Active, Stalled, Completed or Failed; may repeat."},
    Parameter{"search", Type::text, "A part of any of the five texts."},
    Parameter{"useDisplayTimeZone", Type::flag, "Times are UTC whatever it says."}};
inline constexpr std::array zip_query{Parameter{"file", Type::ids, "Ids of files; may repeat."},
                                      Parameter{"folder", Type::ids, "Ids of folders; may repeat."},
                                      Parameter{"name", Type::text, "Of the archive."}};

}  // namespace bulkhead::gate_http::api
