// Requests on open files.
#include <algorithm>

#include "base/cat.h"
#include "base/clock.h"
#include "gate_ssh/sftp/attributes.h"
#include "gate_ssh/sftp/server.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr std::string_view no_handle = "no such handle is open";

bool reads_first(const sftp::OpenFlags& flags) {
  return flags.read && !flags.truncate && !flags.exclusive;
}

asks::WriteMode mode_of(const sftp::OpenFlags& flags) {
  if (flags.exclusive && flags.create) return asks::WriteMode::exclusive;
  return flags.truncate ? asks::WriteMode::replace : asks::WriteMode::resume;
}

Bytes status_of(std::uint32_t id, const Result<void>& done, const RemotePath& path) {
  if (done.ok()) return sftp::status_reply(id, sftp::Status::ok, "Success");
  return sftp::status_reply(id, sftp::status_of(done.error().kind()), explain(done.error(), "write", path));
}

}  // namespace

bool SftpServer::run(std::uint32_t id, const sftp::Open& request) {
  if (!request.flags.read && !request.flags.write) {
    return refuse(id, sftp::Status::failure, "open: neither to read nor to write");
  }
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  if (unsettled_within(*path)) return false;
  auto file = std::make_unique<OpenFile>();
  file->path = *path;
  file->flags = request.flags;
  if (!request.flags.write) {
    open_at_path(id, std::move(file));
    return true;
  }
  const bool must_exist = !request.flags.create || !request.flags.write;
  if (must_exist || reads_first(request.flags)) {
    const Result<Entry> found = session_.catalog.look_up(*path);
    if (!found.ok() && (must_exist || found.error().kind() != Errc::not_found)) {
      return refuse(id, found.error(), "write", *path);
    }
    if (found.ok() && found->is_folder()) return refuse(id, sftp::Status::failure, cat(path->print(), " is a folder"));
    if (found.ok() && found->kind == asks::EntryKind::file && reads_first(request.flags)) {
      file->entry = *found;
      open_reader(id, std::move(file));
      return true;
    }
  }
  const Result<void> found = find_folder(*file);
  if (!found.ok()) return refuse(id, found.error(), "write", *path);
  open_writer(id, std::move(file), mode_of(request.flags));
  return true;
}

// keeper resolves the path when it leases the file; only what cannot be read is looked up, for the words of the answer.
void SftpServer::open_at_path(std::uint32_t id, std::unique_ptr<OpenFile> file) {
  std::string path = file->path.print();
  const Result<std::uint32_t> number = handles_.add(std::move(file));
  if (!number.ok()) {
    refuse(id, number.error());
    return;
  }
  ReadFile::open_path(session_.porter, this, std::move(path),
                      [this, id, ticket = replies_.promise(), number = *number](Result<ReadFile::AtPath> opened) {
                        OpenFile* at = handles_.file_by_number(number);
                        if (at == nullptr) return;  // the session is at its end
                        if (!opened.ok()) {
                          replies_.fill(ticket, why_not_read(id, at->path, opened.error()));
                          handles_.drop_file(number);
                          return;
                        }
                        const asks::OpenPath::Reply& found = opened->found;
                        at->entry = {asks::EntryKind::file, 0, found.file, found.version, found.size,
                                     found.modified_ms, 0};
                        at->reader = std::move(opened->file);
                        replies_.fill(ticket, sftp::handle_reply(id, number));
                      });
}

Bytes SftpServer::why_not_read(std::uint32_t id, const RemotePath& path, const Error& error) {
  if (error.kind() == Errc::conflict) {
    const Result<Entry> found = session_.catalog.look_up(path);
    if (found.ok() && found->is_folder()) {
      return sftp::status_reply(id, sftp::Status::failure, cat(path.print(), " is a folder"));
    }
    if (found.ok() && found->kind == asks::EntryKind::draft) {
      return sftp::status_reply(id, sftp::Status::failure,
                                cat(path.print(), ": the upload is not finished; finish it, or remove it"));
    }
  }
  return sftp::status_reply(id, sftp::status_of(error.kind()), explain(error, "read", path));
}

void SftpServer::open_reader(std::uint32_t id, std::unique_ptr<OpenFile> file) {
  const Entry entry = file->entry;
  const Result<std::uint32_t> number = handles_.add(std::move(file));
  if (!number.ok()) {
    refuse(id, number.error());
    return;
  }
  ReadFile::open(session_.porter, this, entry.file, entry.version,
                 [this, id, ticket = replies_.promise(), number = *number](Result<std::unique_ptr<ReadFile>> opened) {
                   opened_as<&OpenFile::reader>(id, ticket, number, "read", std::move(opened));
                 });
}

