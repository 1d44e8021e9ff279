#pragma once
// What this server offers, as tables in order of preference, and how an offer is negotiated (RFC 4253 section 7.1).
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/hash.h"

namespace bulkhead::ssh {

inline constexpr std::string_view server_version = "SSH-2.0-Bulkhead";  // no version of ours
inline constexpr std::size_t version_size_max = 253;                    // bytes without CR LF
inline constexpr std::size_t kexinit_size_max = 16'384;                 // bytes
inline constexpr std::size_t kex_cookie_size = 16;

enum class Exchange : std::uint8_t { mlkem768x25519, sntrup761x25519, curve25519, ecdh_p256, ecdh_p384 };
struct ExchangeRow {
  std::string_view name;
  Exchange exchange;
  crypt::HashKind hash;
  std::size_t client_share_size;  // bytes, exactly
  std::size_t server_share_size;
  bool secret_is_string;        // K is hashed as a string (the hybrids), otherwise as an mpint
  std::size_t secret_size_max;  // bytes of K without length
};
inline constexpr std::array exchanges{
    ExchangeRow{"mlkem768x25519-sha256", Exchange::mlkem768x25519, crypt::HashKind::sha256, 1'184 + 32, 1'088 + 32,
                true, 32},
    ExchangeRow{"sntrup761x25519-sha512", Exchange::sntrup761x25519, crypt::HashKind::sha512, 1'158 + 32, 1'039 + 32,
                true, 64},
    ExchangeRow{"sntrup761x25519-sha512@openssh.com", Exchange::sntrup761x25519, crypt::HashKind::sha512, 1'158 + 32,
                1'039 + 32, true, 64},
    ExchangeRow{"curve25519-sha256", Exchange::curve25519, crypt::HashKind::sha256, 32, 32, false, 33},
    ExchangeRow{"curve25519-sha256@libssh.org", Exchange::curve25519, crypt::HashKind::sha256, 32, 32, false, 33},
    ExchangeRow{"ecdh-sha2-nistp256", Exchange::ecdh_p256, crypt::HashKind::sha256, 65, 65, false, 33},
    ExchangeRow{"ecdh-sha2-nistp384", Exchange::ecdh_p384, crypt::HashKind::sha384, 97, 97, false, 49},
};
// Null when there is no such method.
const ExchangeRow* find_exchange(std::string_view name);

inline constexpr std::string_view strict_client = "kex-strict-c-v00@openssh.com";
inline constexpr std::string_view strict_server = "kex-strict-s-v00@openssh.com";
inline constexpr std::string_view ext_info_client = "ext-info-c";

// Host key signature algorithms; the ones for RSA share a key, whose blob says "ssh-rsa" (RFC 8332 section 3).
inline constexpr std::array<std::string_view, 4> host_key_algorithms{"ssh-ed25519", "ecdsa-sha2-nistp256",
                                                                     "rsa-sha2-512", "rsa-sha2-256"};
// What users may sign with: server-sig-algs (RFC 8308 section 3.1).
std::string server_signature_algorithms();

enum class Cipher : std::uint8_t { aes256_gcm, aes128_gcm, chacha20_poly1305, aes256_ctr, aes128_ctr };
struct CipherRow {
  std::string_view name;
  Cipher cipher;
  std::size_t key_size;
  std::size_t iv_size;
  std::size_t block_size;
  std::size_t tag_size;  // 0: needs a MAC
};
inline constexpr std::array ciphers{
    CipherRow{"aes256-gcm@openssh.com", Cipher::aes256_gcm, 32, 12, 16, 16},
    CipherRow{"aes128-gcm@openssh.com", Cipher::aes128_gcm, 16, 12, 16, 16},
    CipherRow{"chacha20-poly1305@openssh.com", Cipher::chacha20_poly1305, 64, 0, 8, 16},
    CipherRow{"aes256-ctr", Cipher::aes256_ctr, 32, 16, 16, 0},
    CipherRow{"aes128-ctr", Cipher::aes128_ctr, 16, 16, 16, 0},
};
struct MacRow {
  std::string_view name;
  std::size_t size;       // of key and tag
  bool encrypt_then_mac;  // OpenSSH PROTOCOL section 1.7; otherwise RFC 4253 section 6.4 over the plain packet
};
// The plain ones come last: they are for clients that know no others
// (docs/decisions/017-plain-hmac-for-old-clients.md).
inline constexpr std::array macs{
    MacRow{"hmac-sha2-256-etm@openssh.com", 32, true},
    MacRow{"hmac-sha2-512-etm@openssh.com", 64, true},
    MacRow{"hmac-sha2-256", 32, false},
    MacRow{"hmac-sha2-512", 64, false},
};

// SSH_MSG_KEXINIT.
struct KexInit {
  std::vector<std::string> exchanges, host_keys, ciphers_in, ciphers_out, macs_in, macs_out;  // in: client to server
  std::vector<std::string> compression_in, compression_out;
  bool first_packet_follows = false;
};
// `payload` starts with the message number. Errc::invalid for another message, broken lists or trailing bytes,
// Errc::too_large over kexinit_size_max. Languages and the reserved field say nothing to us.
Result<KexInit> parse_kexinit(ByteView payload);
// The payload of ours. `first`: with the strict marker, that only the first exchange carries.
// `cookie` has kex_cookie_size random bytes; `host_keys`: the algorithms for which there is a key.
Bytes print_kexinit(ByteView cookie, bool first, const std::vector<std::string_view>& host_keys);

struct Agreed {
  const ExchangeRow* exchange = nullptr;
  std::string_view host_key;
  const CipherRow* cipher_in = nullptr;
  const CipherRow* cipher_out = nullptr;
  const MacRow* mac_in = nullptr;  // null with an AEAD
  const MacRow* mac_out = nullptr;
  bool strict = false;           // both sides said so; meaningful in the first exchange
  bool client_ext_info = false;  // the same
  bool ignore_next = false;      // a guessed first packet follows, and the guess was wrong
};
// `ours` as printed and parsed again. Errc::unsupported when nothing is common; the message names the list.
// Without strict on both sides the cipher that Terrapin (CVE-2023-48795) breaks, chacha20, is not agreed in the first
// exchange, which is the one where `ours` has the strict marker; CTR stays (a packet taken out there shifts the key
// stream of all that follow). A rekey has
// no markers.
Result<Agreed> negotiate(const KexInit& client, const KexInit& ours);

// The exchange hash H (RFC 4253 section 8, RFC 5656 section 4, RFC 8731).
struct ExchangeParts {
  std::string_view client_version, server_version;
  ByteView client_kexinit, server_kexinit;
  ByteView host_key;  // blob
  ByteView client_share, server_share;
  ByteView shared_secret;  // K with its length: as it is hashed
};
Bytes exchange_hash(crypt::HashKind kind, const ExchangeParts& parts);

}  // namespace bulkhead::ssh
