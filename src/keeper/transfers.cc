#include "keeper/transfers.h"

#include <algorithm>

namespace bulkhead::keeper {
namespace {

using asks::TransferDirection;
using asks::TransferRow;
using asks::TransferSort;
using asks::TransferState;

constexpr db::Sql select_user = "SELECT id, name FROM users WHERE number = $1";

bool sees_all(const Asker& asker) {
  return asker.subject.role == policy::Role::admin || asker.subject.role == policy::Role::file_admin ||
         asker.subject.role == policy::Role::auditor;
}

bool is_over(const TransferRow& row) {
  return row.state == TransferState::completed || row.state == TransferState::failed;
}

TransferRow row_of(const Transfer& transfer, UnixMs now) {
  TransferRow row;
  row.direction = transfer.direction;
  row.state = transfer.state;
  if (row.state == TransferState::active && now - transfer.moved_ms >= stalled_after_ms) row.state = TransferState::stalled;
  row.over_ssh = transfer.over_ssh;
  row.address = transfer.address;
  row.agent = transfer.agent;
  row.started_ms = transfer.started_ms;
  row.ended_ms = transfer.ended_ms;
  row.bytes = transfer.bytes;
  row.total = transfer.total;
  const UnixMs until = transfer.ended_ms != 0 ? transfer.ended_ms : now;
  const auto took_ms = static_cast<std::uint64_t>(std::max<UnixMs>(until - transfer.started_ms, 1));
  row.rate = transfer.bytes / took_ms * 1'000 + transfer.bytes % took_ms * 1'000 / took_ms;
  row.file = transfer.file;
  row.file_name = transfer.name;
  row.folder = transfer.folder;
  row.folder_path = transfer.folder_path;
  row.integrity_checked = transfer.integrity_checked;
  return row;
}

// A part of a text, in any case.
class Part {
 public:
  explicit Part(const std::string& text) : text_{fold_name(text)} {}
  bool is_in(const std::string& text) const { return text_.empty() || fold_name(text).find(text_) != std::string::npos; }

 private:
  std::string text_;
};

class Filter {
 public:
  explicit Filter(const asks::ListTransfers& ask, UnixMs now)
      : ask_{ask}, now_{now}, user_{ask.user}, address_{ask.address}, folder_{ask.folder}, file_{ask.file}, any_{ask.any} {}

  bool fits(const TransferRow& row) const {
    if (is_over(row) && static_cast<std::uint64_t>(now_ - row.ended_ms) > ask_.ended_within_ms) return false;
    if (is_over(row) && ask_.ended_within_ms == 0) return false;
    if (ask_.states != 0 && (ask_.states & 1U << static_cast<unsigned>(row.state)) == 0) return false;
    const bool some = any_.is_in(row.user) || any_.is_in(row.address) || any_.is_in(row.folder_path) || any_.is_in(row.file_name);
    return some && user_.is_in(row.user) && address_.is_in(row.address) && folder_.is_in(row.folder_path) && file_.is_in(row.file_name);
  }

