#pragma once
// Drafts: uploads that are under way. A live draft belongs to the channel that began it, or goes on with it, and nobody
// else can write to it; its file appears, whole, by publish().
//   in memory   live drafts, all there is to say about one that has no blob
//   in drafts   those with a blob. Of the resumable ones (`kept`) there is one for a user, folder and name: it outlives
//               its channel, and a restart. The others are listed so that the next start finds what a crash left
//   in uploads  what was said of those that are known by their number (uploads.cc): whoever began one finds it again
//               over another connection. Parts are among them: kept, but without a place, and never published
// A kept draft is its uploader's: nobody else sees it, or hears that the name is taken by it. The newest is kept: a
// draft takes the place of an older one when it gets its blob, and when it is published. An older one that is live then
// goes with its channel.
#include <map>
#include <set>
#include <tuple>

#include "ipc/service.h"
#include "keeper/files.h"

namespace bulkhead::keeper {

inline constexpr std::size_t drafts_of_a_channel_max = 16;
inline constexpr std::int64_t kept_drafts_of_a_user_max = 1'000;
inline constexpr UnixMs kept_draft_life_ms = 7LL * 24 * 60 * 60 * 1'000;  // since the last change; docs/operations.md
inline constexpr std::uint32_t expired_drafts_per_tick_max = 100;

// A draft as its uploader sees it.
struct OwnDraft {
  std::uint64_t id = 0;
  bool live = false;
  std::string name;
  std::string blob;        // empty: none yet
  std::uint64_t size = 0;  // bytes of content so far, as far as can be seen
  UnixMs changed_ms = 0;
};

class Drafts {
 public:
  Drafts(Store& store, Files& files) : store_{store}, files_{files} {}

  void set_reserve(std::uint64_t bytes) { reserve_ = bytes; }
  std::uint64_t reserve() const { return reserve_; }

  struct Opened {
    asks::CreateDraft::Reply reply;
    Fd blob;  // of a kept draft; otherwise not valid
  };
  // Errc::storage_full below the reserve, Errc::conflict when the name is taken already or the draft that is to be
  // resumed is being written.
  Result<Opened> create(const Asker& asker, ipc::PeerId channel, const asks::CreateDraft& ask);
  // A draft in a folder that tree_copies.h builds: no right is asked for and no name checked, here or at publish().
  Result<Opened> create_staged(const Asker& asker, ipc::PeerId channel, std::uint32_t folder, const std::string& name);
  bool is_live(std::uint64_t id) const;
  // Of a live one.
  std::uint32_t folder_of(std::uint64_t id) const { return drafts_.at(id).folder; }
  // Whether anybody writes, or goes to write, a file of that name, or any file, there.
  bool is_being_written(std::uint32_t folder, std::string_view name) const;
  bool is_awaited_in(std::uint32_t folder) const;
  // Errc::conflict a second time; Errc::exhausted when too many drafts of the asker are kept.
  Result<Fd> make_blob(const Asker& asker, ipc::PeerId channel, const asks::DraftBlob& ask);
  // Errc::conflict for a draft that is not kept, or no longer.
  Result<void> keep(const Asker& asker, ipc::PeerId channel, const asks::KeepDraft& ask);
  // Rights and name are checked again: they may have changed since create(). The new file has the draft's id, also when
  // it takes the place of another.
  Result<asks::FileRow> publish(const Asker& asker, ipc::PeerId channel, const asks::Commit& ask);
  Result<void> drop(ipc::PeerId channel, std::uint64_t draft);
  // Errc::over_quota when there is no room for that many bytes; they are reserved until the draft ends.
  Result<asks::Reserve::Reply> reserve(ipc::PeerId channel, const asks::Reserve& ask);
  // The channel has ended, and with it those of its drafts that are not kept.
  void gone(ipc::PeerId channel, UnixMs now);

  // Uploads that are known by their number (ipc/upload_rows.h), all of them the asker's own.
  Result<asks::CreateDraft::Reply> begin_upload(const Asker& asker, ipc::PeerId channel, const asks::BeginUpload& ask);
  // The channel that holds it, if one does. Errc::not_found for an upload that is none of his.
  Result<std::optional<ipc::PeerId>> holder(const Asker& asker, std::uint64_t upload);
  // Errc::conflict while it is held, or when its name is taken.
  Result<Opened> take_upload(const Asker& asker, ipc::PeerId channel, const asks::TakeUpload& ask);
  Result<asks::UploadRow> upload(const Asker& asker, std::uint64_t upload);
  Result<asks::UploadRow> resume_upload(const Asker& asker, const asks::ResumeUpload& ask);
  Result<void> set_upload_total(const Asker& asker, const asks::SetUploadTotal& ask);
  Result<void> remove_upload(const Asker& asker, std::uint64_t upload);

