#include "gate_ssh/scp/source.h"

#include <algorithm>

#include "base/cat.h"
#include "gate_ssh/files/explain.h"

namespace bulkhead::gate_ssh {

using scp::LineBuffer;

ScpSource::ScpSource(CommandSession session, scp::Invocation invocation)
    : session_{std::move(session)}, output_{session_.outlet}, invocation_{std::move(invocation)} {}

ScpSource::~ScpSource() {
  lost();
}

std::size_t ScpSource::receive(ByteView data) {
  const std::size_t offered = data.size();
  while (state_ != State::ended && !exit_ && output_.flush() && step(data)) continue;
  end_if_done();
  return state_ == State::ended || exit_ ? offered : offered - data.size();
}

bool ScpSource::step(ByteView& data) {
  switch (state_) {
    case State::next:
      return find_next();
    case State::content:
      return send_content();
    case State::response:
      return take_response(data);
    case State::opening:
    case State::ended:
      break;
  }
  return false;
}

void ScpSource::receive_end() {
  input_ended_ = true;
  end_if_done();
}

void ScpSource::end_if_done() {
  if (state_ == State::ended) return;
  if (input_ended_ && state_ == State::response && !exit_) exit_ = 1;  // nobody will answer
  if (!exit_ || !output_.flush()) return;
  const int status = *exit_;
  lost();
  session_.outlet.finish(status);
}

void ScpSource::lost() {
  state_ = State::ended;
  if (range_) file_->done(*std::exchange(range_, std::nullopt));
  file_.reset();
  session_.porter.forget(this);
}

void ScpSource::warn(std::string_view text) {
  failed_ = true;
  output_.add(scp::print_complaint({false, cat("scp: ", text)}));
}

void ScpSource::send_line(std::string_view line, Awaited awaited) {
  output_.add(line);
  state_ = State::response;
  awaited_ = awaited;
}

bool ScpSource::take_response(ByteView& data) {
  const Result<bool> whole = line_.feed(data, LineBuffer::Expects::response);
  if (!whole.ok()) exit_ = 1;
  if (!whole.ok() || !*whole) return false;
  if (line_.empty()) {
    go_on();
    return true;
  }
  // Before the first response there is nothing that one file would be to blame for.
  failed_ = true;
  if (scp::parse_complaint(line_.line()).fatal || awaited_ == Awaited::start) exit_ = 1;
  line_.clear();
  file_.reset();
  state_ = State::next;
  return true;
}

void ScpSource::go_on() {
  switch (awaited_) {
    case Awaited::times:
      return send_head();
    case Awaited::file_head:
      state_ = State::content;
      return;
    case Awaited::folder_head:
      folders_.push_back({path_, session_.catalog.list(entry_.folder)});
      break;
    case Awaited::content:
      file_.reset();
      break;
    case Awaited::folder_end:
    case Awaited::start:
      break;
  }
  state_ = State::next;
}

bool ScpSource::find_next() {
  if (!folders_.empty()) return next_in_folder();
  if (!expansion_) {
    if (path_next_ == invocation_.paths.size()) {
      exit_ = failed_ ? 1 : 0;
      return false;
    }
    expansion_.emplace(session_.catalog, invocation_.paths[path_next_++]);
  }
  const Result<std::optional<Expansion::Found>> found = expansion_->next();
  if (found.ok() && *found) {
    begin((*found)->path, (*found)->shown);
    return true;
  }
  expansion_.reset();
  if (!found.ok()) warn(cat(invocation_.paths[path_next_ - 1].text, ": ", found.error().message()));
  return true;
}

bool ScpSource::next_in_folder() {
  Folder& folder = folders_.back();
  const Result<const asks::EntryRow*> row = folder.cursor.next();
  if (row.ok() && *row != nullptr) {
    if ((*row)->is_virtual) return true;  // no part of the tree
    const Result<Name> name = Name::parse((*row)->name);
    const Result<RemotePath> path = name.ok() ? folder.path.child(*name) : Result<RemotePath>{name.error()};
    if (path.ok()) {
      begin(*path, path->print());
    } else {
      warn(path.error().message());
    }
    return true;
  }
  if (!row.ok()) warn(cat(folder.path.print(), ": ", explain(row.error(), "list", folder.path)));
  folders_.pop_back();
  send_line(scp::folder_end_line, Awaited::folder_end);
  return true;
}

void ScpSource::begin(const RemotePath& path, std::string_view shown) {
  path_ = path;
  const Result<Entry> found = session_.catalog.look_up(path);
  if (!found.ok()) {
    const bool missing = found.error().kind() == Errc::not_found;
    return warn(cat(shown, ": ", missing ? "No such file or directory" : explain(found.error(), "read", path)));
  }
  entry_ = *found;
  switch (entry_.kind) {
    case asks::EntryKind::draft:
      return warn(cat(shown, ": its upload is not finished"));
    case asks::EntryKind::file:
      state_ = State::opening;
      return ReadFile::open(session_.porter, this, entry_.file, entry_.version,
                            [this](Result<std::unique_ptr<ReadFile>> file) { opened(std::move(file)); });
    case asks::EntryKind::folder:
      break;
  }
  if (!invocation_.recursive) return warn(cat(shown, ": not a regular file"));
  if (path.is_root()) return warn("/: has no name to be copied under; copy what is in it: /*");
  // Of a folder the time is not kept, and the clients' own is as good.
  send_head();
}

void ScpSource::opened(Result<std::unique_ptr<ReadFile>> file) {
  state_ = State::next;
  if (!file.ok()) return warn(cat(path_.print(), ": ", explain(file.error(), "read", path_)));
  file_ = std::move(file).value();
  offset_ = 0;
  if (!invocation_.keep_times) return send_head();
  const std::int64_t seconds = std::max<std::int64_t>(0, entry_.modified_ms / 1000);
  send_line(scp::print_times(static_cast<std::uint64_t>(seconds)), Awaited::times);
}

void ScpSource::send_head() {
  const std::string& name = path_.name().text();
  if (entry_.is_folder()) return send_line(scp::print_folder_head(name), Awaited::folder_head);
  send_line(scp::print_file_head(file_->size(), name), Awaited::file_head);
}

bool ScpSource::send_content() {
  if (offset_ == file_->size()) {
    send_line(scp::good_response, Awaited::content);
    return true;
  }
  if (!range_) {
    range_ = file_->start(offset_,
                          static_cast<std::uint32_t>(std::min<std::uint64_t>(read_size_max, file_->size() - offset_)));
    range_sent_ = 0;
  }
  if (!range_ || !file_->ready(*range_)) return false;
  if (file_->error()) return fail_content(*file_->error());
  Pieces rest;
  std::size_t skip = range_sent_;
  std::size_t room = session_.outlet.room();
  const std::size_t room_at_start = room;
  const Pieces pieces = file_->pieces(*range_);
  for (const ByteView piece : pieces.all()) {
    const ByteView unsent = piece.subspan(std::min(skip, piece.size()));
    skip -= piece.size() - unsent.size();
    const ByteView part = unsent.first(std::min(room, unsent.size()));
    room -= part.size();
    if (!part.empty()) rest.views[rest.count++] = part;
  }
  if (rest.count == 0) return false;
  session_.outlet.send(rest.all());
  range_sent_ += room_at_start - room;
  if (range_sent_ < range_->size) return true;
  offset_ += range_->size;
  file_->done(*std::exchange(range_, std::nullopt));
  return true;
}

bool ScpSource::fail_content(const Error& error) {
  session_.outlet.send_error(cat("scp: ", path_.print(), ": ", explain(error, "read", path_), "\r\n"));
  exit_ = 1;
  return false;
}

}  // namespace bulkhead::gate_ssh
