#pragma once
// Who this connection is, as warden says, and the asks to its siblings. The gate decides nothing: it carries the capability to
// keeper and porter, which verify it. One principal per connection, for ever.
#include "ipc/catalog_asks.h"
#include "ipc/channel.h"
#include "ipc/login_asks.h"
#include "ipc/table.h"

namespace bulkhead::gate_http {

struct Siblings {
  ipc::Channel& warden;
  ipc::Channel& keeper;
  ipc::Channel& porter;
  ipc::Channel& chronicle;
};

class Session {
 public:
  explicit Session(Siblings siblings) : siblings_{siblings} {}

  // The Authorization value of a request. unauthenticated: 401; other_principal: 421.
  Result<void> authorise(std::optional<std::string_view> authorization);
  // What a token request was granted: this connection is that principal's now.
  Result<void> adopt(const asks::SignOnResult& granted);
  // The token was revoked here: it must be shown to warden again.
  void forget();

  ipc::Channel& warden() { return siblings_.warden; }
  // The same, for asks of which a channel admits few (ipc/login_asks.h).
  ipc::Channel& sign_on_channel() {
    ++sign_on_asks_;
    return siblings_.warden;
  }
  // Those are nearly used up: an honest client hears an answer and Connection: close, and starts anew.
  bool worn_out() const { return sign_on_asks_ + 8 >= ipc::limited_times; }
  ipc::Channel& keeper() { return siblings_.keeper; }
  // The porter, which learns the capability when it is first needed.
  Result<ipc::Channel*> porter();
  // chronicle likewise.
  Result<ipc::Channel*> chronicle();

 private:
  Result<void> adopt_capability(Bytes capability);

  Siblings siblings_;
  Secret token_;  // the one shown last, good until expires_ms_
  std::int64_t expires_ms_ = 0;
  Bytes capability_;
  bool porter_knows_ = false;
  bool chronicle_knows_ = false;
  std::uint32_t sign_on_asks_ = 0;
};

}  // namespace bulkhead::gate_http
