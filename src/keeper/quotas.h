#pragma once
// Quotas: how many bytes of files a user may have uploaded, and may lie in a folder, or in it and all below it. That of
// an organisation is that of its root folder.
//
// What lies there is counted where it changes: users.files_size, folders.files_size, and folders.tree_size of a folder
// and all above it, 65 at most; so no question here depends on how large a tree is. What is on its way is reserved in
// memory, for as long as its draft is live. Nothing is ever over a quota because of two uploads at once: each claim is
// looked at beside what lies there and what all others have reserved. Only lowering a quota leaves more than it allows.
#include <unordered_map>

#include "db/db.h"
#include "keeper/tree.h"

namespace bulkhead::keeper {

// Bytes that are to come to a folder, of files that count for `user` (0: nobody's count grows).
struct Claim {
  policy::UserId user = 0;
  policy::FolderId folder = 0;
  std::uint64_t bytes = 0;       // more in the folder
  std::uint64_t user_bytes = 0;  // more of the user
  policy::Chain leaving{};       // where they are now: what holds them already need not have room
  bool subtree = false;          // they come in folders of their own: the folder's own files are as many as before
};

class Quotas {
 public:
  Quotas(db::Db& db, Tree& tree) : db_{db}, tree_{tree} {}

  // Bytes came to the folder (or left, below 0): counts for it and all above. Within an ask().
  Result<void> count(policy::FolderId folder, std::int64_t bytes);
  // Bytes in the folder and below.
  Result<std::int64_t> tree_size(policy::FolderId folder);

  // Errc::over_quota when there is no room beside what others reserved; what `owner` reserved itself is not counted.
  // True when any quota looks at it.
  Result<bool> need_room(const Claim& claim, std::uint64_t owner = 0);
  // The same, and it is reserved for `owner`, in place of what he had. Bytes that no quota looks at are not kept.
  Result<bool> reserve(const Claim& claim, std::uint64_t owner);
  struct Reservation {
    policy::UserId user = 0;
    policy::FolderId folder = 0;
    std::uint64_t bytes = 0;
    std::uint64_t user_bytes = 0;
    bool subtree = false;
  };
  // What it was, to be put back when a turn fails.
  std::optional<Reservation> release(std::uint64_t owner);
  void put_back(std::uint64_t owner, const Reservation& reservation);

 private:
  struct Sum {
    std::uint64_t own = 0;
    std::uint64_t below = 0;
  };
  Result<void> refresh();
  Result<void> add(const Reservation& reservation);
  void adjust(const Reservation& reservation, bool in);
  Result<bool> need_user_room(const Claim& claim, const Reservation& own);
  Result<bool> need_folder_room(const Claim& claim, const Reservation& own);

  db::Db& db_;
  Tree& tree_;
  std::unordered_map<std::uint64_t, Reservation> reserved_;  // by owner: a draft, or the top of a copy
  // Sums of reserved_, good for one state of the tree.
  std::unordered_map<policy::FolderId, Sum> folder_sums_;
  std::unordered_map<policy::UserId, std::uint64_t> user_sums_;
  bool summed_ = false;
  std::uint64_t summed_for_ = 0;
};

}  // namespace bulkhead::keeper
