#pragma once
// Signed notes (C2SP signed-note v1.0.0) with Ed25519 keys, signature type 0x01. Pure. vectors/ledger/signed-note*.txt.
// A note is text that ends in a newline, an empty line, and signature lines "— <key name> <base64>".
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/ed25519.h"

namespace bulkhead::ledger {

inline constexpr std::size_t note_size_max = std::size_t{256} * 1024;
inline constexpr std::size_t note_signatures_max = 64;  // a verifier must accept at least 16
inline constexpr std::size_t key_name_size_max = 255;

struct VerifierKey {
  std::string name;
  std::uint32_t id = 0;  // the first 4 bytes of SHA-256(name || "\n" || 0x01 || key)
  crypt::Ed25519Public key{};

  // "name+hex(id)+base64(0x01 || key)". Errc::unsupported for another signature type.
  static Result<VerifierKey> parse(std::string_view text);
  // The verifier key of a signing seed. Errc::invalid unless the name is a key name.
  static Result<VerifierKey> of(std::string_view name, const crypt::Ed25519Public& key);
  std::string text() const;
};

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature;
};

struct Note {
  std::string text;  // with its last newline, without the empty line
  std::vector<NoteSignature> signatures;

  std::string print() const;
};

// Not empty, valid UTF-8, no Unicode space, no plus, no control character, at most key_name_size_max bytes.
bool is_key_name(std::string_view name);

// Checks the form only: nothing in the result is to be trusted before verify_note.
Result<Note> parse_note(std::string_view raw);
// Errc::denied unless at least one signature is by a key of `known` and every signature by such a key is right.
// Signatures by other keys are skipped, also when they share the name or the id, but not both, with a known key.
Result<void> verify_note(const Note& note, std::span<const VerifierKey> known);

// `text` as a note signed with `seed`. Errc::invalid for a text that no note can hold.
Result<Note> sign_note(std::string_view text, const VerifierKey& key, ByteView seed);

}  // namespace bulkhead::ledger
