#pragma once
// For tests: an empty vault directory that goes with its owner, and its ledger read back from the log files.
#include <fcntl.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.h"
#include "core/ledger/entry.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::vault {

class TestDirectory {
 public:
  TestDirectory() {
    ENSURE(::mkdtemp(path_.data()) != nullptr);
    fd_ = open_directory(AT_FDCWD, path_.c_str()).value();
  }
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

  // What is durable, as a second reader sees it: the first segment.
  std::vector<ledger::Entry> entries() const {
    std::vector<ledger::Entry> out;
    const Fd directory = open_directory(fd(), "ledger").value();
    const Result<Fd> segment = ledger::open_segment(directory.get(), 0, O_RDONLY);
    if (!segment.ok()) return out;
    ledger::SegmentScan scan{segment->get(), 0};
    for (;;) {
      const ledger::SegmentScan::Item item = scan.next().value();
      const auto* record = std::get_if<ledger::Record>(&item);
      if (record == nullptr) return out;
      out.push_back(ledger::decode_entry(record->body.value()).value());
    }
  }
  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> out;
    for (const ledger::Entry& entry : entries()) {
      if (const auto* event = std::get_if<Event>(&entry.event)) out.push_back(*event);
    }
    return out;
  }

 private:
  std::string path_ = "/tmp/vault-test-XXXXXX";
  Fd fd_;
};

}  // namespace bulkhead::vault
