#include "mailer/sandbox.h"

#include <seccomp.h>

#include <array>
#include <cerrno>

namespace bulkhead::mailer {
namespace {

using sandbox::Call;

constexpr std::array smtp_calls{
    Call{SCMP_SYS(sendto), "bytes to the mail server"},
    Call{SCMP_SYS(recvfrom), "bytes of the mail server"},
    Call{SCMP_SYS(fcntl), "libcurl makes the connected socket non-blocking"},
    Call{SCMP_SYS(setsockopt), "libcurl wants it without delay"},
    Call{SCMP_SYS(getsockopt), "whether the connection has an error"},
    Call{SCMP_SYS(getsockname), "libcurl notes the addresses of the connection"},
    Call{SCMP_SYS(getpeername), "the same"},
    Call{SCMP_SYS(connect), "libcurl 7.88 connects what it was told is connected; it hears that this is under way", EINPROGRESS},
};

constexpr std::array outbox_calls{
    Call{SCMP_SYS(openat), "files and the directory, below the root directory only"},
    Call{SCMP_SYS(fstat), "the directory is one"},
    Call{SCMP_SYS(newfstatat), "the same, as libc spells it"},
    Call{SCMP_SYS(fcntl), "the directory is read as a stream"},
    Call{SCMP_SYS(getdents64), "the numbers that are taken"},
    Call{SCMP_SYS(fsync), "a message is durable before warden hears of it"},
    Call{SCMP_SYS(renameat), "a message is there as a whole, or not at all"},
};

}  // namespace

sandbox::Policy smtp_policy() {
  return {.process = "mailer", .calls = smtp_calls, .files = false, .open_files_max = 32, .data_size_max = 128U << 20U};
}

sandbox::Policy outbox_policy() {
  return {
      .process = "mailer", .calls = outbox_calls, .files = true, .open_files_max = 32, .data_size_max = 128U << 20U};
}

}  // namespace bulkhead::mailer
