#include "vault/buckets.h"

#include "base/reader.h"
#include "base/writer.h"
#include "core/retention/retention.h"
#include "core/seal/key.h"
#include "crypt/hash.h"
#include "crypt/random.h"

namespace bulkhead::vault {
namespace {

constexpr std::string_view file_label = "bulkhead buckets v1";
constexpr std::size_t mac_size = 32;
constexpr std::uint8_t kind_tenant = 1;
constexpr std::uint8_t kind_bucket = 2;

static_assert(bucket_record_size == 1 + 4 + 4 + seal::wrapped_key_size);
static_assert(buckets_file_size_max > file_label.size() + 4 + bucket_records_max * bucket_record_size + mac_size);

Bytes tenant_associated(std::uint32_t tenant) {
  Writer out;
  out.bytes(as_bytes("bulkhead tenant key v1")).u32(tenant);
  return out.take();
}

Bytes bucket_associated(std::uint32_t tenant, std::uint32_t expiry_day) {
  Writer out;
  out.bytes(as_bytes("bulkhead bucket key v1")).u32(tenant).u32(expiry_day);
  return out.take();
}

// A key for this one purpose, so that the root key itself only ever wraps.
crypt::Sha256 mac_of(ByteView root_key, ByteView content) {
  crypt::Sha256 mac_key = crypt::hmac_sha256(root_key, as_bytes("bulkhead buckets mac v1"));
  const crypt::Sha256 mac = crypt::hmac_sha256(mac_key, content);
  wipe(mac_key);
  return mac;
}

}  // namespace

Result<Buckets> Buckets::parse(ByteView root_key, ByteView content) {
  const auto damaged = [] {
    return fail(Errc::corrupt, "buckets: damaged, or made under another root.key: restore both from the same backup");
  };
  if (content.size() < mac_size || content.size() > buckets_file_size_max) return damaged();
  const ByteView covered = content.first(content.size() - mac_size);
  if (!equal_constant_time(mac_of(root_key, covered), content.last(mac_size))) return damaged();

  Buckets out;
  Reader in{covered};
  if (as_text(in.bytes(file_label.size())) != file_label) return damaged();
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::uint8_t kind = in.u8();
    const std::uint32_t tenant = in.u32();
    const std::uint32_t expiry_day = in.u32();
    Bytes wrapped = to_bytes(in.bytes(seal::wrapped_key_size));
    if (kind == kind_tenant && expiry_day == 0)
      out.tenants_.emplace(tenant, std::move(wrapped));
    else if (kind == kind_bucket)
      out.buckets_.emplace(std::pair{tenant, expiry_day}, std::move(wrapped));
    else
      return damaged();
  }
  if (!in.done("buckets").ok() || out.tenants_.size() + out.buckets_.size() != count) return damaged();
  return out;
}

Bytes Buckets::print(ByteView root_key) const {
  Writer out;
  out.bytes(as_bytes(file_label)).u32(static_cast<std::uint32_t>(tenants_.size() + buckets_.size()));
  for (const auto& [tenant, wrapped] : tenants_) out.u8(kind_tenant).u32(tenant).u32(0).bytes(wrapped);
  for (const auto& [bucket, wrapped] : buckets_) {
    out.u8(kind_bucket).u32(bucket.first).u32(bucket.second).bytes(wrapped);
  }
  const crypt::Sha256 mac = mac_of(root_key, out.view());
  return out.bytes(mac).take();
}

std::set<BucketName> Buckets::expiring() const {
  std::set<BucketName> out;
  for (const auto& [name, wrapped] : buckets_) {
    if (name.second != retention::kept) out.insert({name.first, name.second});
  }
  return out;
}

bool Buckets::has(std::uint32_t tenant, std::uint32_t expiry_day) const {
  return buckets_.contains({tenant, expiry_day});
}

Result<Secret> Buckets::bucket_key(ByteView root_key, std::uint32_t tenant, std::uint32_t expiry_day) const {
  const auto of_tenant = tenants_.find(tenant);
  const auto of_bucket = buckets_.find({tenant, expiry_day});
  if (of_tenant == tenants_.end() || of_bucket == buckets_.end()) {
    return fail(Errc::not_found, "no key for this tenant and retention bucket");
  }
  const Secret tenant_key = TRY(seal::unwrap_key(root_key, of_tenant->second, tenant_associated(tenant)));
  return seal::unwrap_key(tenant_key.view(), of_bucket->second, bucket_associated(tenant, expiry_day));
}

Result<void> Buckets::add(ByteView root_key, std::uint32_t tenant, std::uint32_t expiry_day) {
  if (tenants_.size() + buckets_.size() + 2 > bucket_records_max) {
    return fail(Errc::exhausted, "buckets: no room for one more bucket");
  }
  if (!tenants_.contains(tenant)) {
    const Secret made = crypt::random_secret(seal::key_size);
    tenants_.emplace(tenant, seal::wrap_key(root_key, made.view(), tenant_associated(tenant)));
  }
  const Secret tenant_key = TRY(seal::unwrap_key(root_key, tenants_.at(tenant), tenant_associated(tenant)));
  const Secret made = crypt::random_secret(seal::key_size);
  Bytes wrapped = seal::wrap_key(tenant_key.view(), made.view(), bucket_associated(tenant, expiry_day));
  buckets_.insert_or_assign(std::pair{tenant, expiry_day}, std::move(wrapped));
  return {};
}

}  // namespace bulkhead::vault
