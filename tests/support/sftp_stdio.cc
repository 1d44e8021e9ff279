// The SFTP server on standard input and output, over a catalog in memory: `sftp -D ./sftp_stdio` talks to it without
// SSH.
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "gate_ssh/files/doubles.h"
#include "gate_ssh/sftp/server.h"

namespace {

using namespace bulkhead;
using namespace bulkhead::gate_ssh;

class Output final : public Outlet {
 public:
  std::size_t room() const override { return output_size_max - std::min(output_size_max, bytes_.size()); }
  void send(std::span<const ByteView> pieces) override {
    for (const ByteView piece : pieces) bytes_.insert(bytes_.end(), piece.begin(), piece.end());
  }
  void send_error(std::string_view text) override { static_cast<void>(write_all(STDERR_FILENO, as_bytes(text))); }
  void finish(int) override { finished = true; }
  bool empty() const { return bytes_.empty(); }
  void write_some() {
    const ssize_t written = ::write(STDOUT_FILENO, bytes_.data(), bytes_.size());
    if (written > 0) bytes_.erase(bytes_.begin(), bytes_.begin() + written);
  }
  bool finished = false;

 private:
  static constexpr std::size_t output_size_max = 1U << 20U;
  Bytes bytes_;
};

}  // namespace

int main() {
  doubles::Siblings siblings;
  Output output;
  SftpServer server{{*siblings.porter, *siblings.catalog, output, "ada", "stdio"}};
  Bytes input;
  Bytes buffer(1U << 18U);
  bool ended = false;
  while (!output.finished || !output.empty()) {
    const bool wants_input = !ended && input.size() < buffer.size();
    std::array waits{pollfd{wants_input ? STDIN_FILENO : -1, POLLIN, 0}, pollfd{siblings.porter->fd(), POLLIN, 0},
                     pollfd{output.empty() ? -1 : STDOUT_FILENO, POLLOUT, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0) return 1;
    if (waits[0].revents != 0) {
      const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got <= 0) ended = true;
      if (got > 0) input.insert(input.end(), buffer.begin(), buffer.begin() + got);
    }
    if (waits[1].revents != 0) siblings.porter->on_readable();
    if (waits[2].revents != 0) output.write_some();
    server.proceed();
    const std::size_t taken = server.receive(input);
    input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
    if (ended && input.empty()) server.receive_end();
  }
  return 0;
}