  // The asker's drafts in a folder by name, from behind `after`, at most `limit`; the newest where several have a name.
  Result<std::vector<OwnDraft>> own(const Asker& asker, std::uint32_t folder, const std::string& after,
                                    std::size_t limit);
  Result<std::optional<OwnDraft>> own_at(const Asker& asker, std::uint32_t folder, const std::string& name);
  // Within an ask(); `draft` is one that own_at() found. Its channel, if it is live, goes on under the new name, or
  // finds its upload gone.
  Result<void> move(const Asker& asker, const OwnDraft& draft, std::uint32_t folder, const std::string& name);
  Result<void> remove(const OwnDraft& draft);
  Result<void> set_modified(const Asker& asker, const OwnDraft& draft, UnixMs modified_ms);
  // Within an ask(): `file` gives way to the file `by`, or to a draft, of its name. Errc::denied without the right.
  Result<void> replace(const Asker& asker, const FilePlace& file, const FilePlace* by);
  // The kept draft of that user, folder and name, if it is not `newer`, gives way. Within an ask().
  Result<void> supersede(policy::UserId uploader, std::uint32_t folder, const std::string& name, std::uint64_t newer);

  // What an earlier run left: kept drafts are looked at, the others removed. Once, before the first ask.
  Result<void> remove_left_over();
  // Removes kept drafts that nobody touched for kept_draft_life_ms.
  Result<void> remove_expired(UnixMs now);
  // Removes what no version and no draft refers to from one of the blob_folders: the rest of a crash. Between turns.
  // False when all have been looked at since the start.
  Result<bool> sweep_next();

 private:
  struct Draft {
    ipc::PeerId channel = 0;
    policy::UserId uploader = 0;
    std::uint32_t folder = 0;
    std::string name;
    asks::DraftMode mode = asks::DraftMode::create;
    bool resumable = false;
    asks::FileTag tag{};
    UnixMs changed_ms = 0;
    std::optional<UnixMs> modified_ms{};
    std::string blob{};                      // empty: none yet
    std::uint64_t said = 0;                  // its size as the channel said it last
    std::optional<asks::UploadPlan> plan{};  // of an upload that has no blob yet
    bool part = false;
    bool held = false;  // only what was said counts
    bool kept = false;
    bool ended = false;  // published or removed in this turn, which may still fail
    bool channel_gone = false;
    bool staged = false;
  };
  struct Stored {
    std::uint64_t id = 0;
    asks::FileTag tag{};
    Bytes wrapped_key;
    std::string blob;
    std::uint64_t size = 0;
    std::optional<UnixMs> modified_ms;
    UnixMs changed_ms = 0;
    bool whole = true;
  };
  using Place = std::tuple<policy::UserId, std::uint32_t, std::string, std::uint64_t>;  // the last: the draft
  static Place place_of(std::uint64_t id, const Draft& draft) { return {draft.uploader, draft.folder, draft.name, id}; }

  struct Upload {
    Stored stored;
    std::uint32_t folder = 0;
    std::string name;
    asks::UploadPlan plan;
  };
  static Upload read_upload(db::Row& row);
  // Errc::not_found, also for one that is somebody else's.
  Result<Upload> find_upload(const Asker& asker, std::uint64_t upload);
  Result<void> reach_upload(const Asker& asker, std::uint32_t folder);
  Result<asks::UploadRow> published(const Asker& asker, std::uint64_t upload);
  Result<asks::FileRow> file_to_be(const Asker& asker, const asks::UploadRow& row);
  Result<void> put_plan(std::uint64_t id, const asks::UploadPlan& plan);
  Result<void> end_hold(std::uint64_t id, Draft& draft);

  Result<Draft*> find(ipc::PeerId channel, std::uint64_t draft);
  Result<std::optional<Stored>> stored(policy::UserId uploader, std::uint32_t folder, const std::string& name);
  static Stored read_stored(db::Row& row);
  // What publish() would replace. Errc::conflict or denied when the name may not be taken in that mode.
  Result<std::optional<FilePlace>> need_place(const Asker& asker, std::uint32_t folder, const std::string& name,
                                              asks::DraftMode mode);
  Result<void> need_room(ipc::PeerId channel);
  Result<Claim> claim_of(const Draft& draft, std::uint64_t size);
  Result<std::optional<Opened>> resume(const Asker& asker, ipc::PeerId channel, const asks::CreateDraft& ask,
                                       const Name& name);
  Result<void> need_whole(const Draft& draft, const asks::Commit& ask) const;
  Result<void> insert(const Asker& asker, const Draft& draft, const asks::Commit& ask);
  Result<Fd> add_blob(const Asker& asker, std::uint64_t id, Draft& draft, const Bytes& wrapped_key);
  // Of a live draft, and of one whose channel has just ended: as said, or what was written since in whole chunks.
  std::uint64_t size_written(const std::string& blob, std::uint64_t said) const;
  std::uint64_t size_of(const Draft& draft) const;
  // Of one that is not live: as said, or what there is of that in whole chunks.
  std::uint64_t size_kept(const std::string& blob, std::uint64_t said) const;
  OwnDraft shown(std::uint64_t id, const Draft& draft) const;
  Result<std::uint64_t> new_id();
  void add(std::uint64_t id, Draft draft);
  void erase(std::uint64_t id);
  void end_with_turn(std::uint64_t id);
  void discard(std::uint64_t id);
  void let_go(std::uint64_t id, UnixMs now);

  Store& store_;
  Files& files_;
  std::uint64_t reserve_ = 0;
  std::map<std::uint64_t, Draft> drafts_;  // live
  std::set<Place> places_;                 // of drafts_
  std::uint32_t swept_ = 0;
  std::size_t orphans_ = 0;
};

}  // namespace bulkhead::keeper
