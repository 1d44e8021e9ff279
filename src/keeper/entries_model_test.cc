// Changes at random against a model in memory, and lists of 100,000 entries.
#include <map>
#include <random>

#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using asks::EntryKind;
using policy::Right;
using policy::Rights;

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// What one user's home holds: a folder has no size.
struct Model {
  std::map<std::string, std::optional<std::uint64_t>> entries;

  bool has(const std::string& path) const { return entries.contains(path); }
  bool is_folder(const std::string& path) const { return has(path) && !entries.at(path); }
  bool is_file(const std::string& path) const { return has(path) && entries.at(path); }
  bool is_empty(const std::string& path) const {
    return std::ranges::none_of(entries, [&](const auto& entry) { return entry.first.starts_with(path + '/'); });
  }
  bool move(const std::string& from, const std::string& to, bool replace) {
    if (!has(from) || !is_folder(parent_of(to))) return false;
    if (from == to) return true;
    if (to.starts_with(from + '/')) return false;
    if (has(to) && !(replace && is_file(from) && is_file(to))) return false;
    std::map<std::string, std::optional<std::uint64_t>> moved;
    for (auto& [path, size] : entries) {
      if (path == to) continue;
      const bool below = path == from || path.starts_with(from + '/');
      moved.emplace(below ? to + path.substr(from.size()) : path, size);
    }
    entries = std::move(moved);
    return true;
  }
  bool remove(const std::string& path, bool folder) {
    if (!has(path) || is_folder(path) != folder || !is_empty(path)) return false;
    entries.erase(path);
    return true;
  }
};

void compare(Client& ann, const Model& model) {
  std::uint64_t sum = 0;
  for (const auto& [path, size] : model.entries) {
    if (size) {
      sum += *size;
      continue;
    }
    std::vector<std::pair<std::string, std::uint64_t>> expected[2];
    std::uint64_t files_size = 0;
    for (const auto& [below, below_size] : model.entries) {
      if (parent_of(below) != path) continue;
      expected[below_size ? 1 : 0].emplace_back(below.substr(path.size() + 1), below_size.value_or(0));
      files_size += below_size.value_or(0);
    }
    const asks::FolderRow row = ann.gate.ask(asks::Lookup{path}).value().folder.value();
    CHECK(row.path == path);
    CHECK(row.subfolder_count == expected[0].size());
    CHECK(row.file_count == expected[1].size());
    CHECK(row.files_size == files_size);
    const auto page = ann.gate.ask(asks::ListEntries{row.id, EntryKind::folder, ""}).value();
    CHECK(page.end);
    REQUIRE(page.rows.size() == expected[0].size() + expected[1].size());
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
      const bool file = i >= expected[0].size();
      const auto& [name, bytes] = file ? expected[1][i - expected[0].size()] : expected[0][i];
      CHECK(page.rows[i].kind == (file ? EntryKind::file : EntryKind::folder));
      CHECK(page.rows[i].name == name);
      CHECK(page.rows[i].size == bytes);
    }
  }
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == sum);
}

TEST_CASE("moves and removals do what a model in memory does") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Model model;
  model.entries["/Home/ann"] = std::nullopt;
  std::mt19937 random{7};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same steps each time
  const auto any = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>{0, count - 1}(random); };
  const auto any_path = [&] {
    auto entry = model.entries.begin();
    std::advance(entry, static_cast<std::ptrdiff_t>(any(model.entries.size())));
    constexpr std::array<std::string_view, 5> names{"a", "a-b", "a b", "c", "\xc3\xa9"};
    return any(2) == 0 ? entry->first : cat(entry->first, '/', names[any(names.size())]);
  };
  std::size_t done = 0;
  for (int step = 0; step < 600; ++step) {
    const std::string path = any_path();
    const std::string to = any_path();
    const bool flag = any(2) == 0;
    CAPTURE(path);
    CAPTURE(to);
    bool expected = false;
    bool got = false;
    if (path == "/Home/ann" || to == "/Home/ann") continue;
    switch (any(5)) {
      case 0:
      case 1:
        got = ann.gate.ask(asks::Move{path, to, flag}).ok();
        expected = model.move(path, to, flag);
        break;
      case 2:
        got = ann.gate.ask(asks::RemoveEntry{path, flag}).ok();
        expected = model.remove(path, flag);
        break;
      default: {
        const auto parent = ann.gate.ask(asks::Lookup{parent_of(path)});
        if (!parent.ok() || !parent->folder) continue;
        const std::string name = path.substr(path.rfind('/') + 1);
        const std::uint64_t size = any(50);
        expected = !model.has(path);
        got = flag ? ann.gate.ask(asks::CreateFolder{parent->folder->id, name, asks::Inherit::always}).ok()
                   : ann.upload(parent->folder->id, name, size).ok();
        if (expected) model.entries[path] = flag ? std::nullopt : std::optional{size};
      }
    }
    CHECK(got == expected);
    done += expected ? 1U : 0U;
    if (step % 20 == 0) compare(ann, model);
  }
  compare(ann, model);
  CHECK(done > 100);
}

