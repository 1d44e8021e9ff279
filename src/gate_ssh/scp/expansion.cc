#include "gate_ssh/scp/expansion.h"

#include <algorithm>

#include "base/cat.h"
#include "proto/scp/glob.h"

namespace bulkhead::gate_ssh {

Expansion::Expansion(Catalog& catalog, const scp::Word& word) : catalog_{catalog}, text_{word.text} {
  std::string_view rest = word.pattern;
  std::size_t wild = 0;
  bool usable = true;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view component = rest.substr(0, slash);
    const std::string_view written = rest.substr(0, std::min(slash + 1, rest.size()));
    rest.remove_prefix(written.size());
    if (scp::has_wildcards(component)) {
      ++wild;
      usable = usable && component.size() <= wild_size_max;
    }
    if (wild == 0) {
      prefix_ += scp::unescaped(written);
    } else if (!component.empty() && component != ".") {
      // Back up after a wildcard, one tree could be walked any number of times.
      usable = usable && component != "..";
      components_.emplace_back(component);
    }
  }
  if (!usable || wild > wild_components_max) components_.clear();
}

Result<std::optional<Expansion::Found>> Expansion::next() {
  if (!components_.empty()) {
    std::optional<Found> found;
    if (!std::exchange(begun_, true)) {
      Result<RemotePath> start = catalog_.resolve(prefix_);
      if (start.ok()) found = descend({std::move(start).value(), prefix_}, 0);
    }
    if (!found) found = next_match();
    if (found) {
      found_any_ = true;
      return found;
    }
  }
  if (std::exchange(found_any_, true)) return std::optional<Found>{};
  return std::optional{Found{TRY(catalog_.resolve(text_)), text_}};
}

std::optional<Expansion::Found> Expansion::next_match() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    const Result<const asks::EntryRow*> row = level.cursor.next();
    if (!row.ok() || *row == nullptr) {
      levels_.pop_back();
      continue;
    }
    if (!scp::matches(components_[level.component], (*row)->name)) continue;
    const std::size_t behind = level.component + 1;
    if (behind < components_.size() && (*row)->kind != asks::EntryKind::folder) continue;
    const Result<Name> name = Name::parse((*row)->name);
    if (!name.ok()) continue;
    Result<RemotePath> path = level.folder.path.child(*name);
    if (!path.ok()) continue;
    Found found{std::move(path).value(), cat(level.folder.shown, name->text())};
    if (behind == components_.size()) return found;
    found.shown += '/';
    if (std::optional<Found> below = descend(std::move(found), behind)) return below;
  }
  return std::nullopt;
}

// Goes through components without wildcards. Empty: nothing there, or a list that is to be gone through first.
std::optional<Expansion::Found> Expansion::descend(Found at, std::size_t component) {
  for (; component < components_.size(); ++component) {
    const std::string& pattern = components_[component];
    if (scp::has_wildcards(pattern)) {
      const Result<Entry> folder = catalog_.look_up_folder(at.path);
      if (folder.ok()) levels_.push_back({std::move(at), catalog_.list(folder->folder), component});
      return std::nullopt;
    }
    const Result<Name> name = Name::parse(scp::unescaped(pattern));
    if (!name.ok()) return std::nullopt;
    Result<RemotePath> path = at.path.child(*name);
    if (!path.ok()) return std::nullopt;
    at.path = std::move(path).value();
    at.shown += name->text();
    if (component + 1 < components_.size()) at.shown += '/';
  }
  if (!catalog_.look_up(at.path).ok()) return std::nullopt;
  return at;
}

}  // namespace bulkhead::gate_ssh
