#include "core/ledger/checkpoint.h"

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::ledger {
namespace {

Result<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return fail(Errc::invalid, "checkpoint: three lines expected");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string Checkpoint::text() const {
  return cat(origin, '\n', size, '\n', to_base64(root), '\n');
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint out;
  out.origin = TRY(take_line(text));
  if (!is_key_name(out.origin)) return fail(Errc::invalid, "checkpoint: bad origin");
  const std::string_view size = TRY(take_line(text));
  out.size = TRY(parse_decimal(size, tree_size_max));
  const std::string_view root_text = TRY(take_line(text));
  const Bytes root = TRY(from_base64(root_text));
  if (root.size() != out.root.size()) return fail(Errc::invalid, "checkpoint: a root hash has 32 bytes");
  copy_to(out.root, root);
  if (!text.empty()) return fail(Errc::unsupported, "checkpoint: extension lines");
  return out;
}

Result<Checkpoint> open_checkpoint(std::string_view raw_note, const VerifierKey& key) {
  const Note note = TRY(parse_note(raw_note));
  TRY(verify_note(note, {&key, 1}));
  Checkpoint out = TRY(parse_checkpoint(note.text));
  if (out.origin != key.name) return fail(Errc::denied, cat("checkpoint: of another log, ", out.origin));
  return out;
}

}  // namespace bulkhead::ledger
