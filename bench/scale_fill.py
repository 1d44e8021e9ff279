"""Fills the catalog of a server that is stopped, in the form that keeper writes: counters, paths and order of numbers.

The content of these files is no sealed chunk: they can be listed, found, renamed and removed, not downloaded.
"""
import hashlib
import random
import sqlite3

FILES_OF_A_FOLDER = 9
BRANCHES = 300  # folders below /Data at most; the others stand in those
WORDS = ("invoice", "report", "order", "ledger", "payroll", "claims", "audit", "export", "statement", "backup")
KINDS = ("pdf", "csv", "xml", "zip", "txt")
STAMP_MS = 1_780_000_000_000
PLAIN, SEALED = 100, 128  # bytes of each file
INHERIT_NONE, INHERIT_ALWAYS, ROLE_USER = 1, 3, 2
ALL_RIGHTS = 511


def name_of(number):
    return f"{WORDS[number % 10]}-{WORDS[number // 10 % 10]}-{number:07d}.{KINDS[number % 5]}"


class Catalog:
    """One connection to the database, and what the new rows refer to."""

    def __init__(self, path, user_name):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute("PRAGMA cache_size = -1000000")
        self.organisation, self.root, self.homes = self.db.execute(
            "SELECT id, root, homes FROM organisations WHERE id <> 0").fetchone()
        self.user, self.id_size = self.db.execute("SELECT number, length(id) FROM users WHERE name = ?", (user_name,)).fetchone()
        # keeper/search_index.h; our names are ASCII and small letters
        self.term = "".join(chr(0xF0000 + self.organisation // 2048 ** power % 2048) for power in (2, 1, 0))
        self.folder_id, self.file_id = 200_000_000, 300_000_000
        self.numbers = random.Random(1)
        self.folders = {}  # id: [path, parent, own files]

    def add_folder(self, parent, path, owner=None):
        self.folder_id += self.numbers.randrange(1, 600)
        self.folders[self.folder_id] = [path, parent, 0]
        inherit = INHERIT_NONE if owner else INHERIT_ALWAYS
        self.db.execute("INSERT INTO folders (id, organisation, parent, name, path, owner, home_of, inherit, changed_ms) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (self.folder_id, self.organisation, parent, path.rsplit("/", 1)[1],
                                                              path, owner or self.user, owner, inherit, STAMP_MS))
        return self.folder_id

    def add_users(self, count):
        for number in range(count):
            name = f"user{number:06d}"
            identity = hashlib.sha256(name.encode()).hexdigest()[:self.id_size]
            user = self.db.execute("INSERT INTO users (id, organisation, name, folded_name, role) VALUES (?, ?, ?, ?, ?)",
                                   (identity, self.organisation, name, name, ROLE_USER)).lastrowid
            home = self.add_folder(self.homes, f"/Home/{name}", user)
            self.db.execute("UPDATE users SET home = ? WHERE number = ?", (home, user))

    def add_tree(self, count):
        """Folders below /Data, as many as `count`, for whom the user of the benchmark has every right."""
        top = self.add_folder(self.root, "/Data")
        self.db.execute("INSERT INTO grants (folder, user, rights, share, behaviour, place) VALUES (?, ?, ?, 287, 0, ?)",
                        (top, self.user, ALL_RIGHTS, "\x01Data"))
        branches = [self.add_folder(top, f"/Data/branch{number:04d}") for number in range(min(BRANCHES, count // 10))]
        for number in range(count - len(branches) - 1):
            above = branches[number % len(branches)]
            self.add_folder(above, f"{self.folders[above][0]}/part{number:06d}")
        return top

    def add_file(self, folder, number):
        self.file_id += self.numbers.randrange(1, 1000)
        version = self.db.execute(
            "INSERT INTO versions (file, tag, wrapped_key, size, sha256, uploader, uploaded_ms, address, agent, comment, "
            "integrity_checked, receipt, small) VALUES (?, randomblob(16), randomblob(60), ?, randomblob(32), ?, ?, "
            "'192.0.2.1', 'bench', '', 1, 0, zeroblob(?))",
            (self.file_id, PLAIN, self.user, STAMP_MS + number, SEALED)).lastrowid
        self.db.execute("INSERT INTO files (id, folder, name, version, modified_ms) VALUES (?, ?, ?, ?, ?)",
                        (self.file_id, folder, name_of(number), version, STAMP_MS))
        self.db.execute("INSERT INTO search (rowid, text) VALUES (?, ?)", (self.file_id, f"\x01{name_of(number)}\x01 {self.term}"))
        self.db.execute("INSERT INTO seen (file, user) VALUES (?, ?)", (self.file_id, self.user))
        self.folders[folder][2] += 1

    def add_files(self, count, large):
        """A tenth of them in one folder; the others everywhere."""
        inside = count // 10
        for number in range(inside):
            self.add_file(large, number)
        places = [folder for folder, (path, _, _) in self.folders.items() if folder != large and path.startswith("/Data/")]
        for number in range(inside, count):
            self.add_file(places[number % len(places)], number)

    def count(self):
        """What the rows above hold, in themselves and below."""
        below = {}
        for folder in sorted(self.folders, reverse=True):  # what is below has the greater number
            _, parent, own = self.folders[folder]
            below[folder] = below.get(folder, 0) + own
            below[parent] = below.get(parent, 0) + below[folder]
            self.db.execute("UPDATE folders SET file_count = ?, files_size = ?, tree_size = ? WHERE id = ?",
                            (own, own * PLAIN, below[folder] * PLAIN, folder))
        self.db.execute("UPDATE folders SET tree_size = tree_size + ? WHERE id = ?", (below[self.root] * PLAIN, self.root))
        self.db.execute("UPDATE folders SET subfolder_count = (SELECT count(*) FROM folders b WHERE b.parent = folders.id)")
        self.db.execute("UPDATE users SET files_size = files_size + ? WHERE number = ?", (below[self.root] * PLAIN, self.user))


def fill(path, user_name, files, folders, users):
    """Answers the path of the folder that holds a tenth of the files."""
    catalog = Catalog(path, user_name)
    catalog.db.execute("BEGIN")
    catalog.add_users(users)
    top = catalog.add_tree(folders - users - 1)
    large = catalog.add_folder(top, "/Data/large")
    catalog.add_files(files, large)
    catalog.count()
    catalog.db.execute("COMMIT")
    catalog.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    catalog.db.close()
    return "/Data/large"


def add_accounts(path, like, count):
    """Rows of accounts in warden's database, copies of one that is there."""
    db = sqlite3.connect(path, isolation_level=None)
    columns = [row[1] for row in db.execute("PRAGMA table_info(users)")]
    taken = {"id": "printf('%0' || length(id) || 'd', $number)", "name_key": "printf('user%06d', $number)",
             "user_name": "printf('user%06d', $number)"}
    select = ", ".join(taken.get(column, column) for column in columns)
    db.execute("BEGIN")
    db.executemany(f"INSERT INTO users ({', '.join(columns)}) SELECT {select} FROM users WHERE user_name = $like",
                   ({"number": number, "like": like} for number in range(count)))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
