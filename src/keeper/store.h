#pragma once
// Store: what every ask works on, and the one way to a folder: reach(), which asks core/policy.
#include "ipc/catalog_rows.h"
#include "keeper/blobs.h"
#include "keeper/expiries.h"
#include "keeper/memberships.h"
#include "keeper/name_rules.h"
#include "keeper/quotas.h"
#include "keeper/tree.h"
#include "keeper/turn.h"

namespace bulkhead::keeper {

// A list answer ends before it grows beyond this: a frame holds 128 KiB. Rows are at most 20 KiB.
inline constexpr std::size_t answer_size_max = 80 * 1024;
inline constexpr std::uint32_t slice_rows_max = 1'000;
inline constexpr std::size_t description_size_max = 4'096;  // bytes; the same for a comment
inline constexpr std::size_t agent_size_max = 512;          // bytes

// Who asks: from the capability that was adopted on the channel, and from nothing else.
struct Asker {
  policy::Subject subject;  // its groups are a view into Memberships, good for this ask
  std::uint32_t organisation = 0;
  std::string_view address;  // of the peer of this connection
  UnixMs now = 0;
};

struct Store {
  Store(db::Db opened, Blobs opened_blobs)
      : db{std::move(opened)}, blobs{std::move(opened_blobs)}, turn{db}, tree{db}, memberships{db}, quotas{db, tree}, names{db}, holds{db, tree}, expiries{db, holds} {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  db::Db db;
  Blobs blobs;
  Turn turn;
  Tree tree;
  Memberships memberships;
  Quotas quotas;
  NameRules names;
  Holds holds;
  Expiries expiries;

  // The chain of `folder` if the asker may do `action` there. Errc::not_found for an unknown folder and for one that he
  // may not know of, with the same words; Errc::denied otherwise.
  Result<Chain> reach(const Asker& asker, policy::FolderId folder, policy::Action action);
  Result<std::string> path_of(policy::FolderId folder);
  // Errc::conflict when a file or a folder of that name is in `folder`.
  Result<void> need_free_name(policy::FolderId folder, const std::string& name);
  Result<void> touch(policy::FolderId folder, UnixMs now);
  // A number of nine digits that names no file, no folder and no stored draft yet.
  Result<std::uint32_t> new_id();
  // The same, of what `select_taken` says is taken: one row of one boolean for $1. `kind` is for the error.
  Result<std::uint32_t> free_id(db::Sql select_taken, std::string_view kind);

  // The end of a turn.
  Result<void> commit();
};

// What decide() says, as an error.
Result<void> allow(const policy::Decision& decision);

// The part of a sorted list that a slice asks for: [first, last).
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
};
Range range_of(std::uint32_t offset, std::uint32_t limit, std::size_t total);

// About the bytes of a row in an answer.
std::size_t answer_size(const asks::FileRow& row);
std::size_t answer_size(const asks::FolderRow& row);

}  // namespace bulkhead::keeper
