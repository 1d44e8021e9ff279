#pragma once
// Identity: the TLS private key and certificate chain of this server, read from two PEM files in signet's own
// directory.
//   tls.key  one unencrypted ECDSA P-256 private key (PKCS #8 or SEC 1), mode 0600
//   tls.crt  the certificate chain, leaf first, at most chain_max certificates
// A customer puts its own pair in place of the two files and reloads. The private key stays inside libcrypto.
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

struct evp_pkey_st;

namespace bulkhead::signet {

inline constexpr std::size_t chain_max = 8;
inline constexpr std::size_t chain_size_max = 64 * 1024;  // DER bytes together: fits one frame
inline constexpr std::int64_t self_signed_days = 825;

class Identity {
 public:
  // Reads the pair below `dir_fd`. Errc::not_found if tls.key is not there; Errc::unsupported for another type of key;
  // Errc::invalid for files that are no PEM, or a certificate that is not of this key. Messages name file and remedy.
  static Result<Identity> load(int dir_fd);
  // First start: the same, but what is missing is made before: a key, and for it a self-signed certificate for
  // localhost.
  static Result<Identity> load_or_make(int dir_fd, UnixMs now);

  const std::vector<Bytes>& chain() const { return chain_; }  // DER, leaf first
  UnixMs not_before() const { return not_before_; }
  UnixMs not_after() const { return not_after_; }
  // ECDSA-Sig-Value (DER) over SHA-256 of `content`.
  Result<Bytes> sign(ByteView content) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, FreeKey>;

  static Result<Key> read_key(int dir_fd);
  static Result<void> make_key(int dir_fd);
  static Result<void> make_certificate(int dir_fd, UnixMs now);

  Key key_;
  std::vector<Bytes> chain_;
  UnixMs not_before_ = 0;
  UnixMs not_after_ = 0;
};

}  // namespace bulkhead::signet
