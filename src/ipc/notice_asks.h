#pragma once
// gate -> keeper, the part about mail on what happens in a folder. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

enum class NoticeUnit : std::uint8_t { hours = 0, days = 1, minutes = 2 };
constexpr NoticeUnit wire_max(NoticeUnit) {
  return NoticeUnit::minutes;
}

// Times: -1 never, 0 at once, else after that long, together with what else came until then.
struct Notices {
  bool inbox_outbox = false;               // the style, otherwise normal
  std::int64_t confirmation_minutes = -1;  // to who sent a file
  std::int64_t new_file_minutes = -1;      // to who has the right
  bool delivery_receipt = false;
  std::int64_t not_downloaded = -1;  // to who sent it; in `unit`
  NoticeUnit unit = NoticeUnit::hours;
  static auto fields(auto& m, auto&& f) {
    return f(m.inbox_outbox, m.confirmation_minutes, m.new_file_minutes, m.delivery_receipt, m.not_downloaded, m.unit);
  }
};

struct GetNotices {
  static constexpr std::uint16_t number = 65;
  using Reply = Notices;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder); }
};

// What is not there stays as it is. `below`: what is there also becomes so in all folders below.
struct ChangeNotices {
  static constexpr std::uint16_t number = 66;
  using Reply = Notices;
  std::uint32_t folder = 0;
  bool below = false;
  std::optional<bool> inbox_outbox;
  std::optional<std::int64_t> confirmation_minutes;
  std::optional<std::int64_t> new_file_minutes;
  std::optional<bool> delivery_receipt;
  std::optional<std::int64_t> not_downloaded;
  std::optional<NoticeUnit> unit;
  static auto fields(auto& m, auto&& f) {
    return f(m.folder, m.below, m.inbox_outbox, m.confirmation_minutes, m.new_file_minutes, m.delivery_receipt,
             m.not_downloaded, m.unit);
  }
};

}  // namespace bulkhead::asks
