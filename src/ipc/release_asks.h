#pragma once
// porter -> vault: file keys, one at a time (I3). The vault takes principal, organisation and session from the capability that
// was adopted on this channel (catalog_asks.h Adopt), which only warden can sign; nothing below names a person.
#include "ipc/catalog_asks.h"
#include "ipc/ledger_asks.h"
#include "ipc/storage_asks.h"

namespace bulkhead::asks {

// edit: the content becomes the start of a new version; copy: it becomes another file. It leaves to nobody.
enum class Purpose : std::uint8_t { download = 0, digest = 1, edit = 2, copy = 3 };
constexpr Purpose wire_max(Purpose) { return Purpose::copy; }

// A key for a draft. It comes back wrapped for the draft: such a form opens for the principal who began it (ResumeKey),
// and for nobody else; Received turns it into the form of a published file, that only Release opens.
struct NewKey {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    Secret key;
    Bytes wrapped_key;
    static auto fields(auto& m, auto&& f) { return f(m.key, m.wrapped_key); }
  };
  FileTag tag{};
  static auto fields(auto& m, auto&& f) { return f(m.tag); }
};

// Verify capability -> meter -> append -> durable -> the key. exhausted: over a budget, the message says until when.
// not_found: the bucket was destroyed, since the file had expired.
struct Release {
  static constexpr std::uint16_t number = 3;
  struct Reply {
    Secret key;
    std::uint64_t index = 0;  // of the ledger entry
    static auto fields(auto& m, auto&& f) { return f(m.key, m.index); }
  };
  FileTag tag{};
  Bytes wrapped_key;
  std::uint64_t file = 0;
  std::string path;
  std::array<std::uint8_t, 32> sha256{};
  std::uint64_t size = 0;
  Purpose purpose = Purpose::download;
  std::uint32_t bucket_day = 0;  // the bucket that the key lies in
  static auto fields(auto& m, auto&& f) {
    return f(m.tag, m.wrapped_key, m.file, m.path, m.sha256, m.size, m.purpose, m.bucket_day);
  }
};

struct SentRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  static auto fields(auto& m, auto&& f) { return f(m.offset, m.length); }
};

// What a gate was given of a release of this channel, and so may have gone out; once for each.
struct Sent {
  static constexpr std::uint16_t number = 4;
  using Reply = ipc::Nothing;
  std::uint64_t index = 0;
  std::vector<SentRange> ranges;
  bool complete = false;
  static auto fields(auto& m, auto&& f) { return f(m.index, m.ranges, m.complete); }
};

// Notes a receipt before the file is published, and gives the draft's key in the form of a file.
struct Received {
  static constexpr std::uint16_t number = 5;
  struct Reply {
    std::uint64_t index = 0;
    Bytes wrapped_key;  // of the file
    std::uint32_t bucket_day = 0;
    static auto fields(auto& m, auto&& f) { return f(m.index, m.wrapped_key, m.bucket_day); }
  };
  FileTag tag{};
  Bytes wrapped_key;  // of the draft
  std::uint64_t file = 0;
  std::string path;
  std::array<std::uint8_t, 32> sha256{};
  std::uint64_t size = 0;
  std::uint32_t keep_days = 0;  // 0: for good
  static auto fields(auto& m, auto&& f) {
    return f(m.tag, m.wrapped_key, m.file, m.path, m.sha256, m.size, m.keep_days);
  }
};

// The key of a draft that its principal goes on with. corrupt for any other wrapped key.
struct ResumeKey {
  static constexpr std::uint16_t number = 6;
  struct Reply {
    Secret key;
    static auto fields(auto& m, auto&& f) { return f(m.key); }
  };
  FileTag tag{};
  Bytes wrapped_key;
  static auto fields(auto& m, auto&& f) { return f(m.tag, m.wrapped_key); }
};

inline constexpr std::array release_asks{
    ipc::Row{Adopt::number, "adopt", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{NewKey::number, "new_key", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{Release::number, "release", ipc::Phase::bound, ipc::Times::unlimited, 5'000},
    ipc::Row{Sent::number, "sent", ipc::Phase::bound, ipc::Times::unlimited, 4'200},
    ipc::Row{Received::number, "received", ipc::Phase::bound, ipc::Times::unlimited, 5'000},
    ipc::Row{ResumeKey::number, "resume_key", ipc::Phase::bound, ipc::Times::unlimited, 128},
    ipc::Row{ReadReceipt::number, "read_receipt", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ReadCheckpoint::number, "read_checkpoint", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{ReadTile::number, "read_tile", ipc::Phase::bound, ipc::Times::unlimited, 11},
};
static_assert(ipc::sorted_unique(release_asks));

}  // namespace bulkhead::asks
