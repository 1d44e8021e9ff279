#pragma once
// HoldRecords: legal holds as administrators of the organisation place, see and lift them. To others they do not exist.
#include "ipc/retention_asks.h"
#include "keeper/files.h"

namespace bulkhead::keeper {

inline constexpr std::size_t hold_name_size_max = 200;      // bytes
inline constexpr std::size_t hold_reason_size_max = 2'000;  // bytes
inline constexpr std::int64_t holds_max = 10'000;           // of an organisation

class HoldRecords {
 public:
  HoldRecords(Store& store, Files& files) : store_{store}, files_{files} {}

  // From its answer on, what it covers stays.
  Result<asks::HoldRow> place(const Asker& asker, const asks::PlaceHold& ask);
  Result<asks::ListHolds::Reply> list(const Asker& asker, const asks::ListHolds& ask);
  Result<asks::HoldRow> get(const Asker& asker, std::uint32_t hold);
  Result<void> lift(const Asker& asker, std::uint32_t hold);

 private:
  Result<asks::HoldRow> find(const Asker& asker, std::uint32_t hold);
  // What depends on the holds of what this one covers. Within an ask().
  Result<void> settle(const Asker& asker, std::uint32_t folder, std::uint64_t file);

  Store& store_;
  Files& files_;
};

}  // namespace bulkhead::keeper
