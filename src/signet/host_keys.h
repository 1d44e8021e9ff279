#pragma once
// HostKeys: the SSH host keys of this server, read from PEM files (PKCS #8) in signet's own directory and made there at the
// first start, each mode 0600. The private keys stay inside libcrypto.
//   ssh_ed25519.key  ssh_ecdsa.key (P-256)  ssh_rsa.key (3072 bits when made; 3072 to 4096 are served)
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct evp_pkey_st;

namespace bulkhead::signet {

class HostKeys {
 public:
  // What is missing is made before. Errc::unsupported for another type of key, Errc::invalid for a file that is no
  // unencrypted PEM key; messages name the file and the remedy.
  static Result<HostKeys> load_or_make(int dir_fd);

  // Public key blobs (RFC 4253 section 6.6, RFC 5656, RFC 8709): ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa.
  std::vector<Bytes> blobs() const;
  // "ssh-ed25519 SHA256:..." as ssh-keygen prints fingerprints; in the order of blobs().
  std::vector<std::string> fingerprints() const;
  // The blob of the key that signs with `algorithm`, one of ssh::host_key_algorithms; empty for another name.
  ByteView blob_for(std::string_view algorithm) const;
  // Signature blob (RFC 4253 section 6.6, RFC 8332 for RSA) over `content`. `algorithm` as above.
  Result<Bytes> sign(std::string_view algorithm, ByteView content) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  struct HostKey {
    std::unique_ptr<evp_pkey_st, FreeKey> key;
    Bytes blob;
  };
  static Result<HostKey> load(int dir_fd, std::size_t which);
  const HostKey* find(std::string_view algorithm) const;

  std::array<HostKey, 3> keys_;
};

}  // namespace bulkhead::signet
