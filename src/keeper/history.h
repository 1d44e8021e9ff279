#pragma once
// History: older versions of files, and what folders keep of them.
//   see versions     look at the file (files.h); their content: read_file
//   restore          write_file, and delete_file unless the folder allows overwriting; the number of versions stays
//   delete one       delete_file
//   settings         as those of settings.h
// All by the rights in the folder where the file is now.
#include "keeper/files.h"

namespace bulkhead::keeper {

class History {
 public:
  History(Store& store, Files& files) : store_{store}, files_{files} {}

  Result<asks::HistorySettings> settings(const Asker& asker, std::uint32_t folder);
  Result<asks::HistorySettings> change_settings(const Asker& asker, const asks::ChangeHistorySettings& ask);

  Result<asks::ListVersions::Reply> list(const Asker& asker, const asks::ListVersions& ask);
  Result<asks::FileRow> get(const Asker& asker, const asks::GetVersion& ask);
  Result<asks::FileRow> restore(const Asker& asker, const asks::RestoreVersion& ask);
  Result<void> remove(const Asker& asker, const asks::DeleteVersion& ask);

 private:
  Store& store_;
  Files& files_;
};

}  // namespace bulkhead::keeper
