#include "crypt/stream_aead.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace bulkhead::crypt {
namespace {

Error failed(std::string_view what) {
  return fail(Errc::io, std::string{"libcrypto failed: "}.append(what));
}

// Both directions of a stream cipher, and the encryption of GCM.
Result<void> update(EVP_CIPHER_CTX* context, MutableByteView out, std::span<const ByteView> pieces) {
  std::size_t at = 0;
  for (ByteView piece : pieces) {
    if (piece.empty()) continue;
    int written = 0;
    const int size = static_cast<int>(piece.size());
    if (EVP_CipherUpdate(context, out.subspan(at, piece.size()).data(), &written, piece.data(), size) != 1 ||
        written != size) {
      return failed("encryption");
    }
    at += piece.size();
  }
  return {};
}

Result<MacContext> new_mac(const char* name) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac{EVP_MAC_fetch(nullptr, name, nullptr), EVP_MAC_free};
  MacContext context{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};
  if (!context) return failed(name);
  return context;
}

}  // namespace

void CipherContextFree::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}
void MacContextFree::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

Result<StreamGcm> StreamGcm::make(ByteView key, Direction direction) {
  if (key.size() != 16 && key.size() != 32) return fail(Errc::invalid, "AES-GCM: wrong length of key");
  CipherContext context{EVP_CIPHER_CTX_new()};
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
  if (!context || EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), nullptr,
                                    direction == Direction::seal ? 1 : 0) != 1) {
    return failed("AES-GCM key");
  }
  return StreamGcm{std::move(context)};
}

Result<void> StreamGcm::seal(MutableByteView out, ByteView nonce, ByteView associated,
                             std::span<const ByteView> pieces) {
  ENSURE(nonce.size() == nonce_size && out.size() >= tag_size);
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce.data(), -1) != 1 ||
      EVP_CipherUpdate(context, nullptr, &written, associated.data(), static_cast<int>(associated.size())) != 1) {
    return failed("AES-GCM start");
  }
  TRY(update(context, out.first(out.size() - tag_size), pieces));
  MutableByteView tag = out.last(tag_size);
  if (EVP_CipherFinal_ex(context, tag.data(), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) != 1) {
    return failed("AES-GCM tag");
  }
  return {};
}

Result<void> StreamGcm::open(MutableByteView sealed, ByteView nonce, ByteView associated) {
  ENSURE(nonce.size() == nonce_size);
  if (sealed.size() < tag_size) return fail(Errc::corrupt, "a packet is shorter than its tag");
  EVP_CIPHER_CTX* context = context_.get();
  MutableByteView text = sealed.first(sealed.size() - tag_size);
  int written = 0;
  if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce.data(), -1) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, sealed.last(tag_size).data()) != 1 ||
      EVP_CipherUpdate(context, nullptr, &written, associated.data(), static_cast<int>(associated.size())) != 1) {
    wipe(sealed);
    return failed("AES-GCM start");
  }
  const int size = static_cast<int>(text.size());
  std::uint8_t rest[16];
  if (EVP_CipherUpdate(context, text.data(), &written, text.data(), size) != 1 || written != size ||
      EVP_CipherFinal_ex(context, rest, &written) != 1) {
    wipe(sealed);
    return fail(Errc::corrupt, "a packet failed its integrity check");
  }
  return {};
}

Result<ChaCha20> ChaCha20::make(ByteView key) {
  if (key.size() != 32) return fail(Errc::invalid, "ChaCha20: wrong length of key");
  CipherContext context{EVP_CIPHER_CTX_new()};
  if (!context || EVP_CipherInit_ex(context.get(), EVP_chacha20(), nullptr, key.data(), nullptr, 1) != 1) {
    return failed("ChaCha20 key");
  }
  return ChaCha20{std::move(context)};
}

Result<void> ChaCha20::start(std::uint64_t counter, std::uint64_t nonce) {
  std::uint8_t iv[16];
  for (unsigned i = 0; i < 8; ++i) {
    iv[i] = static_cast<std::uint8_t>(counter >> (8 * i));
    iv[8 + i] = static_cast<std::uint8_t>(nonce >> (56 - 8 * i));
  }
  if (EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, iv, -1) != 1) return failed("ChaCha20 start");
  return {};
}

Result<void> ChaCha20::apply(MutableByteView out, std::span<const ByteView> pieces) {
  return update(context_.get(), out, pieces);
}

Result<StreamCtr> StreamCtr::make(ByteView key, ByteView counter) {
  if ((key.size() != 16 && key.size() != 32) || counter.size() != 16)
    return fail(Errc::invalid, "AES-CTR: wrong length of key");
  CipherContext context{EVP_CIPHER_CTX_new()};
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
  if (!context || EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), counter.data(), 1) != 1) {
    return failed("AES-CTR key");
  }
  return StreamCtr{std::move(context)};
}

Result<void> StreamCtr::apply(MutableByteView out, std::span<const ByteView> pieces) {
  return update(context_.get(), out, pieces);
}

Result<Poly1305> Poly1305::make() {
  return Poly1305{TRY(new_mac("POLY1305"))};
}

Result<Poly1305::Tag> Poly1305::tag(ByteView key, ByteView message) {
  ENSURE(key.size() == 32);
  Tag out{};
  std::size_t size = 0;
  if (EVP_MAC_init(context_.get(), key.data(), key.size(), nullptr) != 1 ||
      EVP_MAC_update(context_.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context_.get(), out.data(), &size, out.size()) != 1 || size != out.size()) {
    return failed("Poly1305");
  }
  return out;
}

Result<StreamHmac> StreamHmac::make(std::size_t size, ByteView key) {
  if ((size != 32 && size != 64) || key.empty()) return fail(Errc::invalid, "HMAC: wrong length");
  MacContext context = TRY(new_mac("HMAC"));
  char name[] = "SHA2-256";
  char long_name[] = "SHA2-512";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, size == 32 ? name : long_name, 0),
      OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context.get(), key.data(), key.size(), parameters) != 1) return failed("HMAC key");
  return StreamHmac{std::move(context), size};
}

Result<void> StreamHmac::tag(MutableByteView out, std::span<const ByteView> parts) {
  ENSURE(out.size() == size_);
  bool good = EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1;
  for (ByteView part : parts) good = good && EVP_MAC_update(context_.get(), part.data(), part.size()) == 1;
  std::size_t size = 0;
  if (!good || EVP_MAC_final(context_.get(), out.data(), &size, out.size()) != 1 || size != size_)
    return failed("HMAC");
  return {};
}

}  // namespace bulkhead::crypt
