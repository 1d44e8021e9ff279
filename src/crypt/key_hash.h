#pragma once
// A digest that becomes key material: unlike crypt/hash.h a failure of libcrypto is an Error, that ends the connection
// it was for, and the digest is a Secret.
#include "base/result.h"
#include "base/secret.h"
#include "crypt/hash.h"

namespace bulkhead::crypt {

// `kind`: of the SHA-2 family. Errc::io when libcrypto fails.
Result<Secret> key_hash(HashKind kind, std::initializer_list<ByteView> parts);

}  // namespace bulkhead::crypt
