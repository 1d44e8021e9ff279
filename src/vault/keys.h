#pragma once
// The keys of this server and where they lie, below vault's own directory:
//   root.key, ledger.key, pepper.key  32 random bytes each, mode 0600, made together at the first start
//   buckets                           tenant and bucket keys, wrapped (buckets.h)
//   capability.pub                    warden's public key, pinned when it was seen first
// In memory are the three keys of the files, in locked pages where the system allows it; tenant and bucket keys are
// unwrapped for one use and wiped. Spec: docs/spec/keys.md.
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "core/capability/capability.h"
#include "core/retention/retention.h"
#include "core/seal/format.h"
#include "crypt/ed25519.h"
#include "crypt/hash.h"
#include "vault/buckets.h"

namespace bulkhead::vault {

class Keys {
 public:
  // `dir_fd` stays open as long as the Keys. Errc::invalid when some of the four files are there and others are not:
  // nothing is made then, since a new key in place of a lost one would only hide the loss. Errc::corrupt for a file
  // that is damaged or belongs to another root key.
  static Result<Keys> load_or_make(int dir_fd);

  // For one file of one tenant, in the bucket of a day. The first of a bucket makes its keys, durable before this
  // returns. Errc::expired for a bucket that was destroyed, Errc::exhausted for one too many.
  Result<Bytes> wrap(ByteView file_key, const seal::FileId& id, std::uint32_t tenant,
                     retention::Day day = retention::kept);
  // Errc::not_found when the bucket is no more. Errc::denied, whatever is wrong, unless wrap() made it for this file,
  // tenant and day.
  Result<Secret> unwrap(ByteView wrapped, const seal::FileId& id, std::uint32_t tenant,
                        retention::Day day = retention::kept) const;

  // The buckets whose day is over, the first `limit`.
  std::vector<BucketName> due(UnixMs now, std::size_t limit) const;
  bool has(const BucketName& name) const { return buckets_.has(name.tenant, name.expiry_day); }
  // They, and all wrapped in them, are gone for good when this returns ok; none is ever made again. How many there were.
  Result<std::size_t> destroy(std::span<const BucketName> names);

  // The same for a draft, which opens for this principal alone, and never by unwrap(). Errc::corrupt, whatever is wrong,
  // unless wrap_draft() made it for this file, tenant and principal.
  Result<Bytes> wrap_draft(ByteView file_key, const seal::FileId& id, std::uint32_t tenant,
                           const capability::PrincipalId& principal);
  Result<Secret> unwrap_draft(ByteView wrapped, const seal::FileId& id, std::uint32_t tenant,
                              const capability::PrincipalId& principal) const;

  // HMAC-SHA-256(pepper key, "bulkhead pepper v1" || user || tag); `tag` has 32 bytes, so this has one reading only.
  crypt::Sha256 pepper(std::string_view user, ByteView tag) const;
  ByteView ledger_seed() const { return ledger_.view(); }

 private:
  explicit Keys(int dir_fd) : dir_fd_{dir_fd} {}
  Result<void> make();
  Result<Bytes> wrap_as(ByteView file_key, std::uint32_t tenant, retention::Day day, ByteView associated);
  Result<Secret> unwrap_as(ByteView wrapped, std::uint32_t tenant, retention::Day day, ByteView associated) const;

  int dir_fd_;
  Secret root_;
  Secret ledger_;
  Secret pepper_;
  Buckets buckets_;
  std::set<BucketName> destroyed_;
};

// Stores the first key it is given as capability.pub. Errc::denied for a different one later: whoever can change the
// identity database or warden's key must not be able to sign for people to this vault.
Result<void> pin_capability_key(int dir_fd, const crypt::Ed25519Public& key);

}  // namespace bulkhead::vault