void SftpServer::open_writer(std::uint32_t id, std::unique_ptr<OpenFile> file, asks::WriteMode mode) {
  const asks::OpenWrite ask = ask_to_write(*file, mode);
  const Result<std::uint32_t> number = handles_.add(std::move(file));
  if (!number.ok()) {
    refuse(id, number.error());
    return;
  }
  WriteFile::open(session_.porter, this, ask,
                  [this, id, ticket = replies_.promise(), number = *number](Result<std::unique_ptr<WriteFile>> opened) {
                    opened_as<&OpenFile::writer>(id, ticket, number, "write", std::move(opened));
                  });
}

template <auto member, class File>
void SftpServer::opened_as(std::uint32_t id, Ticket ticket, std::uint32_t number, std::string_view doing,
                           Result<std::unique_ptr<File>> opened) {
  OpenFile* file = handles_.file_by_number(number);
  if (file == nullptr) return;  // the session is at its end; what was opened ends with it
  if (opened.ok()) {
    file->*member = std::move(opened).value();
    replies_.fill(ticket, sftp::handle_reply(id, number));
    return;
  }
  const Error& error = opened.error();
  replies_.fill(ticket, sftp::status_reply(id, sftp::status_of(error.kind()), explain(error, doing, file->path)));
  handles_.drop_file(number);
}

Result<void> SftpServer::find_folder(OpenFile& file) {
  if (file.path.is_root()) return fail(Errc::conflict, "/ is a folder");
  const Entry folder = TRY(session_.catalog.look_up_folder(file.path.parent()));
  file.folder = folder.folder;
  return {};
}

asks::OpenWrite SftpServer::ask_to_write(const OpenFile& file, asks::WriteMode mode) const {
  return {file.folder, file.path.name().text(), {}, session_.agent, 0, mode, true};
}

// A file that was opened to be read and written is read until here: from now on it goes on as a draft.
Result<WriteFile*> SftpServer::writer_of(OpenFile& file) {
  if (file.writer) return file.writer.get();
  if (!file.flags.write) return fail(Errc::denied, "the file was not opened to be written");
  if (file.writer_error) return *file.writer_error;
  if (file.writer_asked) return nullptr;
  TRY(find_folder(file));
  file.writer_asked = true;
  WriteFile::open(session_.porter, this, ask_to_write(file, asks::WriteMode::resume),
                  [this, &file](Result<std::unique_ptr<WriteFile>> opened) {  // no request goes on before: `file` stays
                    if (ended_) return;
                    if (!opened.ok()) {
                      file.writer_error = std::move(opened).error();
                      return;
                    }
                    replies_.keep(std::move(file.reader));
                    file.writer = std::move(opened).value();
                  });
  if (file.writer_error) return *file.writer_error;
  return file.writer.get();
}

bool SftpServer::run(std::uint32_t id, const sftp::Close& request) {
  if (handles_.drop_folder(request.handle)) return answer_ok(id);
  std::unique_ptr<OpenFile> file = handles_.take_file(request.handle);
  if (!file) return refuse(id, sftp::Status::failure, no_handle);
  if (file->writer) {
    publish(id, std::move(file));
    return true;
  }
  if (file->modified_ms) {
    const Result<void> set = session_.catalog.set_modified(file->path, *file->modified_ms);
    if (!set.ok()) return refuse(id, set.error(), "change", file->path);
  }
  replies_.keep(std::move(file->reader));
  return answer_ok(id);
}

// The answer comes when the file is committed, and not before.
void SftpServer::publish(std::uint32_t id, std::unique_ptr<OpenFile> file) {
  publishing_.push_back({file->path, std::move(file->writer)});
  const auto published = std::prev(publishing_.end());
  published->file->finish(this, file->modified_ms,
                          [this, id, ticket = replies_.promise(), published](const Result<asks::FileRow>& row) {
                            const RemotePath path = published->path;
                            publishing_.erase(published);
                            replies_.fill(ticket, row.ok() ? sftp::status_reply(id, sftp::Status::ok, "Success")
                                                           : sftp::status_reply(id, sftp::status_of(row.error().kind()),
                                                                                explain(row.error(), "write", path)));
                          });
}

