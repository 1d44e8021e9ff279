#pragma once
// What runs on a session channel (SFTP, SCP, a command that is answered inside), and where its output goes. Neither
// knows of SSH packets. One thread: nothing here waits, and no call of a Program is made from within one of its Outlet.
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace bulkhead::gate_ssh {

// The channel, as its program sees it.
class Outlet {
 public:
  // Bytes that may be sent now: what the peer's window and the output buffer leave.
  virtual std::size_t room() const = 0;
  // At most room() bytes in all. They are encrypted before it returns: what the views show may go afterwards.
  virtual void send(std::span<const ByteView> pieces) = 0;
  // Text for the person at the other end, as extended data. Dropped when there is no room.
  virtual void send_error(std::string_view text) = 0;
  // The program has ended: exit status, end of data, close. Nothing may be sent afterwards.
  virtual void finish(int exit_status) = 0;

 protected:
  ~Outlet() = default;
};

class Program {
 public:
  Program() = default;
  virtual ~Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Takes of `data` what it can now and returns how much. The rest is offered again after the next proceed().
  virtual std::size_t receive(ByteView data) = 0;
  // The peer sends nothing more; everything that came was taken.
  virtual void receive_end() = 0;
  // There may be room in the outlet, or the porter may have answered.
  virtual void proceed() = 0;
  // The channel is gone without an end: no call of the outlet any more; drafts are kept for their user to go on with.
  virtual void lost() = 0;
};

}  // namespace bulkhead::gate_ssh
