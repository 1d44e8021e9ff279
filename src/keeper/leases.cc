#include "keeper/leases.h"

namespace bulkhead::keeper {

void Leases::begin(ipc::PeerId channel, std::uint64_t file) {
  std::multiset<std::uint64_t>& own = channels_[channel];
  if (own.size() >= leases_of_a_channel_max) return;
  own.insert(file);
  ++files_[file];
}

void Leases::end(ipc::PeerId channel, std::uint64_t file) {
  const auto own = channels_.find(channel);
  if (own == channels_.end()) return;
  const auto found = own->second.find(file);
  if (found == own->second.end()) return;
  own->second.erase(found);
  release(file);
}

void Leases::gone(ipc::PeerId channel) {
  const auto own = channels_.find(channel);
  if (own == channels_.end()) return;
  for (const std::uint64_t file : own->second) release(file);
  channels_.erase(own);
}

void Leases::release(std::uint64_t file) {
  const auto found = files_.find(file);
  if (--found->second == 0) files_.erase(found);
}

}  // namespace bulkhead::keeper
