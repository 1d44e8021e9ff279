#pragma once
// The header fields of tus 1.0.0 (https://tus.io/protocols/resumable-upload) as values. Pure. Anything that is not what
// the protocol writes is Errc::invalid: a number with a sign or leading zeros, a key twice, base64 that is not
// canonical.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::tus {

inline constexpr std::string_view version = "1.0.0";
inline constexpr std::string_view extensions =
    "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation";
inline constexpr std::string_view checksum_algorithms = "sha1,sha256";
inline constexpr std::string_view content_type = "application/offset+octet-stream";

inline constexpr std::size_t metadata_max = 4'096;  // bytes of Upload-Metadata
inline constexpr std::size_t metadata_pairs_max = 32;
inline constexpr std::size_t metadata_key_max = 128;  // bytes
inline constexpr std::size_t parts_max = 128;         // of one final upload

// Upload-Length and Upload-Offset: at most 63 bits.
Result<std::uint64_t> parse_size(std::string_view text);
// Upload-Defer-Length: "1" and nothing else.
Result<void> parse_defer_length(std::string_view text);

// Upload-Metadata: "filename d29ybGQ=,is_private". Keys are ASCII without space and comma; values UTF-8 without NUL,
// empty when absent. Errc::too_large over a limit above.
struct Metadata {
  struct Pair {
    std::string key;
    std::string value;
  };
  std::vector<Pair> pairs;
  std::optional<std::string_view> find(std::string_view key) const;
};
Result<Metadata> parse_metadata(std::string_view text);

enum class Algorithm : std::uint8_t { sha1, sha256 };
// Upload-Checksum: "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=". The hash has the size of its algorithm. Errc::unsupported for
// another algorithm.
struct Checksum {
  Algorithm algorithm = Algorithm::sha1;
  Bytes hash;
};
Result<Checksum> parse_checksum(std::string_view text);

// Upload-Concat: "partial", or "final;/tus/1 /tus/2" with 1 to parts_max uploads, each once.
struct Concat {
  std::vector<std::uint64_t> parts;  // empty: this upload is a part
  bool is_final() const { return !parts.empty(); }
};
Result<Concat> parse_concat(std::string_view text);

// "/tus/123456789", or the same behind "https://HOST".
Result<std::uint64_t> parse_upload_url(std::string_view text);
std::string upload_url(std::uint64_t upload);

}  // namespace bulkhead::tus
