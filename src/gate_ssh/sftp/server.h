#pragma once
// SftpServer: one SFTP session (version 3 with extensions, docs/spec/sftp.md) on a channel. Requests are carried out in
// their order and answered in their order; what needs the porter is asked for ahead, so many are under way at once.
//
// A request that cannot go on yet (no slot, too many replies waiting, a file at its path that is just being published)
// stays where it is, and the stream with it: receive() takes no more until it can.
#include <list>

#include "gate_ssh/files/program.h"
#include "gate_ssh/sftp/handles.h"
#include "gate_ssh/sftp/reply_queue.h"
#include "proto/sftp/intake.h"
#include "proto/sftp/replies.h"

namespace bulkhead::gate_ssh {

struct SftpSession {
  Porter& porter;
  Catalog& catalog;
  Outlet& outlet;
  std::string user_name;
  std::string agent;  // the client's product, for the record
};

class SftpServer final : public Program {
 public:
  // What `session` refers to outlives this.
  explicit SftpServer(SftpSession session);
  ~SftpServer() override;

  std::size_t receive(ByteView data) override;
  void receive_end() override;
  void proceed() override { receive({}); }
  void lost() override;

 private:
  struct Writing {
    std::uint32_t id;
    OpenFile* file;  // null: the data is skipped, and this is answered
    Bytes refusal;
    std::uint64_t offset;
    std::uint32_t left;
    std::uint32_t surplus = 0;  // bytes behind the data, to be skipped
  };
  struct Publishing {
    RemotePath path;
    std::unique_ptr<WriteFile> file;
  };
  // A request that is carried out in several steps, while those behind it wait.
  struct Copy {
    std::uint64_t from_offset;
    std::uint64_t left;
    std::uint64_t to_offset;
    std::optional<Range> range;
    std::size_t range_taken = 0;
  };
  struct Resize {
    std::unique_ptr<WriteFile> file;
    std::optional<Result<void>> outcome;
  };
  struct Hashing {
    std::uint32_t id;
    std::string algorithm;
    std::vector<Bytes> hashes;
    std::size_t left;
  };
  using Ticket = ReplyQueue::Ticket;

  bool step(ByteView& data);
  bool execute();
  bool take_data(ByteView& data);
  void fail_stream(const Error& error);
  void end_if_done();

  // Each is true when the request is done with, as far as the stream goes, and false when it must wait.
  bool run(std::uint32_t id, const sftp::Init& request);
  bool run(std::uint32_t id, const sftp::Malformed& request);
  bool run(std::uint32_t id, const sftp::Unsupported& request);
  // file_requests.cc
  bool run(std::uint32_t id, const sftp::Open& request);
  bool run(std::uint32_t id, const sftp::Close& request);
  bool run(std::uint32_t id, const sftp::Read& request);
  bool run(std::uint32_t id, const sftp::FStat& request);
  bool run(std::uint32_t id, const sftp::FSetStat& request);
  bool run(std::uint32_t id, const sftp::FSync& request);
  bool begin_write(const sftp::WriteHead& head);
  // path_requests.cc
  bool run(std::uint32_t id, const sftp::Stat& request);
  bool run(std::uint32_t id, const sftp::SetStat& request);
  bool run(std::uint32_t id, const sftp::OpenDir& request);
  bool run(std::uint32_t id, const sftp::ReadDir& request);
  bool run(std::uint32_t id, const sftp::Remove& request);
  bool run(std::uint32_t id, const sftp::MakeDir& request);
  bool run(std::uint32_t id, const sftp::RemoveDir& request);
  bool run(std::uint32_t id, const sftp::RealPath& request);
  bool run(std::uint32_t id, const sftp::Rename& request);
  bool run(std::uint32_t id, const sftp::ReadLink& request);
  // extended_requests.cc
  bool run(std::uint32_t id, const sftp::StatVfs& request);
  bool run(std::uint32_t id, const sftp::FStatVfs& request);
  bool run(std::uint32_t id, const sftp::Limits& request);
  bool run(std::uint32_t id, const sftp::CopyData& request);
  bool run(std::uint32_t id, const sftp::HomeDirectory& request);
  bool run(std::uint32_t id, const sftp::UsersGroups& request);
  bool run(std::uint32_t id, const sftp::CheckFile& request);
  bool run(std::uint32_t id, const sftp::SpaceAvailable& request);
  bool run(std::uint32_t id, const sftp::Vendor& request);

  // Always true, to be returned.
  bool answer(Bytes packet);
  bool answer_ok(std::uint32_t id);
  bool refuse(std::uint32_t id, sftp::Status status, std::string_view text);
  bool refuse(std::uint32_t id, const Error& error);
  bool refuse(std::uint32_t id, const Error& error, std::string_view doing, const RemotePath& path);
  bool answer_names(std::uint32_t id, std::string_view path);
  bool answer_space(std::uint32_t id);

  // Something in or at `path` is just being opened to be written, or published: requests behind wait for the outcome.
  bool unsettled_within(const RemotePath& path) const;
  void open_at_path(std::uint32_t id, std::unique_ptr<OpenFile> file);
  // The answer to an open that `error` refused.
  Bytes why_not_read(std::uint32_t id, const RemotePath& path, const Error& error);
  void open_reader(std::uint32_t id, std::unique_ptr<OpenFile> file);
  void open_writer(std::uint32_t id, std::unique_ptr<OpenFile> file, asks::WriteMode mode);
  template <auto member, class File>
  void opened_as(std::uint32_t id, Ticket ticket, std::uint32_t number, std::string_view doing,
                 Result<std::unique_ptr<File>> opened);
  Result<void> find_folder(OpenFile& file);
  asks::OpenWrite ask_to_write(const OpenFile& file, asks::WriteMode mode) const;
  // Its writer, when it has one now; null and no error: it comes, wait.
  Result<WriteFile*> writer_of(OpenFile& file);
  void publish(std::uint32_t id, std::unique_ptr<OpenFile> file);
  bool resize(std::uint32_t id, const RemotePath& path, const Entry& entry, std::uint64_t size);
  bool copy_on(std::uint32_t id, OpenFile& from, WriteFile& to);
  Result<Copy> begin_copy(const sftp::CopyData& request);
  Result<std::optional<Entry>> find_to_hash(const sftp::CheckFile& request);
  void hashed(Ticket ticket, std::size_t index, Result<asks::Digest::Reply> reply);

  SftpSession session_;
  sftp::Intake intake_;
  Handles handles_;
  ReplyQueue replies_;
  std::list<Publishing> publishing_;
  std::optional<Writing> writing_;
  std::optional<Copy> copy_;
  std::optional<Resize> resize_;
  std::map<Ticket, Hashing> hashing_;
  bool greeted_ = false;
  bool input_ended_ = false;
  bool ended_ = false;
};

}  // namespace bulkhead::gate_ssh
