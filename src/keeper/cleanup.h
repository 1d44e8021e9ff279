#pragma once
// Cleanup: takes files whose days are over, and subfolders that have been empty for long, where the settings of their
// folder say so: of the folder itself, not of those above it. What a legal hold covers stays, and so does what is in
// transfer: a file that is being read, or that an upload is about to replace; a folder with an unfinished upload.
// Home folders, the root and /Home never go.
//
// In small steps, one a tick. All there is to remember is in the catalog (expiries.h), so a restart goes on. What is
// due is looked at once more, with the settings of now, before it goes. Nothing is taken while the clock is not
// believed (core/retention CalmClock).
#include "core/retention/retention.h"
#include "ipc/retention_asks.h"
#include "keeper/journal.h"
#include "keeper/leases.h"
#include "keeper/tree_copies.h"

namespace bulkhead::keeper {

inline constexpr std::size_t cleaned_files_max = 500;    // by one step
inline constexpr std::size_t cleaned_folders_max = 100;  // the same
inline constexpr std::size_t cleaned_parents_max = 50;   // folders whose subfolders are looked at, the same
inline constexpr UnixMs clean_pause_ms = 30'000;         // between two passes
inline constexpr UnixMs clock_noted_ms = 600'000;        // how often the time is noted for the next start

class Cleanup {
 public:
  Cleanup(Store& store, Files& files, Folders& folders, Drafts& drafts, Leases& leases, TreeCopies& copies, Journal& journal)
      : store_{store}, files_{files}, folders_{folders}, drafts_{drafts}, leases_{leases}, copies_{copies}, journal_{journal} {}

  // Once, before the first step.
  Result<void> start();
  // Outside of asks; commits. True when rows were settled, so that keys may be to be wrapped anew.
  Result<bool> step(UnixMs now, MonotonicMs running);

  Result<asks::PreviewCleanup::Reply> preview(const Asker& asker, const asks::PreviewCleanup& ask);

 private:
  struct Candidate {
    std::uint64_t file = 0;
    std::uint32_t folder = 0;
    std::uint32_t organisation = 0;
    std::string name;
    UnixMs due_ms = 0;
    std::uint64_t version = 0;
  };
  struct EmptyFolder {
    std::uint32_t id = 0;
    std::uint32_t organisation = 0;
    std::string name;
    std::string path;
    UnixMs changed_ms = 0;
  };

  Result<void> note_time(UnixMs now);
  Result<bool> clean_files(UnixMs now);
  Result<bool> clean_folders(UnixMs now);
  Result<std::size_t> clean_below(std::uint32_t parent, UnixMs changed_until, std::size_t limit, UnixMs now);
  Result<bool> take(const Candidate& file, UnixMs now);
  Result<asks::Stays> what_holds(const Candidate& file);
  Result<asks::Stays> what_holds(const EmptyFolder& folder);
  Result<std::vector<EmptyFolder>> empty_folders(std::uint32_t parent, UnixMs changed_until);

  Store& store_;
  Files& files_;
  Folders& folders_;
  Drafts& drafts_;
  Leases& leases_;
  TreeCopies& copies_;
  Journal& journal_;
  retention::CalmClock clock_;
  UnixMs noted_ = 0;
  // Of this pass.
  UnixMs after_due_ms_ = INT64_MIN;
  std::uint64_t after_version_ = 0;
  std::uint32_t after_folder_ = 0;
  bool files_done_ = false;
  bool again_ = false;  // rows were settled meanwhile: no pause after it
  MonotonicMs pause_until_ = 0;
};

}  // namespace bulkhead::keeper
