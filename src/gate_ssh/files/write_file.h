#pragma once
// WriteFile: a file that is written. Bytes are copied once, into a slot that goes to the porter when it is full, when
// the next bytes do not follow, and before anything else is asked for the file. Taken is not stored yet: the answers of
// sync() and finish() are. The first thing that goes wrong stays: error().
#include <memory>

#include "gate_ssh/files/porter.h"

namespace bulkhead::gate_ssh {

class WriteFile final : public SlotHolder {
 public:
  using Opened = std::function<void(Result<std::unique_ptr<WriteFile>>)>;
  using Answered = std::function<void(Result<void>)>;
  using Finished = std::function<void(Result<asks::FileRow>)>;
  // `owner` as in Porter::ask.
  static void open(Porter& porter, const void* owner, const asks::OpenWrite& ask, Opened then);

  WriteFile(Porter& porter, std::uint32_t handle, std::uint64_t size);
  // A file that was neither finished nor dropped is kept as a draft.
  ~WriteFile();
  WriteFile(const WriteFile&) = delete;
  WriteFile& operator=(const WriteFile&) = delete;

  // With everything that was taken.
  std::uint64_t size() const { return size_; }
  bool written() const { return written_; }
  const std::optional<Error>& error() const { return error_; }

  // Returns how many of the first bytes were taken: fewer when no slot is free (again after the next answers). After an
  // error all are taken, and dropped. offset + data.size() is at most INT64_MAX.
  std::size_t write(std::uint64_t offset, ByteView data);
  // Sends off what was gathered.
  void flush();
  void truncate(std::uint64_t size, Answered then);
  void sync(Answered then);
  // Publishes; `then` may outlive this file. Nothing else may be called afterwards.
  void finish(const void* owner, std::optional<std::int64_t> modified_ms, Finished then);
  // Throws the draft away. Nothing else may be called afterwards.
  void drop();

  Yield yield_slot() override;

 private:
  bool gathers_at(std::uint64_t offset) const;

  Porter& porter_;
  std::uint32_t handle_;
  std::uint64_t size_;
  bool written_ = false;
  bool ended_ = false;
  std::optional<std::uint32_t> slot_;  // being gathered
  std::uint64_t slot_offset_ = 0;      // in the file
  std::uint32_t slot_size_ = 0;        // bytes in it
  std::uint32_t slot_room_ = 0;        // bytes it may hold: it ends at a chunk of the sealed form
  std::optional<Error> error_;
};

}  // namespace bulkhead::gate_ssh
