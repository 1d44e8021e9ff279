#pragma once
// For tests: folders that keep versions and deleted files, and a look at all counters at once.
#include "keeper/catalog_fixture.h"
#include "keeper/recycle_bin.h"

namespace bulkhead::keeper {

inline std::uint32_t keeping_folder(Client& who, std::uint32_t parent, const std::string& name, std::uint32_t versions,
                                    std::uint32_t days) {
  const std::uint32_t made = who.gate.ask(asks::CreateFolder{parent, name, asks::Inherit::always}).value().id;
  who.gate.ask(asks::ChangeHistorySettings{made, false, versions, days}).value();
  return made;
}

// A new file, or a new version of the one there.
inline Result<asks::FileRow> put(Client& who, std::uint32_t folder, const std::string& name, std::uint64_t size) {
  const auto made = TRY(who.porter.ask(Client::create_ask(folder, name, asks::DraftMode::replace)));
  if (size <= seal::chunk_size) return who.porter.ask(Client::commit_of(made.draft, size, true));
  std::vector<Fd> blob;
  TRY(who.porter.ask(asks::DraftBlob{made.draft, Bytes(seal::wrapped_key_size, 1)}, &blob, 1));
  TRY(write_all_at(blob[0].get(), Bytes(seal::sealed_size(size), 7), 0));
  return who.porter.ask(Client::commit_of(made.draft, size, false));
}

// The sizes of the versions of a file, newest first.
inline std::vector<std::uint64_t> version_sizes(Client& who, std::uint64_t file) {
  std::vector<std::uint64_t> sizes;
  const auto found = who.gate.ask(asks::ListVersions{file, {0, 1'000, false}}).value();
  for (const asks::VersionRow& row : found.rows) {
    CHECK(row.current == sizes.empty());
    CHECK(row.file.id == file);
    sizes.push_back(row.file.size);
  }
  CHECK(found.total == sizes.size());
  return sizes;
}

inline std::vector<asks::BinRow> bin_of(Client& who) {
  return who.gate.ask(asks::ListBin{"", "", {0, 1'000, false}}).value().rows;
}

// How many files he sees in all lists.
inline std::uint64_t all_files(Client& who) {
  asks::ListFiles ask;
  ask.slice = {0, 1, false};
  return who.gate.ask(ask).value().total;
}

// Every count of the catalog is what its rows say, to the byte.
inline void check_counts(Running& keeper) {
  keeper.in_loop([&] {
    const auto wrong = [&](db::Sql sql) {
      return keeper.store.db.one(sql, [](db::Row& row) { return row.int64(0); }).value().value();
    };
    CHECK(wrong("SELECT count(*) FROM folders d WHERE d.id <> 99 AND d.file_count <> "
                "(SELECT count(*) FROM files f WHERE f.folder = d.id)") == 0);
    CHECK(
        wrong("SELECT count(*) FROM folders d WHERE d.id <> 99 AND d.files_size <> "
              "(SELECT coalesce(sum(v.size), 0) FROM files f JOIN versions v ON v.file = f.id WHERE f.folder = d.id) + "
              "(SELECT coalesce(sum(v.size), 0) FROM binned b JOIN versions v ON v.file = b.file "
              "WHERE b.folder = d.id)") == 0);
    CHECK(
        wrong("SELECT count(*) FROM folders d WHERE d.organisation <> 0 AND d.tree_size <> "
              "(SELECT sum(b.files_size) FROM folders b WHERE b.organisation = d.organisation AND (b.path = d.path OR "
              "d.path = '/' OR (b.path >= d.path || '/' AND b.path < d.path || '0')))") == 0);
    CHECK(wrong("SELECT count(*) FROM users u WHERE u.files_size <> "
                "(SELECT coalesce(sum(v.size), 0) FROM versions v WHERE v.uploader = u.number)") == 0);
    CHECK(
        wrong("SELECT count(*) FROM kept_versions k JOIN versions v ON v.id = k.version JOIN files f ON f.id = v.file "
              "WHERE k.file <> v.file OR f.version = v.id") == 0);
    CHECK(wrong("SELECT count(*) FROM versions v JOIN files f ON f.id = v.file WHERE f.version <> v.id AND NOT EXISTS "
                "(SELECT 1 FROM kept_versions k WHERE k.version = v.id)") == 0);
    CHECK(wrong("SELECT count(*) FROM files f WHERE NOT EXISTS "
                "(SELECT 1 FROM versions v WHERE v.id = f.version AND v.file = f.id)") == 0);
    CHECK(wrong("SELECT count(*) FROM files f WHERE (f.folder = 99) <> EXISTS "
                "(SELECT 1 FROM binned b WHERE b.file = f.id)") == 0);
    CHECK(wrong("SELECT count(*) FROM binned b WHERE b.total_size <> "
                "(SELECT sum(size) FROM versions v WHERE v.file = b.file)") == 0);
  });
}

}  // namespace bulkhead::keeper
