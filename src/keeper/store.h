#pragma once
// Store: what every ask works on, and the one way to a folder: reach(), which asks core/policy.
#include "core/path/path.h"
#include "ipc/catalog_rows.h"
#include "keeper/blobs.h"
#include "keeper/expiries.h"
#include "keeper/memberships.h"
#include "keeper/name_rules.h"
#include "keeper/orders.h"
#include "keeper/positions.h"
#include "keeper/quotas.h"
#include "keeper/search_index.h"
#include "keeper/tree.h"
#include "keeper/turn.h"
#include "keeper/versions.h"
#include "keeper/views.h"

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

  // Upkeep, which has no rights, and is asked for none.
  static Asker nobody(std::uint32_t organisation, UnixMs now) {
    return {.subject = {}, .organisation = organisation, .address = {}, .now = now};
  }
};

struct Store {
  Store(db::Db opened, Blobs opened_blobs)
      : db{std::move(opened)},
        blobs{std::move(opened_blobs)},
        turn{db},
        tree{db, changes},
        memberships{db},
        quotas{db, tree},
        holds{db, tree},
        expiries{db, holds},
        versions{db, turn, blobs, quotas, holds, expiries},
        names{db},
        views{db, tree, changes},
        positions{db, changes},
        index{db} {
    db.watch([this](std::string_view table, std::int64_t rowid) {
      changes.note(table, rowid);
      index.note(table, rowid);
    });
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  db::Db db;
  Blobs blobs;
  Turn turn;
  Changes changes;
  Tree tree;
  Memberships memberships;
  Quotas quotas;
  Holds holds;
  Expiries expiries;
  Versions versions;
  NameRules names;
  Views views;
  Positions positions;
  Orders orders;
  SearchIndex index;

  // The chain of `folder` if the asker may do `action` there. Errc::not_found for an unknown folder and for one that he
  // may not know of, with the same words; Errc::denied otherwise.
  Result<Chain> reach(const Asker& asker, policy::FolderId folder, policy::Action action);
  Result<std::string> path_of(policy::FolderId folder);
  // Errc::conflict when a file, a folder or a virtual folder of that name is in `folder`.
  Result<void> need_free_name(policy::FolderId folder, const std::string& name);
  Result<void> touch(policy::FolderId folder, UnixMs now);
  // The folder at a path that leads through no virtual folder, whoever asks; 0: none. See resolve() in links.h.
  Result<std::uint32_t> folder_at(std::uint32_t organisation, const RemotePath& path);
  // A new folder gets what is set for the one above. Within an ask().
  Result<void> hand_down(policy::FolderId parent, policy::FolderId folder);
  // A number of nine digits that names no file, no folder, no link and no stored draft yet.
  Result<std::uint32_t> new_id();
  // The same, of what `select_taken` says is taken: one row of one boolean for $1. `kind` is for the error.
  Result<std::uint32_t> free_id(db::Sql select_taken, std::string_view kind);

  // Files of an organisation behind the number `after` whose names may fit, at most `limit`, ascending: see
  // SearchIndex. As they are within this turn.
  Result<std::vector<std::uint64_t>> named(const Mask& mask, std::uint32_t organisation, std::uint64_t after,
                                           std::size_t limit);

  // The end of a turn.
  Result<void> commit();
  // A turn of its own: lines of the index for names that wait for them.
  Result<void> index_some(MonotonicMs budget_ms);
};

// What decide() says, as an error.
Result<void> allow(const policy::Decision& decision);

// The part of a sorted list that a slice asks for: [first, last).
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
};
Range range_of(std::uint32_t offset, std::uint32_t limit, std::size_t total);

// Takes out of an order what `stays`, a function to Result<bool>, does not want in the slice; what comes behind moves
// up.
template <class Stays>
Result<void> drop_from(Orders::Order& order, const asks::Slice& slice, Stays&& stays) {
  for (std::size_t i = slice.offset; i < range_of(slice.offset, slice.limit, order.ids.size()).last;) {
    const bool here = TRY(stays(order.ids[i]));
    if (here)
      ++i;
    else
      order.ids.erase(order.ids.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return {};
}

// About the bytes of a row in an answer.
std::size_t answer_size(const asks::FileRow& row);
std::size_t answer_size(const asks::FolderRow& row);

}  // namespace bulkhead::keeper
