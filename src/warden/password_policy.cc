#include "warden/password_policy.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "base/cat.h"
#include "warden/limits.h"

namespace bulkhead::warden {
namespace {

constexpr std::size_t distinct_bytes_min = 5;
constexpr std::size_t name_length_min = 4;  // a shorter name is in many good passwords by chance

// Passwords of password_length_min and more that stand high in published lists of stolen ones; small letters.
constexpr std::array<std::string_view, 40> common_passwords{"1234567890123",
                                                            "123456789012",
                                                            "1234567890abc",
                                                            "123456789abc",
                                                            "1234567890qwe",
                                                            "123456qwerty",
                                                            "123qweasdzxc",
                                                            "1q2w3e4r5t6y",
                                                            "1q2w3e4r5t6y7u",
                                                            "1qaz2wsx3edc",
                                                            "1qaz2wsx3edc4rfv",
                                                            "abcdefghijkl",
                                                            "abcdefghijklmnop",
                                                            "administrator",
                                                            "administrator1",
                                                            "changeme1234",
                                                            "changemenow1",
                                                            "correcthorse",
                                                            "correcthorsebatterystaple",
                                                            "football1234",
                                                            "iloveyou1234",
                                                            "letmein12345",
                                                            "letmeinplease",
                                                            "mynameisjohn",
                                                            "passw0rd1234",
                                                            "password1234",
                                                            "password12345",
                                                            "password123456",
                                                            "passwordpassword",
                                                            "p@ssw0rd1234",
                                                            "p@ssword1234",
                                                            "q1w2e3r4t5y6",
                                                            "qazwsxedcrfv",
                                                            "qwerty123456",
                                                            "qwertyuiop12",
                                                            "qwertyuiop123",
                                                            "qwertyuiopasdf",
                                                            "thisismypassword",
                                                            "trustno1trustno1",
                                                            "welcome12345"};

std::uint8_t small(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte - 'A' + 'a') : byte;
}

Secret in_small_letters(ByteView text) {
  Secret copy = Secret::copy_of(text);
  std::ranges::transform(copy.view(), copy.mutable_view().begin(), small);
  return copy;
}

// Characters of UTF-8: every byte but the continuation bytes.
std::size_t length_of(ByteView text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](std::uint8_t byte) { return (byte & 0xC0U) != 0x80; }));
}

std::size_t distinct_bytes(ByteView text) {
  std::bitset<256> seen;
  for (const std::uint8_t byte : text) seen.set(byte);
  return seen.count();
}

}  // namespace

Result<void> check_new_password(const Secret& password, std::string_view user_name) {
  if (password.size() > password_size_max) {
    return fail(Errc::invalid, cat("The new password is too long: use at most ", password_size_max, " bytes."));
  }
  if (length_of(password.view()) < password_length_min) {
    return fail(Errc::invalid,
                cat("The new password is too short: use at least ", password_length_min, " characters."));
  }
  const Secret folded = in_small_letters(password.view());
  const Secret name = in_small_letters(as_bytes(user_name));
  if (name.size() >= name_length_min && as_text(folded.view()).find(as_text(name.view())) != std::string_view::npos) {
    return fail(Errc::invalid, "The new password contains the user name: choose another one.");
  }
  if (std::ranges::find(common_passwords, as_text(folded.view())) != common_passwords.end() ||
      distinct_bytes(folded.view()) < distinct_bytes_min) {
    return fail(Errc::invalid, "The new password is one of the first that are guessed: choose another one.");
  }
  return {};
}

}  // namespace bulkhead::warden
