#include "gate_ssh/exec/digest_command.h"

#include "base/cat.h"
#include "base/encode.h"
#include "gate_ssh/exec/commands.h"
#include "gate_ssh/files/explain.h"

namespace bulkhead::gate_ssh {
namespace {

// GNU coreutils, "md5sum invocation": a line begins with a backslash if the name holds one of these.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char letter : name) {
    switch (letter) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

}  // namespace

std::string digest_line(DigestForm form, ByteView hash, std::string_view shown) {
  const std::string hex = to_hex(hash);
  switch (form) {
    case DigestForm::gnu: {
      if (shown.empty()) return cat(hex, "  -\n");
      const std::string name = escaped(shown);
      return cat(name == shown ? "" : "\\", hex, "  ", name, "\n");
    }
    case DigestForm::bsd:
      return shown.empty() ? cat(hex, "\n") : cat(hex, " ", shown, "\n");
    case DigestForm::rclone:
      break;
  }
  return cat(hex, "  ", shown.empty() ? "-" : shown.substr(shown.rfind('/') + 1), "\n");
}

DigestCommand::DigestCommand(CommandSession session, std::string name, crypt::HashKind kind, DigestForm form,
                             std::vector<scp::Word> paths)
    : session_{std::move(session)},
      output_{session_.outlet},
      name_{std::move(name)},
      kind_{kind},
      form_{form},
      paths_{std::move(paths)},
      input_{kind},
      state_{paths_.empty() ? State::input : State::next} {}

std::size_t DigestCommand::receive(ByteView data) {
  if (state_ == State::input && !done_) {
    input_size_ += data.size();
    if (input_size_ <= stdin_size_max) {
      input_.update(data);
    } else {
      complain("more than 1 MiB of input: name a file that is stored here");
      done_ = true;
    }
  }
  proceed();
  return data.size();
}

void DigestCommand::receive_end() {
  if (state_ == State::input && !done_) {
    output_.add(digest_line(form_, input_.finish(), {}));
    done_ = true;
  }
  end_if_done();
}

void DigestCommand::proceed() {
  while (state_ == State::next && !done_ && output_.flush()) find_next();
  end_if_done();
}

void DigestCommand::end_if_done() {
  if (state_ == State::ended || !output_.flush() || !done_) return;
  lost();
  session_.outlet.finish(failed_ ? 1 : 0);
}

void DigestCommand::lost() {
  state_ = State::ended;
  session_.porter.forget(this);
}

void DigestCommand::complain(std::string_view text) {
  failed_ = true;
  session_.outlet.send_error(cat(name_, ": ", text, "\n"));
}

void DigestCommand::find_next() {
  if (!expansion_) {
    done_ = path_next_ == paths_.size();
    if (!done_) expansion_.emplace(session_.catalog, paths_[path_next_++]);
    return;
  }
  const Result<std::optional<Expansion::Found>> found = expansion_->next();
  if (found.ok() && *found) return ask(**found);
  expansion_.reset();
  if (!found.ok()) complain(cat(paths_[path_next_ - 1].text, ": ", found.error().message()));
}

void DigestCommand::ask(const Expansion::Found& found) {
  const Result<Entry> entry = session_.catalog.look_up(found.path);
  if (!entry.ok()) {
    const bool missing = entry.error().kind() == Errc::not_found;
    return complain(
        cat(found.shown, ": ", missing ? "No such file or directory" : explain(entry.error(), "read", found.path)));
  }
  if (entry->is_folder()) return complain(cat(found.shown, ": Is a directory"));
  if (entry->kind == asks::EntryKind::draft) return complain(cat(found.shown, ": its upload is not finished"));
  state_ = State::waiting;
  session_.porter.ask<asks::Digest>(this,
                                    {entry->file, entry->version, static_cast<std::uint8_t>(kind_), 0, UINT64_MAX},
                                    [this, found](const Result<asks::Digest::Reply>& reply) {
                                      state_ = State::next;
                                      if (reply.ok()) return output_.add(digest_line(form_, reply->hash, found.shown));
                                      complain(cat(found.shown, ": ", explain(reply.error(), "read", found.path)));
                                    });
}

}  // namespace bulkhead::gate_ssh
