#pragma once
// gate -> its porter: the bytes of open files, by handle. Content crosses in shared memory, in `ring_slots` slots of
// `ring_slot_size` bytes, which the gate alone hands out: it names a slot in ReadBlock or WriteBlock, and has it back with the
// answer. Asks may be sent ahead without waiting; they are answered in the order they came. Either side takes the other's
// slot contents as hostile: what is in a slot may change any time.
//   read:  OpenRead or OpenVersion -> ReadBlock* -> Close
//   write: OpenWrite -> WriteBlock* -> Finish (publishes), Keep (leaves a draft to go on with) or Close (drops the draft)
// A WriteBlock is answered once its bytes were copied out of the slot. What goes wrong afterwards refuses every later
// WriteBlock, Sync and Finish of that handle, with the same error.
#include "base/result.h"
#include "ipc/catalog_asks.h"
#include "ipc/catalog_rows.h"
#include "ipc/ledger_asks.h"
#include "ipc/table.h"

namespace bulkhead::asks {

inline constexpr std::uint32_t ring_slots = 16;
inline constexpr std::uint32_t ring_slot_size = 256 * 1024;
inline constexpr std::size_t ring_size = std::size_t{ring_slots} * ring_slot_size;
inline constexpr std::uint32_t open_files_max = 64;  // handles of one porter; a handle is never used again

// Adopt (number 1) is the one of catalog_asks.h: porter adopts the capability at keeper and vault.

// Takes the key: from here on the ledger says that the file was released. Close reports what was read.
struct OpenRead {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    std::uint32_t handle = 0;
    std::uint64_t size = 0;
    static auto fields(auto& m, auto&& f) { return f(m.handle, m.size); }
  };
  std::uint64_t file = 0;
  std::uint64_t version = 0;  // conflict if the content changed meanwhile
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

// OpenRead by path, with the beginning of the content at once: a small file takes one ask less there and one less here.
// Errc::conflict where no published file is. The slot is the gate's again with the answer.
struct OpenPath {
  static constexpr std::uint16_t number = 70;
  struct Reply {
    std::uint32_t handle = 0;
    std::uint32_t first = 0;  // bytes in the slot; fewer than asked for also when they cannot be read: ReadBlock says why
    std::uint64_t file = 0;
    std::uint64_t version = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ms = 0;
    static auto fields(auto& m, auto&& f) { return f(m.handle, m.first, m.file, m.version, m.size, m.modified_ms); }
  };
  std::string path;
  std::uint32_t slot = 0;
  std::uint32_t size = 0;  // of the beginning, to be put there; 0: no slot is given
  static auto fields(auto& m, auto&& f) { return f(m.path, m.slot, m.size); }
};

enum class WriteMode : std::uint8_t {
  create = 0,     // a new file; conflict when the name is taken, unless the folder allows overwriting
  replace = 1,    // a new file, in the place of one of that name
  resume = 2,     // goes on with this user's draft of that name, or else with the content of the file there, or else new
  exclusive = 3,  // a new file; conflict when the name is taken
};
constexpr WriteMode wire_max(WriteMode) { return WriteMode::exclusive; }

struct OpenWrite {
  static constexpr std::uint16_t number = 3;
  struct Reply {
    std::uint32_t handle = 0;
    std::uint64_t size = 0;  // bytes that are there already
    static auto fields(auto& m, auto&& f) { return f(m.handle, m.size); }
  };
  std::uint32_t folder = 0;
  std::string name;
  std::string comment;
  std::string agent;           // the client's product, for the record
  std::uint8_t hash_kind = 0;  // crypt::HashKind if known before the content, or 0
  WriteMode mode = WriteMode::create;
  bool resumable = false;      // a draft whose connection is lost stays, for its user to go on with
  std::uint64_t expected = 0;  // bytes, or a little more, if the client has said: quotas then give room for all at once
  static auto fields(auto& m, auto&& f) {
    return f(m.folder, m.name, m.comment, m.agent, m.hash_kind, m.mode, m.resumable, m.expected);
  }
};

// Fewer bytes than asked for only at the end of the file; none behind it.
struct ReadBlock {
  static constexpr std::uint16_t number = 4;
  struct Reply {
    std::uint32_t size = 0;
    static auto fields(auto& m, auto&& f) { return f(m.size); }
  };
  std::uint32_t handle = 0;
  std::uint64_t offset = 0;
  std::uint32_t slot = 0;
  std::uint32_t size = 0;  // at most ring_slot_size
  static auto fields(auto& m, auto&& f) { return f(m.handle, m.offset, m.slot, m.size); }
};

// Anywhere in the file; a gap is filled with zeros when the file is finished.
struct WriteBlock {
  static constexpr std::uint16_t number = 5;
  using Reply = ipc::Nothing;
  std::uint32_t handle = 0;
  std::uint64_t offset = 0;
  std::uint32_t slot = 0;
  std::uint32_t size = 0;
  static auto fields(auto& m, auto&& f) { return f(m.handle, m.offset, m.slot, m.size); }
};

// Publishes the draft. With a hash: invalid, and nothing is published, unless it matches. The handle ends either way;
// after an error the draft is dropped, or kept if resumable.
struct Finish {
  static constexpr std::uint16_t number = 6;
  using Reply = FileRow;
  std::uint32_t handle = 0;
  std::uint8_t hash_kind = 0;  // 0: none given
  Bytes hash;
  std::optional<std::string> comment;      // when it came after the content
  std::optional<std::int64_t> modified_ms;  // the client's time of last change
  static auto fields(auto& m, auto&& f) { return f(m.handle, m.hash_kind, m.hash, m.comment, m.modified_ms); }
};

// Read: reports what was read. Write: drops the draft.
struct Close {
  static constexpr std::uint16_t number = 7;
  using Reply = ipc::Nothing;
  std::uint32_t handle = 0;
  static auto fields(auto& m, auto&& f) { return f(m.handle); }
};

// The hash of a part of a file (a ledgered release with purpose `digest`), or of the whole: length UINT64_MAX.
struct Digest {
  static constexpr std::uint16_t number = 8;
  struct Reply {
    Bytes hash;
    static auto fields(auto& m, auto&& f) { return f(m.hash); }
  };
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  std::uint8_t hash_kind = 0;  // crypt::HashKind
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version, m.hash_kind, m.offset, m.length); }
};

