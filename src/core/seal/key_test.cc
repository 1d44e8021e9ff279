#include "core/seal/key.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace bulkhead::seal {
namespace {

const Bytes bucket_key(key_size, 0x11);
const Bytes file_key(key_size, 0x22);
const FileKeyBinding binding{.id = {9, 8, 7}, .tenant = 12, .expiry_day = 20'000};

TEST_CASE("a wrapped key unwraps to itself, and never looks the same twice") {
  const Bytes associated = file_key_associated(binding);
  const Bytes wrapped = wrap_key(bucket_key, file_key, associated);
  CHECK(wrapped.size() == wrapped_key_size);
  CHECK(wrapped != wrap_key(bucket_key, file_key, associated));
  const auto key = unwrap_key(bucket_key, wrapped, associated);
  REQUIRE(key.ok());
  CHECK(std::ranges::equal(key->view(), file_key));
}

TEST_CASE("file, tenant and bucket bind") {
  const Bytes wrapped = wrap_key(bucket_key, file_key, file_key_associated(binding));
  FileKeyBinding other_file = binding;
  other_file.id[15] = 1;
  FileKeyBinding other_tenant = binding;
  other_tenant.tenant = 13;
  FileKeyBinding kept = binding;
  kept.expiry_day = 0;
  for (const FileKeyBinding& other : {other_file, other_tenant, kept}) {
    const auto key = unwrap_key(bucket_key, wrapped, file_key_associated(other));
    REQUIRE_FALSE(key.ok());
    CHECK(key.error().kind() == Errc::corrupt);
  }
  CHECK_FALSE(unwrap_key(file_key, wrapped, file_key_associated(binding)).ok());
}

TEST_CASE("a draft's key is bound to file, tenant and principal, and is no file's key") {
  const DraftKeyBinding draft{.id = {9, 8, 7}, .tenant = 12, .principal = {'a', 'b'}};
  DraftKeyBinding other_file = draft;
  other_file.id[15] = 1;
  DraftKeyBinding other_tenant = draft;
  other_tenant.tenant = 13;
  DraftKeyBinding other_principal = draft;
  other_principal.principal[15] = 'c';
  const Bytes wrapped = wrap_key(bucket_key, file_key, draft_key_associated(draft));
  CHECK(unwrap_key(bucket_key, wrapped, draft_key_associated(draft)).ok());
  for (const DraftKeyBinding& other : {other_file, other_tenant, other_principal})
    CHECK_FALSE(unwrap_key(bucket_key, wrapped, draft_key_associated(other)).ok());
  CHECK_FALSE(unwrap_key(bucket_key, wrapped, file_key_associated(binding)).ok());
  CHECK_FALSE(unwrap_key(bucket_key, wrap_key(bucket_key, file_key, file_key_associated(binding)),
                         draft_key_associated(draft)).ok());
}

TEST_CASE("every flipped bit and every other length is refused") {
  const Bytes associated = file_key_associated(binding);
  const Bytes wrapped = wrap_key(bucket_key, file_key, associated);
  for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    Bytes flipped = wrapped;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(unwrap_key(bucket_key, flipped, associated).ok());
  }
  for (std::size_t size = 0; size < wrapped.size(); ++size) {
    CHECK_FALSE(unwrap_key(bucket_key, ByteView{wrapped}.first(size), associated).ok());
  }
  Bytes longer = wrapped;
  longer.push_back(0);
  CHECK_FALSE(unwrap_key(bucket_key, longer, associated).ok());
}

}  // namespace
}  // namespace bulkhead::seal
