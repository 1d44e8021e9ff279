#pragma once
// porter -> keeper: leases on stored content. keeper decides for the principal adopted on this channel (catalog_asks.h Adopt).
// Blobs cross as descriptors; small files (<= one chunk) as sealed bytes within the catalog.
#include "ipc/catalog_asks.h"
#include "ipc/catalog_rows.h"
#include "ipc/copy_asks.h"
#include "ipc/table.h"
#include "ipc/transfer_asks.h"

namespace bulkhead::asks {

struct LeaseRead {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    FileRow row;
    FileTag tag{};
    Bytes wrapped_key;
    std::optional<Bytes> small;  // the sealed file; otherwise one descriptor comes with the answer
    std::uint32_t bucket_day = 0;  // the bucket that the key lies in
    static auto fields(auto& m, auto&& f) { return f(m.row, m.tag, m.wrapped_key, m.small, m.bucket_day); }
  };
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

// The same by path. Errc::conflict where no published file is.
struct LeasePath {
  static constexpr std::uint16_t number = 50;
  using Reply = LeaseRead::Reply;
  std::string path;
  static auto fields(auto& m, auto&& f) { return f(m.path); }
};

// The same for the current or an older version of a file; the row is of that version.
struct LeaseVersion {
  static constexpr std::uint16_t number = 21;
  using Reply = LeaseRead::Reply;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

enum class DraftMode : std::uint8_t { create = 0, replace = 1, resume = 2, exclusive = 3 };  // data_asks.h WriteMode
constexpr DraftMode wire_max(DraftMode) { return DraftMode::exclusive; }

// replace, and resume where a file is to be replaced: needs the right to delete there besides that to write, unless the
// folder allows overwriting. resume: the asker's own kept draft of that name comes back, with its blob as the one
// descriptor; conflict while another connection holds it. Without a draft, and with a file of that name: its id and version
// come as base, to be leased and copied.
struct CreateDraft {
  static constexpr std::uint16_t number = 3;
  struct Reply {
    std::uint64_t draft = 0;  // good on this channel only; becomes the file's id
    FileTag tag{};
    std::string path;         // where it will be published
    Bytes wrapped_key;        // of a kept draft; empty for a new one
    std::uint64_t size = 0;   // of a kept draft: bytes of content its blob should hold
    std::uint64_t reserve = 0;  // with a descriptor: bytes of the disk that the blob must leave free; 0: none
    std::uint64_t base_file = 0;
    std::uint64_t base_version = 0;
    std::uint32_t keep_days = 0;  // how long the folder keeps files, to be told to the vault; 0: for good
    static auto fields(auto& m, auto&& f) {
      return f(m.draft, m.tag, m.path, m.wrapped_key, m.size, m.reserve, m.base_file, m.base_version, m.keep_days);
    }
  };
  std::uint32_t folder = 0;
  std::string name;
  DraftMode mode = DraftMode::create;
  bool resumable = false;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.mode, m.resumable); }
};

// One descriptor comes with the answer: the empty blob of a draft that outgrew one chunk, or is to be kept. From here on a
// resumable draft outlives this channel.
struct DraftBlob {
  static constexpr std::uint16_t number = 4;
  struct Reply {
    std::uint64_t reserve = 0;  // bytes of the disk that the blob must leave free; 0: none
    static auto fields(auto& m, auto&& f) { return f(m.reserve); }
  };
  std::uint64_t draft = 0;
  Bytes wrapped_key;  // as vault wrapped it for the draft
  static auto fields(auto& m, auto&& f) { return f(m.draft, m.wrapped_key); }
};

// The draft has that many bytes in its blob now. `let_go`: this channel is done with it; it may be resumed.
struct KeepDraft {
  static constexpr std::uint16_t number = 8;
  using Reply = ipc::Nothing;
  std::uint64_t draft = 0;
  std::uint64_t size = 0;
  bool let_go = false;
  static auto fields(auto& m, auto&& f) { return f(m.draft, m.size, m.let_go); }
};

// Publishes. The blob, if any, is already durable, and the ledger holds the receipt.
struct Commit {
  static constexpr std::uint16_t number = 5;
  using Reply = FileRow;
  std::uint64_t draft = 0;
  std::uint64_t size = 0;
  std::array<std::uint8_t, 32> sha256{};
  std::optional<std::array<std::uint8_t, 20>> sha1;
  bool integrity_checked = false;
  std::string comment;
  std::string agent;
  Bytes wrapped_key;
  std::optional<Bytes> small;
  std::uint64_t receipt = 0;
  std::optional<std::int64_t> modified_ms;  // the client's; absent: now
  std::uint32_t bucket_day = 0;             // the bucket that the key lies in
  static auto fields(auto& m, auto&& f) {
    return f(m.draft, m.size, m.sha256, m.sha1, m.integrity_checked, m.comment, m.agent, m.wrapped_key, m.small, m.receipt,
             m.modified_ms, m.bucket_day);
  }
};

