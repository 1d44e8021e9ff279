#include "hasher/foreign.h"

#include <argon2.h>
#include <crypt.h>

#include <algorithm>
#include <memory>

#include "base/cat.h"
#include "core/foreign_hash/foreign_hash.h"
#include "crypt/pbkdf2.h"
#include "hasher/argon2id.h"

namespace bulkhead::hasher {
namespace {

using foreign_hash::Hash;
using foreign_hash::Scheme;

// crypt(3) reads cost and salt from the hash, and writes the hash that the password has with them.
Result<bool> is_crypt(ByteView password, std::string_view hash) {
  if (std::ranges::find(password, 0) != password.end()) return false;  // crypt(3) would see only what is before it
  Secret phrase = Secret::zeroed(password.size() + 1);
  copy_to(phrase.mutable_view(), password);
  const std::string setting{hash};
  const auto memory = std::make_unique<crypt_data>();
  const char* const made = ::crypt_r(as_text(phrase.view()).data(), setting.c_str(), memory.get());
  if (made == nullptr || made[0] == '*') return fail(Errc::unsupported, "libcrypt does not know this hash");
  return equal_constant_time(as_bytes(made), as_bytes(hash));
}

Result<bool> is_argon2id(MutableByteView password, const Hash& hash) {
  Bytes tag(hash.tag.size());
  Bytes salt = hash.salt;  // the library's field is not const
  argon2_context context{};
  context.out = tag.data();
  context.outlen = static_cast<std::uint32_t>(tag.size());
  context.pwd = password.data();
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = salt.data();
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = hash.rounds;
  context.m_cost = hash.memory_kib;
  context.lanes = hash.lanes;
  context.threads = 1;  // the lanes one after the other
  context.version = ARGON2_VERSION_13;
  const int code = argon2id_ctx(&context);
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) return fail(Errc::exhausted, "no memory for argon2id");
  if (code != ARGON2_OK) return fail(Errc::unsupported, cat("argon2id: ", argon2_error_message(code)));
  return equal_constant_time(tag, hash.tag);
}

Result<bool> is_pbkdf2(ByteView password, const Hash& hash) {
  const auto kind = hash.scheme == Scheme::pbkdf2_sha256 ? crypt::HashKind::sha256 : crypt::HashKind::sha512;
  const Bytes tag = TRY(crypt::pbkdf2(kind, password, hash.salt, hash.rounds, hash.tag.size()));
  return equal_constant_time(tag, hash.tag);
}

}  // namespace

Result<bool> is_password_of(MutableByteView password, std::string_view hash) {
  if (password.size() > password_size_max) return fail(Errc::invalid, "password: longer than 1024 bytes");
  const Result<Hash> parsed = foreign_hash::parse(hash);
  if (!parsed.ok()) return parsed.error();
  Result<bool> matches = [&]() -> Result<bool> {
    switch (parsed->scheme) {
      case Scheme::crypt:
        return is_crypt(password, hash);
      case Scheme::argon2id:
        return is_argon2id(password, *parsed);
      case Scheme::pbkdf2_sha256:
      case Scheme::pbkdf2_sha512:
        return is_pbkdf2(password, *parsed);
    }
    return false;
  }();
  wipe(password);
  return matches;
}

Result<asks::CheckForeign::Reply> answer(asks::CheckForeign& ask) {
  return asks::CheckForeign::Reply{TRY(is_password_of(ask.password.mutable_view(), ask.hash))};
}

}  // namespace bulkhead::hasher
