#pragma once
// Random names and secrets. Nothing here has a time, a counter or a structure in it.
#include <string>

#include "base/secret.h"
#include "crypt/hash.h"

namespace bulkhead::warden {

using TokenHash = crypt::Sha256;

// 256 random bits as 43 characters of base64url.
Secret make_token();
// An API token: api_token_label and 43 more characters, so no token of a session has its length.
inline constexpr std::string_view api_token_label = "bulkhead-token-";
inline constexpr std::size_t api_token_shown = api_token_label.size() + 6;  // letters of it that lists show
Secret make_api_token();
[[nodiscard]] bool is_api_token(const Secret& token);
// What is stored of a token. A plain digest is enough: 256 random bits cannot be searched.
TokenHash hash_of_token(const Secret& token);

// 16 lower-case base-36 characters: 82 bits.
std::string make_user_id();
// Of a SysAdmin who acts for an organisation: of the same form, always the same, and nobody else's.
std::string acting_id(std::string_view user, std::uint32_t organisation);
// In the same form, always the same of the same digest.
std::string user_id_from(const crypt::Sha256& digest);
// one_time_password_length characters without look-alikes (no 0 O o 1 l I): 115 bits, to be read aloud or typed.
Secret make_one_time_password();

}  // namespace bulkhead::warden
