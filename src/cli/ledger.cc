#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/server.h"
#include "core/ledger/entry.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::cli {
namespace {

std::string ledger_folder(const std::string& directory) {
  return cat(directory, "/vault/ledger");
}

Result<Fd> open_ledger(const std::string& directory) {
  Fd folder{::open(ledger_folder(directory).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.valid()) return folder;
  if (errno != ENOENT && errno != ENOTDIR) return fail_errno(cat("open ", ledger_folder(directory)));
  return fail(Errc::not_found,
              cat("no ledger at ", directory,
                  ": name a data directory with --data, or make one with bulkhead init --data ", directory));
}

// Names are data from outside: quoted, with everything odd escaped.
std::string who_text(const ledger::Who& who) {
  return cat("by ", json_quoted(who.username), " over ", who.method, " ", who.connection);
}

std::string path_text(const std::string& folder, const std::string& name) {
  return json_quoted(cat(folder, folder.ends_with('/') ? "" : "/", name));
}

struct Describe {
  std::string operator()(const ledger::Released& e) const {
    return cat("released  file ", e.file, " ", path_text(e.folder, e.name), " ", e.size, " bytes sha256 ",
               to_hex(e.sha256), " ", who_text(e.who));
  }
  std::string operator()(const ledger::Sent& e) const {
    std::uint64_t bytes = 0;
    for (const ledger::ByteRange& range : e.ranges) bytes += range.length;
    return cat("sent      ", bytes, " bytes of release ", e.release,
               e.outcome == ledger::Outcome::complete ? ", complete" : ", not complete");
  }
  std::string operator()(const ledger::Received& e) const {
    return cat("received  file ", e.file, " ", path_text(e.folder, e.name), " ", e.size, " bytes sha256 ",
               to_hex(e.sha256), " ", who_text(e.who));
  }
  std::string operator()(const ledger::Violation& e) const {
    return cat("violation by ", e.process, " ", e.connection, ": ", json_quoted(e.what));
  }
  std::string operator()(const ledger::Destroyed& e) const {
    const UnixMs day = static_cast<UnixMs>(std::min<std::uint64_t>(e.expiry_day, 1'000'000)) * 86'400'000;
    return cat("destroyed the keys of organisation ", json_quoted(e.tenant), " that expired on ",
               format_timestamp(day).substr(0, 10));
  }
  std::string operator()(const ledger::Started& e) const { return cat("started   version ", json_quoted(e.version)); }
};

// A running vault writes what waits, then tiles and checkpoint for all of it; of a stopped one the last are there.
Result<void> bring_up_to_date(const std::string& directory) {
  Result<ipc::Channel> vault = connect_office(directory, asks::Office::vault);
  if (vault.ok()) TRY(vault->ask(asks::LedgerHead{}));
  return {};
}

}  // namespace

Result<int> verify_ledger(const std::string& directory) {
  TRY(open_ledger(directory));
  TRY(bring_up_to_date(directory));
  const std::string program = cat(programs_folder(), "/bulkhead-verify");
  const std::string folder = ledger_folder(directory);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(program.c_str(), "bulkhead-verify", folder.c_str(), nullptr);  // NOLINT(*vararg)
    std::fprintf(stderr, "bulkhead: %s is missing\n", program.c_str());
    ::_exit(127);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return fail_errno("run bulkhead-verify");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

Result<void> show_ledger(const std::string& directory, std::uint64_t first, std::uint64_t count) {
  const Fd folder = TRY(open_ledger(directory));
  // A vault that cannot write, on a full disk say, is no reason not to show what there is.
  static_cast<void>(bring_up_to_date(directory));
  std::uint64_t index = first / ledger::segment_entries * ledger::segment_entries;
  while (count > 0) {
    const std::uint64_t number = index / ledger::segment_entries;
    const Result<Fd> segment = ledger::open_segment(folder.get(), number, O_RDONLY | O_CLOEXEC);
    if (!segment.ok() && segment.error().kind() == Errc::not_found) return {};
    if (!segment.ok()) return segment.error();
    ledger::SegmentScan scan{segment->get(), number};
    for (; count > 0; ++index) {
      const ledger::SegmentScan::Item item = TRY(scan.next());
      const auto* record = std::get_if<ledger::Record>(&item);
      if (std::holds_alternative<ledger::SegmentScan::End>(item)) break;
      // The end of a log that is being written, or damage: which of the two, bulkhead ledger verify tells.
      if (record == nullptr) return {};
      if (index < first) continue;
      --count;
      if (!record->body) {
        std::printf("%llu  erased\n", static_cast<unsigned long long>(index));
        continue;
      }
      const ledger::Entry entry = TRY(ledger::decode_entry(*record->body));
      std::printf("%llu  %s  %s\n", static_cast<unsigned long long>(index), format_timestamp(entry.time).c_str(),
                  std::visit(Describe{}, entry.event).c_str());
    }
    if (index % ledger::segment_entries != 0) return {};
  }
  return {};
}

}  // namespace bulkhead::cli
