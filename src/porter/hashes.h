#pragma once
// Several hashes of one content at once.
#include <initializer_list>
#include <map>

#include "crypt/hash.h"

namespace bulkhead::porter {

using HashValues = std::map<crypt::HashKind, Bytes>;

class Hashes {
 public:
  void add(crypt::HashKind kind) { running_.try_emplace(kind, kind); }
  void drop(crypt::HashKind kind) { running_.erase(kind); }
  bool empty() const { return running_.empty(); }
  void update(ByteView part) {
    for (auto& [kind, hash] : running_) hash.update(part);
  }
  // Once; afterwards it is empty.
  HashValues finish() {
    HashValues out;
    for (auto& [kind, hash] : running_) out.emplace(kind, hash.finish());
    running_.clear();
    return out;
  }

 private:
  std::map<crypt::HashKind, crypt::Hash> running_;
};

}  // namespace bulkhead::porter
