#pragma once
// Wrapping one key with another: AES-256-GCM, random nonce, stored as nonce, ciphertext, tag.
// Spec: docs/spec/sealed-file.md, "Wrapped keys".
#include "base/result.h"
#include "base/secret.h"
#include "core/seal/chunk.h"

namespace bulkhead::seal {

inline constexpr std::size_t wrapped_key_size = key_size + chunk_overhead;

// What a wrapped file key is bound to: it unwraps only for this file, tenant and retention bucket.
struct FileKeyBinding {
  FileId id{};
  std::uint32_t tenant = 0;
  std::uint32_t expiry_day = 0;  // the bucket: days since 1970-01-01, 0 for files that are kept
};
Bytes file_key_associated(const FileKeyBinding& binding);

// What the wrapped key of a draft is bound to: only its own principal goes on with it. Not to a bucket: when the draft
// is published its key is wrapped anew, as a file key.
struct DraftKeyBinding {
  FileId id{};
  std::uint32_t tenant = 0;
  std::array<char, 16> principal{};
};
Bytes draft_key_associated(const DraftKeyBinding& binding);

// Both keys have key_size bytes. `associated` begins with a label that says what kind of key is wrapped for whom, and
// is not empty. One wrapping key wraps at most seals_max keys; the owner of the bucket keys sees to that.
Bytes wrap_key(ByteView wrapping_key, ByteView key, ByteView associated);
// Errc::corrupt unless wrap_key made `wrapped` with the same wrapping key and associated data.
Result<Secret> unwrap_key(ByteView wrapping_key, ByteView wrapped, ByteView associated);

}  // namespace bulkhead::seal
