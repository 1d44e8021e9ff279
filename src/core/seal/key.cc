#include "core/seal/key.h"

#include "base/writer.h"
#include "crypt/random.h"

namespace bulkhead::seal {

static_assert(wrapped_key_size == crypt::aead_nonce_size + key_size + crypt::aead_tag_size);

Bytes file_key_associated(const FileKeyBinding& binding) {
  Writer writer;
  writer.bytes(as_bytes("bulkhead file key v1")).bytes(binding.id).u32(binding.tenant).u32(binding.expiry_day);
  return writer.take();
}

Bytes draft_key_associated(const DraftKeyBinding& binding) {
  Writer writer;
  writer.bytes(as_bytes("bulkhead draft key v1")).bytes(binding.id).u32(binding.tenant);
  writer.bytes(as_bytes({binding.principal.data(), binding.principal.size()}));
  return writer.take();
}

Bytes wrap_key(ByteView wrapping_key, ByteView key, ByteView associated) {
  ENSURE(key.size() == key_size && !associated.empty());
  Bytes wrapped(wrapped_key_size);
  const MutableByteView nonce = MutableByteView{wrapped}.first(crypt::aead_nonce_size);
  crypt::fill_random(nonce);
  crypt::Aead{wrapping_key}.seal(MutableByteView{wrapped}.subspan(nonce.size()), nonce, associated, key);
  return wrapped;
}

Result<Secret> unwrap_key(ByteView wrapping_key, ByteView wrapped, ByteView associated) {
  ENSURE(!associated.empty());
  if (wrapped.size() != wrapped_key_size) return fail(Errc::corrupt, "a wrapped key has the wrong size");
  Secret key = Secret::zeroed(key_size);
  const ByteView nonce = wrapped.first(crypt::aead_nonce_size);
  TRY(crypt::Aead{wrapping_key}.open(key.mutable_view(), nonce, associated, wrapped.subspan(nonce.size())));
  return key;
}

}  // namespace bulkhead::seal
