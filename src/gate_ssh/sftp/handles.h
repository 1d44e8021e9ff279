#pragma once
// What is open in one SFTP session, by handle. Handles are counted and never used again, so a stale one names nothing.
#include <map>
#include <memory>

#include "gate_ssh/files/catalog.h"
#include "gate_ssh/files/read_file.h"
#include "gate_ssh/files/write_file.h"
#include "proto/sftp/packets.h"

namespace bulkhead::gate_ssh {

struct OpenFolder {
  RemotePath path;
  ListCursor cursor;
  std::uint32_t dots_given = 0;  // of "." and ".."
};

// Reads until it is first written, where both was asked for: then `reader` gives way to `writer`.
struct OpenFile {
  RemotePath path;
  Entry entry;  // what is read
  sftp::OpenFlags flags;
  std::uint32_t folder = 0;  // where it is written
  std::unique_ptr<ReadFile> reader;
  std::unique_ptr<WriteFile> writer;
  bool writer_asked = false;
  std::optional<Error> writer_error;
  std::optional<std::int64_t> modified_ms;  // said before the end: applied when it is published

  bool is_open() const { return reader || writer; }
};

class Handles {
 public:
  // The number of what is open, or is being opened. Errc::exhausted when that is too much.
  Result<std::uint32_t> add(std::unique_ptr<OpenFile> file);
  Result<std::uint32_t> add(std::unique_ptr<OpenFolder> folder);
  // Null if there is none of that number; it may be on its way to be opened.
  OpenFile* file_by_number(std::uint32_t number);
  void drop_file(std::uint32_t number) { files_.erase(number); }

  // Null for what is forged, stale, of the other kind, or not open yet.
  OpenFile* file(ByteView handle);
  OpenFolder* folder(ByteView handle);
  // Whether a file in or at `path` is being opened to be written: nobody knows yet what is there.
  bool opening_within(const RemotePath& path) const;
  // The file that is being written at that path. Null: none.
  OpenFile* written_at(const RemotePath& path);
  void renamed(const RemotePath& from, const RemotePath& to);

  // The end of a handle. Empty if there is none.
  std::unique_ptr<OpenFile> take_file(ByteView handle);
  bool drop_folder(ByteView handle);
  void clear();

 private:
  Result<std::uint32_t> next();

  std::uint32_t next_ = 1;
  std::map<std::uint32_t, std::unique_ptr<OpenFile>> files_;
  std::map<std::uint32_t, std::unique_ptr<OpenFolder>> folders_;
};

}  // namespace bulkhead::gate_ssh
