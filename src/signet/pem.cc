#include "signet/pem.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "base/cat.h"
#include "base/fd.h"
#include "base/secret.h"

namespace bulkhead::signet {

Bio reading(ByteView content) {
  if (content.empty()) content = as_bytes("");  // libcrypto takes no null pointer
  Bio bio{BIO_new_mem_buf(content.data(), static_cast<int>(content.size()))};
  ENSURE(bio != nullptr);
  return bio;
}

ByteView written(const Bio& bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &start);
  return as_bytes({start, static_cast<std::size_t>(size)});
}

// Without this libcrypto would ask for the password of an encrypted key on a terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

bool exists(int dir_fd, const char* path) {
  return ::faccessat(dir_fd, path, F_OK, 0) == 0;
}

Result<PrivateKey> read_private_key(int dir_fd, const char* path) {
  const Secret pem{TRY(read_file(dir_fd, path, pem_size_max))};
  PrivateKey key{PEM_read_bio_PrivateKey(reading(pem.view()).get(), nullptr, no_password, nullptr)};
  ERR_clear_error();
  if (!key) return fail(Errc::invalid, cat(path, ": no unencrypted PEM private key in it"));
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> check{EVP_PKEY_CTX_new(key.get(), nullptr)};
  if (!check || EVP_PKEY_check(check.get()) != 1) return fail(Errc::invalid, cat(path, ": the key is damaged"));
  return key;
}

Result<void> write_private_key(int dir_fd, const char* path, const PrivateKey& key) {
  const Bio out{BIO_new(BIO_s_secmem())};
  ENSURE(key && out && PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return replace_file(dir_fd, path, written(out), 0600);
}

}  // namespace bulkhead::signet
