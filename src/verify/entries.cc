#include "verify/entries.h"

namespace verify {
namespace {

constexpr unsigned kind_released = 1;
constexpr unsigned kind_sent = 2;
constexpr unsigned kind_received = 3;
constexpr unsigned kind_destroyed = 6;
constexpr unsigned kind_last = 6;
constexpr std::uint64_t text_size_max = 256;
constexpr std::uint64_t folder_size_max = 1024;
constexpr std::uint64_t ranges_max = 200;

struct Cursor {
  std::string_view rest;
  bool good = true;

  std::string_view take(std::uint64_t size) {
    if (!good || size > rest.size()) {
      good = false;
      return {};
    }
    const std::string_view out = rest.substr(0, static_cast<std::size_t>(size));
    rest.remove_prefix(static_cast<std::size_t>(size));
    return out;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t out = 0;
    for (char letter : take(size)) out = (out << 8U) | static_cast<unsigned char>(letter);
    return out;
  }
  std::string text(std::uint64_t size_max = text_size_max) {
    const std::uint64_t size = number(4);
    if (size > size_max) good = false;
    return std::string{take(size)};
  }
  bool ended() const { return good && rest.empty(); }
};

Release take_file(Cursor& in) {
  Release out;
  out.principal = in.text();
  out.username = in.text();
  out.tenant = in.text();
  out.session = in.take(16);
  out.connection = in.text();
  out.method = in.text();
  out.file = in.number(8);
  out.folder = in.text(folder_size_max);
  out.name = in.text();
  out.sha256 = in.take(32);
  out.size = in.number(8);
  return out;
}

Release take_release(Cursor& in) {
  Release out = take_file(in);
  out.purpose = static_cast<unsigned>(in.number(1));
  in.take(32);  // the hash of the wrapped key
  return out;
}

SentBytes take_sent(Cursor& in) {
  SentBytes out;
  out.release = in.number(8);
  const std::uint64_t count = in.number(4);
  if (count > ranges_max) in.good = false;
  for (std::uint64_t i = 0; i < count && in.good; ++i) {
    const std::uint64_t offset = in.number(8);
    const std::uint64_t length = in.number(8);
    if (length > UINT64_MAX - offset) in.good = false;
    out.ranges.emplace_back(offset, length);
  }
  out.outcome = static_cast<unsigned>(in.number(1));
  return out;
}

}  // namespace

std::optional<Decoded> decode(std::uint64_t index, std::string_view body) {
  Cursor in{body};
  const bool known_version = in.number(1) == 1;
  const std::uint64_t kind = in.number(1);
  const std::uint64_t time = in.number(8);
  if (!in.good || !known_version || kind == 0 || kind > kind_last || time > INT64_MAX) return std::nullopt;
  Decoded out;
  if (kind == kind_released) {
    out.release = take_release(in);
    out.release->index = index;
    out.release->time_ms = static_cast<std::int64_t>(time);
    if (!in.ended()) return std::nullopt;
  } else if (kind == kind_received) {
    out.received = take_file(in);
    out.received->index = index;
    out.received->time_ms = static_cast<std::int64_t>(time);
    if (!in.ended()) return std::nullopt;
  } else if (kind == kind_sent) {
    out.sent = take_sent(in);
    if (!in.ended()) return std::nullopt;
  } else if (kind == kind_destroyed) {
    out.destroyed.emplace(Destruction{index, static_cast<std::int64_t>(time), in.text(), 0});
    out.destroyed->day = in.number(8);
    if (!in.ended()) return std::nullopt;
  }
  return out;
}

}  // namespace verify
