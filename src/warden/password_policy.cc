#include "warden/password_policy.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <string>
#include <vector>

#include "base/cat.h"
#include "warden/limits.h"

namespace bulkhead::warden {
namespace {

constexpr std::size_t surprises_min = 5;     // characters that do not follow from the one before
constexpr std::size_t known_length_min = 4;  // a shorter name is in many good passwords by chance
constexpr std::size_t words_of_person_max = 32;

// What the most used passwords of published lists come down to, without the digits and signs around them: small
// letters.
constexpr std::array<std::string_view, 131> common_words{"abcabc",         "access",
                                                         "account",        "admin",
                                                         "administrator",  "adminadmin",
                                                         "alexander",      "amanda",
                                                         "america",        "andrew",
                                                         "angel",          "anthony",
                                                         "arsenal",        "ashley",
                                                         "autumn",         "backup",
                                                         "banana",         "barcelona",
                                                         "baseball",       "basketball",
                                                         "batman",         "blessed",
                                                         "bulkhead",       "butterfly",
                                                         "changeit",       "changeme",
                                                         "changemenow",    "charlie",
                                                         "cheese",         "chelsea",
                                                         "chocolate",      "company",
                                                         "computer",       "cookie",
                                                         "correcthorse",   "correcthorsebatterystaple",
                                                         "daniel",         "default",
                                                         "diamond",        "dragon",
                                                         "elephant",       "facebook",
                                                         "family",         "filetransfer",
                                                         "flower",         "football",
                                                         "forever",        "freedom",
                                                         "friday",         "friend",
                                                         "friends",        "george",
                                                         "ginger",         "google",
                                                         "guest",          "hannah",
                                                         "harley",         "hello",
                                                         "helloworld",     "hunter",
                                                         "iloveyou",       "iloveyousomuch",
                                                         "internet",       "jennifer",
                                                         "jessica",        "jesus",
                                                         "jordan",         "joshua",
                                                         "justin",         "letmein",
                                                         "letmeinplease",  "linkedin",
                                                         "liverpool",      "login",
                                                         "london",         "lovely",
                                                         "loveme",         "loveyou",
                                                         "madison",        "managedfiletransfer",
                                                         "manager",        "maggie",
                                                         "master",         "matthew",
                                                         "michael",        "michelle",
                                                         "monday",         "monkey",
                                                         "mustang",        "mynameis",
                                                         "mypassword",     "newpassword",
                                                         "nicole",         "nothing",
                                                         "password",       "passwordpassword",
                                                         "pepper",         "pokemon",
                                                         "princess",       "purple",
                                                         "qazwsx",         "qazwsxedc",
                                                         "qwerty",         "qwertyuiop",
                                                         "robert",         "samantha",
                                                         "samsung",        "secret",
                                                         "secretpassword", "security",
                                                         "server",         "service",
                                                         "shadow",         "silver",
                                                         "soccer",         "spring",
                                                         "starwars",       "summer",
                                                         "sunday",         "sunshine",
                                                         "superman",       "superuser",
                                                         "temporary",      "test",
                                                         "testtest",       "thisismypassword",
                                                         "thomas",         "transfer",
                                                         "trustno",        "welcome",
                                                         "whatever"};
// Walks over the keyboard that the rows do not show.
constexpr std::array<std::string_view, 10> common_walks{
    "123qweasdzxc", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv",
    "q1w2e3r4t5y6", "qazwsxedcrfv", "zaq12wsxcde3",   "qweasdzxc123", "1234qwerasdfzxcv"};
constexpr std::array<std::string_view, 4> keyboard_rows{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"};

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

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// The letter that a digit or sign stands for.
char undisguised(char c) {
  constexpr std::string_view signs = "013457@$!8";
  constexpr std::string_view letters = "oieastasib";
  const std::size_t at = signs.find(c);
  return at == std::string_view::npos ? c : letters[at];
}

Secret without_disguise(std::string_view folded) {
  Secret out = Secret::copy_of(as_bytes(folded));
  for (std::uint8_t& byte : out.mutable_view()) byte = static_cast<std::uint8_t>(undisguised(static_cast<char>(byte)));
  return out;
}

bool are_neighbours(char left, char right) {
  if (left - right <= 1 && right - left <= 1) return true;
  return std::ranges::any_of(keyboard_rows, [&](std::string_view row) {
    const std::size_t l = row.find(left);
    const std::size_t r = row.find(right);
    return l != std::string_view::npos && r != std::string_view::npos && (l + 1 == r || r + 1 == l);
  });
}

// Different characters that are not the neighbour, in the alphabet or on the keyboard, of the one before.
std::size_t surprises(std::string_view folded) {
  std::bitset<256> seen;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (i == 0 || !are_neighbours(folded[i - 1], folded[i])) seen.set(static_cast<std::uint8_t>(folded[i]));
  }
  return seen.count();
}

// Without what is no letter at both ends; one of several equal parts.
std::string_view core_of(std::string_view folded) {
  while (!folded.empty() && !is_letter(folded.front())) folded.remove_prefix(1);
  while (!folded.empty() && !is_letter(folded.back())) folded.remove_suffix(1);
  for (std::size_t size = 1; size <= folded.size() / 2; ++size) {
    if (folded.size() % size != 0) continue;
    if (folded.substr(size) == folded.substr(0, folded.size() - size)) return folded.substr(0, size);
  }
  return folded;
}

bool is_common(std::string_view folded) {
  if (surprises(folded) < surprises_min) return true;
  if (std::ranges::find(common_walks, folded) != common_walks.end()) return true;
  const auto is_word = [](std::string_view text) {
    return std::ranges::find(common_words, text) != common_words.end();
  };
  const std::string_view core = core_of(folded);
  if (is_word(core)) return true;
  const Secret plain = without_disguise(core);
  if (is_word(core_of(as_text(plain.view())))) return true;
  const Secret whole = without_disguise(folded);
  if (is_word(core_of(as_text(whole.view())))) return true;
  Secret letters = Secret::zeroed(folded.size());
  std::size_t count = 0;
  for (const char c : folded) {
    if (is_letter(c)) letters.mutable_view()[count++] = static_cast<std::uint8_t>(c);
  }
  return is_word(core_of(as_text(letters.view().first(count))));
}

// The words of a name or an address that are long enough to mean somebody, and the text itself.
std::vector<std::string> words_of(std::string_view text) {
  const Secret folded = in_small_letters(as_bytes(text));
  const std::string_view all = as_text(folded.view());
  std::vector<std::string> out;
  if (all.size() >= known_length_min) out.emplace_back(all);
  for (std::size_t at = 0; at < all.size() && out.size() < words_of_person_max;) {
    const std::size_t end = std::min(all.find_first_of(" .-_@+,;()'0123456789", at), all.size());
    if (end - at >= known_length_min) out.emplace_back(all.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

bool holds_one_of(std::string_view folded, const std::vector<std::string>& words) {
  const Secret plain = without_disguise(folded);
  return std::ranges::any_of(words, [&](const std::string& word) {
    const std::string reversed{word.rbegin(), word.rend()};
    const auto holds = [&](std::string_view text) {
      return text.find(word) != std::string_view::npos || text.find(reversed) != std::string_view::npos;
    };
    return holds(folded) || holds(as_text(plain.view()));
  });
}

}  // namespace

Result<void> check_new_password(const Secret& password, const Person& person) {
  if (password.size() > password_size_max) {
    return fail(Errc::invalid, cat("The new password is too long: use at most ", password_size_max, " bytes."));
  }
  if (length_of(password.view()) < password_length_min) {
    return fail(Errc::invalid,
                cat("The new password is too short: use at least ", password_length_min, " characters."));
  }
  const Secret secret = in_small_letters(password.view());
  const std::string_view folded = as_text(secret.view());
  if (holds_one_of(folded, words_of(person.user_name))) {
    return fail(Errc::invalid, "The new password contains the user name: choose another one.");
  }
  // Of an address the part before the @: the domain is everybody's.
  if (holds_one_of(folded, words_of(person.full_name)) ||
      holds_one_of(folded, words_of(person.email.substr(0, person.email.find('@'))))) {
    return fail(Errc::invalid, "The new password contains the name or address of its owner: choose another one.");
  }
  if (is_common(folded)) {
    return fail(Errc::invalid, "The new password is one of the first that are guessed: choose another one.");
  }
  return {};
}

}  // namespace bulkhead::warden
