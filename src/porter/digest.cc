#include "porter/digest.h"

#include "base/cat.h"
#include "base/log.h"
#include "crypt/hash.h"

namespace bulkhead::porter {
namespace {

Result<crypt::Sha1> sha1_of(const Lease& lease, const Secret& key, int gate_fd) {
  SealedReader reader{key.view(), lease.tag, lease.row.size, SealedReader::Form::published};
  crypt::Hash sha1{crypt::HashKind::sha1};
  crypt::Hash sha256{crypt::HashKind::sha256};
  TRY(read_all(reader, lease.storage, gate_fd, [&](ByteView plain) {
    sha1.update(plain);
    sha256.update(plain);
  }));
  if (sha256.finish() != to_bytes(lease.row.sha256)) {
    return fail(Errc::corrupt, "a stored file has another content than the catalog says");
  }
  crypt::Sha1 out{};
  copy_to(out, sha1.finish());
  return out;
}

}  // namespace

Result<asks::Digest::Reply> digest_of(ipc::Channel& keeper, ipc::Channel& vault, int gate_fd, const asks::Digest& ask) {
  const Lease lease = TRY(lease_read(keeper, ask.file, ask.version));
  if (lease.row.sha1) return asks::Digest::Reply{*lease.row.sha1};
  asks::Release::Reply released = TRY(release_key(vault, lease, asks::Purpose::digest));
  const Result<crypt::Sha1> sha1 = sha1_of(lease, released.key, gate_fd);
  released.key.clear();
  report_sent(vault, {released.index, {}, sha1.ok()});  // no byte of the content left the server
  if (!sha1.ok()) {
    log(Level::error, "digest_failed", {{"file", cat(ask.file)}, {"why", sha1.error().message()}});
    return sha1.error();
  }
  if (const Result<ipc::Nothing> kept = keeper.ask(asks::SetDigest{ask.file, ask.version, *sha1}); !kept.ok()) {
    // The digest is right nevertheless; it will be computed once more the next time.
    log(Level::warning, "digest_not_kept", {{"file", cat(ask.file)}, {"why", kept.error().message()}});
  }
  return asks::Digest::Reply{*sha1};
}

}  // namespace bulkhead::porter
