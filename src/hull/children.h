#pragma once
// The processes hull starts: one row per kind, and what hull knows of each that runs.
#include <array>
#include <string>

#include "hull/log_sink.h"
#include "hull/spawn.h"
#include "ipc/control_asks.h"
#include "ipc/service.h"

namespace bulkhead::hull {

enum class Kind : std::uint8_t { signet, vault, warden, keeper, hasher, porter, gate_http, gate_ssh, chronicle, mailer };

struct KindRow {
  Kind kind;
  const char* name;
  const char* program;    // beside hull's own executable
  const char* directory;  // below the data directory: its root directory
  std::uint32_t uid;      // above uid_base
  bool shared;            // one for all; its end ends everything
  ipc::Table table;       // what it may tell hull
};

inline constexpr std::array kinds{
    KindRow{Kind::signet, "signet", "bulkhead-signet", "signet", 1, true, asks::shared_to_hull},
    KindRow{Kind::vault, "vault", "bulkhead-vault", "vault", 2, true, asks::vault_to_hull},
    KindRow{Kind::warden, "warden", "bulkhead-warden", "warden", 3, true, asks::warden_to_hull},
    KindRow{Kind::keeper, "keeper", "bulkhead-keeper", "keeper", 4, true, asks::shared_to_hull},
    KindRow{Kind::hasher, "hasher", "bulkhead-hasher", "empty", 5, false, asks::to_hull},
    KindRow{Kind::porter, "porter", "bulkhead-porter", "empty", 6, false, asks::to_hull},
    KindRow{Kind::gate_http, "gate_http", "bulkhead-gate-http", "empty", 7, false, asks::to_hull},
    KindRow{Kind::gate_ssh, "gate_ssh", "bulkhead-gate-ssh", "empty", 8, false, asks::to_hull},
    KindRow{Kind::chronicle, "chronicle", "bulkhead-chronicle", "chronicle", 9, true, asks::shared_to_hull},
    KindRow{Kind::mailer, "mailer", "bulkhead-mailer", "outbox", 10, false, asks::to_hull},
};
constexpr const KindRow& row_of(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

// Two ends of a new channel. Without descriptors left hull can serve nobody: it dies, and systemd starts it again.
std::pair<Fd, Fd> channel_pair();

constexpr bool is_gate(Kind kind) { return kind == Kind::gate_http || kind == Kind::gate_ssh; }

struct Child {
  Kind kind = Kind::signet;
  pid_t pid = -1;
  Fd pidfd;
  Fd log;  // read end of its log pipe
  LogLines lines;
  ipc::PeerId control = 0;
  std::uint64_t connection = 0;
  UnixMs started_ms = 0;
  bool ready = false;
  std::uint32_t layers = 0;
  std::uint32_t landlock_abi = 0;
};

}  // namespace bulkhead::hull
