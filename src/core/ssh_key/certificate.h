#pragma once
// OpenSSH user certificates (OpenSSH PROTOCOL.certkeys, the -cert-v01@openssh.com types). Pure: parsing and checking.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ssh_key/key.h"
#include "core/ssh_key/networks.h"

namespace bulkhead::ssh_key {

inline constexpr std::size_t principals_max = 256;

class Certificate {
 public:
  // Whether an algorithm name of a public key request is one of a certificate.
  [[nodiscard]] static bool is_algorithm(std::string_view algorithm);
  // Errc::invalid unless it parses whole and its CA signature is right; that the CA is trusted is for the caller to
  // check.
  static Result<Certificate> parse(ByteView blob);

  const PublicKey& key() const { return key_; }  // who signs
  const PublicKey& authority() const { return authority_; }
  std::uint64_t serial() const { return serial_; }
  const std::string& key_id() const { return key_id_; }

  // Errc::unauthenticated, the message for the log says why, unless this is a user certificate that names `principal`
  // (an empty list names nobody), is valid at `now`, allows `address` (critical option source-address) and has no other
  // critical option.
  Result<void> check(std::string_view principal, std::string_view address, UnixMs now) const;
  // The signature algorithm of the bare key within `algorithm` ("rsa-sha2-256-cert-v01@openssh.com": "rsa-sha2-256");
  // empty when it does not fit the key.
  std::string_view signature_algorithm(std::string_view algorithm) const;

 private:
  Certificate(PublicKey key, PublicKey authority) : key_{std::move(key)}, authority_{std::move(authority)} {}
  PublicKey key_;
  PublicKey authority_;
  std::uint64_t serial_ = 0;
  std::string key_id_;
  std::uint32_t type_ = 0;
  std::vector<std::string> principals_;
  std::uint64_t valid_after_s_ = 0;
  std::uint64_t valid_before_s_ = 0;
  std::optional<Networks> source_addresses_;
  std::string unknown_option_;
};

}  // namespace bulkhead::ssh_key
