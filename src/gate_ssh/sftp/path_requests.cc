// Requests on paths: what keeper answers at once.
#include "base/cat.h"
#include "base/clock.h"
#include "core/policy/rights.h"
#include "gate_ssh/sftp/attributes.h"
#include "gate_ssh/sftp/server.h"

namespace bulkhead::gate_ssh {
namespace {

// One NAME reply. Clients take more, but the first should not wait for the last.
constexpr std::uint32_t names_max = 128;
constexpr std::size_t names_size_max = 32'000;  // bytes

}  // namespace

bool SftpServer::run(std::uint32_t id, const sftp::Stat& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  if (unsettled_within(*path)) return false;
  Result<Entry> found = session_.catalog.look_up(*path);
  if (!found.ok()) return refuse(id, found.error(), "see", *path);
  if (found->kind == asks::EntryKind::draft) {
    // What it holds may be on its way to keeper still.
    if (const OpenFile* written = handles_.written_at(*path)) {
      found->size = written->writer->size();
      found->modified_ms = written->modified_ms.value_or(found->modified_ms);
    }
  }
  return answer(sftp::attributes_reply(id, attributes_of(*found)));
}

// Mode and owner are taken and not kept: rights are given by folder.
bool SftpServer::run(std::uint32_t id, const sftp::SetStat& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  if (unsettled_within(*path)) return false;
  const sftp::Attributes& wanted = request.attributes;
  OpenFile* written = handles_.written_at(*path);
  if (written != nullptr && wanted.times) written->modified_ms = std::int64_t{wanted.times->second} * 1000;
  if (written != nullptr && !wanted.size) return answer_ok(id);
  if (written != nullptr) {
    return refuse(id, sftp::Status::failure, cat(path->print(), " is being written: set its size by its handle"));
  }
  const Result<Entry> found = session_.catalog.look_up(*path);
  if (!found.ok()) return refuse(id, found.error(), "change", *path);
  if (resize_ || (wanted.size && *wanted.size != found->size)) {
    if (found->is_folder()) return refuse(id, sftp::Status::failure, cat(path->print(), " is a folder"));
    if (*wanted.size > INT64_MAX) return refuse(id, sftp::Status::failure, "size: beyond any file");
    if (!resize(id, *path, *found, *wanted.size)) return false;
    if (!std::exchange(resize_, std::nullopt)->outcome->ok()) return true;
  }
  if (wanted.times) {
    const Result<void> set = session_.catalog.set_modified(*path, std::int64_t{wanted.times->second} * 1000);
    if (!set.ok()) return refuse(id, set.error(), "change", *path);
  }
  return answer_ok(id);
}

// Goes on with the content as a draft, sets its size and publishes it. True: resize_->outcome is there, an error
// answered.
bool SftpServer::resize(std::uint32_t id, const RemotePath& path, const Entry& entry, std::uint64_t size) {
  if (!resize_) {
    resize_.emplace();
    const asks::OpenWrite ask{entry.folder, path.name().text(), {}, session_.agent, 0, asks::WriteMode::resume, true};
    WriteFile::open(session_.porter, this, ask, [this, size](Result<std::unique_ptr<WriteFile>> opened) {
      if (!resize_) return;  // the session is at its end
      if (!opened.ok()) {
        resize_->outcome = std::move(opened).error();
        return;
      }
      resize_->file = std::move(opened).value();
      resize_->file->truncate(size, [](const Result<void>&) {});  // its error comes again with the end
      resize_->file->finish(this, {}, [this](const Result<asks::FileRow>& row) {
        if (!resize_) return;
        resize_->outcome = row.ok() ? Result<void>{} : Result<void>{row.error()};
      });
    });
  }
  if (!resize_->outcome) return false;
  if (!resize_->outcome->ok()) refuse(id, resize_->outcome->error(), "write", path);
  return true;
}

bool SftpServer::run(std::uint32_t id, const sftp::OpenDir& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  if (unsettled_within(*path)) return false;
  const Result<Entry> found = session_.catalog.look_up_folder(*path);
  if (!found.ok()) return refuse(id, found.error(), "list", *path);
  const Result<std::uint32_t> number =
      handles_.add(std::make_unique<OpenFolder>(OpenFolder{*path, session_.catalog.list(found->folder)}));
  if (!number.ok()) return refuse(id, number.error());
  return answer(sftp::handle_reply(id, *number));
}

bool SftpServer::run(std::uint32_t id, const sftp::ReadDir& request) {
  OpenFolder* folder = handles_.folder(request.handle);
  if (folder == nullptr) return refuse(id, sftp::Status::failure, "no such folder is open");
  const UnixMs now = unix_now_ms();
  sftp::NamesReply names{id};
  constexpr std::array<std::string_view, 2> dots{".", ".."};
  while (folder->dots_given < dots.size()) {
    const Entry entry{asks::EntryKind::folder, 0, 0, 0, 0, now, policy::Rights::all().bits()};
    names.add(listed(std::string{dots[folder->dots_given++]}, attributes_of(entry), session_.user_name, now));
  }
  while (names.count() < names_max && names.size() < names_size_max) {
    const Result<const asks::EntryRow*> row = folder->cursor.next();
    if (!row.ok()) return refuse(id, row.error(), "list", folder->path);
    if (*row == nullptr) break;
    names.add(listed((*row)->name, attributes_of(**row), session_.user_name, now));
  }
  if (names.count() == 0) return refuse(id, sftp::Status::eof, "end of the list");
  return answer(names.take());
}

bool SftpServer::run(std::uint32_t id, const sftp::Remove& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  if (unsettled_within(*path)) return false;
  const Result<void> removed = session_.catalog.remove(*path, false);
  return removed.ok() ? answer_ok(id) : refuse(id, removed.error(), "remove", *path);
}

bool SftpServer::run(std::uint32_t id, const sftp::RemoveDir& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  if (unsettled_within(*path)) return false;
  const Result<void> removed = session_.catalog.remove(*path, true);
  return removed.ok() ? answer_ok(id) : refuse(id, removed.error(), "remove", *path);
}

bool SftpServer::run(std::uint32_t id, const sftp::MakeDir& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  const Result<void> made = session_.catalog.make_folder(*path);
  return made.ok() ? answer_ok(id) : refuse(id, made.error(), "make", *path);
}

bool SftpServer::run(std::uint32_t id, const sftp::Rename& request) {
  const Result<RemotePath> from = session_.catalog.resolve(request.from);
  if (!from.ok()) return refuse(id, from.error());
  const Result<RemotePath> to = session_.catalog.resolve(request.to);
  if (!to.ok()) return refuse(id, to.error());
  if (unsettled_within(*from) || unsettled_within(*to)) return false;
  const Result<void> moved = session_.catalog.move(*from, *to, request.replace);
  if (!moved.ok()) return refuse(id, moved.error(), "rename", *from);
  handles_.renamed(*from, *to);
  return answer_ok(id);
}

bool SftpServer::answer_names(std::uint32_t id, std::string_view text) {
  const Result<RemotePath> path = session_.catalog.resolve(text);
  if (!path.ok()) return refuse(id, path.error());
  sftp::NamesReply names{id};
  names.add({path->print(), path->print(), {}});
  return answer(names.take());
}

bool SftpServer::run(std::uint32_t id, const sftp::RealPath& request) {
  return answer_names(id, request.path);
}

bool SftpServer::run(std::uint32_t id, const sftp::ReadLink& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  const Result<Entry> found = session_.catalog.look_up(*path);
  if (!found.ok()) return refuse(id, found.error(), "see", *path);
  return refuse(id, sftp::Status::failure, cat(path->print(), " is no link; there are none here"));
}

}  // namespace bulkhead::gate_ssh
