// What a thief could compute from stolen files, with the server's own code.
//   hostile_tools unwrap VAULT_DIR TAG WRAPPED TENANT         the file key, or "refused"
//   hostile_tools unwrap_of_day VAULT_DIR TAG WRAPPED TENANT DAY    the same for a bucket that expires
//   hostile_tools rewrap VAULT_DIR TAG WRAPPED TENANT FROM TO the key wrapped for the bucket of another day, past ones too
//   hostile_tools wrap VAULT_DIR TAG TENANT                   a wrapped key for a file of that organisation
//   hostile_tools capability SEED_FILE PRINCIPAL TENANT NAME ROLE CONNECTION ISSUED_MS EXPIRES_MS
//   hostile_tools argon2id PASSWORD SALT MEMORY_KIB PASSES
//   hostile_tools verifier VAULT_DIR USER_ID TAG              the argon2id tag, peppered
// Binary arguments and every answer are hex.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/cat.h"
#include "base/encode.h"
#include "base/fd.h"
#include "core/capability/capability.h"
#include "core/seal/chunk.h"
#include "crypt/random.h"
#include "hasher/argon2id.h"
#include "vault/keys.h"

namespace {

using namespace bulkhead;
using Words = std::span<const std::string_view>;

template <class T>
T or_die(Result<T> result) {
  if (!result.ok()) die(result.error().message());
  return std::move(result).value();
}

template <std::size_t Size>
std::array<std::uint8_t, Size> array_of(std::string_view hex) {
  const Bytes bytes = or_die(from_hex(hex));
  if (bytes.size() != Size) die(cat("an argument must have ", Size, " bytes"));
  std::array<std::uint8_t, Size> out{};
  copy_to(out, bytes);
  return out;
}

std::uint32_t number_of(std::string_view word) {
  return static_cast<std::uint32_t>(or_die(parse_decimal(word, UINT32_MAX)));
}

Fd folder(std::string_view path) {
  return or_die(open_directory(AT_FDCWD, std::string{path}.c_str()));
}

std::string unwrap(Words words) {
  const Fd vault = folder(words[0]);
  const vault::Keys keys = or_die(vault::Keys::load_or_make(vault.get()));
  const Result<Secret> key = keys.unwrap(or_die(from_hex(words[2])), array_of<16>(words[1]), number_of(words[3]));
  return key.ok() ? to_hex(key->view()) : "refused";
}

std::string unwrap_of_day(Words words) {
  const Fd vault = folder(words[0]);
  const vault::Keys keys = or_die(vault::Keys::load_or_make(vault.get()));
  const Result<Secret> key =
      keys.unwrap(or_die(from_hex(words[2])), array_of<16>(words[1]), number_of(words[3]), number_of(words[4]));
  return key.ok() ? to_hex(key->view()) : "refused";
}

std::string rewrap(Words words) {
  const Fd vault = folder(words[0]);
  vault::Keys keys = or_die(vault::Keys::load_or_make(vault.get()));
  const auto tag = array_of<16>(words[1]);
  const std::uint32_t tenant = number_of(words[3]);
  const Secret key = or_die(keys.unwrap(or_die(from_hex(words[2])), tag, tenant, number_of(words[4])));
  return to_hex(or_die(keys.wrap(key.view(), tag, tenant, number_of(words[5]))));
}

std::string wrap(Words words) {
  const Fd vault = folder(words[0]);
  vault::Keys keys = or_die(vault::Keys::load_or_make(vault.get()));
  const Secret key = crypt::random_secret(seal::key_size);
  return to_hex(or_die(keys.wrap(key.view(), array_of<16>(words[1]), number_of(words[2]))));
}

std::string capability_of(Words words) {
  const Bytes seed = or_die(read_file(AT_FDCWD, std::string{words[0]}.c_str(), crypt::ed25519_seed_size));
  capability::Capability made;
  if (words[1].size() != made.principal.size()) die("PRINCIPAL has 16 letters");
  std::copy_n(words[1].begin(), made.principal.size(), made.principal.begin());
  made.tenant = number_of(words[2]);
  made.username = words[3];
  made.role = static_cast<capability::Role>(number_of(words[4]));
  made.method = capability::Method::password;
  made.connection = or_die(parse_decimal(words[5]));
  made.issued = static_cast<UnixMs>(or_die(parse_decimal(words[6], INT64_MAX)));
  made.expires = static_cast<UnixMs>(or_die(parse_decimal(words[7], INT64_MAX)));
  made.scopes = capability::Scopes::all();
  crypt::fill_random(made.session);
  return to_hex(capability::sign(seed, made));
}

std::string argon2id_of(Words words) {
  Secret password = Secret::copy_of(as_bytes(words[0]));
  const Bytes salt = or_die(from_hex(words[1]));
  return to_hex(or_die(hasher::argon2id(password.mutable_view(), salt, number_of(words[2]), number_of(words[3]))));
}

std::string verifier_of(Words words) {
  const Fd vault = folder(words[0]);
  const vault::Keys keys = or_die(vault::Keys::load_or_make(vault.get()));
  return to_hex(keys.pepper(words[1], array_of<32>(words[2])));
}

struct Command {
  std::string_view name;
  std::size_t words;
  std::string (*run)(Words);
};
constexpr std::array commands{Command{"unwrap", 4, unwrap}, Command{"wrap", 3, wrap},
                              Command{"unwrap_of_day", 5, unwrap_of_day}, Command{"rewrap", 6, rewrap},
                              Command{"capability", 8, capability_of}, Command{"argon2id", 4, argon2id_of},
                              Command{"verifier", 3, verifier_of}};

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string_view> words(arguments + 1, arguments + count);
  for (const Command& command : commands) {
    if (words.empty() || words[0] != command.name || words.size() != command.words + 1) continue;
    std::puts(command.run(Words{words}.subspan(1)).c_str());
    return 0;
  }
  die("usage: see the head of tests/hostile/tools.cc");
}
