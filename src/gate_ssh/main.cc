// gate_ssh: one SSH connection, then the end.
//
// Does:     the SSH transport, sign-on and one session channel at a time with one peer: SFTP, SCP and hash commands,
// answered
//           inside.
// Holds:    one accepted socket, channels to its siblings, the shared memory of its porter, the keys of this
// connection's
//           packets. No host key, no data key, no storage descriptor, no database, nothing of another user.
// Asks:     signet to sign each key exchange, warden who the peer is, keeper what it may see, its porter for content.
// Answers:  the peer.
// Safe:     it decides nothing: what a signature of the peer is over is built by warden from what signet vouches for;
// each
//           channel it holds is good for one connection and one principal; what it may ask stands in five short tables;
//           it can open, connect and execute nothing; it is exec'd afresh for every connection.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <ctime>

#include "base/log.h"
#include "gate_ssh/connection.h"
#include "gate_ssh/sandbox.h"
#include "ipc/descriptors.h"
#include "ipc/ssh_signing_asks.h"

namespace bulkhead::gate_ssh {
namespace {

// Nothing of it is touched before content moves.
MutableByteView map_ring() {
  void* memory = ::mmap(nullptr, asks::ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors::gate::ring, 0);
  ENSURE(memory != MAP_FAILED);
  return {static_cast<std::uint8_t*>(memory), asks::ring_size};
}

template <class T>
T or_die(Result<T> result) {
  if (!result.ok()) die(result.error().message(), result.error().where());
  return std::move(result).value();
}

void make_non_blocking(int fd) {
  ENSURE(::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
}

struct Work {
  asks::SshGateSettings settings;
  Fd socket;
};

// Settings, then the socket. An end of the channel or Stop before that: there will be no work.
Work wait_for_work(ipc::Channel& control) {
  Work work;
  while (!work.socket.valid()) {
    std::optional<ipc::Frame> frame = or_die(control.receive());
    if (!frame || frame->number == asks::Stop::number) std::exit(0);
    if (frame->number == asks::SshGateSettings::number) {
      work.settings = or_die(ipc::decode<asks::SshGateSettings>(frame->body));
    } else {
      ENSURE(frame->number == asks::Accepted::number && frame->descriptors.size() == 1);
      work.socket = std::move(frame->descriptors[0]);
    }
  }
  return work;
}

void serve(Work work, Siblings siblings, asks::HostKeys::Reply given, MutableByteView ring) {
  Link link = or_die(Link::make(std::move(work.socket), descriptors::control));
  Connection connection{{.link = link,
                         .siblings = siblings,
                         .ring = ring,
                         .host_keys = std::move(given.keys),
                         .first_cookie = std::move(given.cookie),
                         .settings = work.settings,
                         .start = start_program}};
  connection.run();
}

}  // namespace
}  // namespace bulkhead::gate_ssh

int main(int count, char** arguments) {
  using namespace bulkhead;
  using namespace bulkhead::gate_ssh;
  const sandbox::Arguments given = sandbox::parse_arguments(count, arguments);
  ipc::Channel control{Fd{descriptors::control}};
  ipc::Channel signet{Fd{descriptors::gate::signet}, asks::ssh_signing_asks};
  ipc::Channel warden{Fd{descriptors::gate::warden}, asks::ssh_login_asks};
  ipc::Channel keeper{Fd{descriptors::gate::keeper}, asks::catalog_asks};
  ipc::Channel porter{Fd{descriptors::gate::porter}, asks::data_asks};
  make_non_blocking(porter.fd());
  ENSURE(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);  // no OPENSSL_CONF here
  ::tzset();  // reads its file now, which gmtime_r() would do at its first use
  asks::HostKeys::Reply greeting = or_die(signet.ask(asks::HostKeys{}));
  const MutableByteView ring = map_ring();
  const sandbox::Entered entered = sandbox::enter(policy(), given);
  or_die(control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}));
  serve(wait_for_work(control), Siblings{warden, keeper, porter, signet}, std::move(greeting), ring);
  return 0;
}
