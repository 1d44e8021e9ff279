#pragma once
// What a mailer may do once it has its connection, or its directory.
#include "sandbox/sandbox.h"

namespace bulkhead::mailer {

// Talks over the one socket that it has. No file, no new socket, no process.
sandbox::Policy smtp_policy();
// Writes below its own directory. No socket, no process.
sandbox::Policy outbox_policy();

}  // namespace bulkhead::mailer
