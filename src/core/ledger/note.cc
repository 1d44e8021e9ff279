#include "core/ledger/note.h"

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"
#include "base/reader.h"
#include "base/writer.h"
#include "crypt/hash.h"

namespace bulkhead::ledger {
namespace {

constexpr std::uint8_t type_ed25519 = 0x01;
constexpr std::string_view line_start = "\xe2\x80\x94 ";  // U+2014, space
constexpr char32_t no_letter = 0xffffffff;

// Takes one code point off `text`; no_letter unless it is the shortest form of a scalar value (RFC 3629).
char32_t next_letter(std::string_view& text) {
  const auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte_at(0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xc2 ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  if (size == 0 || size > text.size()) return no_letter;
  char32_t letter = size == 1 ? first : first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(i) & 0xc0U) != 0x80) return no_letter;
    letter = (letter << 6U) | (byte_at(i) & 0x3fU);
  }
  const bool overlong = (size == 3 && letter < 0x800) || (size == 4 && letter < 0x10000);
  if (overlong || (letter >= 0xd800 && letter <= 0xdfff) || letter > 0x10ffff) return no_letter;
  text.remove_prefix(size);
  return letter;
}

// The code points with the property White_Space above U+0020.
bool is_wide_space(char32_t letter) {
  return letter == 0x85 || letter == 0xa0 || letter == 0x1680 || (letter >= 0x2000 && letter <= 0x200a) ||
         letter == 0x2028 || letter == 0x2029 || letter == 0x202f || letter == 0x205f || letter == 0x3000;
}

bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const char32_t letter = next_letter(text);
    if (letter == no_letter || (letter < 0x20 && letter != '\n')) return false;
  }
  return true;
}

std::uint32_t key_id_of(std::string_view name, const crypt::Ed25519Public& key) {
  const std::array<std::uint8_t, 2> between{'\n', type_ed25519};
  const crypt::Sha256 hash = crypt::sha256({as_bytes(name), between, key});
  return Reader{hash}.u32();
}

Result<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(line_start)) return fail(Errc::invalid, "note: a signature line does not start with a dash");
  line.remove_prefix(line_start.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return fail(Errc::invalid, "note: a signature line without signature");
  NoteSignature out;
  out.name = line.substr(0, space);
  if (!is_key_name(out.name)) return fail(Errc::invalid, "note: a signature line with a bad key name");
  const Bytes blob = TRY(from_base64(line.substr(space + 1)));
  Reader reader{blob};
  out.key_id = reader.u32();
  out.signature = to_bytes(reader.rest());
  if (!reader.ok() || out.signature.empty()) return fail(Errc::invalid, "note: a signature that is too short");
  return out;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > key_name_size_max) return false;
  while (!name.empty()) {
    const char32_t letter = next_letter(name);
    if (letter == no_letter || letter <= 0x20 || letter == '+' || is_wide_space(letter)) return false;
  }
  return true;
}

Result<VerifierKey> VerifierKey::of(std::string_view name, const crypt::Ed25519Public& key) {
  if (!is_key_name(name)) return fail(Errc::invalid, "a key name is not empty and holds neither space nor plus");
  return VerifierKey{std::string{name}, key_id_of(name, key), key};
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  // Base64 may hold a plus, a name and hex may not: the first two are the separators.
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return fail(Errc::invalid, "a verifier key is name+id+key");
  const std::string_view hex = text.substr(first + 1, second - first - 1);
  const Bytes id = TRY(from_hex(hex));
  if (id.size() != 4 || to_hex(id) != hex)
    return fail(Errc::invalid, "a verifier key has an id of 8 lower-case hex digits");
  const Bytes typed = TRY(from_base64(text.substr(second + 1)));
  if (typed.empty() || typed.front() != type_ed25519)
    return fail(Errc::unsupported, "only Ed25519 verifier keys are known");
  crypt::Ed25519Public key{};
  if (typed.size() != 1 + key.size()) return fail(Errc::invalid, "an Ed25519 key has 32 bytes");
  copy_to(key, ByteView{typed}.subspan(1));
  VerifierKey out = TRY(of(text.substr(0, first), key));
  if (out.id != Reader{id}.u32())
    return fail(Errc::invalid, "the id of the verifier key does not match its name and key");
  return out;
}

std::string VerifierKey::text() const {
  return cat(name, '+', to_hex(Writer{}.u32(id).view()), '+', to_base64(Writer{}.u8(type_ed25519).bytes(key).view()));
}

std::string Note::print() const {
  std::string out = text + "\n";
  for (const NoteSignature& each : signatures) {
    const Bytes blob = Writer{}.u32(each.key_id).bytes(each.signature).take();
    out += cat(line_start, each.name, ' ', to_base64(blob), '\n');
  }
  return out;
}

Result<Note> parse_note(std::string_view raw) {
  if (raw.size() > note_size_max) return fail(Errc::too_large, "note: too long");
  if (!is_note_text(raw)) return fail(Errc::invalid, "note: not UTF-8, or a control character");
  const std::size_t split = raw.rfind("\n\n");
  if (split == std::string_view::npos) return fail(Errc::invalid, "note: no empty line before the signatures");
  Note out;
  out.text = raw.substr(0, split + 1);
  std::string_view lines = raw.substr(split + 2);
  if (lines.empty()) return fail(Errc::invalid, "note: no signature");
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return fail(Errc::invalid, "note: the last line does not end");
    if (out.signatures.size() == note_signatures_max) return fail(Errc::too_large, "note: too many signatures");
    NoteSignature signature = TRY(parse_signature(lines.substr(0, end)));
    out.signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return out;
}

Result<void> verify_note(const Note& note, std::span<const VerifierKey> known) {
  bool signed_by_known = false;
  for (const NoteSignature& each : note.signatures) {
    const auto key = std::find_if(known.begin(), known.end(), [&](const VerifierKey& candidate) {
      return candidate.name == each.name && candidate.id == each.key_id;
    });
    if (key == known.end()) continue;
    if (!crypt::ed25519_verify(key->key, as_bytes(note.text), each.signature)) {
      return fail(Errc::denied, cat("note: the signature of ", each.name, " is wrong"));
    }
    signed_by_known = true;
  }
  if (!signed_by_known) return fail(Errc::denied, "note: not signed by a known key");
  return {};
}

Result<Note> sign_note(std::string_view text, const VerifierKey& key, ByteView seed) {
  if (!text.ends_with('\n') || text.size() > note_size_max / 2 || !is_note_text(text)) {
    return fail(Errc::invalid, "note: the text must be UTF-8 without control characters and end in a newline");
  }
  const crypt::Ed25519Signature signature = crypt::ed25519_sign(seed, as_bytes(text));
  return Note{std::string{text}, {NoteSignature{key.name, key.id, to_bytes(ByteView{signature})}}};
}

}  // namespace bulkhead::ledger
