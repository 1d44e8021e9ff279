#pragma once
// The end of an upload that is known by its number (ipc/upload_rows.h), while one request appends to it. What arrived is
// kept when anything goes wrong, the peer's connection too, unless it is held.
#include "crypt/hash.h"
#include "gate_http/exchange.h"
#include "gate_http/ring.h"
#include "ipc/data_asks.h"

namespace bulkhead::gate_http {

inline constexpr std::size_t agent_max = 200;       // bytes of User-Agent that are recorded
inline constexpr std::size_t comment_max = 4'000;  // bytes

std::string agent_of(const Exchange& exchange);

class DraftWriter {
 public:
  struct How {
    bool hold = false;            // nothing counts before keep() or finish()
    std::uint8_t hash_kind = 0;  // of the whole, if it is known that one will be checked
  };
  // Another connection that holds the upload is ended. Errc::not_found when the upload is gone, or finished meanwhile.
  static Result<DraftWriter> open(Exchange& exchange, std::uint64_t upload, const How& how);

  std::uint64_t size() const { return size_; }

  // Appends the body of the request, at most `size_max` bytes: Errc::too_large beyond that, and nothing of it stays. After
  // any Error the handle has ended. `hash`, if given, gets what was appended.
  Result<void> receive(std::uint64_t size_max, crypt::Hash* hash = nullptr);
  // Appends another upload.
  Result<void> join(std::uint64_t upload);

  // Each of these ends the handle.
  // What was appended counts, and is durable.
  Result<void> keep();
  // Lets go; what was appended stays as far as it arrived, or not at all if it is held.
  void let_go();
  // Publishes. `finish` without its handle.
  Result<asks::FileRow> finish(const asks::Finish& finish);

 private:
  DraftWriter(Exchange& exchange, ipc::Channel& porter, const asks::OpenWrite::Reply& opened)
      : exchange_{&exchange}, porter_{&porter}, handle_{opened.handle}, size_{opened.size},
        sink_{porter, exchange.ring, opened.handle, opened.size} {}
  Result<void> copy_body(std::uint64_t size_max, crypt::Hash* hash);

  Exchange* exchange_;
  ipc::Channel* porter_;
  std::uint32_t handle_;
  std::uint64_t size_;
  RingSink sink_;
};

// The pieces of both protocols: finish what is whole, and drop what turned out to be something else than its hash says.
Result<asks::FileRow> finish_upload(Exchange& exchange, DraftWriter& writer, const asks::UploadRow& row, asks::Finish finish);

}  // namespace bulkhead::gate_http
