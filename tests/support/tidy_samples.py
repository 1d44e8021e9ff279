"""Samples for tests/tidy.py: each rule must find what is wrong here, and nothing in the same sample without the mistake."""
import tidy

PARSER_H = "class Form {\n public:\n  static Result<Form> parse(ByteView body);\n};\nResult<int> parse_size(ByteView b);\n"
ASKS_H = ("inline constexpr std::array pepper_asks{\n    ipc::Row{Pepper::number, \"pepper\", ipc::Phase::any},\n};\n")
CONFIG = ('std::vector<Section> sections(Config& c) {\n  return {\n      {"https", {{"listen", endpoint(c.a)}}},\n  };\n}\n'
          'std::string template_text(x) {\n[https]\n# listen = 1\n')
PAGE = "## Configuration\n\n[https]\n\n| `listen` | 1 | x |\n"
PROCESS = {"src/hull/CMakeLists.txt": "bulkhead_process(hull base)\n"}
HEAD = "// hull\n// Does:  x\n// Holds: x\n// Asks:  x\n// Answers: x\n// Safe:  x\n\nint main() {}\n"
ROUTE = {"src/gate_http/routes.cc": 'Route{Method::delete_, "/a/{id}", Access::open, x},\n'}
TESTED = {"docs/rest-tests.md": "| `DELETE /a/{id}` | ours | `tests/test_a.py` gone |\n", "tests/test_a.py": "def gone(server):\n"}
MARK = "TO" "DO"

