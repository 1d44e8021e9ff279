#pragma once
// What the SSH host keys may sign: the hash of a whole key exchange (RFC 4253 section 8), computed here from its parts
// after each was checked. Pure: no I/O, no key. A taken gate that asks for a signature over bytes of its choice has
// nothing to ask with: the hash covers our own version, our own offer and our own key beside what it sends.
#include <functional>

#include "ipc/ssh_signing_asks.h"
#include "proto/ssh/algorithms.h"

namespace bulkhead::signet {

struct Exchange {
  Bytes hash;                           // H
  std::string_view host_key_algorithm;  // agreed; one of ssh::host_key_algorithms
};

// Errc::invalid unless `ask` is a key exchange of this server: version line, both offers, what they agree on, the sizes
// of shares and secret. `first_cookie`: what the first exchange of the connection must begin with; empty for a further
// one. `host_key`: gives the blob that signs with an algorithm.
Result<Exchange> exchange_form(const asks::SignExchange& ask, ByteView first_cookie,
                               const std::function<ByteView(std::string_view)>& host_key);

}  // namespace bulkhead::signet
