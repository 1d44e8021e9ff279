// A gate that was taken over. It stands where bulkhead-gate-http stands, inside the same sandbox, and obeys the
// commands of relay.h that come in plain text over the connection it was handed.
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "gate_http/sandbox.h"
#include "hostile/relay.h"
#include "ipc/channel.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"

namespace bulkhead::hostile {
namespace {

constexpr std::size_t line_size_max = 1U << 20U;

Fd wait_for_connection(ipc::Channel& control) {
  for (;;) {
    Result<std::optional<ipc::Frame>> frame = control.receive();
    if (!frame.ok() || !*frame || (*frame)->number == asks::Stop::number) std::exit(0);
    if (!(*frame)->descriptors.empty()) return std::move((*frame)->descriptors[0]);
  }
}

void obey(int connection, Relay& relay) {
  std::string pending;
  std::array<char, 65'536> part{};
  for (;;) {
    const ssize_t got = ::read(connection, part.data(), part.size());
    if (got <= 0 || pending.size() > line_size_max) return;
    pending.append(part.data(), static_cast<std::size_t>(got));
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      const std::string answer = relay.run(std::string_view{pending}.substr(0, end)) + "\n";
      pending.erase(0, end + 1);
      if (!write_all(connection, as_bytes(answer)).ok()) return;
    }
  }
}

}  // namespace
}  // namespace bulkhead::hostile

int main(int count, char** arguments) {
  using namespace bulkhead;
  const sandbox::Arguments given = sandbox::parse_arguments(count, arguments);
  const MutableByteView ring = hostile::map_ring(descriptors::gate::ring);
  const sandbox::Entered entered = sandbox::enter(gate_http::policy(), given);
  ipc::Channel control{Fd{descriptors::control}};
  if (!control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}).ok()) return 0;
  hostile::Relay relay{{{"hull", descriptors::control},
                        {"warden", descriptors::gate::warden},
                        {"keeper", descriptors::gate::keeper},
                        {"porter", descriptors::gate::porter},
                        {"signet", descriptors::gate::signet}},
                       ring};
  const Fd connection = hostile::wait_for_connection(control);
  hostile::obey(connection.get(), relay);
  return 0;
}
