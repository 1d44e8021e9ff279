#include "keeper/schema.h"

#include "db/outbox.h"
#include "keeper/search_index.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql first[] = {
    "CREATE TABLE organisations (id INTEGER PRIMARY KEY, root INTEGER NOT NULL, homes INTEGER NOT NULL) STRICT",

    // A mirror: filled and renewed when a capability is adopted. `number` is the user's id within this database.
    R"(CREATE TABLE users (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      organisation INTEGER NOT NULL REFERENCES organisations,
      name TEXT NOT NULL,
      folded_name TEXT NOT NULL,
      role INTEGER NOT NULL,
      home INTEGER REFERENCES folders ON DELETE SET NULL,
      files_size INTEGER NOT NULL DEFAULT 0 CHECK (files_size >= 0)
    ) STRICT)",
    "CREATE INDEX users_by_name ON users (organisation, folded_name)",
    "CREATE INDEX users_by_home ON users (home)",

    // `path` repeats what names and parents say. Names are told apart by their bytes: capital and small letters differ.
    R"(CREATE TABLE folders (
      id INTEGER PRIMARY KEY,
      organisation INTEGER NOT NULL REFERENCES organisations DEFERRABLE INITIALLY DEFERRED,
      parent INTEGER REFERENCES folders,
      name TEXT NOT NULL,
      path TEXT NOT NULL,
      description TEXT NOT NULL DEFAULT '',
      owner INTEGER REFERENCES users,
      home_of INTEGER REFERENCES users,
      built_in INTEGER NOT NULL DEFAULT 0,
      inherit INTEGER NOT NULL,
      overwrite_allowed INTEGER NOT NULL DEFAULT 0,
      changed_ms INTEGER NOT NULL,
      subfolder_count INTEGER NOT NULL DEFAULT 0 CHECK (subfolder_count >= 0),
      file_count INTEGER NOT NULL DEFAULT 0 CHECK (file_count >= 0),
      files_size INTEGER NOT NULL DEFAULT 0 CHECK (files_size >= 0),
      UNIQUE (organisation, path),
      UNIQUE (parent, name)
    ) STRICT)",
    "CREATE INDEX folders_by_home ON folders (home_of) WHERE home_of IS NOT NULL",

    R"(CREATE TABLE grants (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
      user INTEGER NOT NULL REFERENCES users,
      rights INTEGER NOT NULL,
      behaviour INTEGER NOT NULL,
      UNIQUE (folder, user)
    ) STRICT)",
    "CREATE INDEX grants_by_user ON grants (user)",

    R"(CREATE TABLE files (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folders,
      name TEXT NOT NULL,
      version INTEGER NOT NULL,
      download_count INTEGER NOT NULL DEFAULT 0,
      UNIQUE (folder, name)
    ) STRICT)",

    // `small` stands last: the columns before it are read without its pages.
    R"(CREATE TABLE versions (
      id INTEGER PRIMARY KEY,
      file INTEGER NOT NULL REFERENCES files,
      tag BLOB NOT NULL UNIQUE,
      wrapped_key BLOB NOT NULL,
      size INTEGER NOT NULL CHECK (size >= 0),
      sha256 BLOB NOT NULL,
      sha1 BLOB,
      blob TEXT UNIQUE,
      uploader INTEGER NOT NULL REFERENCES users,
      uploaded_ms INTEGER NOT NULL,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      comment TEXT NOT NULL,
      integrity_checked INTEGER NOT NULL,
      receipt INTEGER NOT NULL,
      small BLOB,
      CHECK ((blob IS NULL) <> (small IS NULL))
    ) STRICT)",
    "CREATE INDEX versions_by_file ON versions (file)",

    // A file is new for everybody who may see it but those named here: he downloaded it, marked it, or sent it.
    "CREATE TABLE seen (file INTEGER NOT NULL REFERENCES files ON DELETE CASCADE, user INTEGER NOT NULL REFERENCES "
    "users, PRIMARY KEY (file, user)) STRICT, WITHOUT ROWID",

    // Blobs of drafts, so that the next start finds those that a crash left behind.
    "CREATE TABLE drafts (blob TEXT PRIMARY KEY, started_ms INTEGER NOT NULL) STRICT",
};

