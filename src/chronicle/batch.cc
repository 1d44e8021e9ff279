#include "chronicle/batch.h"

#include <algorithm>
#include <set>

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::chronicle {
namespace {

using asks::EventKind;

std::uint32_t organisation_of(const ledger::Who& who) {
  const Result<std::uint64_t> number = parse_decimal(who.tenant, UINT32_MAX);
  return number.ok() ? static_cast<std::uint32_t>(*number) : 0;
}

// "192.0.2.7 #18", or "#18" without an address.
std::string address_of(const std::string& connection) {
  const std::size_t space = connection.find(' ');
  return space == std::string::npos ? std::string{} : connection.substr(0, space);
}

asks::LogRow row_of(const ledger::Who& who, UnixMs time, std::uint64_t index) {
  asks::LogRow row;
  row.time_ms = time;
  row.organisation = organisation_of(who);
  row.user = who.principal;
  row.user_name = who.username;
  row.address = address_of(who.connection);
  row.method = who.method;
  row.receipt = index;
  return row;
}

std::string_view said_of(ledger::Purpose purpose) {
  switch (purpose) {
    case ledger::Purpose::download:
      return "under way";
    case ledger::Purpose::digest:
      return "read inside for its hash";
    case ledger::Purpose::edit:
      return "opened to be changed";
    case ledger::Purpose::copy:
      return "copied inside";
  }
  return "";
}

ReleaseEnd end_of(const ledger::Sent& sent, UnixMs time) {
  ReleaseEnd end{sent.release, time, static_cast<std::uint8_t>(sent.outcome), 0, {}, false, {}};
  for (const ledger::ByteRange& range : sent.ranges) {
    end.bytes += range.length;
    end.ranges.push_back({range.offset, range.length});
  }
  end.failed = sent.outcome != ledger::Outcome::complete;
  if (sent.outcome == ledger::Outcome::cut) end.message = "broken off";
  if (sent.outcome == ledger::Outcome::failed) end.message = "no report came: count the whole file";
  return end;
}

asks::LogRow row_of(asks::Event event) {
  asks::LogRow row;
  row.time_ms = event.time_ms;
  row.kind = event.kind;
  row.failed = event.failed;
  row.organisation = event.organisation;
  row.user = std::move(event.user);
  row.user_name = std::move(event.user_name);
  row.full_name = std::move(event.full_name);
  row.target = std::move(event.target);
  row.target_name = std::move(event.target_name);
  row.file = event.file;
  row.file_name = std::move(event.file_name);
  row.folder = event.folder;
  row.folder_path = std::move(event.folder_path);
  row.address = std::move(event.address);
  row.method = std::move(event.method);
  row.message = std::move(event.message);
  return row;
}

}  // namespace

Result<void> Batch::take(Source source, const asks::EventsAfter::Reply& reply, std::uint64_t after) {
  std::uint64_t position = after <= reply.last ? after : 0;
  for (const auto& stored : reply.events) {
    Result<asks::Event> event = ipc::decode<asks::Event>(stored.event, "event");
    if (!event.ok() || event->kind == EventKind::none || stored.sequence <= position) {
      return fail(Errc::corrupt, "a source told of an event that makes no sense");
    }
    position = stored.sequence;
    event->cut();
    lines_.push_back({row_of(std::move(*event)), {}, {}, source});
  }
  if (reply.events.empty()) position = reply.last;
  if (position != after) positions_[source] = position;
  more_ |= position < reply.last;
  return {};
}

Result<void> Batch::take(const asks::EntriesFrom::Reply& reply, std::uint64_t from) {
  for (const auto& stored : reply.entries) {
    const Result<ledger::Entry> entry = ledger::decode_entry(stored.body);
    if (!entry.ok()) return fail(Errc::corrupt, cat("ledger entry ", stored.index, ": ", entry.error().message()));
    take_entry(stored.index, *entry);
  }
  if (reply.next != from) positions_[Source::vault] = reply.next;
  more_ |= reply.next < reply.size;
  return {};
}

void Batch::take_entry(std::uint64_t index, const ledger::Entry& entry) {
  if (const auto* sent = std::get_if<ledger::Sent>(&entry.event)) {
    lines_.push_back({{}, {}, end_of(*sent, entry.time), Source::vault});
    return;
  }
  Line line;
  if (const auto* released = std::get_if<ledger::Released>(&entry.event)) {
    line.row = row_of(released->who, entry.time, index);
    const bool out = released->purpose == ledger::Purpose::download;
    line.row.kind = out ? EventKind::file_downloaded : EventKind::file_opened;
    line.row.file = released->file;
    line.row.file_name = released->name;
    line.row.folder_path = released->folder;
    line.row.message = said_of(released->purpose);
    if (out) line.release = Release{index, released->who.session, released->sha256, released->size};
  } else if (const auto* received = std::get_if<ledger::Received>(&entry.event)) {
    line.row = row_of(received->who, entry.time, index);
    line.row.kind = EventKind::file_uploaded;
    line.row.file = received->file;
    line.row.file_name = received->name;
    line.row.folder_path = received->folder;
    line.row.size = received->size;
  } else if (const auto* violation = std::get_if<ledger::Violation>(&entry.event)) {
    line.row.time_ms = entry.time;
    line.row.kind = EventKind::trouble;
    line.row.failed = true;
    line.row.receipt = index;
    line.row.message = cat(violation->process, " ", violation->connection, ": ", violation->what);
  } else if (const auto* started = std::get_if<ledger::Started>(&entry.event)) {
    line.row.time_ms = entry.time;
    line.row.kind = EventKind::started;
    line.row.receipt = index;
    line.row.message = cat("version ", started->version);
  }
  lines_.push_back(std::move(line));
}

std::vector<std::string> Batch::unknown_people() const {
  std::set<std::string> unknown;
  for (const Line& line : lines_) {
    if (!line.end && !line.row.user.empty() && line.row.full_name.empty() && unknown.size() < asks::names_of_max) {
      unknown.insert(line.row.user);
    }
  }
  return {unknown.begin(), unknown.end()};
}

std::vector<std::uint64_t> Batch::unknown_files() const {
  std::set<std::uint64_t> unknown;
  for (const Line& line : lines_) {
    if (line.row.file != 0 && line.row.folder == 0 && unknown.size() < asks::names_of_max)
      unknown.insert(line.row.file);
  }
  return {unknown.begin(), unknown.end()};
}

void Batch::take(const asks::NamesOf::Reply& names) {
  for (const auto& name : names.names) full_names_[name.id] = name.full_name;
}

void Batch::take(const asks::PlacesOf::Reply& places) {
  for (const auto& place : places.places) places_[place.file] = place;
}

// By time; of one millisecond what is signed on first, then what is sent, then what is changed.
std::pair<std::int64_t, int> Batch::Line::order() const {
  const int place = source == Source::warden ? 0 : source == Source::vault ? 1 : 2;
  return {end ? end->time_ms : row.time_ms, place};
}

Result<void> Batch::add_line(Store& store, Line& line) {
  if (line.end) return store.end_release(*line.end);
  asks::LogRow& row = line.row;
  if (const auto name = full_names_.find(row.user); name != full_names_.end() && row.full_name.empty()) {
    row.full_name = name->second.substr(0, asks::event_text_max);
  }
  if (row.file != 0 && row.folder == 0) {
    const auto place = places_.find(row.file);
    row.folder = place != places_.end() ? place->second.folder : TRY(store.folder_of(row.file));
    const bool same = place != places_.end() && row.receipt == place->second.receipt;
    if (same && row.kind == EventKind::file_uploaded) row.agent = place->second.agent.substr(0, asks::event_text_max);
  }
  const std::int64_t id = TRY(store.add(row));
  if (line.release) TRY(store.add_release(id, *line.release));
  if (row.kind == EventKind::file_uploaded) return store.set_uploader(row.file, {row.organisation, row.user});
  return {};
}

Result<void> Batch::add_to(Store& store) {
  for (const Line& line : lines_) {  // of files that were deleted meanwhile
    if (line.row.file != 0 && line.row.folder != 0)
      places_.try_emplace(line.row.file, asks::PlacesOf::Place{line.row.file, line.row.folder, 0, {}});
  }
  // As far as one round sees it: each source's own order stays.
  std::ranges::stable_sort(lines_, {}, &Line::order);
  for (Line& line : lines_) TRY(add_line(store, line));
  for (const auto& [source, position] : positions_) TRY(store.set_position(source, position));
  return {};
}

}  // namespace bulkhead::chronicle
