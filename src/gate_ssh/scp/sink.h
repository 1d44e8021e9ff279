#pragma once
// ScpSink: `scp -t`, the end that receives. Content goes straight from the channel into a WriteFile. A file is
// published when all its bytes and the sender's word that they are right have come, and answered when that is
// committed. Cut before, it stays a draft of its user. What concerns one file is a complaint, and the next file may
// come; what breaks the protocol ends.
#include <memory>

#include "gate_ssh/files/write_file.h"
#include "gate_ssh/scp/session.h"
#include "proto/scp/command.h"
#include "proto/scp/lines.h"

namespace bulkhead::gate_ssh {

class ScpSink final : public Program {
 public:
  // What `session` refers to outlives this.
  ScpSink(CommandSession session, const scp::Invocation& invocation);
  ~ScpSink() override;

  std::size_t receive(ByteView data) override;
  void receive_end() override;
  void proceed() override { receive({}); }
  void lost() override;

 private:
  enum class State {
    greeting,    // nothing was said yet
    line,        // a line comes
    opening,     // the porter opens the draft
    content,     // its bytes come
    response,    // the sender says whether they are right
    publishing,  // the porter commits it
    ended,
  };
  struct Folder {
    RemotePath path;
    std::uint32_t number;
  };

  bool step(ByteView& data);
  bool greet();
  bool take_line(ByteView& data);
  bool take_content(ByteView& data);
  bool take_response(ByteView& data);

  void run(const scp::Times& times);
  void run(const scp::FileHead& head);
  void run(const scp::FolderHead& head);
  void run(const scp::FolderEnd& end);
  void run(const scp::Complaint& complaint);

  Result<void> find_target();
  Result<RemotePath> destination(std::string_view name) const;
  Result<Folder> enter(const RemotePath& path);
  void open(const RemotePath& path, std::uint64_t size);
  void opened(Result<std::unique_ptr<WriteFile>> file);
  void publish();
  void published(const Result<asks::FileRow>& row);

  void acknowledge() { output_.add(scp::good_response); }
  void warn(std::string_view text);
  // Nothing is taken any more: the text, then the end.
  bool break_off(std::string_view text);
  void end_if_done();

  CommandSession session_;
  Output output_;
  scp::LineBuffer line_;
  std::string target_text_;
  bool recursive_;
  bool folder_only_;
  State state_ = State::greeting;

  RemotePath target_;
  std::vector<Folder> folders_;              // that what comes goes into; empty: it becomes the target itself
  std::size_t folders_first_ = 0;            // of them, those that the sender has not opened
  std::optional<std::int64_t> modified_ms_;  // of what comes next

  RemotePath path_;  // of the file in hand
  std::unique_ptr<WriteFile> file_;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;

  bool failed_ = false;  // something was complained about
  bool input_ended_ = false;
  std::optional<int> exit_;  // when all output is out
};

}  // namespace bulkhead::gate_ssh
