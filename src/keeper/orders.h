#pragma once
// Orders: lists that had to be filtered or sorted as a whole, kept for their next pages. The first page of a list takes
// it anew unless nothing has changed meanwhile; later pages go on in the order of the first for order_life_ms, so that
// they neither cost nor shift with every upload. What an old order names is to be looked at again before it is shown.
#include <map>
#include <string>

#include "keeper/changes.h"

namespace bulkhead::keeper {

struct Asker;

inline constexpr std::size_t ordered_max = 4'000'000;  // numbers in all orders together, 8 bytes each
inline constexpr std::size_t orders_max = 1'000;
inline constexpr UnixMs order_life_ms = 60'000;

class Orders {
 public:
  struct Order {
    std::uint64_t version = 0;  // of the catalog, when it was taken
    UnixMs taken_ms = 0;
    std::vector<std::uint64_t> ids;
    std::uint64_t used = 0;
  };
  // What one asker asks for, in any text that tells it from all else he may ask for.
  struct Query {
    const Asker& asker;
    std::string text;
    std::uint64_t version = 0;
    bool first_page = false;
  };

  // Null when it must be taken anew. Both last until the next call.
  Order* find(const Query& query);
  Order& keep(const Query& query, std::vector<std::uint64_t> ids);

 private:
  using Key = std::pair<std::uint64_t, std::string>;  // the user
  static Key key_of(const Query& query);
  void make_room();

  std::map<Key, Order> orders_;
  std::uint64_t uses_ = 0;
};

}  // namespace bulkhead::keeper