# rule, good sample, {path: text} that makes it bad, a part of the finding
SAMPLES = [
    ("include_edges", {"src/core/meter/a.cc": '#include "base/cat.h"\n'}, {"src/core/meter/b.cc": '#include "crypt/hash.h"\n'}, "may include base"),
    ("include_edges", {"src/core/meter/a.cc": '#include "base/cat.h"\n'}, {"src/core/meter/b.cc": '#include "keeper/store.h"\n'}, "may include base"),
    ("include_edges", {"src/core/meter/a.cc": '#include "base/cat.h"\n'}, {"src/core/meter/b.cc": "#include <sqlite3.h>\n"}, "only db may use"),
    ("include_edges", {"src/core/meter/a.cc": '#include "base/cat.h"\n'}, {"src/core/meter/a.cc": ""}, "take it out"),
    ("include_edges", {"src/verify/a.cc": '#include "verify/b.h"\n'}, {"src/verify/a.cc": '#include "base/cat.h"\n'}, "may include nothing"),
    ("include_edges", {"src/verify/a.cc": ""}, {"src/gate_new/a.cc": ""}, "not in INCLUDES"),
    ("pure_layers", {"src/core/a.cc": '// ::open(x)\nint x = file.open("socket(1)");\n'}, {"src/core/a.cc": "int x = ::open(name, 0);\n"}, "open()"),
    ("pure_layers", {"src/core/a.cc": "x.read(1);\n"}, {"src/core/a.cc": "auto n = std::getenv(name);\n"}, "getenv()"),
    ("pure_layers", {"src/core/a.cc": ""}, {"src/proto/a.cc": "#include <unistd.h>\n"}, "<unistd.h>"),
    ("pure_layers", {"src/core/a.cc": ""}, {"src/proto/a.cc": "#include <sys/socket.h>\n"}, "no system calls"),
    ("pure_layers", {"src/core/a_test.cc": "unix_now_ms();\n"}, {"src/core/a.cc": "auto t = unix_now_ms();\n"}, "as a parameter"),
    ("parsers_are_fuzzed", {"src/proto/f.h": PARSER_H, "src/proto/f_fuzz.cc": "Form::parse(x); parse_size(x);\n", "vectors/fuzz/f_fuzz/a": ""},
     {"src/proto/f_fuzz.cc": "// Form\nparse_size(x);\n"}, "Form: no *_fuzz.cc"),
    ("parsers_are_fuzzed", {"src/proto/f.h": PARSER_H, "src/proto/f_fuzz.cc": "Form::parse(x); parse_size(x);\n", "vectors/fuzz/f_fuzz/a": ""},
     {"src/core/g.h": "class RangeDecoder {\n"}, "RangeDecoder: no"),
    ("parsers_are_fuzzed", {"src/proto/a_fuzz.cc": "", "vectors/fuzz/a_fuzz/x": ""}, {"src/proto/b_fuzz.cc": ""}, "no seeds"),
    ("parsers_are_fuzzed", {"src/proto/a_fuzz.cc": "HeadParser p;\n", "vectors/fuzz/a_fuzz/x": "", "src/proto/t.h": "X parse_target(y);\n"},
     {"src/proto/a_fuzz.cc": "HeadParser p; parse_target(x);\n"}, "take it out"),
    ("rows_are_answered", {"src/ipc/pepper_asks.h": ASKS_H, "src/vault/a.cc": "case asks::Pepper::number:", "src/vault/a_test.cc": "asks::Pepper p;"},
     {"src/vault/a.cc": "case asks::Release::number:"}, "answers it"),
    ("rows_are_answered", {"src/ipc/pepper_asks.h": ASKS_H, "src/vault/a.cc": "answer_now<asks::Pepper>(call)", "src/vault/a_test.cc": "asks::Pepper p;"},
     {"src/vault/a_test.cc": ""}, "no test names"),
    ("rows_are_answered", {}, {"src/ipc/odd_asks.h": ASKS_H.replace("pepper_asks", "odd_asks")}, "not in ANSWERERS"),
    ("no_marks", {"src/a.cc": "// to do\n"}, {"src/a.cc": f"// {MARK}: later\n"}, "do it"),
    ("file_sizes", {"src/a.cc": "\n" * 500}, {"src/a.cc": "\n" * 501}, "split it"),
    ("links_resolve", {"README.md": "[a](docs/a.md#the-head) `src/a.cc`\n", "docs/a.md": "## The head\n", "src/a.cc": ""}, {"README.md": "[a](docs/b.md)"}, "there is no docs/b.md"),
    ("links_resolve", {"README.md": "[a](docs/a.md#the-head)\n", "docs/a.md": "## The head\n"}, {"docs/a.md": "## Head\n"}, "no such heading"),
    ("links_resolve", {"README.md": "`src/a.cc` `build/release/bin`\n", "src/a.cc": ""}, {"README.md": "`src/gone.cc`\n"}, "there is no src/gone.cc"),
    ("links_resolve", {"README.md": ""}, {"docs/spec/a.md": ""}, "no page links it"),
    ("keys_are_documented", {"src/config/config.cc": CONFIG, "docs/operations.md": PAGE}, {"docs/operations.md": "[https]"}, "has no row"),
    ("keys_are_documented", {"src/config/config.cc": CONFIG, "docs/operations.md": PAGE}, {"docs/operations.md": PAGE + "| `old` | 1 | x |\n"}, "no key old"),
    ("keys_are_documented", {"src/config/config.cc": CONFIG, "docs/operations.md": PAGE}, {"docs/operations.md": PAGE.replace("[https]", "")}, "[https] is missing"),
    ("routes_are_documented", {**ROUTE, "docs/rest.md": "| `DELETE /a/{id}` | 204 |\n"}, {"docs/rest.md": ""}, "no row for a route"),
    ("routes_are_tested", {**ROUTE, **TESTED}, {"docs/rest-tests.md": ""}, "write one"),
    ("routes_are_tested", {**ROUTE, **TESTED}, {"tests/test_a.py": "def other(server):\n"}, "has no gone"),
    ("heads_are_manuals", {**PROCESS, "src/hull/main.cc": HEAD}, {"src/hull/main.cc": HEAD.replace("// Safe:  x\n", "")}, '"Safe:"'),
    ("heads_are_manuals", {**PROCESS, "src/hull/main.cc": HEAD}, {"src/gate_x/CMakeLists.txt": "bulkhead_process(gate_x)"}, "without main.cc"),
]


def self_test():
    """How many samples a rule judged wrongly."""
    wrong = 0
    for number, (name, good, change, part) in enumerate(SAMPLES):
        rule = getattr(tidy, name)
        clean, found = list(rule(tidy.Tree(good))), list(rule(tidy.Tree({**good, **change})))
        if clean:
            print(f"self-test {number}: {name} finds something in a good sample: {clean}")
        if not any(part in finding for finding in found):
            print(f"self-test {number}: {name} does not find {part!r}: {found}")
        wrong += bool(clean) + (not any(part in finding for finding in found))
    unproven = [rule.__name__ for rule in tidy.RULES if rule.__name__ not in {name for name, *_ in SAMPLES}]
    if unproven:
        print(f"self-test: no bad sample for {unproven}")
    print(f"self-test: {len(SAMPLES)} samples, {wrong} judged wrongly")
    return wrong + len(unproven)
