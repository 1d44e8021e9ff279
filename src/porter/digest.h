#pragma once
// The hash of a stored file, or of a part of it, for clients that ask for it long after the upload.
#include "ipc/data_asks.h"
#include "porter/lease.h"

namespace bulkhead::porter {

// Reads the part, which is a release of purpose `digest`. Of a whole file keeper remembers the SHA-1; one that the
// catalog knows already costs neither. Errc::corrupt when the whole content has another SHA-256 than the catalog says;
// Errc::invalid when the part starts behind the end, while one that ends there ends at the end of the file; Errc::io
// when the gate goes meanwhile. `ask.hash_kind` is a crypt::HashKind.
Result<asks::Digest::Reply> digest_of(const Context& context, const asks::Digest& ask);

}  // namespace bulkhead::porter
