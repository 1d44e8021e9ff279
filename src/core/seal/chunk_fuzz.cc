// Header and chunks from a hostile storage. Input: flag, index (u8), then what the storage gave. Whatever comes, no
// byte is released: the key is not in the corpus, so every chunk must be refused and its output zero.
#include <algorithm>

#include "base/die.h"
#include "core/seal/chunk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  if (size < 2 || size > 2 + seal::header_size + seal::sealed_chunk_size_max) return 0;
  const ByteView input{data, size};
  const auto flag = static_cast<seal::ChunkFlag>(input[0]);
  const ByteView file = input.subspan(2);
  const std::size_t split = std::min(seal::header_size, file.size());

  const auto id = seal::parse_header(file.first(split));
  if (id.ok()) ENSURE(std::ranges::equal(seal::header(*id), file.first(split)));
  const auto plain = seal::plain_size(file.size());
  if (plain.ok()) ENSURE(seal::sealed_size(*plain) == file.size());

  const Bytes key(seal::key_size, 0x5a);
  seal::Opener opener{key, id.ok() ? *id : seal::FileId{}};
  const ByteView sealed = file.subspan(split);
  Bytes out(sealed.size() - std::min(sealed.size(), seal::chunk_overhead), 0xee);
  ENSURE(!opener.open(out, input[1], flag, sealed).ok());
  ENSURE(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));
  return 0;
}
