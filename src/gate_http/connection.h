#pragma once
// One connection: requests one after the other, until either side ends it. The only loop of the gate.
#include "gate_http/exchange.h"
#include "gate_http/routes.h"
#include "ipc/control_asks.h"

namespace bulkhead::gate_http {

class Connection {
 public:
  Connection(Stream& stream, Session& session, MutableByteView ring, const asks::GateSettings& settings);
  void run();

 private:
  enum class Next { more, close };
  Next serve_one();
  Next serve(const http::RequestHead& head);
  Next dispatch(Exchange& exchange);
  void refuse(http::Status status, std::string_view detail);
  bool host_is_served(const http::RequestHead& head) const;

  Stream& stream_;
  Session& session_;
  MutableByteView ring_;
  const asks::GateSettings& settings_;
  Input input_;
  http::HeadParser heads_;
};

}  // namespace bulkhead::gate_http
