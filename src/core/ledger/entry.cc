#include "core/ledger/entry.h"

#include "base/reader.h"
#include "base/writer.h"
#include "core/ledger/record.h"

namespace bulkhead::ledger {
namespace {

constexpr std::uint8_t version = 1;

// The longest a text member may be is a matter of its place: a folder is a path, `what` is free text.
std::size_t text_max(const Event& event, const std::string& text) {
  if (const auto* received = std::get_if<Received>(&event); received != nullptr && &text == &received->folder) {
    return path_size_max;
  }
  if (const auto* released = std::get_if<Released>(&event); released != nullptr && &text == &released->folder) {
    return path_size_max;
  }
  if (const auto* violation = std::get_if<Violation>(&event); violation != nullptr && &text == &violation->what) {
    return detail_size_max;
  }
  return name_size_max;
}

struct Encoder {
  const Event& event;
  Writer out;
  bool too_large = false;

  void put(std::uint64_t value) { out.u64(value); }
  template <std::size_t N>
  void put(const std::array<std::uint8_t, N>& value) {
    out.bytes(value);
  }
  void put(const std::string& value) {
    too_large = too_large || value.size() > text_max(event, value);
    out.string(as_bytes(value));
  }
  void put(Purpose value) { out.u8(static_cast<std::uint8_t>(value)); }
  void put(Outcome value) { out.u8(static_cast<std::uint8_t>(value)); }
  void put(const std::vector<ByteRange>& ranges) {
    too_large = too_large || ranges.size() > ranges_max;
    out.u32(static_cast<std::uint32_t>(ranges.size()));
    for (const ByteRange& range : ranges) {
      too_large = too_large || range.length > UINT64_MAX - range.offset;
      put(range);
    }
  }
  template <class Message>
    requires requires(const Message& m) { Message::fields(m, [](const auto&...) {}); }
  void put(const Message& message) {
    Message::fields(message, [this](const auto&... field) { (this->put(field), ...); });
  }
};

struct Decoder {
  const Event& event;
  Reader in;

  void take(std::uint64_t& value) { value = in.u64(); }
  template <std::size_t N>
  void take(std::array<std::uint8_t, N>& value) {
    copy_to(value, in.bytes(N));
  }
  void take(std::string& value) { value = to_text(in.string(text_max(event, value))); }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void take_enum(Enum& value, Enum max) {
    const std::uint8_t number = in.u8();
    if (number == 0 || number > static_cast<std::uint8_t>(max)) in.fail();
    value = static_cast<Enum>(number);
  }
  void take(Purpose& value) { take_enum(value, purpose_max); }
  void take(Outcome& value) { take_enum(value, outcome_max); }
  void take(std::vector<ByteRange>& ranges) {
    const std::uint32_t count = in.u32();
    if (count > ranges_max) return in.fail();
    ranges.resize(count);
    for (ByteRange& range : ranges) {
      take(range);
      if (range.length > UINT64_MAX - range.offset) in.fail();
    }
  }
  template <class Message>
    requires requires(Message& m) { Message::fields(m, [](auto&...) {}); }
  void take(Message& message) {
    Message::fields(message, [this](auto&... field) { (this->take(field), ...); });
  }
};

// Makes `event` hold the alternative with that kind number.
template <std::size_t I = 0>
bool become(Event& event, std::uint8_t kind) {
  if constexpr (I == std::variant_size_v<Event>) {
    return false;
  } else {
    if (std::variant_alternative_t<I, Event>::kind != kind) return become<I + 1>(event, kind);
    event.emplace<I>();
    return true;
  }
}

}  // namespace

Result<Bytes> encode_entry(const Entry& entry) {
  if (entry.time < 0) return fail(Errc::invalid, "ledger entry: a time before 1970");
  Encoder encoder{entry.event, {}};
  std::visit(
      [&](const auto& event) {
        encoder.out.u8(version).u8(event.kind).u64(static_cast<std::uint64_t>(entry.time));
        encoder.put(event);
      },
      entry.event);
  if (encoder.too_large || encoder.out.size() > body_size_max) {
    return fail(Errc::too_large, "ledger entry: a field is over its limit");
  }
  return encoder.out.take();
}

Result<Entry> decode_entry(ByteView body) {
  if (body.size() > body_size_max) return fail(Errc::too_large, "ledger entry: over the limit");
  Entry out;
  Decoder decoder{out.event, Reader{body}};
  if (decoder.in.u8() != version) return fail(Errc::unsupported, "ledger entry: unknown version");
  if (!become(out.event, decoder.in.u8())) return fail(Errc::unsupported, "ledger entry: unknown kind");
  const std::uint64_t time = decoder.in.u64();
  if (time > INT64_MAX) return fail(Errc::invalid, "ledger entry: a time out of range");
  out.time = static_cast<UnixMs>(time);
  std::visit([&](auto& event) { decoder.take(event); }, out.event);
  TRY(decoder.in.done("ledger entry"));
  return out;
}

}  // namespace bulkhead::ledger
