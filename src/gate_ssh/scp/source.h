#pragma once
// ScpSource: `scp -f`, the end that sends. Paths and trees are walked as they are sent: of a tree of any size one page
// of the list of each folder on the way is in memory. Content goes out of the porter's slots as it is. What concerns
// one file is a complaint, and the next follows. Content that cannot be read to its end ends the session: the protocol
// has no other word than to make up the rest.
#include <memory>

#include "gate_ssh/files/read_file.h"
#include "gate_ssh/scp/expansion.h"
#include "gate_ssh/scp/session.h"
#include "proto/scp/lines.h"

namespace bulkhead::gate_ssh {

class ScpSource final : public Program {
 public:
  // What `session` refers to outlives this.
  ScpSource(CommandSession session, scp::Invocation invocation);
  ~ScpSource() override;

  std::size_t receive(ByteView data) override;
  void receive_end() override;
  void proceed() override { receive({}); }
  void lost() override;

 private:
  enum class State {
    next,      // to be found out
    opening,   // the porter opens the file
    content,   // its bytes go out
    response,  // the receiver answers to awaited_
    ended,
  };
  enum class Awaited { start, times, file_head, folder_head, folder_end, content };
  struct Folder {
    RemotePath path;
    ListCursor cursor;
  };

  bool step(ByteView& data);
  bool take_response(ByteView& data);
  void go_on();
  bool find_next();
  bool next_in_folder();
  void begin(const RemotePath& path, std::string_view shown);
  void opened(Result<std::unique_ptr<ReadFile>> file);
  void send_head();
  bool send_content();
  void send_line(std::string_view line, Awaited awaited);
  bool fail_content(const Error& error);
  void warn(std::string_view text);
  void end_if_done();

  CommandSession session_;
  Output output_;
  scp::Invocation invocation_;
  scp::LineBuffer line_;
  State state_ = State::response;
  Awaited awaited_ = Awaited::start;

  std::size_t path_next_ = 0;  // of the invocation
  std::optional<Expansion> expansion_;
  std::vector<Folder> folders_;  // that were begun

  RemotePath path_;  // in hand
  Entry entry_;
  std::unique_ptr<ReadFile> file_;
  std::uint64_t offset_ = 0;
  std::optional<Range> range_;
  std::size_t range_sent_ = 0;  // bytes

  bool failed_ = false;  // something was complained about
  bool input_ended_ = false;
  std::optional<int> exit_;
};

}  // namespace bulkhead::gate_ssh
