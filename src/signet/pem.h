#pragma once
// Private keys as PEM files in signet's own directory.
#include <openssl/bio.h>
#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::signet {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* thing) const {
    free_it(thing);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

inline constexpr std::size_t pem_size_max = 128 * 1024;  // bytes

// For reading `content`, which must stay; never asks for a password on a terminal.
Bio reading(ByteView content);
ByteView written(const Bio& bio);
int no_password(char*, int, int, void*);

bool exists(int dir_fd, const char* path);
// Errc::invalid for a file without an unencrypted private key, or with a damaged one.
Result<PrivateKey> read_private_key(int dir_fd, const char* path);
// Durable, mode 0600, or an Error and no file.
Result<void> write_private_key(int dir_fd, const char* path, const PrivateKey& key);

}  // namespace bulkhead::signet