 private:
  const asks::ListTransfers& ask_;
  UnixMs now_;
  Part user_, address_, folder_, file_, any_;
};

bool is_before(const TransferRow& a, const TransferRow& b, TransferSort by) {
  switch (by) {
    case TransferSort::user: return a.user < b.user;
    case TransferSort::address: return a.address < b.address;
    case TransferSort::folder: return a.folder_path < b.folder_path;
    case TransferSort::file: return a.file_name < b.file_name;
    case TransferSort::state: return a.state < b.state;
    case TransferSort::bytes: return a.bytes < b.bytes;
    case TransferSort::started: break;
  }
  return a.started_ms < b.started_ms;
}

std::uint64_t& count_of(TransferState state, asks::ListTransfers::Reply& reply) {
  switch (state) {
    case TransferState::stalled: return reply.stalled;
    case TransferState::completed: return reply.completed;
    case TransferState::failed: return reply.failed;
    case TransferState::active: break;
  }
  return reply.active;
}

void count(const std::vector<TransferRow>& rows, const asks::ListTransfers& ask, UnixMs now, asks::ListTransfers::Reply& reply) {
  const auto within = [&](UnixMs moment) { return ask.counted_ms == 0 || static_cast<std::uint64_t>(now - moment) <= ask.counted_ms; };
  for (const TransferRow& row : rows) {
    const bool recent = within(row.started_ms) || (is_over(row) && within(row.ended_ms));
    if (recent) ++count_of(row.state, reply);
    if (!recent && !is_over(row)) ++reply.lingering;
  }
}

}  // namespace

void Transfers::begin(ipc::PeerId channel, Transfer transfer) {
  OfChannel& own = live_[channel];
  if (own.size() >= transfers_of_a_channel_max) return;
  transfer.moved_ms = transfer.started_ms;
  own.insert_or_assign({transfer.direction, transfer.file}, std::move(transfer));
}

Transfer* Transfers::find(ipc::PeerId channel, Key key) {
  const auto own = live_.find(channel);
  if (own == live_.end()) return nullptr;
  const auto found = own->second.find(key);
  return found == own->second.end() ? nullptr : &found->second;
}

void Transfers::progress(ipc::PeerId channel, const asks::TransferProgress& notice, UnixMs now) {
  Transfer* const transfer = find(channel, {notice.direction, notice.file});
  if (transfer == nullptr) return;
  if (notice.bytes != transfer->bytes) transfer->moved_ms = now;
  transfer->shown = true;
  transfer->bytes = notice.bytes;
  if (transfer->total == 0) transfer->total = notice.total;
}

void Transfers::end(ipc::PeerId channel, const asks::TransferEnd& notice, UnixMs now) {
  const Key key{notice.direction, notice.file};
  Transfer* const transfer = find(channel, key);
  if (transfer == nullptr) return;
  transfer->bytes = notice.bytes;
  transfer->shown = notice.how != asks::TransferEnd::How::paused;
  retire(channel, key, notice.how == asks::TransferEnd::How::complete ? TransferState::completed : TransferState::failed, now);
}

void Transfers::forget(ipc::PeerId channel, std::uint64_t file) {
  if (const auto own = live_.find(channel); own != live_.end()) own->second.erase({TransferDirection::download, file});
}

void Transfers::published(ipc::PeerId channel, const asks::FileRow& row, UnixMs now) {
  const Key key{TransferDirection::upload, row.id};
  Transfer* const transfer = find(channel, key);
  if (transfer == nullptr) return;
  transfer->shown = true;
  transfer->bytes = transfer->total = row.size;
  transfer->agent = row.uploader_agent;
  transfer->integrity_checked = row.integrity_checked;
  retire(channel, key, TransferState::completed, now);
}

void Transfers::gone(ipc::PeerId channel, UnixMs now) {
  const auto own = live_.find(channel);
  if (own == live_.end()) return;
  for (auto& [key, transfer] : own->second) keep(std::move(transfer), TransferState::failed, now);
  live_.erase(own);
}

void Transfers::retire(ipc::PeerId channel, Key key, TransferState state, UnixMs now) {
  OfChannel& own = live_.at(channel);
  keep(std::move(own.at(key)), state, now);
  own.erase(key);
}

void Transfers::keep(Transfer transfer, TransferState state, UnixMs now) {
  if (!transfer.shown) return;
  transfer.state = state;
  transfer.ended_ms = now;
  ended_.push_back(std::move(transfer));
  while (ended_.size() > ended_transfers_max || ended_.front().ended_ms + ended_transfer_life_ms < now) ended_.pop_front();
}

Result<std::vector<TransferRow>> Transfers::rows(const Asker& asker) {
  std::vector<TransferRow> rows;
  std::map<policy::UserId, std::pair<std::string, std::string>> users;
  const auto add = [&](const Transfer& transfer) -> Result<void> {
    if (!transfer.shown || transfer.organisation != asker.organisation) return {};
    if (!sees_all(asker) && transfer.user != asker.subject.user) return {};
    if (!users.contains(transfer.user)) {
      auto& [id, name] = users[transfer.user];
      TRY(store_.db.query(
          select_user,
          [&](db::Row& row) {
            id = row.text(0);
            name = row.text(1);
          },
          transfer.user));
    }
    TransferRow& row = rows.emplace_back(row_of(transfer, asker.now));
    std::tie(row.user_id, row.user) = users[transfer.user];
    return {};
  };
  for (const Transfer& transfer : ended_) TRY(add(transfer));
  for (const auto& [channel, own] : live_) {
    for (const auto& [key, transfer] : own) TRY(add(transfer));
  }
  return rows;
}

Result<asks::ListTransfers::Reply> Transfers::list(const Asker& asker, const asks::ListTransfers& ask) {
  for (const std::string* text : {&ask.user, &ask.address, &ask.folder, &ask.file, &ask.any}) {
    if (text->size() > transfer_text_max) return fail(Errc::invalid, "a text to look for is too long");
  }
  std::vector<TransferRow> all = TRY(rows(asker));
  asks::ListTransfers::Reply reply;
  reply.organisation = asker.organisation;
  count(all, ask, asker.now, reply);
  const Filter filter{ask, asker.now};
  std::erase_if(all, [&](const TransferRow& row) { return !filter.fits(row); });
  std::ranges::stable_sort(all, [&](const TransferRow& a, const TransferRow& b) {
    return ask.slice.descending ? is_before(b, a, ask.sort) : is_before(a, b, ask.sort);
  });
  reply.total = all.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, all.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    size += 256 + all[i].user.size() + all[i].agent.size() + all[i].file_name.size() + all[i].folder_path.size();
    reply.rows.push_back(std::move(all[i]));
  }
  return reply;
}

}  // namespace bulkhead::keeper
