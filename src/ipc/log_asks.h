#pragma once
// gate_http -> chronicle: the log, as the session that is bound to the channel may see it:
//   user and the like        what he did himself
//   FileAdmin, Admin, AuditUser  everything of their organisation
//   SysAdmin                 everything of all organisations but what is about files and folders
// Everything else is not there: not_found, and in no count.
#include "ipc/catalog_asks.h"
#include "ipc/event_asks.h"

namespace bulkhead::asks {

struct LogRow {
  std::int64_t id = 0;
  std::int64_t time_ms = 0;
  EventKind kind = EventKind::none;
  bool failed = false;
  std::uint32_t organisation = 0;
  std::string user;
  std::string user_name;
  std::string full_name;
  std::string target;
  std::string target_name;
  std::uint64_t file = 0;
  std::string file_name;
  std::uint32_t folder = 0;
  std::string folder_path;
  std::uint64_t size = 0;                   // bytes that went out or came in
  std::optional<std::int64_t> duration_ms;  // of a download that has ended
  std::string address;
  std::string agent;
  std::string method;  // how he had signed on
  std::string message;
  std::optional<std::uint64_t> receipt;  // ledger index
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.time_ms, m.kind, m.failed, m.organisation, m.user, m.user_name, m.full_name, m.target,
             m.target_name, m.file, m.file_name, m.folder, m.folder_path, m.size, m.duration_ms, m.address, m.agent,
             m.method, m.message, m.receipt);
  }
};

enum class LogAction : std::uint8_t {
  none = 0,
  file_transfer = 1,
  administration = 2,
  upload = 3,
  download = 4,
  user_maintenance = 5,
  content_scanning = 6
};
constexpr LogAction wire_max(LogAction) {
  return LogAction::content_scanning;
}
enum class SizeComparison : std::uint8_t { none = 0, larger_or_equal = 1, smaller_or_equal = 2 };
constexpr SizeComparison wire_max(SizeComparison) {
  return SizeComparison::smaller_or_equal;
}
enum class LogOutcome : std::uint8_t { any = 0, success = 1, error = 2 };
constexpr LogOutcome wire_max(LogOutcome) {
  return LogOutcome::error;
}
enum class LogSort : std::uint8_t {
  time = 0,
  action = 1,
  user_name = 2,
  full_name = 3,
  target_name = 4,
  file_name = 5,
  file = 6,
  folder_path = 7,
  size = 8,
  duration = 9,
  rate = 10,
  address = 11,
  agent = 12
};
constexpr LogSort wire_max(LogSort) {
  return LogSort::agent;
}

// Empty texts and zeros match everything. Texts are parts, in any case of the letters A to Z; no character means
// anything but itself.
struct LogFilter {
  std::optional<std::int64_t> from_ms;
  std::optional<std::int64_t> until_ms;  // the whole second of it
  LogAction action = LogAction::none;
  std::string user;  // id, exactly, of who did it
  std::string user_name;
  std::string file;  // digits
  std::string file_name;
  std::uint32_t folder = 0;
  std::string folder_path;
  SizeComparison size_comparison = SizeComparison::none;
  std::uint64_t size = 0;  // bytes
  std::string address;
  std::string agent;
  LogOutcome outcome = LogOutcome::any;
  bool signs = false;  // with sign-ons
  bool mails = false;  // with mails: there are none
  bool views = false;  // with views of the log
  static auto fields(auto& m, auto&& f) {
    return f(m.from_ms, m.until_ms, m.action, m.user, m.user_name, m.file, m.file_name, m.folder, m.folder_path,
             m.size_comparison, m.size, m.address, m.agent, m.outcome, m.signs, m.mails, m.views);
  }
};

// A slice at offset 0 looks anew; one at another offset goes on in what the same principal last saw by the same filter
// and order, so that pages fit together while the log grows. invalid: more rows than one list may have.
struct ListLog {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    std::uint64_t total = 0;
    std::uint32_t taken = 0;  // places of the list that `rows` are for: go on behind them
    std::vector<LogRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.taken, m.rows); }
  };
  LogFilter filter;
  LogSort sort = LogSort::time;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.filter, m.sort, m.slice); }
};

struct GetLogRow {
  static constexpr std::uint16_t number = 3;
  using Reply = LogRow;
  std::int64_t id = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

struct FetchRow {
  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    static auto fields(auto& m, auto&& f) { return f(m.offset, m.length); }
  };
  std::uint64_t receipt = 0;  // ledger index of the release
  std::int64_t time_ms = 0;
  std::optional<std::int64_t> ended_ms;
  std::string user;
  std::string user_name;
  std::string full_name;
  std::string address;
  std::string method;
  std::array<std::uint8_t, 16> session{};
  std::string file_name;  // as it was then
  std::string folder_path;
  std::uint64_t file_size = 0;
  std::uint64_t bytes = 0;    // that went out
  std::uint8_t outcome = 0;   // core/ledger Outcome; 0: not ended yet
  std::vector<Range> ranges;  // at most fetch_ranges_max
  bool more_ranges = false;
  std::array<std::uint8_t, 32> sha256{};
  static auto fields(auto& m, auto&& f) {
    return f(m.receipt, m.time_ms, m.ended_ms, m.user, m.user_name, m.full_name, m.address, m.method, m.session,
             m.file_name, m.folder_path, m.file_size, m.bytes, m.outcome, m.ranges, m.more_ranges, m.sha256);
  }
};
inline constexpr std::size_t fetch_ranges_max = 20;

// Who fetched a file, the first one first; for who uploaded it, and for Admins and AuditUsers of its organisation. The
// file may be gone. As far back as the log is kept.
struct ListFetches {
  static constexpr std::uint16_t number = 4;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<FetchRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint64_t file = 0;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.slice); }
};

// For how many days the organisation keeps its log; for its Admin.
struct SetLogRetention {
  static constexpr std::uint16_t number = 5;
  using Reply = ipc::Nothing;
  std::uint32_t days = 0;  // 1 to log_days_max
  static auto fields(auto& m, auto&& f) { return f(m.days); }
};
inline constexpr std::uint32_t log_days_max = 36'500;

inline constexpr std::array log_asks{
    ipc::Row{Adopt::number, "adopt", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{ListLog::number, "list_log", ipc::Phase::bound, ipc::Times::unlimited, 32'768},
    ipc::Row{GetLogRow::number, "get_log_row", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ListFetches::number, "list_fetches", ipc::Phase::bound, ipc::Times::unlimited, 17},
    ipc::Row{SetLogRetention::number, "set_log_retention", ipc::Phase::bound, ipc::Times::unlimited, 4},
};
static_assert(ipc::sorted_unique(log_asks));

}  // namespace bulkhead::asks
