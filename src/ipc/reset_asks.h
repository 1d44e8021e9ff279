#pragma once
// gate -> warden: a new password by a link in a mail. The first two are open to anybody, and say to nobody which
// accounts there are. The rows of the table are in login_asks.h.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// A link for the account, if there is one that may have one: the answer is the same, and as fast, if not.
struct RequestReset {
  static constexpr std::uint16_t number = 65;
  using Reply = ipc::Nothing;
  std::string user_name;
  static auto fields(auto& m, auto&& f) { return f(m.user_name); }
};

// Answered in a later turn. not_found for every token that is not good now, whatever the reason; invalid for a password
// that breaks a rule, and the token stays good. All sessions of the user end.
struct UseReset {
  static constexpr std::uint16_t number = 66;
  using Reply = ipc::Nothing;
  Secret token;
  Secret new_password;
  static auto fields(auto& m, auto&& f) { return f(m.token, m.new_password); }
};

// On behalf of a user, by whoever may set his password. conflict when he has no usable mail address or may not sign on.
struct SendReset {
  static constexpr std::uint16_t number = 67;
  using Reply = ipc::Nothing;
  std::string id;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

}  // namespace bulkhead::asks
