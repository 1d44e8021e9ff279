// A key that parses is stored as it came, has a fingerprint and takes no signature of zeros. The same bytes serve as a
// blob and as a line.
#include "base/die.h"
#include "core/ssh_key/key.h"

using namespace bulkhead;
using namespace bulkhead::ssh_key;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  if (const Result<PublicKey> key = PublicKey::parse(input); key.ok()) {
    ENSURE(key->blob() == to_bytes(input) && key->fingerprint().size() == 50);
    ENSURE(!key->verify(key->type_name(), as_bytes("message"), Bytes(64)));
    ENSURE(!key->verify(key->type_name(), as_bytes("message"), input));
  }
  if (const Result<KeyLine> line = parse_line(as_text(input)); line.ok()) {
    ENSURE(line->comment.size() <= 255);
    ENSURE(PublicKey::parse(line->key.blob()).ok());
  }
  return 0;
}