constexpr db::Sql second[] = {
    // Here and not in `versions`, where it would stand behind `small`.
    "ALTER TABLE files ADD COLUMN modified_ms INTEGER NOT NULL DEFAULT 0",
    "UPDATE files SET modified_ms = "
    "coalesce((SELECT uploaded_ms FROM versions WHERE versions.id = files.version), 0)",

    // `place` is the path of the folder with the character 1 for each slash, so that its order is that of the names:
    // "/a/x" comes before "/a-b". With it the entries of a user below a folder are one range.
    "ALTER TABLE grants ADD COLUMN place TEXT NOT NULL DEFAULT ''",
    "UPDATE grants SET place = (SELECT replace(path, '/', char(1)) FROM folders WHERE folders.id = grants.folder)",
    "DROP INDEX grants_by_user",
    "CREATE INDEX grants_by_user ON grants (user, place)",
    "CREATE INDEX folders_by_parent ON folders (parent, inherit, name)",

    // Drafts with a blob, so that the next start finds them. It removes those that are not to be kept; `id` is that of
    // the file to be. Blobs of the drafts of before belong to nobody now, and go as such.
    "DROP TABLE drafts",
    R"(CREATE TABLE drafts (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folders,
      name TEXT NOT NULL,
      uploader INTEGER NOT NULL REFERENCES users,
      kept INTEGER NOT NULL,
      tag BLOB NOT NULL,
      wrapped_key BLOB NOT NULL,
      blob TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
      modified_ms INTEGER,
      started_ms INTEGER NOT NULL,
      changed_ms INTEGER NOT NULL
    ) STRICT)",
    "CREATE INDEX drafts_by_folder ON drafts (folder)",
    "CREATE UNIQUE INDEX drafts_kept ON drafts (uploader, folder, name) WHERE kept = 1",
    "CREATE INDEX drafts_by_change ON drafts (changed_ms) WHERE kept = 1",
};

constexpr db::Sql third[] = {
    // `member_count` counts the rows of members.
    R"(CREATE TABLE groups (
      id INTEGER PRIMARY KEY,
      organisation INTEGER NOT NULL REFERENCES organisations,
      name TEXT NOT NULL,
      folded_name TEXT NOT NULL,
      description TEXT NOT NULL,
      member_count INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
      UNIQUE (organisation, folded_name)
    ) STRICT)",
    R"(CREATE TABLE members (
      group_id INTEGER NOT NULL REFERENCES groups,
      user INTEGER NOT NULL REFERENCES users,
      relationship INTEGER NOT NULL,
      PRIMARY KEY (group_id, user)
    ) STRICT, WITHOUT ROWID)",
    "CREATE INDEX members_by_user ON members (user)",

    // Entries of users or of groups. Those without rights take something away, and lead nowhere.
    R"(CREATE TABLE holders_grants (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
      user INTEGER REFERENCES users,
      group_id INTEGER REFERENCES groups,
      rights INTEGER NOT NULL,
      share INTEGER NOT NULL,
      behaviour INTEGER NOT NULL,
      place TEXT NOT NULL,
      UNIQUE (folder, user),
      UNIQUE (folder, group_id),
      CHECK ((user IS NULL) <> (group_id IS NULL))
    ) STRICT)",
    // Who could share could hand on every right that concerns files: 287 is core/policy `sharable`.
    "INSERT INTO holders_grants (id, folder, user, rights, share, behaviour, place) "
    "SELECT id, folder, user, rights, CASE WHEN rights & 64 THEN 287 ELSE 0 END, behaviour, place FROM grants",
    "DROP TABLE grants",
    "ALTER TABLE holders_grants RENAME TO grants",
    "CREATE INDEX grants_by_user ON grants (user, place) WHERE rights <> 0",
    "CREATE INDEX grants_by_group ON grants (group_id, place) WHERE rights <> 0",
};

constexpr db::Sql fourth[] = {
    // What is said of drafts that are known by their number. `kept` in `drafts` is 2 for a part: it has no place of its
    // own, so several of one name may be in a folder. `held`: what was written since is not to count yet.
    R"(CREATE TABLE uploads (
      draft INTEGER PRIMARY KEY REFERENCES drafts ON DELETE CASCADE,
      total INTEGER CHECK (total >= 0),
      comment TEXT NOT NULL,
      metadata TEXT NOT NULL,
      held INTEGER NOT NULL DEFAULT 0
    ) STRICT)",
    "DROP INDEX drafts_by_change",
    "CREATE INDEX drafts_by_change ON drafts (changed_ms) WHERE kept <> 0",
    "CREATE INDEX drafts_of_user ON drafts (uploader) WHERE kept <> 0",
};

