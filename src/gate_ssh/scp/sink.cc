#include "gate_ssh/scp/sink.h"

#include <algorithm>

#include "base/cat.h"
#include "gate_ssh/files/explain.h"

namespace bulkhead::gate_ssh {

using scp::LineBuffer;

ScpSink::ScpSink(CommandSession session, const scp::Invocation& invocation)
    : session_{std::move(session)},
      output_{session_.outlet},
      target_text_{invocation.paths.front().text},
      recursive_{invocation.recursive},
      folder_only_{invocation.folder_only || target_text_.ends_with('/')} {}

ScpSink::~ScpSink() {
  session_.porter.forget(this);
}

std::size_t ScpSink::receive(ByteView data) {
  const std::size_t offered = data.size();
  while (state_ != State::ended && !exit_ && output_.flush() && step(data)) continue;
  end_if_done();
  return state_ == State::ended || exit_ ? offered : offered - data.size();
}

bool ScpSink::step(ByteView& data) {
  switch (state_) {
    case State::greeting:
      return greet();
    case State::line:
      return take_line(data);
    case State::content:
      return take_content(data);
    case State::response:
      return take_response(data);
    case State::opening:
    case State::publishing:
    case State::ended:
      break;
  }
  return false;
}

void ScpSink::receive_end() {
  input_ended_ = true;
  end_if_done();
}

void ScpSink::end_if_done() {
  if (state_ == State::ended) return;
  if (input_ended_ && !exit_) {
    const bool whole = state_ == State::line && line_.empty() && folders_.size() == folders_first_;
    const bool waits_for_porter = state_ == State::opening || state_ == State::publishing;
    if (!waits_for_porter && state_ != State::greeting) exit_ = whole && !failed_ ? 0 : 1;
  }
  if (!exit_ || !output_.flush()) return;
  const int status = *exit_;
  lost();
  session_.outlet.finish(status);
}

void ScpSink::lost() {
  state_ = State::ended;
  file_.reset();  // stays as a draft
  session_.porter.forget(this);
}

void ScpSink::warn(std::string_view text) {
  failed_ = true;
  output_.add(scp::print_complaint({false, cat("scp: ", text)}));
}

bool ScpSink::break_off(std::string_view text) {
  output_.add(scp::print_complaint({true, cat("scp: ", text)}));
  exit_ = 1;
  file_.reset();
  return true;
}

bool ScpSink::greet() {
  const Result<void> found = find_target();
  if (!found.ok()) return break_off(explain(found.error(), "write", target_));
  acknowledge();
  state_ = State::line;
  return true;
}

// What comes goes into a folder that is there; or else it gets the name of the target.
Result<void> ScpSink::find_target() {
  target_ = TRY(session_.catalog.resolve(target_text_));
  const Result<Entry> found = session_.catalog.look_up(target_);
  if (found.ok() && found->is_folder()) {
    folders_.push_back({target_, found->folder});
    folders_first_ = 1;
    return {};
  }
  if (!found.ok() && (folder_only_ || found.error().kind() != Errc::not_found)) return found.error();
  if (folder_only_) return fail(Errc::conflict, cat(target_.print(), " is not a folder"));
  return {};
}

bool ScpSink::take_line(ByteView& data) {
  const Result<bool> whole = line_.feed(data, LineBuffer::Expects::line);
  if (!whole.ok()) return break_off(whole.error().message());
  if (!*whole) return false;
  const Result<scp::Line> line = scp::parse_line(line_.line());
  if (!line.ok()) return break_off(line.error().message());
  std::visit([&](const auto& value) { run(value); }, *line);
  line_.clear();
  return true;
}

void ScpSink::run(const scp::Times& times) {
  modified_ms_ = static_cast<std::int64_t>(times.modified_s) * 1000;
  acknowledge();
}

void ScpSink::run(const scp::Complaint& complaint) {
  failed_ = true;
  if (complaint.fatal) exit_ = 1;
}

void ScpSink::run(const scp::FolderEnd&) {
  if (folders_.size() == folders_first_) {
    break_off("the end of a folder that was not begun");
    return;
  }
  folders_.pop_back();
  acknowledge();
}

void ScpSink::run(const scp::FolderHead& head) {
  modified_ms_.reset();  // of a folder no time is kept
  if (!recursive_) {
    break_off("a folder, and no -r");
    return;
  }
  const Result<RemotePath> path = destination(head.name);
  if (!path.ok()) return warn(cat(head.name, ": ", path.error().message()));
  Result<Folder> folder = enter(*path);
  if (!folder.ok()) return warn(cat(path->print(), ": ", explain(folder.error(), "make", *path)));
  folders_.push_back(std::move(folder).value());
  acknowledge();
}

Result<RemotePath> ScpSink::destination(std::string_view name) const {
  if (folders_.empty()) return target_;
  return folders_.back().path.child(TRY(Name::parse(name)));
}

// Makes it if it is not there.
Result<ScpSink::Folder> ScpSink::enter(const RemotePath& path) {
  Result<Entry> found = session_.catalog.look_up_folder(path);
  if (!found.ok() && found.error().kind() == Errc::not_found) {
    TRY(session_.catalog.make_folder(path));
    found = session_.catalog.look_up_folder(path);
  }
  if (!found.ok()) return found.error();
  return Folder{path, found->folder};
}

void ScpSink::run(const scp::FileHead& head) {
  const Result<RemotePath> path = destination(head.name);
  if (!path.ok()) {
    modified_ms_.reset();
    return warn(cat(head.name, ": ", path.error().message()));
  }
  open(*path, head.size);
}

void ScpSink::open(const RemotePath& path, std::uint64_t size) {
  path_ = path;
  size_ = size;
  offset_ = 0;
  std::uint32_t folder = 0;
  if (!folders_.empty()) {
    folder = folders_.back().number;
  } else {
    const Result<Entry> parent = session_.catalog.look_up_folder(path.parent());
    if (!parent.ok()) return opened(parent.error());
    folder = parent->folder;
  }
  state_ = State::opening;
  WriteFile::open(session_.porter, this,
                  {folder, path.name().text(), {}, session_.agent, 0, asks::WriteMode::replace, true},
                  [this](Result<std::unique_ptr<WriteFile>> file) { opened(std::move(file)); });
}

void ScpSink::opened(Result<std::unique_ptr<WriteFile>> file) {
  state_ = State::line;
  if (!file.ok()) {
    modified_ms_.reset();
    return warn(cat(path_.print(), ": ", explain(file.error(), "write", path_)));
  }
  file_ = std::move(file).value();
  state_ = size_ == 0 ? State::response : State::content;
  acknowledge();
}

bool ScpSink::take_content(ByteView& data) {
  const ByteView part = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(size_ - offset_, data.size())));
  const std::size_t taken = file_->write(offset_, part);
  data = data.subspan(taken);
  offset_ += taken;
  if (offset_ == size_) state_ = State::response;
  return taken > 0;
}

bool ScpSink::take_response(ByteView& data) {
  const Result<bool> whole = line_.feed(data, LineBuffer::Expects::response);
  if (!whole.ok()) return break_off("more bytes than the size of the file");
  if (!*whole) return false;
  if (line_.empty()) {
    publish();
    return true;
  }
  // The sender could not read it all and has filled it up: nobody may take this for the file, nor go on with it.
  const bool fatal = scp::parse_complaint(line_.line()).fatal;
  line_.clear();
  if (fatal) return break_off("more bytes than the size of the file, or its sender gave up");
  std::exchange(file_, nullptr)->drop();
  modified_ms_.reset();
  state_ = State::line;
  warn(cat(path_.print(), ": not stored, for its sender could not read it all"));
  return true;
}

void ScpSink::publish() {
  state_ = State::publishing;
  file_->finish(this, std::exchange(modified_ms_, std::nullopt),
                [this](const Result<asks::FileRow>& row) { published(row); });
}

void ScpSink::published(const Result<asks::FileRow>& row) {
  file_.reset();
  state_ = State::line;
  if (!row.ok()) return warn(cat(path_.print(), ": ", explain(row.error(), "write", path_)));
  acknowledge();
}

}  // namespace bulkhead::gate_ssh
