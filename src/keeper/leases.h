#pragma once
// Leases: files that a porter is reading, by channel. A file that goes meanwhile is read to its end all the same; a
// clean-up leaves it alone nevertheless, since a transfer that is seen to end is better than a name that is not there.
#include <map>
#include <set>

#include "ipc/service.h"

namespace bulkhead::keeper {

inline constexpr std::size_t leases_of_a_channel_max = 256;  // beyond, a clean-up does not see them

class Leases {
 public:
  void begin(ipc::PeerId channel, std::uint64_t file);
  // One that the channel does not have is passed over: the bound was reached.
  void end(ipc::PeerId channel, std::uint64_t file);
  void gone(ipc::PeerId channel);
  bool has(std::uint64_t file) const { return files_.contains(file); }

 private:
  void release(std::uint64_t file);

  std::map<ipc::PeerId, std::multiset<std::uint64_t>> channels_;
  std::map<std::uint64_t, std::size_t> files_;
};

}  // namespace bulkhead::keeper
