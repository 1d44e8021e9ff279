#pragma once
// A set of byte ranges, as few and as long as possible. Pure.
#include <cstddef>
#include <cstdint>
#include <map>

namespace bulkhead::porter {

class Extents {
 public:
  // From `start` on, `end` excluded, as everywhere here. An empty range changes nothing.
  void add(std::uint64_t start, std::uint64_t end);
  void remove(std::uint64_t start, std::uint64_t end);

  bool meets(std::uint64_t start, std::uint64_t end) const;   // holds a byte of it
  bool covers(std::uint64_t start, std::uint64_t end) const;  // holds every byte of it
  std::uint64_t prefix() const;                               // bytes from 0 on that it holds without a gap

  // Adds the smallest gap, so that there is one range less. There are two at least.
  void join_closest();

  std::size_t count() const { return ends_.size(); }
  // Start to end, in order; no two touch.
  const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ends_; }

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;
};

}  // namespace bulkhead::porter
