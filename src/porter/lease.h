#pragma once
// What stands before every read: keeper leases the stored content, the vault releases its key.
#include <utility>

#include "ipc/channel.h"
#include "ipc/release_asks.h"
#include "ipc/storage_asks.h"
#include "porter/sealed_reader.h"

namespace bulkhead::porter {

// Tells keeper at its end that what was leased is not read any more.
class Reading {
 public:
  Reading(ipc::Channel& keeper, std::uint64_t file) : keeper_{&keeper}, file_{file} {}
  Reading(Reading&& other) noexcept : keeper_{std::exchange(other.keeper_, nullptr)}, file_{other.file_} {}
  Reading& operator=(Reading&& other) noexcept;
  ~Reading() { end(); }

 private:
  void end();

  ipc::Channel* keeper_;  // none: moved away
  std::uint64_t file_;
};

struct Lease {
  Reading reading;
  asks::FileRow row;
  asks::FileTag tag{};
  Bytes wrapped_key;
  std::uint32_t bucket_day = 0;
  Storage storage;
};

// Errc::conflict when the file has another version by now; Errc::corrupt when the stored bytes cannot be the file that
// the catalog describes; whatever keeper refuses with.
Result<Lease> lease_read(ipc::Channel& keeper, std::uint64_t file, std::uint64_t version);
// The same of the current or an older version.
Result<Lease> lease_version(ipc::Channel& keeper, std::uint64_t file, std::uint64_t version);

// What is at that path, as it is now.
Result<Lease> lease_path(ipc::Channel& keeper, const std::string& path);

// From here on the ledger says that the file was released; each release is followed by one report_sent.
Result<asks::Release::Reply> release_key(ipc::Channel& vault, const Lease& lease, asks::Purpose purpose);

// Tells the vault what left of a release. That it could not be told is logged: the release itself is in the ledger.
void report_sent(ipc::Channel& vault, const asks::Sent& sent);

}  // namespace bulkhead::porter
