#include "hasher/argon2id.h"

#include <argon2.h>

#include "base/cat.h"

namespace bulkhead::hasher {

Result<std::array<std::uint8_t, 32>> argon2id(MutableByteView password, ByteView salt, std::uint32_t memory_kib,
                                              std::uint32_t passes) {
  if (password.size() > password_size_max) return fail(Errc::invalid, "password: longer than 1024 bytes");
  if (salt.size() < salt_size_min || salt.size() > 64) return fail(Errc::invalid, "salt: 8 to 64 bytes");
  if (memory_kib < memory_kib_min || memory_kib > memory_kib_max) return fail(Errc::invalid, "memory: 8 KiB to 64 MiB");
  if (passes < 1 || passes > passes_max) return fail(Errc::invalid, "passes: 1 to 10");

  std::array<std::uint8_t, 32> tag{};
  Bytes salt_copy = to_bytes(salt);  // the library's field is not const
  argon2_context context{};
  context.out = tag.data();
  context.outlen = static_cast<std::uint32_t>(tag.size());
  context.pwd = password.data();
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = salt_copy.data();
  context.saltlen = static_cast<std::uint32_t>(salt_copy.size());
  context.t_cost = passes;
  context.m_cost = memory_kib;
  context.lanes = 1;
  context.threads = 1;  // with one thread the library makes none
  context.version = ARGON2_VERSION_13;
  context.flags = ARGON2_FLAG_CLEAR_PASSWORD;
  const int code = argon2id_ctx(&context);
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) return fail(Errc::exhausted, "no memory for argon2id");
  if (code != ARGON2_OK) return fail(Errc::invalid, cat("argon2id: ", argon2_error_message(code)));
  return tag;
}

Result<asks::HashPassword::Reply> answer(asks::HashPassword& ask) {
  return asks::HashPassword::Reply{TRY(argon2id(ask.password.mutable_view(), ask.salt, ask.memory_kib, ask.passes))};
}

}  // namespace bulkhead::hasher
