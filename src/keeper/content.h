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
  struct Chosen {
    std::uint32_t folder = 0;
    std::string path;
  };
  Result<std::optional<Chosen>> choose(const Asker& asker, const std::string& path_mask);
  // What a slice of the list shows, and how long the list is.
  Result<std::vector<std::uint64_t>> plain_keys(const Asker& asker, const asks::ListContent& ask, bool files,
                                                std::uint64_t& total);
  Result<std::vector<std::uint64_t>> sorted_keys(const Asker& asker, const asks::ListContent& ask, bool files,
                                                 std::uint64_t& total);
  Result<std::vector<std::uint64_t>> gather(const Asker& asker, const asks::ListContent& ask, bool files);
  Result<bool> is_there(const Asker& asker, std::uint64_t key, std::uint32_t folder);
  Result<std::optional<asks::ContentRow>> row_at(const Asker& asker, std::uint64_t key);

  Store& store_;
  Folders& folders_;
  Files& files_;
};

}  // namespace bulkhead::keeper
