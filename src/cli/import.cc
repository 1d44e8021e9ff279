// A plan, done: group by group, then account by account, each in three asks (ipc/import_asks.h).
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/cat.h"
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/server.h"

namespace bulkhead::cli {
namespace {

constexpr std::size_t progress_step = 1'000;  // accounts

// The server cannot go on: so this is not about one account.
bool is_fatal(const Error& error) {
  return error.kind() == Errc::io || error.kind() == Errc::storage_full || error.kind() == Errc::corrupt;
}

struct Counts {
  std::size_t added = 0;
  std::size_t before = 0;
  std::size_t taken = 0;
  std::size_t failed = 0;
};

class Importer {
 public:
  Importer(ipc::Channel warden, ipc::Channel keeper, std::uint32_t organisation)
      : warden_{std::move(warden)}, keeper_{std::move(keeper)}, organisation_{organisation} {}

  // Errors: the server cannot go on.
  Result<void> add_group(asks::ImportGroup& group) {
    group.organisation = organisation_;
    const Result<asks::ImportDone> done = keeper_.ask(group);
    if (!done.ok() && is_fatal(done.error())) return done.error();
    if (!done.ok()) remarks_.add(cat("group: ", done.error().message()), shown(group.name));
    if (done.ok() && !done->added)
      remarks_.add("group: it is there already, and its new members have the rights that it has", shown(group.name));
    return {};
  }

  Result<void> add_user(PlannedUser& user) {
    const Result<void> done = bring(user);
    if (done.ok()) return {};
    if (is_fatal(done.error())) return done;
    ++counts_.failed;
    remarks_.add(done.error().message(), user.account.user_name);
    return {};
  }

  const Counts& counts() const { return counts_; }
  const Remarks& remarks() const { return remarks_; }

 private:
  Result<void> bring(PlannedUser& user) {
    user.account.organisation = organisation_;
    const asks::BeginImport::Reply begun = TRY(warden_.ask(user.account));
    switch (begun.state) {
      case asks::ImportState::before:
        ++counts_.before;
        return {};
      case asks::ImportState::taken:
        ++counts_.taken;
        remarks_.add("the name is taken by an account that no import made here: it is not changed",
                     user.account.user_name);
        return {};
      case asks::ImportState::added:
      case asks::ImportState::begun:
        break;
    }
    user.catalog.organisation = organisation_;
    user.catalog.id = begun.id;
    TRY(keeper_.ask(user.catalog));
    TRY(warden_.ask(asks::EndImport{begun.id, user.active}));
    ++counts_.added;
    return {};
  }

  ipc::Channel warden_;
  ipc::Channel keeper_;
  std::uint32_t organisation_;
  Counts counts_;
  Remarks remarks_;
};

void print_remarks(const Remarks& remarks) {
  for (const auto& [reason, whom] : remarks.all()) {
    std::printf("%s (%zu)\n", reason.c_str(), whom.size());
    for (const std::string& one : whom) std::printf("      %s\n", one.c_str());
  }
}

Result<void> run(const std::string& directory, Plan plan, const ImportOptions& options) {
  std::printf("%s", print(plan).c_str());
  std::fflush(stdout);
  if (options.dry_run) {
    std::printf("\nNothing was changed: this was a dry run\n");
    return {};
  }
  Importer importer{TRY(connect_office(directory, asks::Office::warden)),
                    TRY(connect_office(directory, asks::Office::keeper)), options.organisation};
  std::size_t done = 0;
  const Result<void> whole = [&]() -> Result<void> {
    for (asks::ImportGroup& group : plan.groups) TRY(importer.add_group(group));
    for (PlannedUser& user : plan.users) {
      TRY(importer.add_user(user));
      if (++done % progress_step == 0) std::fprintf(stderr, "%zu of %zu accounts\n", done, plan.users.size());
    }
    return {};
  }();
  const Counts& counts = importer.counts();
  std::printf("\nImported %zu accounts; already there %zu; name taken %zu; refused %zu\n", counts.added, counts.before,
              counts.taken, counts.failed);
  print_remarks(importer.remarks());
  if (!whole.ok()) {
    return fail(whole.error().kind(), cat("interrupted after ", done, " of ", plan.users.size(),
                                          " accounts: ", whole.error().message(), ". Run it again: it goes on"));
  }
  std::size_t out = counts.taken + counts.failed;
  for (const auto& [reason, whom] : plan.refused.all()) out += whom.size();
  if (out > 0) return fail(Errc::invalid, cat(out, " accounts were not imported: the reasons stand above"));
  return {};
}

Result<Bytes> read_dump(const std::string& path) {
  Fd opened;
  int fd = STDIN_FILENO;
  if (path != "-") {
    opened = Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!opened.valid()) return fail_errno(cat("open ", path));
    fd = opened.get();
  }
  Bytes content;
  std::array<std::uint8_t, 65'536> buffer;
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(cat("read ", path));
    if (count == 0) return content;
    if (content.size() + static_cast<std::size_t>(count) > import_file_size_max) {
      return fail(Errc::too_large, cat(path, " is larger than ", import_file_size_max / 1'048'576, " MiB"));
    }
    content.insert(content.end(), buffer.begin(), buffer.begin() + count);
  }
}

}  // namespace

Result<void> import_sftpgo(const std::string& directory, const std::string& path, const ImportOptions& options) {
  const Bytes dump = TRY(read_dump(path));
  return run(directory, TRY(plan_sftpgo(path == "-" ? "standard input" : shown(path), dump)), options);
}

Result<void> import_passwd(const std::string& directory, const PasswdOptions& passwd, const ImportOptions& options) {
  return run(directory, TRY(plan_passwd(passwd)), options);
}

}  // namespace bulkhead::cli
