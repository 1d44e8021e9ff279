#include "hostile/taken_gate.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

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

int taken_gate(int count, char** arguments, const sandbox::Policy& policy) {
  const sandbox::Arguments given = sandbox::parse_arguments(count, arguments);
  const MutableByteView ring = map_ring(descriptors::gate::ring);
  const sandbox::Entered entered = sandbox::enter(policy, given);
  ipc::Channel control{Fd{descriptors::control}};
  if (!control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}).ok()) return 0;
  Relay::Channels channels{{"hull", descriptors::control},
                           {"warden", descriptors::gate::warden},
                           {"keeper", descriptors::gate::keeper},
                           {"porter", descriptors::gate::porter},
                           {"signet", descriptors::gate::signet}};
  if (std::string_view{policy.process} == "gate_http") channels.emplace("chronicle", descriptors::gate::chronicle);
  Relay relay{std::move(channels), ring};
  const Fd connection = wait_for_connection(control);
  obey(connection.get(), relay);
  return 0;
}

}  // namespace bulkhead::hostile
