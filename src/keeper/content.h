#pragma once
// Content: lists over folders and files together.
//   a folder's content   its subfolders as lists of folders show them, and its files for whoever may list them
//   files by masks       of all folders that the asker may list
#include "keeper/files.h"

namespace bulkhead::keeper {

class Content {
 public:
  Content(Store& store, Folders& folders, Files& files) : store_{store}, folders_{folders}, files_{files} {}

  Result<asks::ListContent::Reply> list(const Asker& asker, const asks::ListContent& ask);
  // A path mask without wildcards is one folder. recursive: also everything below a folder that it fits.
  Result<asks::FindFiles::Reply> find(const Asker& asker, const asks::FindFiles& ask);

 private:
  Store& store_;
  Folders& folders_;
  Files& files_;
};

}  // namespace bulkhead::keeper
