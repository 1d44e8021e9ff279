// What the ledger says to a session (ipc/ledger_asks.h): its receipts with their proofs, the checkpoint, and tiles. The
// gate only writes them down; the vault decides what is shown, and the proof is checked by whoever has the ledger's
// key.
#include "base/cat.h"
#include "base/encode.h"
#include "core/ledger/entry.h"
#include "gate_http/routes.h"
#include "ipc/ledger_asks.h"
#include "proto/http/json_out.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

Error no_receipt() {
  return fail(Errc::not_found, "no such receipt");
}
Error no_tile() {
  return fail(Errc::not_found, "no such tile");
}

// C2SP tlog-proof v1; the extra data is salt and body of the entry, of which its leaf is made (docs/spec/ledger.md).
std::string proof_text(std::uint64_t index, const asks::ReadReceipt::Reply& receipt) {
  Bytes extra = to_bytes(ByteView{receipt.salt});
  extra.insert(extra.end(), receipt.body.begin(), receipt.body.end());
  std::string text = cat("c2sp.org/tlog-proof@v1\nextra ", to_base64(extra), "\nindex ", index, "\n");
  for (const auto& hash : receipt.proof) text += to_base64(hash) + "\n";
  return cat(text, "\n", receipt.checkpoint);
}

void write_who(json::Writer& out, const ledger::Who& who) {
  out.key("userId").string(who.principal);
  out.key("username").string(who.username);
  out.key("orgID").string(who.tenant);
  out.key("connection").string(who.connection);
  out.key("method").string(who.method);
}

template <class Event>
void write_file(json::Writer& out, const Event& event) {
  write_who(out, event.who);
  out.key("fileID").string(cat(event.file));
  out.key("folderPath").string(event.folder);
  out.key("name").string(event.name);
  out.key("size").unsigned_integer(event.size);
  out.key("sha256").string(to_hex(event.sha256));
}

// False for a kind that is about nobody.
bool write_event(json::Writer& out, const ledger::Event& event) {
  if (const auto* received = std::get_if<ledger::Received>(&event)) {
    out.key("kind").string("received");
    write_file(out, *received);
    return true;
  }
  if (const auto* released = std::get_if<ledger::Released>(&event)) {
    constexpr std::array<std::string_view, 5> purposes{"", "download", "digest", "edit", "copy"};
    static_assert(purposes.size() == static_cast<std::size_t>(ledger::purpose_max) + 1);
    out.key("kind").string("released");
    write_file(out, *released);
    out.key("purpose").string(purposes.at(static_cast<std::size_t>(released->purpose)));
    return true;
  }
  const auto* sent = std::get_if<ledger::Sent>(&event);
  if (sent == nullptr) return false;
  constexpr std::array<std::string_view, 4> outcomes{"", "complete", "cut", "failed"};
  out.key("kind").string("sent");
  out.key("release").string(cat(sent->release));
  out.key("outcome").string(outcomes.at(static_cast<std::size_t>(sent->outcome)));
  out.key("ranges").begin_array();
  for (const ledger::ByteRange& range : sent->ranges) {
    out.begin_object()
        .key("offset")
        .unsigned_integer(range.offset)
        .key("length")
        .unsigned_integer(range.length)
        .end_object();
  }
  out.end_array();
  return true;
}

// C2SP tlog-tiles: "067", "x001/067", and of a partial tile "273.p/112".
Result<asks::ReadTile> parse_tile(std::string_view level, std::span<const std::string_view> parts) {
  asks::ReadTile tile;
  const Result<std::uint64_t> height = parse_decimal(level, 63);
  if (!height.ok()) return no_tile();
  tile.level = static_cast<std::uint8_t>(*height);
  if (parts.size() > 1 && parts[parts.size() - 2].ends_with(".p")) {
    const Result<std::uint64_t> width = parse_decimal(parts.back(), 255);
    if (!width.ok() || *width == 0) return no_tile();
    tile.width = static_cast<std::uint16_t>(*width);
    parts = parts.first(parts.size() - 1);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view group = parts[i];
    const bool last = i + 1 == parts.size();
    if (last && tile.width != 256) group.remove_suffix(2);
    if (!last && !group.starts_with('x')) return no_tile();
    if (!last) group.remove_prefix(1);
    if (group.size() != 3 || (i == 0 && !last && group == "000")) return no_tile();
    for (const char digit : group) {
      if (!http::is_digit(digit)) return no_tile();
      tile.index = tile.index * 10 + static_cast<std::uint64_t>(digit - '0');
    }
  }
  return tile;
}

}  // namespace

Result<void> get_receipt(Exchange& exchange) {
  const Result<std::uint64_t> index = parse_decimal(exchange.captures.at(0), INT64_MAX);
  if (!index.ok()) return no_receipt();
  ipc::Channel* porter = TRY(exchange.session.porter());
  const asks::ReadReceipt::Reply receipt = TRY(porter->ask(asks::ReadReceipt{*index}));
  const ledger::Entry entry = TRY(ledger::decode_entry(receipt.body));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("index").string(cat(*index));
  out.key("time").string(format_timestamp(entry.time));
  if (!write_event(out, entry.event)) return no_receipt();
  out.key("proof").string(proof_text(*index, receipt));
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> ledger_checkpoint(Exchange& exchange) {
  ipc::Channel* porter = TRY(exchange.session.porter());
  const asks::ReadCheckpoint::Reply reply = TRY(porter->ask(asks::ReadCheckpoint{}));
  return exchange.answer(http::Status::ok, "text/plain; charset=utf-8", reply.checkpoint);
}

Result<void> ledger_tile(Exchange& exchange) {
  const std::span<const std::string_view> captures{exchange.captures};
  const asks::ReadTile ask = TRY(parse_tile(captures.front(), captures.subspan(1)));
  ipc::Channel* porter = TRY(exchange.session.porter());
  const asks::ReadTile::Reply reply = TRY(porter->ask(ask));
  return exchange.answer(http::Status::ok, "application/octet-stream", as_text(reply.tile));
}

}  // namespace bulkhead::gate_http