constexpr db::Sql trees[] = {
    // Organisation 0 has no users: what is being copied is built in it.
    "INSERT INTO organisations (id, root, homes) VALUES (0, 0, 0)",

    // Bytes of the files in the folder and below it: what quotas look at.
    "ALTER TABLE folders ADD COLUMN tree_size INTEGER NOT NULL DEFAULT 0 CHECK (tree_size >= 0)",
    "UPDATE folders SET tree_size = (SELECT coalesce(sum(b.files_size), 0) FROM folders b "
    "WHERE b.organisation = folders.organisation AND (b.path = folders.path OR folders.path = '/' "
    "OR (b.path >= folders.path || '/' AND b.path < folders.path || '0')))",
    "ALTER TABLE users ADD COLUMN quota INTEGER NOT NULL DEFAULT 0 CHECK (quota >= 0)",

    // A folder without a row has the defaults. `masks` one a line.
    R"(CREATE TABLE folder_settings (
      folder INTEGER PRIMARY KEY REFERENCES folders ON DELETE CASCADE,
      mask_rule INTEGER NOT NULL DEFAULT 0,
      masks TEXT NOT NULL DEFAULT '',
      clean INTEGER NOT NULL DEFAULT 0,
      clean_files_days INTEGER NOT NULL DEFAULT 0,
      clean_folders_days INTEGER NOT NULL DEFAULT 0,
      new_days INTEGER NOT NULL DEFAULT 0,
      quota INTEGER NOT NULL DEFAULT 0 CHECK (quota >= 0),
      quota_below INTEGER NOT NULL DEFAULT 0,
      hide_history INTEGER NOT NULL DEFAULT 0,
      thumbnails INTEGER NOT NULL DEFAULT 0,
      shown_sort INTEGER NOT NULL DEFAULT 0,
      char_set INTEGER NOT NULL DEFAULT 0,
      char_list TEXT NOT NULL DEFAULT '',
      char_replace INTEGER NOT NULL DEFAULT 0,
      char_value TEXT NOT NULL DEFAULT ''
    ) STRICT)",
};

constexpr db::Sql history[] = {
    // A folder without a row keeps nothing.
    R"(CREATE TABLE folder_history (
      folder INTEGER PRIMARY KEY REFERENCES folders ON DELETE CASCADE,
      versions_kept INTEGER NOT NULL,
      bin_days INTEGER NOT NULL
    ) STRICT)",

    // The older versions of files: the larger the place, the later another one took theirs.
    R"(CREATE TABLE kept_versions (
      place INTEGER PRIMARY KEY,
      version INTEGER NOT NULL UNIQUE REFERENCES versions ON DELETE CASCADE,
      file INTEGER NOT NULL,
      modified_ms INTEGER NOT NULL,
      kept_ms INTEGER NOT NULL
    ) STRICT)",
    "CREATE INDEX kept_by_file ON kept_versions (file, place)",

    // Where deleted files lie (keeper/recycle_bin.h), so that no folder of an organisation holds them, and what they
    // were. `folder` is where they count.
    "INSERT INTO folders (id, organisation, name, path, inherit, changed_ms) VALUES (99, 0, 'bin', '/bin', 1, 0)",
    R"(CREATE TABLE binned (
      file INTEGER PRIMARY KEY REFERENCES files ON DELETE CASCADE,
      organisation INTEGER NOT NULL REFERENCES organisations,
      folder INTEGER NOT NULL REFERENCES folders,
      gone INTEGER NOT NULL,
      name TEXT NOT NULL,
      path TEXT NOT NULL,
      total_size INTEGER NOT NULL CHECK (total_size >= 0),
      could_read INTEGER NOT NULL,
      deleted_by INTEGER NOT NULL REFERENCES users,
      deleted_ms INTEGER NOT NULL,
      until_ms INTEGER NOT NULL
    ) STRICT)",
    "CREATE INDEX binned_by_folder ON binned (folder)",
    "CREATE INDEX binned_by_time ON binned (organisation, deleted_ms DESC, file)",
    "CREATE INDEX binned_by_end ON binned (until_ms)",
    "CREATE INDEX binned_in_order ON binned (organisation, file)",
};

constexpr db::Sql search_and_notices[] = {
    // A line for each file: keeper/search_index.h.
    "CREATE VIRTUAL TABLE search USING fts5(text, columnsize=0, detail=none, tokenize='trigram case_sensitive 1')",
    "INSERT INTO search (rowid, text) SELECT f.id, search_text(f.name, d.organisation) "
    "FROM files f JOIN folders d ON d.id = f.folder",
    // Files whose lines are not yet what the rows are.
    "CREATE TABLE unindexed (file INTEGER PRIMARY KEY) STRICT",

    // A folder without a row sends nothing. Times: keeper/notices.h.
    R"(CREATE TABLE folder_notices (
      folder INTEGER PRIMARY KEY REFERENCES folders ON DELETE CASCADE,
      inbox_outbox INTEGER NOT NULL,
      confirmation INTEGER NOT NULL,
      new_file INTEGER NOT NULL,
      delivery_receipt INTEGER NOT NULL,
      not_downloaded INTEGER NOT NULL,
      unit INTEGER NOT NULL
    ) STRICT)",
};

