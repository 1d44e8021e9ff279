// What parses is within every limit, so that no check of it can stall a hasher.
#include "base/die.h"
#include "core/foreign_hash/foreign_hash.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<foreign_hash::Hash> hash = foreign_hash::parse(as_text({data, size}));
  if (!hash.ok()) return 0;
  ENSURE(size <= foreign_hash::text_size_max && !hash->name.empty());
  ENSURE(hash->rounds <= foreign_hash::rounds_max && hash->memory_kib <= foreign_hash::memory_kib_max);
  ENSURE(hash->lanes <= foreign_hash::lanes_max && hash->salt.size() <= foreign_hash::salt_size_max);
  if (hash->scheme != foreign_hash::Scheme::crypt) ENSURE(hash->tag.size() >= foreign_hash::tag_size_min);
  if (hash->scheme == foreign_hash::Scheme::argon2id) ENSURE(hash->rounds <= foreign_hash::passes_max);
  return 0;
}
