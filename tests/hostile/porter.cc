// A porter that was taken over. It stands where bulkhead-porter stands, inside the same sandbox. It has no connection
// of its own: the commands of relay.h come from its gate in notices of number 900, and their answers go back in notices
// of 901.
#include "hostile/relay.h"
#include "ipc/channel.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "porter/sandbox.h"

namespace {

constexpr std::uint16_t command = 900;
constexpr std::uint16_t answer = 901;

}  // namespace

int main(int count, char** arguments) {
  using namespace bulkhead;
  const sandbox::Arguments given = sandbox::parse_arguments(count, arguments);
  const MutableByteView ring = hostile::map_ring(descriptors::porter::ring);
  const sandbox::Entered entered = sandbox::enter(porter::policy(), given);
  ipc::Channel control{Fd{descriptors::control}};
  ipc::Channel gate{Fd{descriptors::porter::gate}};
  if (!control.notify(asks::Ready{entered.layers, entered.landlock_abi, {}}).ok()) return 0;
  hostile::Relay relay{{{"hull", descriptors::control},
                        {"gate", descriptors::porter::gate},
                        {"keeper", descriptors::porter::keeper},
                        {"vault", descriptors::porter::vault}},
                       ring};
  for (;;) {
    const Result<std::optional<ipc::Frame>> frame = gate.receive();
    if (!frame.ok() || !*frame) return 0;
    if ((*frame)->number != command) continue;
    const std::string said = relay.run(as_text((*frame)->body));
    if (!gate.send(ipc::Frame{answer, ipc::Kind::notice, 0, to_bytes(said), {}}).ok()) return 0;
  }
}
