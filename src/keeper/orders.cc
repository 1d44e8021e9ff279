#include "keeper/orders.h"

#include <algorithm>

#include "base/cat.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

Orders::Key Orders::key_of(const Query& query) {
  std::string text = cat(query.asker.organisation, ' ', static_cast<int>(query.asker.subject.role));
  for (const policy::GroupId group : query.asker.subject.groups) text += cat(' ', group);
  return {query.asker.subject.user, cat(text, '\n', query.text)};
}

Orders::Order* Orders::find(const Query& query) {
  const auto found = orders_.find(key_of(query));
  if (found == orders_.end()) return nullptr;
  Order& order = found->second;
  const UnixMs age = query.asker.now - order.taken_ms;
  const bool fresh = order.version == query.version;
  if (!fresh && (query.first_page || age < 0 || age > order_life_ms)) return nullptr;
  order.used = ++uses_;
  return &order;
}

Orders::Order& Orders::keep(const Query& query, std::vector<std::uint64_t> ids) {
  Order& order = orders_[key_of(query)];
  order = {query.version, query.asker.now, std::move(ids), ++uses_};
  make_room();
  return order;
}

// The least recently used go, never the last.
void Orders::make_room() {
  std::size_t ids = 0;
  for (const auto& [key, order] : orders_) ids += order.ids.size();
  while (orders_.size() > 1 && (ids > ordered_max || orders_.size() > orders_max)) {
    const auto oldest = std::ranges::min_element(orders_, {}, [](const auto& each) { return each.second.used; });
    ids -= oldest->second.ids.size();
    orders_.erase(oldest);
  }
}

}  // namespace bulkhead::keeper
