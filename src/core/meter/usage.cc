#include "core/meter/usage.h"

#include <algorithm>

namespace bulkhead::meter {
namespace {

constexpr std::array windows{Window::minute, Window::hour, Window::day, Window::month};
constexpr std::array<UnixMs, window_count> bucket_sizes_ms{1'000, 60'000, 24 * 60'000, 12 * 3'600'000};

std::size_t at(Window window) {
  return static_cast<std::size_t>(window);
}

std::uint64_t bucket_of(Window window, UnixMs time) {
  return static_cast<std::uint64_t>(time / bucket_size_ms(window));
}

// The current bucket is only partly over, so 60 whole ones before it are needed to cover the window.
bool counts(Window window, std::uint64_t bucket, UnixMs now) {
  return bucket + window_buckets >= bucket_of(window, now);
}

UnixMs counts_until(Window window, std::uint64_t bucket) {
  return static_cast<UnixMs>(bucket + window_buckets + 1) * bucket_size_ms(window);
}

bool limited(const Budget& budget) {
  return budget.releases_max != 0 || budget.bytes_max != 0 || budget.distinct_files_max != 0;
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

}  // namespace

UnixMs bucket_size_ms(Window window) {
  return bucket_sizes_ms[at(window)];
}

bool lasts_longer(const Shortage& a, const Shortage& b) {
  return a.again_at.value_or(INT64_MAX) > b.again_at.value_or(INT64_MAX);
}

std::optional<Shortage> Usage::shortage(const Budgets& budgets, std::uint64_t file, std::uint64_t bytes, UnixMs now) {
  drop_old_slots(now);
  const SeenFile* known = seen(file);
  std::optional<Shortage> longest;
  for (const Window window : windows) {
    const Budget& budget = budgets[at(window)];
    const bool new_file = known == nullptr || !counts(window, bucket_of(window, known->last), now);
    for (const Need& need :
         {Need{Measure::releases, &Slot::releases, budget.releases_max, 1},
          Need{Measure::bytes, &Slot::bytes, budget.bytes_max, bytes},
          Need{Measure::distinct_files, &Slot::files, budget.distinct_files_max, new_file ? 1U : 0U}}) {
      const auto found = shortage_of(window, need);
      if (found && (!longest || lasts_longer(*found, *longest))) longest = found;
    }
  }
  return longest;
}

std::optional<Shortage> Usage::shortage_of(Window window, const Need& need) const {
  if (need.max == 0) return std::nullopt;
  if (need.cost > need.max) return Shortage{window, need.measure, std::nullopt};
  std::uint64_t room = need.max - need.cost;
  const Slots& slots = windows_[at(window)];
  for (auto slot = slots.rbegin(); slot != slots.rend(); ++slot) {
    // All newer ones may stay; this one, and so all older ones, must go first.
    if ((*slot).*need.amount > room) return Shortage{window, need.measure, counts_until(window, slot->bucket)};
    room -= (*slot).*need.amount;
  }
  return std::nullopt;
}

void Usage::charge(const Budgets& budgets, std::uint64_t file, std::uint64_t bytes, UnixMs now) {
  drop_old_slots(now);
  const SeenFile* known = seen(file);
  for (const Window window : windows) {
    if (!limited(budgets[at(window)])) continue;
    Slots& slots = windows_[at(window)];
    // A file counts once per window: where it was released last.
    if (known != nullptr) {
      const auto old = std::ranges::find(slots, bucket_of(window, known->last), &Slot::bucket);
      if (old != slots.end()) --old->files;
    }
    const std::uint64_t bucket = bucket_of(window, now);
    if (slots.empty() || slots.back().bucket != bucket) slots.push_back({.bucket = bucket});
    Slot& slot = slots.back();
    slot.releases += 1;
    slot.bytes = saturating_add(slot.bytes, bytes);
    slot.files += 1;
  }
  remember(budgets, file, now);
}

bool Usage::idle(UnixMs now) const {
  return std::ranges::all_of(windows, [&](Window window) {
    const Slots& slots = windows_[at(window)];
    return slots.empty() || !counts(window, slots.back().bucket, now);
  });
}

void Usage::drop_old_slots(UnixMs now) {
  for (const Window window : windows) {
    std::erase_if(windows_[at(window)], [&](const Slot& slot) { return !counts(window, slot.bucket, now); });
  }
}

const Usage::SeenFile* Usage::seen(std::uint64_t file) const {
  const auto found = std::ranges::lower_bound(files_, file, {}, &SeenFile::file);
  return found != files_.end() && found->file == file ? &*found : nullptr;
}

void Usage::remember(const Budgets& budgets, std::uint64_t file, UnixMs now) {
  const auto matters = [&](Window window) { return budgets[at(window)].distinct_files_max != 0; };
  if (std::ranges::none_of(windows, matters)) return;
  const auto place = std::ranges::lower_bound(files_, file, {}, &SeenFile::file);
  if (place != files_.end() && place->file == file) {
    place->last = now;
    return;
  }
  if (files_.size() >= files_max_ && now >= forgot_at_ + bucket_size_ms(Window::minute)) {
    forgot_at_ = now;
    std::erase_if(files_, [&](const SeenFile& old) {
      return std::ranges::none_of(windows,
                                  [&](Window w) { return matters(w) && counts(w, bucket_of(w, old.last), now); });
    });
  }
  if (files_.size() >= files_max_) return;
  files_.insert(std::ranges::lower_bound(files_, file, {}, &SeenFile::file), {file, now});
}

}  // namespace bulkhead::meter
