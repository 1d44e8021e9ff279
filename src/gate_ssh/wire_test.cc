#include "gate_ssh/wire.h"

#include <doctest/doctest.h>

#include "proto/ssh/client_double.h"

using namespace bulkhead;
using namespace bulkhead::gate_ssh;

TEST_CASE("wire: what a key exchange forbids waits for its end, in order") {
  ssh::Pair pair;
  REQUIRE(pair.connect());
  TransportWire wire{pair.server};
  CHECK(wire.room() == output_max - pair.server.output().size());
  pair.got.clear();
  pair.begin_rekey();
  REQUIRE(pair.to_server());
  CHECK(wire.room() == 0);
  wire.send(Bytes{81});
  wire.send(Bytes{82});
  REQUIRE(wire.flush().ok());
  pair.to_client();  // the server's KEXINIT, which the client answers with its share
  CHECK(pair.got.empty());
  REQUIRE(pair.to_server());
  CHECK(wire.room() == 0);
  REQUIRE(wire.flush().ok());
  CHECK(wire.room() > 0);
  wire.send(Bytes{100});
  pair.to_client();
  CHECK(pair.got == std::vector<Bytes>{{81}, {82}, {100}});
}

TEST_CASE("wire: a peer that lets too much wait") {
  ssh::Pair pair;
  REQUIRE(pair.connect());
  TransportWire wire{pair.server};
  pair.begin_rekey();
  REQUIRE(pair.to_server());
  for (std::size_t i = 0; i < waiting_max; ++i) wire.send(Bytes{82});
  CHECK(wire.flush().ok());
  wire.send(Bytes{82});
  CHECK(wire.flush().error().kind() == Errc::exhausted);
}

TEST_CASE("wire: no room while much waits for the socket") {
  ssh::Pair pair;
  REQUIRE(pair.connect());
  TransportWire wire{pair.server};
  const Bytes block(ssh::message_size_max, 'x');
  const ByteView piece{block};
  for (int i = 0; i < 5; ++i) wire.send_data({&piece, 1});
  CHECK(wire.room() == 0);
  pair.server.sent(pair.server.output().size());
  CHECK(wire.room() == output_max);
}
