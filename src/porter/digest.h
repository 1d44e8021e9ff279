#pragma once
// The SHA-1 of a stored file, for clients that ask for it long after the upload.
#include "ipc/data_asks.h"
#include "porter/lease.h"

namespace bulkhead::porter {

// Reads the whole file, which is a release of purpose `digest`, and has keeper remember the outcome; a digest that the
// catalog knows already costs neither. Errc::corrupt when the content has another SHA-256 than the catalog says;
// Errc::io when the process behind `gate_fd` goes meanwhile.
Result<asks::Digest::Reply> digest_of(ipc::Channel& keeper, ipc::Channel& vault, int gate_fd, const asks::Digest& ask);

}  // namespace bulkhead::porter
