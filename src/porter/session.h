#pragma once
// The life of a porter: one gate, one transfer at a time (ipc/data_asks.h).
//
//   state     what the gate may send
//   idle      Adopt OpenRead OpenWrite Digest Abort
//   reading   Adopt Freed Abort
//   writing   Adopt Filled Finish Abort
//   broken    what the state before allows, and what idle allows
//
// Anything else, as everything that data_asks does not admit, ends the process: the gate is in other hands.
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
  stopped,    // by hull, while nothing was in hand
  violation,  // the gate broke the grammar; logged
};

class Session {
 public:
  // `channels` outlives the session.
  Session(Channels& channels, Ring ring) : channels_{channels}, ring_{std::move(ring)} {}

  // Serves until one of the ends. Then nothing is in hand any more: a draft was dropped, a release reported.
  End run();

 private:
  bool idle() const { return !download_ && !upload_ && !broken_write_; }
  bool transfer_running() const { return upload_.has_value() || (download_ && !download_->given_up()); }

  bool wait_idle();
  bool answer(ipc::Frame& frame);
  template <class Request, class Answerer>
  bool answer_ask(ipc::Frame& frame, Answerer&& answerer);
  template <class Notice>
  void notify(const Notice& notice);

  Result<ipc::Nothing> adopt(const asks::Adopt& ask);
  Result<asks::OpenRead::Reply> open_read(const asks::OpenRead& ask);
  Result<ipc::Nothing> open_write(asks::OpenWrite ask);
  Result<asks::FileRow> finish(asks::Finish ask);
  bool filled(const ipc::Frame& frame);
  bool freed(const ipc::Frame& frame);

  void fill_slot();
  void break_off(const Error& error);
  void end_transfer();
  void drain();

  Channels& channels_;
  Ring ring_;
  ipc::Admission admission_{asks::data_asks};
  std::optional<Download> download_;
  std::optional<Upload> upload_;
  std::optional<Error> broken_write_;  // the draft is gone, and the gate may not have noticed
  bool gate_lost_ = false;
};

}  // namespace bulkhead::porter