struct Listed {
  std::size_t rows = 0;
  std::size_t pages = 0;
  MonotonicMs first_ms = 0;
  MonotonicMs slowest_ms = 0;
  MonotonicMs all_ms = 0;
};

Listed list_all(Client& who, std::uint32_t folder) {
  Listed listed;
  asks::ListEntries ask;
  ask.folder = folder;
  const MonotonicMs start = monotonic_now_ms();
  for (bool end = false; !end; ++listed.pages) {
    const MonotonicMs before = monotonic_now_ms();
    const auto page = who.gate.ask(ask).value();
    const MonotonicMs took = monotonic_now_ms() - before;
    if (listed.pages == 0) listed.first_ms = took;
    listed.slowest_ms = std::max(listed.slowest_ms, took);
    end = page.end;
    CHECK(std::ranges::is_sorted(page.rows, {}, &asks::EntryRow::name));
    for (const asks::EntryRow& row : page.rows) {
      CHECK_FALSE(std::pair{row.kind, row.name} <= std::pair{ask.after_kind, ask.after_name});
      ask.after_kind = row.kind;
      ask.after_name = row.name;
      ++listed.rows;
    }
  }
  listed.all_ms = monotonic_now_ms() - start;
  return listed;
}

TEST_CASE("a folder of 100,000 files and one of 100,000 folders, a page at a time") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  const auto folder = [&](const std::string& name) {
    return ann.gate.ask(asks::CreateFolder{home, name, asks::Inherit::always}).value().id;
  };
  const std::uint32_t files = folder("files");
  const std::uint32_t folders = folder("folders");
  constexpr int count = 100'000;
  keeper.in_loop([&] {
    db::Db& db = keeper.store.db;
    keeper.store.turn
        .ask([&]() -> Result<void> {
          for (int i = 0; i < count; ++i) {
            const std::int64_t id = 2'000'000'000LL + i;
            const std::string name = cat("name", 100'000 + i);
            TRY(db.run("INSERT INTO files (id, folder, name, version) VALUES ($1, $2, $3, $1)", id, files, name));
            TRY(
                db.run("INSERT INTO versions (id, file, tag, wrapped_key, size, sha256, uploader, uploaded_ms, "
                       "address, agent, comment, integrity_checked, receipt, small) "
                       "VALUES ($1, $1, $2, $3, $4, $3, 1, 1, '', '', '', 0, 0, $3)",
                       id, as_bytes(name), Bytes(60, 1), i));
            TRY(
                db.run("INSERT INTO folders (id, organisation, parent, name, path, owner, inherit, changed_ms) "
                       "VALUES ($1, $2, $3, $4, $5, 1, $6, 1)",
                       id, company, folders, name, cat("/Home/ann/folders/", name), i % 10 == 0 ? 3 : 1));
          }
          TRY(db.run("UPDATE folders SET file_count = $2 WHERE id = $1", files, count));
          return db.run("UPDATE folders SET subfolder_count = $2 WHERE id = $1", folders, count).ok()
                     ? Result<void>{}
                     : fail(Errc::io, "no subfolders");
        })
        .value();
    keeper.store.commit().value();
  });
  const auto report = [&](std::string_view what, const Listed& listed) {
    MESSAGE(what, ": ", listed.rows, " rows, ", listed.pages, " pages, first ", listed.first_ms, " ms, slowest ",
            listed.slowest_ms, " ms, all ", listed.all_ms, " ms");
    CHECK(listed.slowest_ms < 2'000);
    return listed.rows;
  };
  CHECK(report("files", list_all(ann, files)) == count);
  CHECK(report("subfolders of the owner", list_all(ann, folders)) == count);
  // Nine of ten do not inherit: they are not there for him, and cost him nothing.
  ann.gate.ask(asks::SetGrant{folders, "bob", Rights{Right::list_files}.bits()}).value();
  ann.gate.ask(asks::SetGrant{2'000'000'007, "bob", Rights{Right::read_files}.bits()}).value();
  CHECK(report("subfolders that inherit, and one more", list_all(bob, folders)) == count / 10 + 1);
  ann.gate.ask(asks::RemoveGrant{folders, "bob"}).value();
  ann.gate.ask(asks::SetGrant{2'000'099'999, "bob", Rights{Right::read_files}.bits()}).value();
  CHECK(report("two that he may see", list_all(bob, folders)) == 2);
}

}  // namespace
}  // namespace bulkhead::keeper
