#include "porter/digest.h"

#include "base/cat.h"
#include "base/log.h"
#include "porter/hashes.h"

namespace bulkhead::porter {
namespace {

struct Part {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  bool whole = false;
};

Result<HashValues> hashes_of(const Context& context, const Lease& lease, const Secret& key, const Part& part,
                             crypt::HashKind kind) {
  SealedReader reader{key.view(), lease.tag, lease.row.size};
  Hashes hashes;
  hashes.add(kind);
  if (part.whole) hashes.add(crypt::HashKind::sha256);
  std::uint64_t next = part.start - part.start % seal::chunk_size;
  const std::uint64_t first = next / seal::chunk_size;
  // That a file is empty is authentic only if its one empty chunk is.
  const std::uint64_t end = part.whole ? reader.chunk_count()
                            : part.end > part.start ? (part.end - 1) / seal::chunk_size + 1
                                                    : first;
  TRY(read_chunks(context, reader, lease.storage, first, end, [&](ByteView plain) -> Result<void> {
    const std::uint64_t from = std::max(part.start, next);
    const std::uint64_t to = std::min(part.end, next + plain.size());
    hashes.update(plain.subspan(static_cast<std::size_t>(from - next), static_cast<std::size_t>(to - from)));
    next += plain.size();
    return {};
  }));
  HashValues values = hashes.finish();
  if (part.whole && values.at(crypt::HashKind::sha256) != to_bytes(lease.row.sha256))
    return fail(Errc::corrupt, "a stored file has another content than the catalog says");
  return values;
}

void remember(const Context& context, const asks::Digest& ask, const Bytes& hash) {
  asks::SetDigest set{ask.file, ask.version, {}};
  copy_to(set.sha1, hash);
  if (const Result<ipc::Nothing> kept = context.keeper.ask(set); !kept.ok()) {
    // The digest is right nevertheless; it will be computed once more the next time.
    log(Level::warning, "digest_not_kept", {{"file", cat(ask.file)}, {"why", kept.error().message()}});
  }
}

}  // namespace

Result<asks::Digest::Reply> digest_of(const Context& context, const asks::Digest& ask) {
  const Lease lease = TRY(lease_read(context.keeper, ask.file, ask.version));
  const std::uint64_t size = lease.row.size;
  if (ask.offset > size) return fail(Errc::invalid, "the part starts behind the end of the file");
  Part part{ask.offset, ask.offset + std::min(ask.length, size - ask.offset), false};
  part.whole = part.start == 0 && part.end == size;
  const auto kind = static_cast<crypt::HashKind>(ask.hash_kind);
  const bool whole_sha1 = part.whole && kind == crypt::HashKind::sha1;
  if (whole_sha1 && lease.row.sha1) return asks::Digest::Reply{to_bytes(*lease.row.sha1)};
  asks::Release::Reply released = TRY(release_key(context.vault, lease, asks::Purpose::digest));
  const Result<HashValues> values = hashes_of(context, lease, released.key, part, kind);
  released.key.clear();
  report_sent(context.vault, {released.index, {}, values.ok()});  // no byte of the content left the server
  if (!values.ok()) {
    log(Level::error, "digest_failed", {{"file", cat(ask.file)}, {"why", values.error().message()}});
    return values.error();
  }
  const Bytes& hash = values->at(kind);
  if (whole_sha1) remember(context, ask, hash);
  return asks::Digest::Reply{hash};
}

}  // namespace bulkhead::porter
