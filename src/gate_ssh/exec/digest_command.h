#pragma once
// DigestCommand: hashes of files, made by the porter and noted in the ledger; or of a little standard input.
#include "crypt/hash.h"
#include "gate_ssh/scp/expansion.h"
#include "gate_ssh/scp/session.h"

namespace bulkhead::gate_ssh {

enum class DigestForm { gnu, bsd, rclone };

// One line as the program of that form prints it. `shown`: the path as it was asked for, or empty: the standard input.
std::string digest_line(DigestForm form, ByteView hash, std::string_view shown);

class DigestCommand final : public Program {
 public:
  // `name`: of the program, for complaints. No paths: the standard input.
  DigestCommand(CommandSession session, std::string name, crypt::HashKind kind, DigestForm form,
                std::vector<scp::Word> paths);
  ~DigestCommand() override { lost(); }

  std::size_t receive(ByteView data) override;
  void receive_end() override;
  void proceed() override;
  void lost() override;

 private:
  enum class State { next, waiting, input, ended };

  void find_next();
  void ask(const Expansion::Found& found);
  void complain(std::string_view text);
  void end_if_done();

  CommandSession session_;
  Output output_;
  std::string name_;
  crypt::HashKind kind_;
  DigestForm form_;
  std::vector<scp::Word> paths_;
  std::size_t path_next_ = 0;
  std::optional<Expansion> expansion_;
  crypt::Hash input_;
  std::size_t input_size_ = 0;
  State state_;
  bool failed_ = false;
  bool done_ = false;  // when all output is out
};

}  // namespace bulkhead::gate_ssh
