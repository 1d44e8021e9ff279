#pragma once
// Which message number is admitted in which state: one constexpr table, asked before anything of a message is parsed
// . Everything else ends the connection. vectors/ssh/states.txt is the whole table as text.
#include <array>
#include <cstddef>
#include <cstdint>

namespace bulkhead::ssh {

enum class State : std::uint8_t {
  version,     // identification lines
  exchange,    // first KEXINIT sent, waiting for the peer's
  exchanging,  // the first exchange: waiting for the method's message
  new_keys,    // the first exchange: waiting for SSH_MSG_NEWKEYS
  service,     // waiting for SSH_MSG_SERVICE_REQUEST ssh-userauth
  auth,        // SSH_MSG_USERAUTH_REQUEST
  dialogue,    // a keyboard-interactive question is open (RFC 4256)
  connected,   // signed on: RFC 4254
  closing,     // a disconnect was sent
  // A rekey, from the peer's KEXINIT on. RFC 4253 section 7.1 lets it send nothing of `connected` now, but clients do
  // (asyncssh never pauses) and get away with it elsewhere. It comes under the keys of before and is taken as such.
  rekey_exchanging,  // waiting for the method's message
  rekey_new_keys,    // waiting for SSH_MSG_NEWKEYS
};
inline constexpr std::size_t state_count = 11;

// RFC 4250 section 4.1; 192 and 193 are OpenSSH's (PROTOCOL section 1.11).
namespace number {
inline constexpr std::uint8_t disconnect = 1, ignore = 2, unimplemented = 3, debug = 4, service_request = 5,
                              service_accept = 6, ext_info = 7, kexinit = 20, newkeys = 21, kex_ecdh_init = 30,
                              kex_ecdh_reply = 31, userauth_request = 50, userauth_info_response = 61,
                              global_request = 80, request_success = 81, request_failure = 82, channel_open = 90,
                              channel_window_adjust = 93, channel_failure = 100, ping = 192, pong = 193;
}  // namespace number

enum class Verdict : std::uint8_t {
  refuse,         // ends the connection
  admit,          // looked into, here or in the layer above
  unless_strict,  // admit; refuse while a strict first key exchange is under way (OpenSSH PROTOCOL section 1.10)
  guess,          // refuse, but for the one packet that a wrong guess takes (RFC 4253 section 7.1), which is dropped
  drop,           // not looked into: more USERAUTH_REQUESTs after success (RFC 4252 section 5.1)
  unimplemented,  // answered SSH_MSG_UNIMPLEMENTED (RFC 4253 section 11.4)
};

constexpr Verdict verdict(State state, std::uint8_t message) {
  using enum Verdict;
  const bool generic = message == number::ignore || message == number::unimplemented || message == number::debug;
  const bool kept_up = message == number::disconnect || generic || message == number::ping;
  switch (state) {
    case State::version:
    case State::closing:
      return refuse;
    case State::exchange:
      if (generic) return unless_strict;
      return message == number::disconnect || message == number::kexinit ? admit : refuse;
    case State::exchanging:
      if (generic) return unless_strict;
      if (message > number::kex_ecdh_init && message <= 49) return guess;
      return message == number::disconnect || message == number::kex_ecdh_init ? admit : refuse;
    case State::new_keys:
      if (generic) return unless_strict;
      return message == number::disconnect || message == number::newkeys ? admit : refuse;
    case State::service:
      return kept_up || message == number::service_request || message == number::ext_info ? admit : refuse;
    case State::auth:
      return kept_up || message == number::userauth_request ? admit : refuse;
    case State::dialogue:
      return kept_up || message == number::userauth_request || message == number::userauth_info_response ? admit
                                                                                                         : refuse;
    case State::connected:
      if (kept_up || message == number::kexinit) return admit;
      if (message == number::userauth_request) return drop;
      if (message >= number::global_request && message <= number::request_failure) return admit;
      // This server opens no channel, so nothing confirms (91) or refuses (92) one.
      if (message == number::channel_open) return admit;
      if (message >= number::channel_window_adjust && message <= number::channel_failure) return admit;
      // What RFC 4250 assigns, and is refused: 5-7, 21, 30-49, 51-79, 91, 92. PONG answers nobody: no ping is sent.
      if (message == 0 || (message >= 5 && message <= 7) || message == number::newkeys ||
          (message >= 30 && message <= 79) || message == 91 || message == 92 || message == number::pong) {
        return refuse;
      }
      return unimplemented;
    case State::rekey_exchanging:
      if (message == number::kex_ecdh_init) return admit;
      if (message > number::kex_ecdh_init && message <= 49) return guess;
      return message == number::kexinit ? refuse : verdict(State::connected, message);
    case State::rekey_new_keys:
      if (message == number::newkeys) return admit;
      return message == number::kexinit ? refuse : verdict(State::connected, message);
  }
  return refuse;
}

// The table itself, made when this is compiled.
using StateTable = std::array<std::array<Verdict, 256>, state_count>;
inline constexpr StateTable state_table = [] {
  StateTable table{};
  for (std::size_t state = 0; state < state_count; ++state) {
    for (unsigned message = 0; message < 256; ++message) {
      table.at(state).at(message) = verdict(static_cast<State>(state), static_cast<std::uint8_t>(message));
    }
  }
  return table;
}();

// `strict`: while a strict first exchange is under way.
constexpr bool admits(State state, std::uint8_t message, bool strict = false) {
  const Verdict found = state_table.at(static_cast<std::size_t>(state)).at(message);
  return found == Verdict::admit || (found == Verdict::unless_strict && !strict);
}

}  // namespace bulkhead::ssh
