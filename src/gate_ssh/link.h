#pragma once
// The socket of the peer, never waited for but in wait(), together with everything else this process listens to.
#include "base/clock.h"
#include "base/fd.h"

namespace bulkhead::gate_ssh {

class Link {
 public:
  // Makes `socket` non-blocking. `control` becomes readable when hull says stop or is gone.
  static Result<Link> make(Fd socket, int control);

  // What is there now, at most out.size() bytes; 0: nothing yet. Errc::io also when the peer has ended its side.
  Result<std::size_t> read(MutableByteView out);
  // What the kernel takes now; 0: nothing.
  Result<std::size_t> write(ByteView data);

  // Nothing more is written: the peer sees the end.
  void finish();

  struct Interest {
    bool input = false;
    bool output = false;
    bool control = false;
    int porter = -1;  // -1: not listened to
  };
  struct Ready {
    bool input = false;
    bool output = false;
    bool porter = false;
    bool control = false;
  };
  // At most `timeout_ms`; then nothing is ready.
  Ready wait(const Interest& interest, MonotonicMs timeout_ms);

 private:
  Link(Fd socket, int control) : socket_{std::move(socket)}, control_{control} {}

  Fd socket_;
  int control_;
};

}  // namespace bulkhead::gate_ssh
