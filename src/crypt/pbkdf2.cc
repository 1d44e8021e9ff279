#include "crypt/pbkdf2.h"

#include <openssl/evp.h>

#include <limits>

namespace bulkhead::crypt {

Result<Bytes> pbkdf2(HashKind kind, ByteView password, ByteView salt, std::uint32_t rounds, std::size_t size) {
  const EVP_MD* const digest = kind == HashKind::sha256   ? EVP_sha256()
                               : kind == HashKind::sha512 ? EVP_sha512()
                                                          : nullptr;
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (digest == nullptr || password.size() > most || salt.size() > most || size > most || rounds > most) {
    return fail(Errc::invalid, "PBKDF2: a parameter that is not supported");
  }
  Bytes out(size);
  const std::string_view text = as_text(password);
  if (PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), salt.data(), static_cast<int>(salt.size()),
                        static_cast<int>(rounds), digest, static_cast<int>(size), out.data()) != 1) {
    return fail(Errc::invalid, "PBKDF2: libcrypto refuses the parameters");
  }
  return out;
}

}  // namespace bulkhead::crypt
