#pragma once
// A process that was taken over, as its siblings see it: it holds what the real one holds and says what the test wants.
// Commands, one line each; a body is hex, or - when it is empty:
//   send CHANNEL NUMBER KIND SERIAL BODY [DESCRIPTORS]   ok | error ERRNO
//   raw CHANNEL PACKET                                   the same, with a packet that need not be a frame
//   zeros CHANNEL SIZE                                   the same, with a packet of that many zero bytes
//   flood CHANNEL NUMBER KIND BODY COUNT                 sent N, without ever reading; stops when the channel stays full
//   receive CHANNEL TIMEOUT_MS                           frame NUMBER KIND SERIAL BODY DESCRIPTORS | none | gone
//   fill OFFSET BODY, peek OFFSET SIZE                   shared memory: ok, or the bytes
// Never installed: it is built for the tests only.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::hostile {

class Relay {
 public:
  // By name, the descriptors this process was started with.
  using Channels = std::map<std::string, int, std::less<>>;
  Relay(Channels channels, MutableByteView ring) : channels_{std::move(channels)}, ring_{ring} {}

  // The answer to one command, without a line end; "wrong ..." for one that makes no sense.
  std::string run(std::string_view line);

 private:
  using Words = std::vector<std::string_view>;
  Result<std::string> obey(const Words& words);
  Result<std::string> send(const Words& words);
  Result<std::string> flood(const Words& words);
  Result<std::string> receive(const Words& words);
  Result<std::string> ring(const Words& words);
  Result<int> channel(std::string_view name) const;

  Channels channels_;
  MutableByteView ring_;
};

// The shared memory of a transfer, from its descriptor.
MutableByteView map_ring(int descriptor);

}  // namespace bulkhead::hostile
