// gate_http: one HTTPS connection, then the end.
//
// Does:     TLS and HTTP/1.1 with one peer: the REST interface, uploads and downloads.
// Holds:    one accepted socket, channels to its siblings, the shared memory of one transfer. No TLS key, no data key, no
//           storage descriptor, no database, nothing of another user.
// Asks:     signet to sign one handshake, warden who the peer is, keeper what it may see, its porter for content,
//           chronicle for the log.
// Answers:  the peer.
// Safe:     it decides nothing; each channel it holds is good for one connection and one principal; what it may ask stands in
//           five short tables; it can open, connect and execute nothing; it is exec'd afresh for every connection.
#include <sys/mman.h>

#include "base/log.h"
#include "gate_http/connection.h"
#include "gate_http/sandbox.h"
#include "gate_http/tls_connection.h"
#include "ipc/control_asks.h"
#include "ipc/data_asks.h"
#include "ipc/descriptors.h"
#include "ipc/log_asks.h"
#include "ipc/signing_asks.h"

namespace bulkhead::gate_http {
namespace {

constexpr MonotonicMs linger_ms = 2'000;

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

struct Work {
  asks::GateSettings settings;
  Fd socket;
};

// Settings, then the socket. An end of the channel or Stop before that: there will be no work.
Work wait_for_work(ipc::Channel& control) {
  Work work;
  while (!work.socket.valid()) {
    std::optional<ipc::Frame> frame = or_die(control.receive());
    if (!frame || frame->number == asks::Stop::number) std::exit(0);
    if (frame->number == asks::GateSettings::number) {
      work.settings = or_die(ipc::decode<asks::GateSettings>(frame->body));
    } else {
      ENSURE(frame->number == asks::Accepted::number && frame->descriptors.size() == 1);
      work.socket = std::move(frame->descriptors[0]);
    }
  }
  return work;
}

void serve(Work work, TlsContext& tls, Siblings siblings, MutableByteView ring) {
  const int socket = work.socket.get();
  const asks::GateSettings& settings = work.settings;
  TlsStream stream{tls, std::move(work.socket),
                   {MonotonicMs{settings.handshake_timeout_s} * 1000, MonotonicMs{settings.stall_timeout_s} * 1000}};
  if (const Result<void> shaken = stream.handshake(); !shaken.ok()) {
    return log(Level::info, "handshake failed", {{"why", shaken.error().message()}});
  }
  TlsConnection connection{stream, socket, descriptors::control};
  Session session{siblings};
  Connection(connection, session, ring, settings).run();
  static_cast<void>(stream.shutdown(linger_ms));  // the peer may be gone: then there is nobody to tell
}

}  // namespace
}  // namespace bulkhead::gate_http

int main(int count, char** arguments) {
  using namespace bulkhead;
  using namespace bulkhead::gate_http;
  const sandbox::Arguments given = sandbox::parse_arguments(count, arguments);
  ipc::Channel control{Fd{descriptors::control}};
  ipc::Channel signet{Fd{descriptors::gate::signet}};
  ipc::Channel warden{Fd{descriptors::gate::warden}, asks::login_asks};
  ipc::Channel keeper{Fd{descriptors::gate::keeper}, asks::catalog_asks};
  ipc::Channel porter{Fd{descriptors::gate::porter}, asks::data_asks};
  ipc::Channel chronicle{Fd{descriptors::gate::chronicle}, asks::log_asks};
  or_die(warm_up());
  const asks::Certificate::Reply certificate = or_die(signet.ask(asks::Certificate{}));
  TlsContext tls = or_die(TlsContext::make(certificate.chain, [&signet](ByteView content) -> Result<Bytes> {
    return TRY(signet.ask(asks::SignHandshake{to_bytes(content)})).signature;
  }));
  const MutableByteView ring = map_ring();
  const sandbox::Entered entered = sandbox::enter(policy(), given);
  or_die(control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}));
  serve(wait_for_work(control), tls, Siblings{warden, keeper, porter, chronicle}, ring);
  return 0;
}
