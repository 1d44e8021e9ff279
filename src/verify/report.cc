#include "verify/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "verify/digest.h"

namespace verify {
namespace {

std::string purpose_name(unsigned purpose) {
  constexpr std::array names{"?", "download", "digest", "edit", "copy"};
  return purpose < names.size() && purpose != 0 ? names.at(purpose) : "purpose " + std::to_string(purpose);
}

constexpr unsigned outcome_failed = 3;

std::string outcome_name(unsigned outcome) {
  constexpr std::array names{"unknown", "complete", "cut", "failed"};
  return outcome < names.size() ? names.at(outcome) : "outcome " + std::to_string(outcome);
}

// Text from outside as a JSON string; bytes beyond ASCII and control bytes come out as \u00XX, one each, so that no
// text can steer a terminal or break the document.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (byte < 0x20 || byte >= 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(byte));
      out += escape;
    } else {
      out += letter;
    }
  }
  return out + "\"";
}

std::string path_of(const Release& release) {
  return release.folder + (release.folder.ends_with('/') ? "" : "/") + release.name;
}

}  // namespace

void Report::add(std::uint64_t index, std::optional<std::string_view> body) {
  if (!body) return;
  const std::optional<Decoded> decoded = decode(index, *body);
  if (!decoded) {
    ++unreadable_;
  } else if (decoded->release) {
    const Release& release = *decoded->release;
    const bool wanted = (!filter_.file || *filter_.file == release.file) &&
                        (!filter_.principal || *filter_.principal == release.username ||
                         *filter_.principal == release.principal) &&
                        release.time_ms >= filter_.from_ms && release.time_ms < filter_.to_ms;
    if (wanted) lines_[index].release = release;
  } else if (decoded->sent) {
    add_sent(*decoded->sent);
  } else if (decoded->destroyed) {
    const Destruction& destroyed = *decoded->destroyed;
    if (destroyed.time_ms >= filter_.from_ms && destroyed.time_ms < filter_.to_ms) destroyed_.push_back(destroyed);
  }
}

std::string describe(std::uint64_t index, std::string_view body) {
  const std::optional<Decoded> decoded = decode(index, body);
  if (!decoded) return "entry:  of a later format\n";
  if (decoded->sent) {
    std::string out = "kind:   sent\nof:     entry " + std::to_string(decoded->sent->release) + ", " + outcome_name(decoded->sent->outcome);
    for (const auto& [offset, length] : decoded->sent->ranges) {
      out += " [" + std::to_string(offset) + "," + std::to_string(offset + length) + ")";
    }
    return out + "\n";
  }
  if (decoded->destroyed) {
    return "kind:   destroyed\ntime:   " + format_time(decoded->destroyed->time_ms) + "\nkeys:   of " +
           quoted(decoded->destroyed->tenant) + ", expired on " + format_day(decoded->destroyed->day) + "\n";
  }
  const std::optional<Release>& file = decoded->release ? decoded->release : decoded->received;
  if (!file) return "kind:   about nobody\n";
  return "kind:   " + (decoded->release ? "released, " + purpose_name(file->purpose) : std::string{"received"}) + "\ntime:   " +
         format_time(file->time_ms) + "\nwho:    " + quoted(file->username) + " (principal " + quoted(file->principal) + ") of " +
         quoted(file->tenant) + " by " + quoted(file->method) + "\nfile:   " + std::to_string(file->file) + " " + quoted(path_of(*file)) +
         ", " + std::to_string(file->size) + " bytes\nsha256: " + hex(file->sha256) + "\n";
}

void Report::add_sent(const SentBytes& sent) {
  const auto found = lines_.find(sent.release);
  if (found == lines_.end()) return;
  if (sent.outcome == outcome_failed) return;  // the session ended before it could tell: the whole file counts
  Line& line = found->second;
  line.bytes_known = true;
  line.outcome = sent.outcome;
  for (const auto& [offset, length] : sent.ranges) {
    if (length == 0) continue;
    std::uint64_t start = offset;
    std::uint64_t end = offset + length;
    auto next = line.sent.upper_bound(start);
    if (next != line.sent.begin() && std::prev(next)->second >= start) --next;
    while (next != line.sent.end() && next->first <= end) {
      start = std::min(start, next->first);
      end = std::max(end, next->second);
      next = line.sent.erase(next);
    }
    line.sent[start] = end;
  }
}

std::uint64_t Report::total(const Line& line) {
  std::uint64_t sum = 0;
  for (const auto& [start, end] : line.sent) sum += end - start;
  return sum;
}

std::string Report::section_text(bool bytes_known) const {
  std::string out;
  for (const auto& [index, line] : lines_) {
    if (line.bytes_known != bytes_known) continue;
    const Release& each = line.release;
    out += "  entry " + std::to_string(index) + "  " + format_time(each.time_ms) + "  " + purpose_name(each.purpose) +
           "\n";
    out += "    who      " + quoted(each.username) + " (principal " + quoted(each.principal) + ") of " +
           quoted(each.tenant) + " by " + quoted(each.method) + "\n";
    out += "    session  " + hex(each.session) + " on " + quoted(each.connection) + "\n";
    out += "    file     " + std::to_string(each.file) + " " + quoted(path_of(each)) + ", " + std::to_string(each.size) + " bytes, sha256 " +
           hex(each.sha256) + "\n";
    if (!bytes_known) continue;
    out += "    sent     " + std::to_string(total(line)) + " bytes, " + outcome_name(line.outcome);
    for (const auto& [start, end] : line.sent) out += " [" + std::to_string(start) + "," + std::to_string(end) + ")";
    out += "\n";
  }
  return out.empty() ? "  none\n" : out;
}

