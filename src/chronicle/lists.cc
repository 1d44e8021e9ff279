#include "chronicle/lists.h"

#include <algorithm>

namespace bulkhead::chronicle {
namespace {

struct Key {
  std::string user;
  std::uint32_t organisation = 0;
  std::uint8_t role = 0;
  asks::LogFilter filter;
  asks::LogSort sort = asks::LogSort::time;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.organisation, m.role, m.filter, m.sort); }
};

Bytes key_of(const Viewer& viewer, const asks::ListLog& ask) {
  return ipc::encode(
      Key{viewer.user, viewer.organisation, static_cast<std::uint8_t>(viewer.role), ask.filter, ask.sort});
}

std::size_t answer_size(const asks::LogRow& row) {
  return 160 + row.user.size() + row.user_name.size() + row.full_name.size() + row.target.size() +
         row.target_name.size() + row.file_name.size() + row.folder_path.size() + row.address.size() +
         row.agent.size() + row.method.size() + row.message.size();
}

}  // namespace

Lists::Kept* Lists::find(const Bytes& key, MonotonicMs now) {
  std::erase_if(kept_, [&](const Kept& kept) { return now - kept.since > kept_list_ms; });
  const auto found = std::ranges::find(kept_, key, &Kept::key);
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return &kept_.front();
}

Lists::Kept& Lists::keep(Kept found) {
  std::erase_if(kept_, [&](const Kept& kept) { return kept.key == found.key; });
  kept_.push_front(std::move(found));
  std::size_t rows = 0;
  for (const Kept& kept : kept_) rows += kept.rows.size();
  while (kept_.size() > 1 && (kept_.size() > kept_lists_max || rows > kept_rows_max)) {
    rows -= kept_.back().rows.size();
    kept_.pop_back();
  }
  return kept_.front();
}

bool Lists::is_kept(const Viewer& viewer, const asks::ListLog& ask, MonotonicMs now) {
  return ask.slice.offset > 0 && find(key_of(viewer, ask), now) != nullptr;
}

Result<asks::ListLog::Reply> Lists::slice(const Viewer& viewer, const asks::ListLog& ask, MonotonicMs now) {
  const Bytes key = key_of(viewer, ask);
  Kept* list = ask.slice.offset > 0 ? find(key, now) : nullptr;
  if (list == nullptr) list = &keep({key, now, TRY(store_.find(scope_of(viewer), ask.filter, ask.sort))});
  list->since = now;
  asks::ListLog::Reply reply;
  reply.total = list->rows.size();
  std::size_t size = 0;
  const std::uint32_t limit = std::min(ask.slice.limit, log_slice_rows_max);
  for (std::size_t at = ask.slice.offset; at < list->rows.size() && reply.taken < limit; ++at) {
    const std::int64_t id = list->rows[ask.slice.descending ? list->rows.size() - 1 - at : at];
    std::optional<asks::LogRow> row = TRY(store_.row(id));
    if (row && !reply.rows.empty() && size + answer_size(*row) > log_answer_size_max) break;
    ++reply.taken;
    if (!row) continue;  // too old meanwhile
    size += answer_size(*row);
    reply.rows.push_back(std::move(*row));
  }
  return reply;
}

}  // namespace bulkhead::chronicle
