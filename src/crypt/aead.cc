#include "crypt/aead.h"

#include <openssl/evp.h>

#include <array>

namespace bulkhead::crypt {

void Aead::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

Aead::Aead(ByteView key) : seal_{EVP_CIPHER_CTX_new()}, open_{EVP_CIPHER_CTX_new()} {
  ENSURE(key.size() == aead_key_size);
  ENSURE(seal_ && EVP_EncryptInit_ex(seal_.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr) == 1);
  ENSURE(open_ && EVP_DecryptInit_ex(open_.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr) == 1);
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::seal(MutableByteView out, ByteView nonce, ByteView associated, ByteView plaintext) {
  ENSURE(nonce.size() == aead_nonce_size && out.size() == plaintext.size() + aead_tag_size);
  int written = 0;
  ENSURE(EVP_EncryptInit_ex(seal_.get(), nullptr, nullptr, nullptr, nonce.data()) == 1);
  ENSURE(EVP_EncryptUpdate(seal_.get(), nullptr, &written, associated.data(), static_cast<int>(associated.size())) == 1);
  ENSURE(EVP_EncryptUpdate(seal_.get(), out.data(), &written, plaintext.data(), static_cast<int>(plaintext.size())) == 1);
  ENSURE(static_cast<std::size_t>(written) == plaintext.size());
  MutableByteView tag = out.last(aead_tag_size);
  ENSURE(EVP_EncryptFinal_ex(seal_.get(), tag.data(), &written) == 1 && written == 0);
  ENSURE(EVP_CIPHER_CTX_ctrl(seal_.get(), EVP_CTRL_AEAD_GET_TAG, aead_tag_size, tag.data()) == 1);
}

Result<void> Aead::open(MutableByteView out, ByteView nonce, ByteView associated, ByteView sealed) {
  ENSURE(nonce.size() == aead_nonce_size);
  if (sealed.size() < aead_tag_size) return fail(Errc::corrupt, "sealed data is shorter than its tag");
  ByteView ciphertext = sealed.first(sealed.size() - aead_tag_size);
  std::array<std::uint8_t, aead_tag_size> tag;
  copy_to(tag, sealed.last(aead_tag_size));
  ENSURE(out.size() == ciphertext.size());
  int written = 0;
  ENSURE(EVP_DecryptInit_ex(open_.get(), nullptr, nullptr, nullptr, nonce.data()) == 1);
  ENSURE(EVP_DecryptUpdate(open_.get(), nullptr, &written, associated.data(), static_cast<int>(associated.size())) == 1);
  ENSURE(EVP_DecryptUpdate(open_.get(), out.data(), &written, ciphertext.data(), static_cast<int>(ciphertext.size())) == 1);
  ENSURE(EVP_CIPHER_CTX_ctrl(open_.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_size, tag.data()) == 1);
  std::uint8_t rest[16];
  if (EVP_DecryptFinal_ex(open_.get(), rest, &written) != 1) {
    wipe(out);
    return fail(Errc::corrupt, "stored data failed its integrity check");
  }
  return {};
}

}  // namespace bulkhead::crypt
