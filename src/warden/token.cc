#include "warden/token.h"

#include "base/cat.h"
#include "base/encode.h"
#include "crypt/random.h"
#include "warden/limits.h"

namespace bulkhead::warden {
namespace {

constexpr std::string_view id_alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

// Uniform over the alphabet: random bytes beyond its largest multiple are thrown away.
void fill_from(std::string_view alphabet, MutableByteView out) {
  const std::size_t usable = 256 - 256 % alphabet.size();
  for (std::size_t filled = 0; filled < out.size();) {
    std::array<std::uint8_t, 32> random{};
    crypt::fill_random(random);
    for (const std::uint8_t byte : random) {
      if (byte >= usable || filled == out.size()) continue;
      out[filled++] = static_cast<std::uint8_t>(alphabet[byte % alphabet.size()]);
    }
    wipe(random);
  }
}

}  // namespace

Secret make_token() {
  const Secret random = crypt::random_secret(token_size);
  std::string text = to_base64url(random.view());
  Secret token = Secret::copy_of(as_bytes(text));
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // NOLINT(*reinterpret-cast)
  return token;
}

Secret make_api_token() {
  const Secret random = make_token();
  Secret token = Secret::zeroed(api_token_label.size() + random.size());
  copy_to(token.mutable_view(), as_bytes(api_token_label));
  copy_to(token.mutable_view().subspan(api_token_label.size()), random.view());
  return token;
}

bool is_api_token(const Secret& token) {
  return token.size() > 43 && as_text(token.view()).starts_with(api_token_label);
}

TokenHash hash_of_token(const Secret& token) {
  return crypt::sha256(token.view());
}

std::string make_user_id() {
  std::array<std::uint8_t, user_id_size> id{};
  fill_from(id_alphabet, id);
  return to_text(id);
}

std::string acting_id(std::string_view user, std::uint32_t organisation) {
  return user_id_from(crypt::sha256(as_bytes(cat("bulkhead acting v1 ", user, " ", organisation))));
}

std::string user_id_from(const crypt::Sha256& digest) {
  std::string id;
  for (std::size_t i = 0; i < user_id_size; ++i) id.push_back(id_alphabet[digest[i] % id_alphabet.size()]);
  return id;
}

Secret make_one_time_password() {
  Secret password = Secret::zeroed(one_time_password_length);
  fill_from("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz", password.mutable_view());
  return password;
}

}  // namespace bulkhead::warden
