#include <cstdio>
#include <filesystem>

#include "base/cat.h"
#include "cli/commands.h"
#include "cli/server.h"

namespace bulkhead::cli {
namespace {

std::size_t files_in_outbox(const std::string& directory) {
  std::error_code wrong;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::path{directory} / "outbox", wrong}) {
    if (entry.path().extension() == ".eml") ++count;
  }
  return count;
}

}  // namespace

Result<void> print_mail_state(const std::string& directory) {
  ipc::Channel warden = TRY(connect_office(directory, asks::Office::warden));
  const asks::MailState::Reply state = TRY(warden.ask(asks::MailState{}));
  const std::size_t files = files_in_outbox(directory);
  if (state.server.empty()) {
    std::printf("Mail         %zu %s in the file outbox", files, files == 1 ? "message" : "messages");
    if (state.waiting + state.failed > 0) std::printf(", %u waiting, %u failed", state.waiting, state.failed);
    std::printf("\n");
  } else {
    std::printf("Mail         %s: %u sent, %u waiting, %u failed\n", state.server.c_str(), state.sent, state.waiting, state.failed);
  }
  if (!state.last_problem.empty()) std::printf("  problem    %s\n", state.last_problem.c_str());
  return {};
}

Result<void> test_mail(const std::string& directory, const std::string& address) {
  ipc::Channel warden = TRY(connect_office(directory, asks::Office::warden));
  const asks::TestMail::Reply reply = TRY(warden.ask(asks::TestMail{address}));
  if (reply.outcome != asks::MailOutcome::sent) return fail(Errc::io, cat("not sent: ", reply.answer));
  std::printf("Sent: %s\n", reply.answer.c_str());
  return {};
}

}  // namespace bulkhead::cli