bool SftpServer::run(std::uint32_t id, const sftp::Read& request) {
  OpenFile* file = handles_.file(request.handle);
  if (file == nullptr) return refuse(id, sftp::Status::failure, no_handle);
  if (!file->flags.read) return refuse(id, sftp::Status::permission_denied, "the file was not opened to be read");
  const std::uint64_t size = file->reader ? file->reader->size() : file->writer->size();
  if (request.offset >= size) return refuse(id, sftp::Status::eof, "end of file");
  if (!file->reader) {
    return refuse(id, sftp::Status::failure, "the file is being written: close it first, then read it");
  }
  if (request.size == 0) return answer(to_bytes(sftp::data_head(id, 0)));
  const auto part =
      static_cast<std::uint32_t>(std::min<std::uint64_t>({request.size, sftp::data_size_max, size - request.offset}));
  const std::optional<Range> range = file->reader->start(request.offset, part);
  if (!range) return false;
  replies_.add_read(id, *file->reader, *range);
  return true;
}

bool SftpServer::begin_write(const sftp::WriteHead& head) {
  const auto skip = [&](sftp::Status status, std::string_view text) {
    writing_ = Writing{head.id, nullptr, sftp::status_reply(head.id, status, text), 0, head.size, head.surplus};
    return true;
  };
  OpenFile* file = handles_.file(head.handle);
  if (file == nullptr) return skip(sftp::Status::failure, no_handle);
  if (head.offset > INT64_MAX - sftp::packet_size_max) return skip(sftp::Status::failure, "write: beyond any file");
  const Result<WriteFile*> writer = writer_of(*file);
  if (!writer.ok()) {
    return skip(sftp::status_of(writer.error().kind()), explain(writer.error(), "write", file->path));
  }
  if (*writer == nullptr) return false;
  const std::uint64_t offset = file->flags.append ? (*writer)->size() : head.offset;
  if (offset > INT64_MAX - sftp::packet_size_max) return skip(sftp::Status::failure, "write: beyond any file");
  writing_ = Writing{head.id, file, {}, offset, head.size, head.surplus};
  return true;
}

bool SftpServer::run(std::uint32_t id, const sftp::FStat& request) {
  if (const OpenFolder* folder = handles_.folder(request.handle)) {
    const Result<Entry> found = session_.catalog.look_up(folder->path);
    if (!found.ok()) return refuse(id, found.error(), "see", folder->path);
    return answer(sftp::attributes_reply(id, attributes_of(*found)));
  }
  OpenFile* file = handles_.file(request.handle);
  if (file == nullptr) return refuse(id, sftp::Status::failure, no_handle);
  Entry entry = file->entry;
  if (file->writer) {
    entry = {asks::EntryKind::draft, file->folder, 0, 0, file->writer->size(), unix_now_ms(), 0};
  }
  if (file->modified_ms) entry.modified_ms = *file->modified_ms;
  return answer(sftp::attributes_reply(id, attributes_of(entry)));
}

bool SftpServer::run(std::uint32_t id, const sftp::FSetStat& request) {
  if (handles_.folder(request.handle) != nullptr) return answer_ok(id);  // nothing of a folder is kept
  OpenFile* file = handles_.file(request.handle);
  if (file == nullptr) return refuse(id, sftp::Status::failure, no_handle);
  const sftp::Attributes& wanted = request.attributes;
  WriteFile* writer = nullptr;
  if (wanted.size) {
    if (*wanted.size > INT64_MAX) return refuse(id, sftp::Status::failure, "size: beyond any file");
    const Result<WriteFile*> found = writer_of(*file);
    if (!found.ok()) return refuse(id, found.error(), "write", file->path);
    writer = *found;
    if (writer == nullptr) return false;
  }
  if (wanted.times) file->modified_ms = std::int64_t{wanted.times->second} * 1000;
  if (writer == nullptr) return answer_ok(id);
  writer->truncate(*wanted.size, [this, id, ticket = replies_.promise(), path = file->path](const Result<void>& done) {
    replies_.fill(ticket, status_of(id, done, path));
  });
  return true;
}

bool SftpServer::run(std::uint32_t id, const sftp::FSync& request) {
  OpenFile* file = handles_.file(request.handle);
  if (file == nullptr) return refuse(id, sftp::Status::failure, no_handle);
  if (!file->writer) return answer_ok(id);
  file->writer->sync([this, id, ticket = replies_.promise(), path = file->path](const Result<void>& done) {
    replies_.fill(ticket, status_of(id, done, path));
  });
  return true;
}

}  // namespace bulkhead::gate_ssh