// Cuts a draft to that size, or lengthens it with zeros.
struct Truncate {
  static constexpr std::uint16_t number = 9;
  using Reply = ipc::Nothing;
  std::uint32_t handle = 0;
  std::uint64_t size = 0;
  static auto fields(auto& m, auto&& f) { return f(m.handle, m.size); }
};

// What was written so far of a resumable draft is durable with the answer. The handle goes on.
struct Sync {
  static constexpr std::uint16_t number = 10;
  using Reply = ipc::Nothing;
  std::uint32_t handle = 0;
  static auto fields(auto& m, auto&& f) { return f(m.handle); }
};

// Leaves a resumable draft as it is; the handle ends. Also what happens to every resumable draft when the gate goes.
struct Keep {
  static constexpr std::uint16_t number = 11;
  using Reply = ipc::Nothing;
  std::uint32_t handle = 0;
  static auto fields(auto& m, auto&& f) { return f(m.handle); }
};

// Begins an upload that is known by its number, and gone on with by OpenUpload. Durable with the answer, and nobody's.
struct NewUpload {
  static constexpr std::uint16_t number = 22;
  struct Reply {
    std::uint64_t upload = 0;
    static auto fields(auto& m, auto&& f) { return f(m.upload); }
  };
  std::uint32_t folder = 0;
  std::string name;
  UploadPlan plan;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.plan); }
};

// Goes on with an upload; another connection that holds it is ended. `hold`: what is written counts only after Sync or
// Finish, and is cut off again when the handle ends without.
struct OpenUpload {
  static constexpr std::uint16_t number = 23;
  using Reply = OpenWrite::Reply;
  std::uint64_t upload = 0;
  std::string agent;
  std::uint8_t hash_kind = 0;  // as in OpenWrite
  bool hold = false;
  static auto fields(auto& m, auto&& f) { return f(m.upload, m.agent, m.hash_kind, m.hold); }
};

// Appends the content of another upload of the same user to that of the handle. The other stays as it is.
struct JoinUpload {
  static constexpr std::uint16_t number = 24;
  struct Reply {
    std::uint64_t size = 0;  // bytes that the handle has now
    static auto fields(auto& m, auto&& f) { return f(m.size); }
  };
  std::uint32_t handle = 0;
  std::uint64_t upload = 0;
  static auto fields(auto& m, auto&& f) { return f(m.handle, m.upload); }
};

// OpenRead of the current or an older version.
struct OpenVersion {
  static constexpr std::uint16_t number = 43;
  using Reply = OpenRead::Reply;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

// Copies a file into another folder, under its name, without its bytes coming here. conflict when the name is taken.
struct CopyFile {
  static constexpr std::uint16_t number = 50;
  using Reply = FileRow;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  std::uint32_t folder = 0;
  std::string agent;  // the client's product, for the record
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version, m.folder, m.agent); }
};

// The same for a folder with all that the principal may read of it: it appears whole, or not at all.
struct CopyFolder {
  static constexpr std::uint16_t number = 51;
  using Reply = FolderRow;
  std::uint32_t folder = 0;
  std::uint32_t target = 0;
  std::string agent;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.target, m.agent); }
};

inline constexpr std::array data_asks{
    ipc::Row{Adopt::number, "adopt", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{OpenRead::number, "open_read", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{OpenWrite::number, "open_write", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{ReadBlock::number, "read_block", ipc::Phase::bound, ipc::Times::unlimited, 20},
    ipc::Row{WriteBlock::number, "write_block", ipc::Phase::bound, ipc::Times::unlimited, 20},
    ipc::Row{Finish::number, "finish", ipc::Phase::bound, ipc::Times::unlimited, 5'000},
    ipc::Row{Close::number, "close", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{Digest::number, "digest", ipc::Phase::bound, ipc::Times::unlimited, 40},
    ipc::Row{Truncate::number, "truncate", ipc::Phase::bound, ipc::Times::unlimited, 12},
    ipc::Row{Sync::number, "sync", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{Keep::number, "keep", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{NewUpload::number, "new_upload", ipc::Phase::bound, ipc::Times::unlimited, 12'000},
    ipc::Row{OpenUpload::number, "open_upload", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{JoinUpload::number, "join_upload", ipc::Phase::bound, ipc::Times::unlimited, 12},
    ipc::Row{ReadReceipt::number, "read_receipt", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ReadCheckpoint::number, "read_checkpoint", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{ReadTile::number, "read_tile", ipc::Phase::bound, ipc::Times::unlimited, 11},
    ipc::Row{OpenVersion::number, "open_version", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{CopyFile::number, "copy_file", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{CopyFolder::number, "copy_folder", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{OpenPath::number, "open_path", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
};
static_assert(ipc::sorted_unique(data_asks));

}  // namespace bulkhead::asks
