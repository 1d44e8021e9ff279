#include "keeper/holds.h"

#include "base/cat.h"
#include "keeper/store.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_any = "SELECT EXISTS (SELECT 1 FROM holds)";
constexpr db::Sql select_of_folder = "SELECT name FROM holds WHERE folder = $1 ORDER BY id LIMIT 1";
constexpr db::Sql select_of_file = "SELECT name FROM holds WHERE file = $1 ORDER BY id LIMIT 1";
// From the holds, which are few, to what they cover.
constexpr db::Sql select_below =
    "SELECT h.name FROM holds h LEFT JOIN files f ON f.id = h.file JOIN folders d ON d.id = coalesce(h.folder, "
    "f.folder) "
    "WHERE h.organisation = $1 AND (d.path = $2 OR (d.path >= $2 || '/' AND d.path < $2 || '0')) LIMIT 1";

std::string read_name(db::Row& row) {
  return std::string{row.text(0)};
}

Error held(const Asker& asker, const std::string& name) {
  const bool told = asker.subject.role == policy::Role::admin;
  return fail(Errc::held, cat("a legal hold covers it", told ? cat(" (", name, ")") : "",
                              ": it can be neither deleted, overwritten nor moved out"));
}

}  // namespace

Result<bool> Holds::any() {
  return TRY(db_.one(select_any, [](db::Row& row) { return row.boolean(0); })).value_or(false);
}

Result<std::optional<std::string>> Holds::above(policy::FolderId folder) {
  std::optional<std::string> name;
  const bool found_any = TRY(any());
  if (!found_any) return name;
  for (const policy::Folder& each : TRY(tree_.chain(folder))) {
    name = TRY(db_.one(select_of_folder, read_name, each.id));
    if (name) break;
  }
  return name;
}

Result<bool> Holds::covers(policy::FolderId folder) {
  return TRY(above(folder)).has_value();
}

Result<bool> Holds::covers_file(std::uint64_t file) {
  return TRY(db_.one(select_of_file, read_name, file)).has_value();
}

Result<void> Holds::need_none(const Asker& asker, std::uint64_t file, policy::FolderId folder) {
  std::optional<std::string> name = TRY(above(folder));
  if (!name) name = TRY(db_.one(select_of_file, read_name, file));
  if (name) return held(asker, *name);
  return {};
}

Result<void> Holds::need_none_in_tree(const Asker& asker, policy::FolderId folder, const std::string& path) {
  std::optional<std::string> name = TRY(above(folder));
  if (!name) name = TRY(db_.one(select_below, read_name, asker.organisation, path));
  if (name) return held(asker, *name);
  return {};
}

}  // namespace bulkhead::keeper
