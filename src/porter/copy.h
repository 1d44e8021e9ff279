#pragma once
// Copies made inside: the porter opens the source and seals it anew, under a key of its own; no byte of the content
// goes to the gate. Each file is a release of purpose `copy`, and a receipt.
#include "ipc/data_asks.h"
#include "porter/workspace.h"

namespace bulkhead::porter {

// Errc::conflict when the name is taken or the file changed meanwhile; Errc::invalid when the content is not what the
// catalog says; Errc::io when the gate goes meanwhile.
Result<asks::FileRow> copy_file(const Context& context, const asks::CopyFile& ask);

// A folder with all that the session may read of it; it appears whole, or not at all.
Result<asks::FolderRow> copy_folder(const Context& context, const asks::CopyFolder& ask);

}  // namespace bulkhead::porter
