#pragma once
// Uploads that are known by a number, so that another request, over another connection, can go on with them.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

inline constexpr std::size_t upload_metadata_max = 4'096;  // bytes

// What the uploader says when it begins.
struct UploadPlan {
  std::optional<std::uint64_t> total;  // bytes; absent: said later
  bool part = false;                   // of a file that is joined later: listed nowhere and never published by itself
  std::string comment;
  std::string metadata;  // given back as it is
  static auto fields(auto& m, auto&& f) { return f(m.total, m.part, m.comment, m.metadata); }
};

struct UploadRow {
  std::uint64_t id = 0;
  std::uint32_t folder = 0;
  std::string name;
  std::uint64_t size = 0;  // bytes that are there
  UploadPlan plan;
  bool live = false;  // a connection holds it: `size` is what can be seen from outside
  std::int64_t changed_ms = 0;
  std::int64_t expires_ms = 0;
  FileRow file;            // as it will be, with the bytes that are there; or the file, when it is published
  bool published = false;  // then only id, folder, name, size and file are there
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.folder, m.name, m.size, m.plan, m.live, m.changed_ms, m.expires_ms, m.file, m.published);
  }
};

}  // namespace bulkhead::asks
