#pragma once
// Batch: what one round brought from the sources, as rows. Pure, but for add_to(). Names of people and numbers of
// folders are asked for in between, as they are at that moment: the ledger does not hold them.
#include <map>

#include "chronicle/store.h"
#include "core/ledger/entry.h"

namespace bulkhead::chronicle {

class Batch {
 public:
  // Errc::corrupt for what a source could not have said.
  Result<void> take(Source source, const asks::EventsAfter::Reply& reply, std::uint64_t after);
  Result<void> take(const asks::EntriesFrom::Reply& reply, std::uint64_t from);

  // At most names_of_max each, of those that the batch does not know itself.
  std::vector<std::string> unknown_people() const;
  std::vector<std::uint64_t> unknown_files() const;
  void take(const asks::NamesOf::Reply& names);
  void take(const asks::PlacesOf::Reply& places);

  // Into the transaction of `store`, with the new positions.
  Result<void> add_to(Store& store);
  // A source has more than fits one answer.
  bool more() const { return more_; }
  bool empty() const { return positions_.empty(); }

 private:
  struct Line {
    asks::LogRow row;
    std::optional<Release> release;
    std::optional<ReleaseEnd> end;  // of a release: `row` is none
    Source source = Source::vault;
    std::pair<std::int64_t, int> order() const;
  };
  void take_entry(std::uint64_t index, const ledger::Entry& entry);
  Result<void> add_line(Store& store, Line& line);

  std::vector<Line> lines_;
  std::map<Source, std::uint64_t> positions_;
  std::map<std::string, std::string> full_names_;
  std::map<std::uint64_t, asks::PlacesOf::Place> places_;
  bool more_ = false;
};

}  // namespace bulkhead::chronicle
