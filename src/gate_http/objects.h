#pragma once
// The objects of moveit-rest section 7 as JSON, and the envelope of lists (section 4).
#include "ipc/catalog_asks.h"
#include "proto/http/json_out.h"
#include "proto/http/target.h"

namespace bulkhead::gate_http {

void write_simple_file(json::Writer& out, const asks::FileRow& file);
void write_file_details(json::Writer& out, const asks::FileRow& file);
std::string file_details(const asks::FileRow& file);
void write_simple_folder(json::Writer& out, const asks::FolderRow& folder);
void write_virtual_folder(json::Writer& out, const asks::VirtualRow& row);
std::string folder_details(const asks::FolderRow& folder, const asks::FolderSettings& settings,
                           const asks::Notices& notices);
std::string_view notice_unit_name(asks::NoticeUnit unit);
std::string_view mask_rule_name(asks::MaskRule rule);

// page, perPage, sortField, sortDirection as the caller sent them; unknown sort fields fall back to the default.
struct Page {
  std::uint32_t page = 1;
  std::uint32_t per_page = 25;
  std::string sort_field;
  bool descending = false;

  std::uint32_t offset() const { return (page - 1) * per_page; }
};
inline constexpr std::uint32_t per_page_max = 1'000;
inline constexpr std::uint32_t page_max = 4'000'000;
// Errc::invalid names the parameter.
Result<Page> read_page(const http::Target& target, std::string_view default_sort);

// After the items: "paging" and "sorting". totalPages is at least 1, or some clients never stop.
void write_paging(json::Writer& out, const Page& page, std::uint64_t total);

}  // namespace bulkhead::gate_http
