#pragma once
// SHA-256, Ed25519, base64 and CRC-32 for bulkhead-verify: its own code over libcrypto, nothing shared with the server.
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verify {

using Hash = std::array<unsigned char, 32>;

// SHA-256 over the parts joined. Ends the program when libcrypto fails: no answer is better than a wrong one.
Hash sha256(std::initializer_list<std::string_view> parts);
bool ed25519_is_right(std::string_view public_key, std::string_view message, std::string_view signature);
std::uint32_t crc32(std::string_view data);
std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);
std::optional<std::string> unbase64(std::string_view text);  // canonical only

inline std::string_view view(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};  // NOLINT(*reinterpret-cast)
}

// The root over leaf hashes that arrive one by one (RFC 6962 section 2.1): one pending hash for each level.
class RootOf {
 public:
  void add(Hash hash);
  Hash value() const;

 private:
  std::vector<std::optional<Hash>> pending_;
};

}  // namespace verify