struct DropDraft {
  static constexpr std::uint16_t number = 6;
  using Reply = ipc::Nothing;
  std::uint64_t draft = 0;
  static auto fields(auto& m, auto&& f) { return f(m.draft); }
};

struct SetDigest {
  static constexpr std::uint16_t number = 7;
  using Reply = ipc::Nothing;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  std::array<std::uint8_t, 20> sha1{};
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version, m.sha1); }
};

// A new draft that is known by its number from here on, with what its uploader said of it. The name must be free, unless the
// folder allows overwriting; a part has none. DraftBlob makes it outlive this channel.
struct BeginUpload {
  static constexpr std::uint16_t number = 19;
  using Reply = CreateDraft::Reply;
  std::uint32_t folder = 0;
  std::string name;
  UploadPlan plan;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.plan); }
};

// The asker's own draft of that number, to go on with; its blob is the one descriptor. While another connection holds it,
// that one is ended first, and the answer waits for it. `hold`: nothing that is written counts until the next KeepDraft.
struct TakeUpload {
  static constexpr std::uint16_t number = 20;
  using Reply = CreateDraft::Reply;
  std::uint64_t upload = 0;
  bool hold = false;
  static auto fields(auto& m, auto&& f) { return f(m.upload, m.hold); }
};

// Notices: how far a transfer of this channel is; `file` is the file's number, or that of the draft.
struct TransferProgress {
  static constexpr std::uint16_t number = 51;
  TransferDirection direction{};
  std::uint64_t file = 0;
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;  // 0: not known
  static auto fields(auto& m, auto&& f) { return f(m.direction, m.file, m.bytes, m.total); }
};

// Its end, when Commit does not say it. paused: whoever sends it goes on with it by another request.
struct TransferEnd {
  static constexpr std::uint16_t number = 52;
  enum class How : std::uint8_t { complete = 0, failed = 1, paused = 2 };
  friend constexpr How wire_max(How) { return How::paused; }
  TransferDirection direction{};
  std::uint64_t file = 0;
  std::uint64_t bytes = 0;
  How how{};
  static auto fields(auto& m, auto&& f) { return f(m.direction, m.file, m.bytes, m.how); }
};

// A notice: what was leased is not read any more. Until then, or the end of the channel, no clean-up takes the file.
struct EndLease {
  static constexpr std::uint16_t number = 24;
  std::uint64_t file = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file); }
};

inline constexpr std::array storage_asks{
    ipc::Row{Adopt::number, "adopt", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{LeaseRead::number, "lease_read", ipc::Phase::bound, ipc::Times::unlimited, 16, 0, 1},
    ipc::Row{CreateDraft::number, "create_draft", ipc::Phase::bound, ipc::Times::unlimited, 1'200, 0, 1},
    ipc::Row{DraftBlob::number, "draft_blob", ipc::Phase::bound, ipc::Times::unlimited, 128, 0, 1},
    ipc::Row{Commit::number, "commit", ipc::Phase::bound, ipc::Times::unlimited, 76'000},
    ipc::Row{DropDraft::number, "drop_draft", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{SetDigest::number, "set_digest", ipc::Phase::bound, ipc::Times::unlimited, 36},
    ipc::Row{KeepDraft::number, "keep_draft", ipc::Phase::bound, ipc::Times::unlimited, 17},
    ipc::Row{BeginUpload::number, "begin_upload", ipc::Phase::bound, ipc::Times::unlimited, 12'000},
    ipc::Row{TakeUpload::number, "take_upload", ipc::Phase::bound, ipc::Times::unlimited, 9, 0, 1},
    ipc::Row{LeaseVersion::number, "lease_version", ipc::Phase::bound, ipc::Times::unlimited, 16, 0, 1},
    ipc::Row{EndLease::number, "end_lease", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{BeginCopy::number, "begin_copy", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{NextCopy::number, "next_copy", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{EndCopy::number, "end_copy", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{DropCopy::number, "drop_copy", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{Reserve::number, "reserve", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{LeasePath::number, "lease_path", ipc::Phase::bound, ipc::Times::unlimited, 9'000, 0, 1},
    ipc::Row{TransferProgress::number, "transfer_progress", ipc::Phase::bound, ipc::Times::unlimited, 25},
    ipc::Row{TransferEnd::number, "transfer_end", ipc::Phase::bound, ipc::Times::unlimited, 18},
};
static_assert(ipc::sorted_unique(storage_asks));

}  // namespace bulkhead::asks
