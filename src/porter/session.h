#pragma once
// The life of a porter: one gate, and the files that it has open, by handle (ipc/data_asks.h).
//
//   handle        what the gate may ask with it
//   reading       ReadBlock Close
//   writing       WriteBlock Truncate Sync Finish Keep Close
//   ended         anything: refused as not_found, since the end may have crossed the ask on the way
//
// An ask with a handle that was never given out, with a slot or a size that no slot has, as everything that data_asks
// does not admit, ends the process: the gate is in other hands.
#include <map>
#include <variant>

#include "ipc/channel.h"
#include "ipc/data_asks.h"
#include "porter/download.h"
#include "porter/upload.h"

namespace bulkhead::porter {

struct Channels {
  ipc::Channel control;  // hull
  ipc::Channel gate;
  ipc::Channel keeper;
  ipc::Channel vault;
};

enum class End {
  gate_gone,
  stopped,    // by hull, while nothing was open
  violation,  // the gate broke the grammar; logged
};

class Session {
 public:
  // `channels` outlives the session.
  Session(Channels& channels, Ring ring)
      : channels_{channels},
        ring_{std::move(ring)},
        context_{channels.keeper, channels.vault, channels.gate.fd(), space_} {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves until one of the ends. Then nothing is open any more: drafts were kept or dropped, releases reported.
  End run();

 private:
  using File = std::variant<Download, Upload>;

  bool wait_idle();
  bool answer(ipc::Frame& frame);
  template <class Request>
  bool well_formed(const Request& ask) const;
  template <class Request, class Answerer>
  bool answer_ask(ipc::Frame& frame, Answerer&& answerer);
  template <class Request>
  void reply(const ipc::Frame& frame, const Result<typename Request::Reply>& result);

  template <class Kind>
  Result<Kind*> file(std::uint32_t handle);
  Result<std::uint32_t> next_handle() const;

  Result<ipc::Nothing> adopt(const asks::Adopt& ask);
  Result<asks::OpenRead::Reply> open_read(const asks::OpenRead& ask);
  Result<asks::OpenPath::Reply> open_path(const asks::OpenPath& ask);
  Result<asks::OpenRead::Reply> open_version(const asks::OpenVersion& ask);
  Result<asks::OpenRead::Reply> add_download(std::uint32_t handle, Lease lease);
  Result<asks::OpenWrite::Reply> open_write(asks::OpenWrite ask);
  Result<asks::OpenWrite::Reply> open_upload(const asks::OpenUpload& ask);
  Result<asks::OpenWrite::Reply> add_upload(std::uint32_t handle, Upload upload);
  Result<asks::ReadBlock::Reply> read_block(const asks::ReadBlock& ask);
  bool write_block(const ipc::Frame& frame);
  Result<asks::FileRow> finish(const asks::Finish& ask);
  Result<ipc::Nothing> close(const asks::Close& ask);
  Result<ipc::Nothing> keep(const asks::Keep& ask);

  void end_download(const Download& file, std::uint32_t handle, bool complete);
  void end_all();

  Channels& channels_;
  Ring ring_;
  Workspace space_;
  Context context_;
  ipc::Admission admission_{asks::data_asks};
  std::map<std::uint32_t, File> files_;
  std::uint32_t last_handle_ = 0;
  bool gate_lost_ = false;
};

}  // namespace bulkhead::porter
