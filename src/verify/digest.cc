#include "verify/digest.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace verify {
namespace {

[[noreturn]] void no_libcrypto() {
  std::fputs("bulkhead-verify: libcrypto failed; nothing is verified\n", stderr);
  std::exit(1);
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT(*reinterpret-cast)
}

}  // namespace

Hash sha256(std::initializer_list<std::string_view> parts) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD_CTX* const context = EVP_MD_CTX_new();
  Hash out{};
  bool good = algorithm != nullptr && context != nullptr && EVP_DigestInit_ex(context, algorithm, nullptr) == 1;
  for (std::string_view part : parts) good = good && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  if (!good || EVP_DigestFinal_ex(context, out.data(), nullptr) != 1) no_libcrypto();
  return out;
}

bool ed25519_is_right(std::string_view public_key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()), EVP_PKEY_free};
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

std::uint32_t crc32(std::string_view data) {
  std::uint32_t value = 0xffffffffU;
  for (char letter : data) {
    value ^= static_cast<unsigned char>(letter);
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ (0xedb88320U & (0U - (value & 1U)));
  }
  return ~value;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (char letter : bytes) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned>(static_cast<unsigned char>(letter)));
    out += pair;
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), raw(bytes),  // NOLINT(*reinterpret-cast)
                      static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> unbase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 100'000) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), raw(text),  // NOLINT(*reinterpret-cast)
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  out.resize(out.size() - (text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U));
  // libcrypto skips white space and stray bits: only what encodes back to the same text is accepted.
  if (base64(out) != text) return std::nullopt;
  return out;
}

void RootOf::add(Hash hash) {
  for (std::optional<Hash>& level : pending_) {
    if (!level) {
      level = hash;
      return;
    }
    hash = sha256({std::string_view{"\x01", 1}, view(*level), view(hash)});
    level.reset();
  }
  pending_.emplace_back(hash);
}

Hash RootOf::value() const {
  std::optional<Hash> root;
  for (const std::optional<Hash>& level : pending_) {
    if (level) root = root ? sha256({std::string_view{"\x01", 1}, view(*level), view(*root)}) : *level;
  }
  return root ? *root : sha256({});
}

}  // namespace verify
