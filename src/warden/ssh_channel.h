#pragma once
// What a gate's SSH channel has come to before it is signed on. All of SshProgress goes at each refusal, and when
// another user is named.
#include <optional>

#include "warden/identity.h"
#include "warden/sign_on_methods.h"

namespace bulkhead::warden {

// What signed, and so what ends the session when it is removed.
struct SshSigner {
  std::string user;         // id
  std::string fingerprint;  // of the key, or of the authority of its certificate
  bool authority = false;
  std::string key;        // fingerprint of the key that signed
  std::string described;  // all of it, for the log
};

enum class Dialogue : std::uint8_t { none, password, new_password };  // what was asked last

struct SshProgress {
  std::string name;             // as sent
  std::string user;             // id of the account that `done` proves; empty before the first success
  std::string sign_on;          // the methods of that account, as they stood then
  std::vector<SshMethod> done;  // in the order of their success
  std::vector<SshSigner> signers;
  std::optional<Salt> proven;                 // of the password that was right
  std::optional<NewCredential> new_password;  // to be stored when the sign-on is complete
  Dialogue dialogue = Dialogue::none;
  unsigned new_password_rounds = 0;
  Secret old_password;  // while a new one is asked for
};

struct SshChannel {
  Bytes session_id;  // empty: no session is open yet
  Bytes host_key;
  SshProgress progress;
};

}  // namespace bulkhead::warden
