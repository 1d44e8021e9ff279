#pragma once
// The wrapped tenant and bucket keys as they lie in the file `buckets`. Pure. Spec: docs/spec/keys.md.
// Every key is random and wrapped by the one above it, so what is taken out of the file is gone for good, with all that
// is wrapped below it: one record for one bucket, or a tenant's records for a tenant.
#include <map>
#include <set>
#include <utility>

#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::vault {

inline constexpr std::size_t bucket_records_max = 65'536;
inline constexpr std::size_t bucket_record_size = 69;  // bytes
inline constexpr std::size_t buckets_file_size_max = 4'600'000;

struct BucketName {
  std::uint32_t tenant = 0;
  std::uint32_t expiry_day = 0;
  auto operator<=>(const BucketName&) const = default;
};

class Buckets {
 public:
  // The content of a file. Errc::corrupt unless print() made it under the same root key.
  static Result<Buckets> parse(ByteView root_key, ByteView content);
  Bytes print(ByteView root_key) const;

  bool has(std::uint32_t tenant, std::uint32_t expiry_day) const;
  // Errc::not_found when there is none (never made, or destroyed).
  Result<Secret> bucket_key(ByteView root_key, std::uint32_t tenant, std::uint32_t expiry_day) const;
  // Makes the bucket key, and the tenant key when it is the tenant's first. Errc::exhausted beyond bucket_records_max.
  Result<void> add(ByteView root_key, std::uint32_t tenant, std::uint32_t expiry_day);
  // Those that expire, by tenant and day.
  std::set<BucketName> expiring() const;
  // False when there is none.
  bool destroy(const BucketName& name) { return buckets_.erase({name.tenant, name.expiry_day}) != 0; }

 private:
  std::map<std::uint32_t, Bytes> tenants_;                            // wrapped under the root key
  std::map<std::pair<std::uint32_t, std::uint32_t>, Bytes> buckets_;  // by tenant and expiry day; under the tenant key
};

}  // namespace bulkhead::vault