std::string Report::text(const Summary& summary) const {
  std::string out = "Disclosure report of " + summary.head.origin +
                    ", from the ledger alone.\n"
                    "Complete if the host of the vault was not controlled by the attacker.\n"
                    "Ledger: " +
                    std::to_string(summary.entries) + " entries, " + std::to_string(summary.head.size) +
                    " signed; root " + base64(summary.head.root) + "\n";
  if (summary.erased != 0)
    out += "Erased entries, whose content is not known any more: " + std::to_string(summary.erased) + "\n";
  if (unreadable_ != 0) out += "Entries of a later format, not in this report: " + std::to_string(unreadable_) + "\n";
  out += "\n1. Released, and the bytes sent are known\n" + section_text(true);
  out += "\n2. Released, bytes unknown: count the whole file as disclosed\n" + section_text(false);
  out += "\n3. Keys destroyed: what expired on that day opens no more\n" + destroyed_text();
  return out;
}

std::string Report::section_json(bool bytes_known, const Summary& summary) const {
  std::string out;
  for (const auto& [index, line] : lines_) {
    if (line.bytes_known != bytes_known) continue;
    const Release& each = line.release;
    out += std::string{out.empty() ? "" : ","} + "\n    {\"entry\":" + std::to_string(index) +
           ",\"signed\":" + (index < summary.head.size ? "true" : "false") +
           ",\"time\":" + quoted(format_time(each.time_ms)) + ",\"purpose\":" + quoted(purpose_name(each.purpose)) +
           ",\"principal\":" + quoted(each.principal) + ",\"username\":" + quoted(each.username) +
           ",\"tenant\":" + quoted(each.tenant) + ",\"session\":" + quoted(hex(each.session)) +
           ",\"connection\":" + quoted(each.connection) + ",\"method\":" + quoted(each.method) +
           ",\"file\":" + std::to_string(each.file) + ",\"path\":" + quoted(path_of(each)) + ",\"size\":" + std::to_string(each.size) +
           ",\"sha256\":" + quoted(hex(each.sha256));
    if (bytes_known) {
      out += ",\"outcome\":" + quoted(outcome_name(line.outcome)) + ",\"bytes_sent\":" + std::to_string(total(line)) +
             ",\"ranges\":[";
      for (const auto& [start, end] : line.sent) {
        out += std::string{start == line.sent.begin()->first ? "" : ","} + "{\"offset\":" + std::to_string(start) +
               ",\"length\":" + std::to_string(end - start) + "}";
      }
      out += "]";
    }
    out += "}";
  }
  return "[" + out + "]";
}

std::string Report::json(const Summary& summary) const {
  return "{\n  \"origin\":" + quoted(summary.head.origin) +
         ",\n  \"assumption\":\"complete if the host of the vault was not controlled by "
         "the attacker\",\n  \"entries\":" +
         std::to_string(summary.entries) + ",\n  \"signed_entries\":" + std::to_string(summary.head.size) +
         ",\n  \"root\":" + quoted(base64(summary.head.root)) +
         ",\n  \"erased_entries\":" + std::to_string(summary.erased) +
         ",\n  \"unreadable_entries\":" + std::to_string(unreadable_) +
         ",\n  \"released_bytes_known\":" + section_json(true, summary) +
         ",\n  \"released_bytes_unknown\":" + section_json(false, summary) + ",\n  \"keys_destroyed\":" + destroyed_json() +
         "\n}\n";
}

std::string Report::destroyed_text() const {
  std::string out;
  for (const Destruction& each : destroyed_) {
    out += "  entry " + std::to_string(each.index) + "  " + format_time(each.time_ms) + "  of " + quoted(each.tenant) +
           ", expired on " + format_day(each.day) + "\n";
  }
  return out.empty() ? "  none\n" : out;
}

std::string Report::destroyed_json() const {
  std::string out;
  for (const Destruction& each : destroyed_) {
    out += std::string{out.empty() ? "" : ","} + "\n    {\"entry\":" + std::to_string(each.index) +
           ",\"time\":" + quoted(format_time(each.time_ms)) + ",\"tenant\":" + quoted(each.tenant) +
           ",\"expired_on\":" + quoted(format_day(each.day)) + "}";
  }
  return "[" + out + "]";
}

std::string format_day(std::uint64_t day) {
  constexpr std::uint64_t beyond = 4'000'000;  // about the year 12900: no day of this program
  if (day > beyond) return "day " + std::to_string(day);
  return format_time(static_cast<std::int64_t>(day) * 86'400'000).substr(0, 10);
}

std::string format_time(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(time_ms) + " ms";
  char day[64];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  char out[80];
  std::snprintf(out, sizeof out, "%s.%03uZ", day, static_cast<unsigned>(time_ms % 1000));
  return out;
}

std::optional<std::int64_t> parse_time(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') continue;
    const std::time_t seconds = timegm(&parts);
    if (seconds >= 0) return static_cast<std::int64_t>(seconds) * 1000;
  }
  return std::nullopt;
}

}  // namespace verify
