#pragma once
// Drafts: uploads that are under way. A draft belongs to the channel that began it, and nobody else can name it; its
// file appears, whole, by publish(). It lives in memory: only the name of its blob is in the catalog, so that the next
// start finds what a crash left behind.
#include <map>

#include "ipc/service.h"
#include "keeper/files.h"

namespace bulkhead::keeper {

inline constexpr std::size_t drafts_of_a_channel_max = 16;

class Drafts {
 public:
  Drafts(Store& store, Files& files) : store_{store}, files_{files} {}

  void set_reserve(std::uint64_t bytes) { reserve_ = bytes; }
  std::uint64_t reserve() const { return reserve_; }

  // Errc::storage_full below the reserve, Errc::conflict when the name is taken already.
  Result<asks::CreateDraft::Reply> create(const Asker& asker, ipc::PeerId channel, const asks::CreateDraft& ask);
  // Errc::conflict a second time.
  Result<Fd> make_blob(const Asker& asker, ipc::PeerId channel, std::uint64_t draft);
  // Rights and name are checked again: they may have changed since create(). The new file has the draft's id, also when
  // it takes the place of another.
  Result<asks::FileRow> publish(const Asker& asker, ipc::PeerId channel, const asks::Commit& ask);
  Result<void> drop(ipc::PeerId channel, std::uint64_t draft);
  // The channel has ended, and its drafts with it.
  void gone(ipc::PeerId channel);

  // Blobs of drafts of an earlier run. Once, before the first ask.
  Result<void> remove_left_over();
  // Removes what no version and no draft refers to from one of the blob_folders: the rest of a crash. Between turns.
  // False when all have been looked at since the start.
  Result<bool> sweep_next();

 private:
  struct Draft {
    ipc::PeerId channel = 0;
    std::uint32_t folder = 0;
    std::string name;
    asks::FileTag tag{};
    std::string blob;        // empty: none yet
    bool published = false;  // in this turn, which may still fail
    bool channel_gone = false;
  };
  Result<Draft*> find(ipc::PeerId channel, std::uint64_t draft);
  Result<void> need_whole(const Draft& draft, const asks::Commit& ask) const;
  Result<void> insert(const Asker& asker, const Draft& draft, const asks::Commit& ask);
  Result<void> take_place(const Asker& asker, const Draft& draft);
  void discard(std::uint64_t draft);
  Result<std::uint64_t> new_id();

  Store& store_;
  Files& files_;
  std::uint64_t reserve_ = 0;
  std::map<std::uint64_t, Draft> drafts_;
  std::uint32_t swept_ = 0;
  std::size_t orphans_ = 0;
};

}  // namespace bulkhead::keeper
