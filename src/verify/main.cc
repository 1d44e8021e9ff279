// bulkhead-verify
//   does:    recomputes a copy of a ledger, offline, and says whether its signed checkpoint, tiles and entries agree;
//            prints the disclosure report from it
//   holds:   nothing; reads the directory it is given
//   safe as: it shares no code with the server (only libcrypto), so one mistake does not both write and excuse a wrong
//            ledger
//   exit:    0 all is well, 1 damaged or not readable, 2 wrong usage
#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

#include "verify/check.h"
#include "verify/digest.h"
#include "verify/proof.h"
#include "verify/report.h"

namespace {

constexpr const char* usage =
    "usage: bulkhead-verify DIR [--key VERIFIER_KEY]\n"
    "       bulkhead-verify DIR --report [--file ID] [--principal NAME] [--from T] [--to T] [--json] [--key "
    "VERIFIER_KEY]\n"
    "       bulkhead-verify proof FILE --key VERIFIER_KEY\n"
    "\n"
    "  DIR          a ledger or a copy of one: checkpoint, log/, tile/\n"
    "  --key        the verifier key, name+id+base64, that you keep elsewhere; without it DIR/ledger.pub is taken,\n"
    "               which proves nothing against someone who could write to DIR\n"
    "  --report     print which file keys were released, to whom, and which bytes were sent\n"
    "  --file       only releases of the file with this number\n"
    "  --principal  only releases to this user name or principal id\n"
    "  --from, --to only releases at or after, and before, this time: 2026-11-21 or 2026-11-21T23:20:00, UTC\n"
    "  --json       the report as JSON\n"
    "  proof        a receipt as the server gave it out (C2SP tlog-proof): whether its entry is in the signed ledger\n"
    "\n"
    "exit status: 0 verified, 1 damaged or not readable, 2 wrong usage\n";

constexpr std::size_t proof_size_max = 256 * 1024;

struct Options {
  std::string directory;
  std::string key;
  bool report = false;
  bool json = false;
  verify::Filter filter;
};

int usage_error(const std::string& what) {
  std::fprintf(stderr, "bulkhead-verify: %s\n\n%s", what.c_str(), usage);
  return 2;
}

// What is wrong with the value, or "".
std::string take_value(Options& out, const std::string& name, const std::string& value) {
  if (name == "--key") {
    out.key = value;
  } else if (name == "--principal") {
    out.filter.principal = value;
  } else if (name == "--file") {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
    if (error != std::errc{} || end != value.data() + value.size()) return "--file wants the number of a file";
    out.filter.file = id;
  } else {
    const std::optional<std::int64_t> time = verify::parse_time(value);
    if (!time) return name + " wants a time such as 2026-11-21T23:20:00";
    (name == "--from" ? out.filter.from_ms : out.filter.to_ms) = *time;
  }
  return "";
}

std::string parse_arguments(const std::vector<std::string>& arguments, Options& out) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& each = arguments[i];
    const bool takes_value =
        each == "--key" || each == "--principal" || each == "--file" || each == "--from" || each == "--to";
    if (takes_value) {
      if (++i == arguments.size()) return each + " wants a value";
      if (std::string wrong = take_value(out, each, arguments[i]); !wrong.empty()) return wrong;
    } else if (each == "--report") {
      out.report = true;
    } else if (each == "--json") {
      out.json = true;
    } else if (each.starts_with("-")) {
      return "unknown option " + each;
    } else if (!out.directory.empty()) {
      return "one directory at a time";
    } else {
      out.directory = each;
    }
  }
  if (out.directory.empty()) return "which directory?";
  const verify::Filter none;
  const bool filtered =
      out.filter.file || out.filter.principal || out.filter.from_ms != none.from_ms || out.filter.to_ms != none.to_ms;
  if (!out.report && (out.json || filtered)) return "--file, --principal, --from, --to and --json go with --report";
  return "";
}

int damaged(const verify::Damage& damage) {
  if (damage.index) {
    std::fprintf(stderr, "bulkhead-verify: DAMAGED at entry %llu: %s\n", static_cast<unsigned long long>(*damage.index),
                 damage.what.c_str());
  } else {
    std::fprintf(stderr, "bulkhead-verify: DAMAGED: %s\n", damage.what.c_str());
  }
  std::fputs("Keep this directory as evidence, and verify another copy of the ledger.\n", stderr);
  return 1;
}

void print_summary(const verify::Summary& summary) {
  std::printf("verified: %llu entries, all signed ones agree with the checkpoint\n",
              static_cast<unsigned long long>(summary.entries));
  std::printf("size:   %llu\nroot:   %s\nsigner: %s\n", static_cast<unsigned long long>(summary.head.size),
              verify::base64(summary.head.root).c_str(), summary.head.signer.c_str());
  if (summary.erased != 0) std::printf("erased: %llu entries\n", static_cast<unsigned long long>(summary.erased));
  if (summary.entries > summary.head.size) {
    std::printf("note:   %llu entries after the checkpoint are not signed yet\n",
                static_cast<unsigned long long>(summary.entries - summary.head.size));
  }
}

// What the entry of a proven receipt says, one line each. Nothing of it is known before the proof was checked.
void print_proven(const verify::Proven& proven) {
  std::printf("verified: entry %llu is in the ledger\nsize:   %llu\nroot:   %s\nsigner: %s\n",
              static_cast<unsigned long long>(proven.index), static_cast<unsigned long long>(proven.head.size),
              verify::base64(proven.head.root).c_str(), proven.head.signer.c_str());
  std::fputs(verify::describe(proven.index, proven.body).c_str(), stdout);
}

// bulkhead-verify proof FILE --key KEY
int prove(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4 || arguments[2] != "--key") return usage_error("proof wants FILE --key VERIFIER_KEY");
  const std::optional<std::string> file = verify::read_whole(arguments[1], proof_size_max);
  if (!file) return damaged({std::nullopt, arguments[1] + " cannot be read"});
  verify::Proven proven;
  if (const auto damage = verify::check_proof(*file, arguments[3], proven)) return damaged(*damage);
  print_proven(proven);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  for (const std::string& each : arguments) {
    if (each == "--help" || each == "-h") return std::fputs(usage, stdout) < 0 ? 1 : 0;
  }
  if (!arguments.empty() && arguments.front() == "proof") return prove(arguments);
  Options options;
  if (const std::string wrong = parse_arguments(arguments, options); !wrong.empty()) return usage_error(wrong);
  if (options.key.empty()) {
    const std::optional<std::string> found = verify::read_whole(options.directory + "/ledger.pub", 1024);
    if (!found)
      return damaged(
          {std::nullopt, "no --key was given and " + options.directory + "/ledger.pub cannot be read; give --key"});
    options.key = found->substr(0, found->find('\n'));
    std::fputs("bulkhead-verify: warning: the key came from the same place as the ledger; give --key from elsewhere\n",
               stderr);
  }
  verify::Head head;
  if (const auto damage = verify::read_head(options.directory, options.key, head)) return damaged(*damage);
  verify::Report report{options.filter};
  const verify::Visit visit = [&](std::uint64_t index, std::optional<std::string_view> body) {
    if (options.report) report.add(index, body);
  };
  verify::Summary summary;
  if (const auto damage = verify::check_ledger(options.directory, head, visit, summary)) return damaged(*damage);
  if (summary.torn_tail)
    std::fputs("bulkhead-verify: note: the log ends inside a record that no checkpoint covers\n", stderr);
  if (options.report) {
    std::fputs((options.json ? report.json(summary) : report.text(summary)).c_str(), stdout);
  } else {
    print_summary(summary);
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
