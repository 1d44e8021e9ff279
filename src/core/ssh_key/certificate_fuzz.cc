// A certificate that parses was signed by its authority, whose key is a plain one; no address of nonsense is in any
// network.
#include "base/die.h"
#include "core/ssh_key/certificate.h"

using namespace bulkhead;
using namespace bulkhead::ssh_key;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  if (const Result<Certificate> certificate = Certificate::parse(input); certificate.ok()) {
    ENSURE(PublicKey::parse(certificate->authority().blob()).ok());
    ENSURE(!certificate->check("", "192.0.2.7", 1'000).ok());
    ENSURE(certificate->signature_algorithm("ssh-rsa-cert-v01@openssh.com").empty());
  }
  if (const Result<Networks> networks = Networks::parse(as_text(input)); networks.ok()) {
    ENSURE(!networks->contain("") && !networks->contain("x") && !networks->contain("1.2.3"));
  }
  return 0;
}
