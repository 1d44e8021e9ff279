"""The lint that only this project knows: what a compiler cannot see and a reviewer forgets.

    python3 tests/tidy.py                the self-test, then every rule over the tree; each finding says what to write instead
    python3 tests/tidy.py --self-test    each rule over samples: it must find what is wrong in the bad ones, nothing in the good

It is a ratchet: exceptions stand in the tables below with their reason, and an exception that is no longer needed is a finding.
A rule is a function from a Tree to findings, so it runs over samples as well as over the project.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# ---- tables

# Which folders of src a folder may include. What is not here may not be; what is here and not used is a finding.
INCLUDES = {
    "base": "",
    "crypt": "base",
    "ipc": "base",
    "sandbox": "base ipc",
    "core/mail": "base",
    "config": "base core/mail",
    "core/path": "base",
    "core/seal": "base crypt",
    "core/ledger": "base crypt",
    "core/meter": "base",
    "core/policy": "base",
    "core/retention": "base",
    "core/capability": "base crypt",
    "core/kem": "base crypt",
    "core/ssh_session": "base crypt",
    "core/ssh_key": "base crypt",
    "core/foreign_hash": "base",
    "proto/http": "base",
    "proto/zip": "base proto/http",
    "proto/ssh": "base crypt core/kem",
    "db": "base",
    "signet": "base crypt ipc sandbox core/ssh_session proto/ssh",
    "vault/ledger_store": "base crypt core/ledger",
    "vault": "base crypt ipc sandbox core/capability core/ledger core/meter core/retention core/seal vault/ledger_store",
    "hasher": "base crypt ipc sandbox core/foreign_hash",
    "mailer": "base ipc sandbox core/mail",
    "warden": "base crypt ipc sandbox db core/capability core/foreign_hash core/mail core/path core/ssh_key core/ssh_session",
    "keeper": "base crypt ipc sandbox db core/capability core/path core/policy core/retention core/seal",
    "chronicle": "base ipc sandbox db core/capability core/ledger",
    "porter": "base crypt ipc sandbox core/seal",
    "gate_http/tls": "base",
    "gate_http/api": "base proto/http",
    "gate_http": "base crypt ipc sandbox core/capability core/ledger core/policy proto/http proto/tus proto/zip gate_http/api gate_http/tls",
    "proto/sftp": "base",
    "gate_ssh/files": "base ipc core/path",
    "gate_ssh/sftp": "base crypt core/policy proto/sftp gate_ssh/files",
    "proto/scp": "base",
    "proto/tus": "base",
    "gate_ssh/scp": "base proto/scp gate_ssh/files",
    "gate_ssh/exec": "base crypt gate_ssh/files gate_ssh/scp",
    "gate_ssh": "base ipc sandbox proto/scp proto/ssh gate_ssh/exec gate_ssh/files gate_ssh/scp gate_ssh/sftp",
    "hull": "base ipc sandbox config core/mail",
    "cli": "base crypt ipc sandbox config core/capability core/foreign_hash core/ledger core/path core/policy core/ssh_key proto/http vault/ledger_store",
    "verify": "",
}
# The same for tests, fuzz targets and their fixtures, beyond the above.
TEST_INCLUDES = {"core/policy": "core/path", "signet": "core/ssh_key", "warden": "hasher"}
# Who may include the headers of a library. docs/trust.md says why.
LIBRARIES = {
    "openssl/": "crypt signet gate_http/tls verify vault porter gate_ssh hasher mailer",  # vault, porter, gate_ssh, hasher and mailer: main.cc, start without a config file
    "sqlite3.h": "db",
    "boost/": "proto/http",
    "nlohmann/": "proto/http",
    "toml++/": "config",
    "CLI/": "cli",
    "argon2.h": "hasher",
    "crypt.h": "hasher",
    "utf8proc.h": "core/path keeper",  # keeper: name masks step over whole characters
    "seccomp.h": "sandbox signet vault keeper porter gate_http gate_ssh mailer",  # names of the calls in sandbox.cc
    "curl/": "mailer",
}
PURE = ("src/proto/", "src/core/")
# Ambiguous as member names, so only with the global qualifier that our style uses.
CALLS_QUALIFIED = "open|read|write|close|time|poll|send|recv|bind|connect|listen|accept|kill|stat|unlink|rename|fork|signal|sleep"
CALLS = ("openat|socket|socketpair|fopen|fread|fwrite|freopen|popen|system|getenv|setenv|gettimeofday|clock_gettime|recvmsg|sendmsg|"
         "mmap|pread|pwrite|fsync|fdatasync|ioctl|usleep|nanosleep|execve|execl|dlopen|syscall|printf|fprintf|puts")
PURE_HEADERS = {
    "unistd.h": "take bytes, give bytes: the process does the I/O",
    "fcntl.h": "take bytes, give bytes: the process does the I/O",
    "iostream": "return a text", "fstream": "take bytes, give bytes", "cstdio": "base/cat.h makes texts",
    "ctime": "take the time as UnixMs or MonotonicMs", "thread": "one process, one thread", "mutex": "one process, one thread",
    "filesystem": "core/path has paths as values", "random": "crypt/random.h, in the process",
}
PURE_WORDS = {"unix_now_ms": "take the time as a parameter", "monotonic_now_ms": "take the time as a parameter",
              "system_clock": "take the time as a parameter", "steady_clock": "take the time as a parameter"}
PURE_BASE_HEADERS = {"base/fd.h": "take bytes, give bytes: the process does the I/O"}

# A parser that no fuzz target names, but one reaches: parser -> what a fuzz target calls that calls it.
FUZZED_THROUGH = {
    "parse_target": "HeadParser",
    "parse_field_line": "HeadParser",
    "parse_head": "HeadParser",
    "HeadScanner": "HeadParser",
    "parse_parameterized": "MultipartParser",
    "parse_record_head": "parse_record",
    "decode_poly": "encapsulate_from",
    "decode_numbers": "encapsulate_from",
}
# Parsers of hostile bytes outside of proto and core: header -> the name a fuzz target must call.
MORE_PARSERS = {"src/ipc/frame.h": "parse_frame", "src/ipc/wire.h": "decode", "src/signet/handshake_form.h": "handshake_form",
                "src/signet/exchange_form.h": "exchange_form"}

# Which folder answers the rows of a table of src/ipc/*_asks.h.
ANSWERERS = {
    "login_asks": "warden", "ssh_login_asks": "warden", "signing_asks": "signet", "ssh_signing_asks": "signet", "catalog_asks": "keeper", "data_asks": "porter", "storage_asks": "keeper",
    "log_asks": "chronicle", "warden_event_asks": "warden", "keeper_event_asks": "keeper", "vault_event_asks": "vault",
    "release_asks": "vault", "pepper_asks": "vault", "bucket_asks": "vault", "hash_asks": "hasher", "mail_asks": "mailer", "admin_hull_asks": "hull",
    "admin_warden_asks": "warden", "admin_vault_asks": "vault", "admin_keeper_asks": "keeper", "to_hull": "hull", "shared_to_hull": "hull",
    "warden_to_hull": "hull", "vault_to_hull": "hull", "from_hull": "warden keeper vault signet chronicle porter gate_http gate_ssh mailer",
}
# Rows that no unit test names, since only a whole server exercises them: row -> the script that does, and its words for it.
ROW_TESTS = {
    "Accepted": ("tests/support/server.py", "ssl"),
    "GateSettings": ("tests/test_http_attacks.py", "host_names"),
    "SshGateSettings": ("tests/support/server.py", "serves sftp://"),
    "Connect": ("tests/support/server.py", '"user", "add"'),
    "Status": ("tests/support/server.py", '"status"'),
    "Reload": ("tests/test_reload.py", "SIGHUP"),
    "Trouble": ("tests/support/hostile.py", "Trouble"),
    "MailerSettings": ("tests/test_mail.py", "mail_from"),
}

LINES_MAX = 500
LONG_FILES = {}  # path -> its lines; only ever lowered
MARKS = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + r")\b")
HEAD_WORDS = ("does", "holds", "asks", "answers", "safe")
HEAD_EXEMPT = {"src/cli/main.cc": {"answers"}, "src/verify/main.cc": {"asks", "answers"}}
# Paths that a page may name although they are not in the tree: made by a build or by a run.
MADE = ("build/", "var/", "bench/out")


# ---- the tree

class Tree:
    """Files by path from the root, as text. `names`: every file and folder there is."""

    def __init__(self, files):
        self.files = files
        self.names = set(files)
        for path in files:
            while "/" in path:
                path = path.rsplit("/", 1)[0]
                self.names.add(path)

    @classmethod
    def read(cls, root):
        files = {}
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in (".git", "build", "var", "out", "__pycache__", ".cache")]
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[os.path.relpath(path, root)] = file.read().decode("utf-8", "replace")
        return cls(files)

    def sources(self, under=("src/",), tests=True):
        for path, text in sorted(self.files.items()):
            if path.startswith(tuple(under)) and path.endswith((".cc", ".h")) and (tests or not is_test(path)):
                yield path, text

    def pages(self):
        return [(path, text) for path, text in sorted(self.files.items()) if path.endswith(".md")]


def is_test(path):
    name = os.path.basename(path)
    return path.startswith("tests/") or bool(re.search(r"(_test|_fuzz)\.cc$|^(doubles|stage|test_directory|catalog_fixture|access_model|ssh_stage|vector_files)\.h$", name))


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)


def without_texts(text):
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


# ---- rules

def include_edges(tree):
    """src folders include each other, and libraries, by two tables only"""
    used, test_used = set(), set()
    for path, text in tree.sources():
        folder = os.path.dirname(path)[4:]
        if folder not in INCLUDES:
            yield f"{path}: src/{folder} is not in INCLUDES of tests/tidy.py: say what it may include"
            continue
        for match in re.finditer(r'^#include ([<"])([^>"]+)[>"]', text, re.M):
            name, where = match.group(2), f"{path}:{line_of(text, match.start())}"
            if match.group(1) == "<":
                for library, allowed in LIBRARIES.items():
                    if name.startswith(library) and folder not in allowed.split():
                        yield f"{where}: <{name}>: only {allowed or 'nobody'} may use this library; ask that folder instead"
                continue
            target = os.path.dirname(name)
            if target == folder:
                continue
            if target in INCLUDES[folder].split():
                used.add((folder, target))
            elif is_test(path) and target in TEST_INCLUDES.get(folder, "").split():
                test_used.add((folder, target))
            else:
                yield f"{where}: \"{name}\": src/{folder} may include {INCLUDES[folder] or 'nothing'}; a process asks its siblings by ipc/*_asks.h"
    present = {os.path.dirname(path)[4:] for path, _ in tree.sources()}
    for folder in sorted(present & set(INCLUDES)):
        for target in INCLUDES[folder].split():
            if (folder, target) not in used:
                yield f"tests/tidy.py: INCLUDES: {folder} does not use {target} any more: take it out"
        for target in TEST_INCLUDES.get(folder, "").split():
            if (folder, target) not in test_used and any(is_test(path) for path, _ in tree.sources((f"src/{folder}/",))):
                yield f"tests/tidy.py: TEST_INCLUDES: no test of {folder} uses {target} any more: take it out"


def pure_layers(tree):
    """src/proto and src/core do no I/O and know no clock"""
    call = re.compile(rf"(?<![\w:])::({CALLS_QUALIFIED}|{CALLS})\s*\(|(?<![\w.>:])(?:std::)?({CALLS})\s*\(")
    for path, text in tree.sources(PURE, tests=False):
        for match in re.finditer(r'^#include [<"]([^>"]+)[>"]', text, re.M):
            name, where = match.group(1), f"{path}:{line_of(text, match.start())}"
            instead = PURE_HEADERS.get(name) or PURE_BASE_HEADERS.get(name) or ("no system calls here" if name.startswith(("sys/", "netinet/", "arpa/", "linux/")) else None)
            if instead:
                yield f"{where}: <{name}> in a pure layer: {instead}"
        code = without_texts(without_comments(text))
        for match in call.finditer(code):
            yield f"{path}:{line_of(code, match.start())}: {match.group(1) or match.group(2)}() in a pure layer: take bytes, give bytes; the process calls"
        for word, instead in PURE_WORDS.items():
            for match in re.finditer(rf"\b{word}\b", code):
                yield f"{path}:{line_of(code, match.start())}: {word} in a pure layer: {instead}"


def parsers_are_fuzzed(tree):
    """every parser of hostile bytes is called by a fuzz target"""
    fuzz = {path: without_comments(text) for path, text in tree.sources() if path.endswith("_fuzz.cc")}

    def fuzzed(name):
        return any(re.search(rf"\b{name}\b", text) for text in fuzz.values())

    wanted = []
    for path, text in tree.sources(PURE, tests=False):
        if not path.endswith(".h"):
            continue
        code = without_comments(text)
        wanted += [(path, name) for name in re.findall(r"\b((?:parse|decode)_\w+)\(", code)]
        wanted += [(path, name) for name in re.findall(r"^class (\w*(?:Parser|Decoder|Scanner))\b", code, re.M)]
        holder = None
        for line in code.splitlines():
            opened = re.match(r"(?:class|struct) (\w+)", line)
            holder = opened.group(1) if opened else holder
            if re.search(r"static Result<\w+> parse\(", line):
                wanted.append((path, holder))
            elif re.match(r"Result<\w+> parse\(", line):
                wanted.append((path, "json::parse" if path.endswith("json_in.h") else "parse"))
    wanted += [(path, name) for path, name in MORE_PARSERS.items() if path in tree.files]
    for path, name in sorted(set(wanted)):
        through = FUZZED_THROUGH.get(name)
        if through and fuzzed(name):
            yield f"tests/tidy.py: FUZZED_THROUGH: {name} has a fuzz target of its own now: take it out"
        elif through and not fuzzed(through):
            yield f"{path}: {name}: no fuzz target calls {through}, by which it was reached: write {path[:-2]}_fuzz.cc"
        elif not through and not fuzzed(name):
            yield f"{path}: {name}: no *_fuzz.cc calls it: write {path[:-2]}_fuzz.cc and seeds in vectors/fuzz/"
    for path in fuzz:
        stem = os.path.basename(path)[:-3]
        if f"vectors/fuzz/{stem}" not in tree.names:
            yield f"{path}: no seeds in vectors/fuzz/{stem}/: then its corpus is not replayed as a test"


def rows_are_answered(tree):
    """every row of an ask table is answered by its process and named in a test"""
    tests = "\n".join(text for path, text in tree.files.items() if is_test(path) and path.endswith((".cc", ".h")))
    for path, text in tree.sources(("src/ipc/",)):
        if not path.endswith("_asks.h"):
            continue
        for table, body in re.findall(r"constexpr std::array (\w+)\{(.*?)\n\};", text, re.S):
            if table not in ANSWERERS:
                yield f"{path}: {table} is not in ANSWERERS of tests/tidy.py: say who answers it"
                continue
            folders = ANSWERERS[table].split()
            answers = "\n".join(t for p, t in tree.sources(tuple(f"src/{f}/" for f in folders), tests=False) if p.endswith(".cc"))
            for row in re.findall(r"Row\{(\w+)::number", body):
                if not re.search(rf"\b{row}::number\b|<(?:asks::)?{row}[,>]", answers):
                    yield f"{path}: {row} of {table}: nothing in src/{'|'.join(folders)} answers it: answer it, or take the row out"
                script, words = ROW_TESTS.get(row, ("", ""))
                if script and words not in tree.files.get(script, ""):
                    yield f"{path}: {row}: {script} should exercise it and does not say {words}"
                elif not script and not re.search(rf"\basks::{row}\b|\b{row}\{{|[<(]{row}[,>)]", tests):
                    yield f"{path}: {row} of {table}: no test names asks::{row}: test it, or say in ROW_TESTS which script does"


def no_marks(tree):
    """nothing is left to be done later"""
    for path, text in sorted(tree.files.items()):
        if path.startswith("vectors/") or path == "LICENSE":
            continue
        for match in MARKS.finditer(text):
            if not path.startswith("src/") and match.group() == "XX" + "X":
                continue  # mktemp templates in scripts
            if re.search(r"[\w-]$", text[:match.start()]):
                continue  # part of a mktemp template
            yield f"{path}:{line_of(text, match.start())}: {match.group()}: do it, or open an issue"


def file_sizes(tree):
    """files are short enough to be read"""
    for path, text in sorted(tree.files.items()):
        if not path.endswith((".cc", ".h", ".py", ".md", ".cmake", "/CMakeLists.txt")):
            continue
        lines = text.count("\n")
        allowed = LONG_FILES.get(path, LINES_MAX)
        if lines > allowed:
            yield f"{path}: {lines} lines, at most {allowed}: split it by what it does"
        elif path in LONG_FILES and lines < allowed:
            yield f"tests/tidy.py: LONG_FILES: {path} has {lines} lines now: {'take it out' if lines <= LINES_MAX else 'write that'}"


def links_resolve(tree):
    """what a page links or names is there, and every page is reached from README.md"""
    pages = dict(tree.pages())
    linked = {"README.md"}
    for path, text in pages.items():
        prose = re.sub(r"```.*?```", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
        for match in re.finditer(r"\]\(([^)\s]+)\)", prose):
            link = match.group(1)
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            where = f"{path}:{line_of(prose, match.start())}"
            if target not in tree.names:
                yield f"{where}: link to {link}: there is no {target}"
                continue
            linked |= {target} if target in pages else set()
            headings = {slug(h) for h in re.findall(r"^#+ (.*)$", tree.files.get(target, ""), re.M)}
            if anchor and anchor not in headings:
                yield f"{where}: link to {link}: {target} has no such heading"
        for match in re.finditer(r"`((?:src|tests|docs|vectors|tools|bench|cmake)/[\w./-]*[\w/])`", prose):
            name = match.group(1).rstrip("/")
            if name not in tree.names and not name.startswith(MADE) and not re.search(r"\b(NAME|TARGET)\b|_NAME", name):
                yield f"{path}:{line_of(prose, match.start())}: there is no {name}"
    for path in pages:
        if path not in linked:
            yield f"{path}: no page links it: link it from README.md, HACKING.md or docs/architecture.md"


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def keys_are_documented(tree):
    """every key of bulkhead.toml is in docs/operations.md and in the template, and no other"""
    code, page = tree.files.get("src/config/config.cc", ""), tree.files.get("docs/operations.md", "")
    body = "".join(re.findall(r"^std::vector<(?:Key|Section)> \w+\(.*?^\}", code, re.S | re.M))
    keys = set(re.findall(r'\{"(\w+)",\s*(?:number|text|texts|endpoint|four|flag|checked)\(', body))
    sections = set(re.findall(r'\{"(\w+)",\s*(?:\{\{|budget\()', body))
    template = code.partition("template_text")[2]
    for key in sorted(keys):
        if not re.search(rf"^\| `{key}` \|", page, re.M):
            yield f"docs/operations.md: the key {key} of bulkhead.toml has no row: | `{key}` | default | meaning |"
        if not re.search(rf"^(# )?{key} = ", template, re.M):
            yield f"src/config/config.cc: template_text() does not show the key {key}"
    for section in sorted(sections):
        if f"[{section}]" not in page or f"[{section}]" not in template:
            yield f"docs/operations.md or template_text(): the section [{section}] is missing"
    configuration = page.partition("## Configuration")[2].partition("\n## ")[0]
    for key in re.findall(r"^\| `(\w+)` \|", configuration, re.M):
        if key not in keys:
            yield f"docs/operations.md: there is no key {key}: take the row out"


def routes_are_documented(tree):
    """every route is in docs/rest.md or docs/rest-accounts.md"""
    code, page = tree.files.get("src/gate_http/routes.cc", ""), tree.files.get("docs/rest.md", "") + tree.files.get("docs/rest-accounts.md", "")
    for method, pattern in re.findall(r'Route\{Method::(\w+), "([^"]+)"', code):
        line = f"| `{method.rstrip('_').upper()} {pattern}` |"
        if line not in page:
            yield f"docs/rest.md: no row for a route of src/gate_http/routes.cc: {line}"


def routes_are_tested(tree):
    """every route has its test in docs/rest-tests.md, and the test is there"""
    import rest_coverage
    page = tree.files.get("docs/rest-tests.md", "")
    for method, pattern in rest_coverage.routes(tree.files.get("src/gate_http/routes.cc", "")):
        named = rest_coverage.row(page, method, pattern)
        if named is None:
            yield f"docs/rest-tests.md: no test has {method} {pattern}: write one, then tests/rest_coverage.py --write"
        elif not re.search(rf"^def {named[1]}\(", tree.files.get(named[0], ""), re.M):
            yield f"docs/rest-tests.md: {method} {pattern}: {named[0]} has no {named[1]}: tests/rest_coverage.py --write"


def heads_are_manuals(tree):
    """the head of every main.cc says what the process does, holds, asks and answers, and why that is safe"""
    folders = {os.path.dirname(path) for path, text in tree.files.items()
               if path.endswith("CMakeLists.txt") and re.search(r"bulkhead_process\(|add_executable\(bulkhead-", text)}
    for folder in sorted(folders):
        path = f"{folder}/main.cc"
        if path not in tree.files:
            yield f"{folder}: a process without main.cc: its head is its manual"
            continue
        head = re.match(r"(?://[^\n]*\n)*", tree.files[path]).group().lower()
        for word in HEAD_WORDS:
            if word not in HEAD_EXEMPT.get(path, ()) and not re.search(rf"^// +(?:why )?{word}\b", head, re.M):
                yield f"{path}: its head has no line that begins with \"{word.capitalize()}:\""


RULES = (include_edges, pure_layers, parsers_are_fuzzed, rows_are_answered, no_marks, file_sizes, links_resolve,
         keys_are_documented, routes_are_documented, routes_are_tested, heads_are_manuals)


def main():
    import tidy_samples
    wrong = tidy_samples.self_test()
    if sys.argv[1:] != ["--self-test"]:
        tree = Tree.read(ROOT)
        for rule in RULES:
            findings = sorted(set(rule(tree)))
            print(f"{'ok  ' if not findings else 'FAIL'}  {rule.__doc__}")
            for finding in findings:
                print(f"      {finding}")
            wrong += len(findings)
    print(f"{wrong} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
    sys.modules["tidy"] = sys.modules["__main__"]
    sys.exit(main())
