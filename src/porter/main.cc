// bulkhead-porter: moves the content of the files of one session between its gate and the storage.
//   does      opens and seals chunks, hashes, counts; content crosses to and from the gate in shared memory
//   holds     the keys of the files that are open, at most open_files_max, each wiped when its handle ends; the
//             descriptors of their blobs; a ring of 4 MiB
//   asks      keeper for leases, drafts and commits (ipc/storage_asks.h), the vault for keys, and tells it what went out
//             and what came in (ipc/release_asks.h)
//   answers   its gate (ipc/data_asks.h): adopt, open_read, read_block, open_write, write_block, truncate, sync, finish,
//             keep, close, digest; new_upload, open_upload, join_upload; copy_file, copy_folder; read_receipt,
//             read_checkpoint, read_tile
//   safe      it parses nothing but frames. Who the session is, keeper and vault take from the capability, never from
//             here; a key comes for one file, after the ledger entry. No byte goes into the ring before its chunk was
//             authenticated; content is copied out of the ring once, before it is hashed and sealed. No call that opens
//             a file. A gate that speaks out of turn ends it.
// Lives as long as its gate. When the gate goes, unfinished drafts are kept or dropped and what went out is reported.
#include <openssl/crypto.h>

#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "porter/sandbox.h"
#include "porter/session.h"

namespace bulkhead::porter {
namespace {

Ring map_ring() {
  const Fd memory{descriptors::porter::ring};
  Result<Ring> ring = Ring::map(memory);
  if (!ring.ok()) die(ring.error().message());
  return std::move(*ring);
}

int run(int count, char** arguments) {
  ENSURE(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);  // no OPENSSL_CONF here
  Ring ring = map_ring();
  const sandbox::Entered entered = sandbox::enter(policy(), sandbox::parse_arguments(count, arguments));
  Channels channels{ipc::Channel{Fd{descriptors::control}}, ipc::Channel{Fd{descriptors::porter::gate}},
                    ipc::Channel{Fd{descriptors::porter::keeper}}, ipc::Channel{Fd{descriptors::porter::vault}}};
  // hull may have gone: then the first wait ends at once.
  static_cast<void>(channels.control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}));
  Session session{channels, std::move(ring)};
  return session.run() == End::violation ? 1 : 0;
}

}  // namespace
}  // namespace bulkhead::porter

int main(int count, char** arguments) {
  return bulkhead::porter::run(count, arguments);
}
