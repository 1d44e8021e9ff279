#pragma once
// gate -> keeper, the part about transfers that are under way or have just ended. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

enum class TransferDirection : std::uint8_t { upload = 0, download = 1 };
constexpr TransferDirection wire_max(TransferDirection) { return TransferDirection::download; }
enum class TransferState : std::uint8_t { active = 0, stalled = 1, completed = 2, failed = 3 };
constexpr TransferState wire_max(TransferState) { return TransferState::failed; }
enum class TransferSort : std::uint8_t { started = 0, user = 1, address = 2, folder = 3, file = 4, state = 5, bytes = 6 };
constexpr TransferSort wire_max(TransferSort) { return TransferSort::bytes; }

struct TransferRow {
  TransferDirection direction{};
  TransferState state{};
  bool over_ssh = false;
  std::string user_id;
  std::string user;
  std::string address;
  std::string agent;  // of an upload that has ended well
  std::int64_t started_ms = 0;
  std::int64_t ended_ms = 0;  // 0: not yet
  std::uint64_t bytes = 0;    // so far, as of a second or 8 MiB ago; of a range that is asked for, only what it holds
  std::uint64_t total = 0;    // of the file; of an upload that has not ended: 0, it is not known
  std::uint64_t rate = 0;     // bytes a second, since its start
  std::uint64_t file = 0;
  std::string file_name;
  std::uint32_t folder = 0;
  std::string folder_path;
  bool integrity_checked = false;
  static auto fields(auto& m, auto&& f) {
    return f(m.direction, m.state, m.over_ssh, m.user_id, m.user, m.address, m.agent, m.started_ms, m.ended_ms, m.bytes, m.total,
             m.rate, m.file, m.file_name, m.folder, m.folder_path, m.integrity_checked);
  }
};

// Administrators, file administrators and auditors see all of their organisation, others their own. Texts are parts, in any
// case; empty ones fit everything.
struct ListTransfers {
  static constexpr std::uint16_t number = 67;
  struct Reply {
    std::vector<TransferRow> rows;
    std::uint64_t total = 0;
    std::uint64_t active = 0;  // of what began or ended within `counted_ms`, as the three behind it
    std::uint64_t stalled = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t lingering = 0;  // not ended, and begun before that
    std::uint32_t organisation = 0;
    static auto fields(auto& m, auto&& f) { return f(m.rows, m.total, m.active, m.stalled, m.completed, m.failed, m.lingering, m.organisation); }
  };
  std::uint64_t ended_within_ms = 0;  // of those that have ended; 0: none of them
  std::uint64_t counted_ms = 0;       // 0: ever
  std::uint8_t states = 0;            // a bit for each state; none: all
  std::string user;
  std::string address;
  std::string folder;
  std::string file;
  std::string any;  // in one of the four
  TransferSort sort{};
  Slice slice;
  static auto fields(auto& m, auto&& f) {
    return f(m.ended_within_ms, m.counted_ms, m.states, m.user, m.address, m.folder, m.file, m.any, m.sort, m.slice);
  }
};

}  // namespace bulkhead::asks