constexpr db::Sql retention[] = {
    // Legal holds. What one names cannot be deleted: the reference is the last line behind the checks of the code.
    R"(CREATE TABLE holds (
      id INTEGER PRIMARY KEY,
      organisation INTEGER NOT NULL REFERENCES organisations,
      name TEXT NOT NULL,
      reason TEXT NOT NULL,
      folder INTEGER REFERENCES folders,
      file INTEGER REFERENCES files,
      placed_by INTEGER NOT NULL REFERENCES users,
      placed_ms INTEGER NOT NULL,
      CHECK ((folder IS NULL) <> (file IS NULL))
    ) STRICT)",
    "CREATE INDEX holds_by_organisation ON holds (organisation, name)",
    "CREATE INDEX holds_by_folder ON holds (folder) WHERE folder IS NOT NULL",
    "CREATE INDEX holds_by_file ON holds (file) WHERE file IS NOT NULL",

    // Since when a file has the content that it has: its publication, or when it took the place of another one.
    "CREATE VIEW ages AS SELECT f.id AS file, max(v.uploaded_ms, coalesce((SELECT max(k.kept_ms) FROM kept_versions k "
    "WHERE k.file = f.id), 0)) AS since_ms FROM files f JOIN versions v ON v.id = f.version",

    // keeper/expiries.h. A version without a row is kept for good, and so is its key. Not in `versions`, where it would
    // stand behind `small`.
    R"(CREATE TABLE expiries (
      version INTEGER PRIMARY KEY REFERENCES versions ON DELETE CASCADE,
      organisation INTEGER NOT NULL,
      day INTEGER NOT NULL,
      wanted INTEGER NOT NULL,
      due_ms INTEGER
    ) STRICT)",
    "CREATE INDEX expiries_due ON expiries (due_ms, version) WHERE due_ms IS NOT NULL",
    "CREATE INDEX expiries_to_wrap ON expiries (version) WHERE day <> wanted",
    "CREATE INDEX expiries_by_day ON expiries (day, organisation) WHERE day <> 0",

    // Folders whose files are to be looked at, behind the name `after`.
    "CREATE TABLE expiry_checks (folder INTEGER PRIMARY KEY REFERENCES folders ON DELETE CASCADE, after TEXT NOT NULL) "
    "STRICT",
    "INSERT INTO expiry_checks (folder, after) SELECT folder, '' FROM folder_settings WHERE clean <> 0",
    "CREATE TABLE clean_clock (id INTEGER PRIMARY KEY CHECK (id = 1), seen_ms INTEGER NOT NULL) STRICT",
};

constexpr db::Sql brands[] = {
    R"(CREATE TABLE brands (
      organisation INTEGER PRIMARY KEY REFERENCES organisations,
      custom_notifications INTEGER NOT NULL
    ) STRICT)",
    // place and kind: ipc/brand_asks.h
    R"(CREATE TABLE logos (
      organisation INTEGER NOT NULL REFERENCES organisations,
      place INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      name TEXT NOT NULL,
      content BLOB NOT NULL,
      PRIMARY KEY (organisation, place)
    ) STRICT, WITHOUT ROWID)",
};

constexpr db::Sql virtual_folders[] = {
    // Names in folders that lead to other folders: keeper/links.h. They go with either.
    R"(CREATE TABLE links (
      id INTEGER PRIMARY KEY,
      parent INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
      name TEXT NOT NULL,
      target INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
      made_by INTEGER REFERENCES users,
      made_ms INTEGER NOT NULL,
      UNIQUE (parent, name)
    ) STRICT)",
    "CREATE INDEX links_by_target ON links (target)",
};

constexpr db::Migration steps[] = {
    {1, first},   {2, second},             {3, third},     {4, fourth},           {5, trees},
    {6, history}, {7, search_and_notices}, {8, retention}, {9, db::outbox_table}, {10, brands},
    {11, virtual_folders}};

}  // namespace

std::span<const db::Migration> migrations() {
  return steps;
}

Result<db::Db> open_catalog(const char* path) {
  return db::Db::open(path, {.migrations = steps, .functions = search_functions});
}

}  // namespace bulkhead::keeper
