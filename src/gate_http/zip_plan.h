#pragma once
// What goes into a ZIP download: the chosen files and folders with all that is in them, as keeper lists it to this
// session. Only a plan: the porter and the vault decide about every file again when it is opened.
#include "gate_http/exchange.h"
#include "ipc/catalog_rows.h"

namespace bulkhead::gate_http {

inline constexpr std::size_t zip_chosen_max = 1'000;    // ids in one request
inline constexpr std::size_t zip_files_max = 5'000;     // in one archive
inline constexpr std::size_t zip_folders_max = 2'000;   // the same
inline constexpr unsigned zip_depth_max = 32;           // folders in folders below a chosen one
inline constexpr std::size_t zip_left_out_max = 1'000;  // lines of NOT_INCLUDED.txt

struct ZipChoice {
  std::vector<std::uint64_t> files;    // each once
  std::vector<std::uint32_t> folders;  // the same
};

struct ZipMember {
  bool is_folder = false;
  std::size_t parent = SIZE_MAX;  // place of its folder in the plan, always before it; SIZE_MAX: at the top
  std::string name;
  std::string path;  // in the catalog
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
  bool gone = false;  // was left out after all
};

struct ZipPlan {
  std::vector<ZipMember> members;
  std::vector<std::string> left_out;  // for people: a path, or what was asked for

  void leave_out(std::string what);
};

// A chosen id that names nothing for this session is left out like one that it may not read. Errc::too_large: over a
// limit.
Result<ZipPlan> plan_zip(ipc::Channel& keeper, const ZipChoice& choice);

}  // namespace bulkhead::gate_http
