#pragma once
// Rows for the sandbox.cc of several processes, so that one reason stands in one place.
#include <seccomp.h>

#include <array>

#include "sandbox/sandbox.h"

namespace bulkhead::sandbox {

// Several lists as one, for Policy::calls.
template <std::size_t... Sizes>
constexpr auto joined(const std::array<Call, Sizes>&... lists) {
  std::array<Call, (Sizes + ...)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& list) {
    for (const Call& call : list) all[at++] = call;
  };
  (add(lists), ...);
  return all;
}

// ipc::Service's loop.
inline constexpr std::array loop_calls{
    Call{SCMP_SYS(epoll_wait), "the loop"},
    Call{SCMP_SYS(epoll_pwait), "the loop, on other libc versions"},
    Call{SCMP_SYS(epoll_ctl), "channels that come and go"},
    Call{SCMP_SYS(epoll_create1), "made once, at the start of the loop"},
    Call{SCMP_SYS(fcntl), "channels become non-blocking"},
};

// SQLite on its own directory.
inline constexpr std::array database_calls{
    Call{SCMP_SYS(openat), "database, journal and blobs, below the root directory only"},
    Call{SCMP_SYS(open), "the same, as SQLite spells it on some libc versions"},
    Call{SCMP_SYS(pread64), "pages"},
    Call{SCMP_SYS(pwrite64), "pages"},
    Call{SCMP_SYS(lseek), "sizes"},
    Call{SCMP_SYS(fstat), "sizes"},
    Call{SCMP_SYS(newfstatat), "sizes, and whether a journal is there"},
    Call{SCMP_SYS(stat), "the same"},
    Call{SCMP_SYS(lstat), "the same"},
    Call{SCMP_SYS(access), "whether a journal is there"},
    Call{SCMP_SYS(readlink), "SQLite resolves its path"},
    Call{SCMP_SYS(getcwd), "SQLite resolves its path"},
    Call{SCMP_SYS(ftruncate), "journal and WAL are cut"},
    Call{SCMP_SYS(fallocate), "WAL space"},
    Call{SCMP_SYS(fsync), "durable"},
    Call{SCMP_SYS(fdatasync), "durable"},
    Call{SCMP_SYS(unlink), "journals, and blobs that are gone"},
    Call{SCMP_SYS(unlinkat), "blobs that are gone"},
    Call{SCMP_SYS(geteuid), "SQLite asks whether it is root"},
    Call{SCMP_SYS(fchmod), "SQLite gives the WAL the database's mode"},
    Call{SCMP_SYS(fchown), "SQLite gives the WAL the database's owner"},
    Call{SCMP_SYS(mkdirat), "blob folders"},
    Call{SCMP_SYS(getdents64), "blobs left over by a crash"},
};

}  // namespace bulkhead::sandbox
