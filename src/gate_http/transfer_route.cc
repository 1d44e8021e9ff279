// Transfers that are under way, and such as have just ended.
#include "base/cat.h"
#include "base/encode.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/words.h"

namespace bulkhead::gate_http {
namespace {

using asks::TransferSort;
using asks::TransferState;

constexpr std::array states{Word{"Active", TransferState::active}, Word{"Stalled", TransferState::stalled},
                            Word{"Completed", TransferState::completed}, Word{"Failed", TransferState::failed}};
constexpr std::array sorts{Word{"timestarted", TransferSort::started}, Word{"userloginname", TransferSort::user},
                           Word{"userfullname", TransferSort::user},   Word{"userip", TransferSort::address},
                           Word{"foldername", TransferSort::folder},   Word{"folderpath", TransferSort::folder},
                           Word{"filename", TransferSort::file},       Word{"transferstatus", TransferSort::state},
                           Word{"currentbytes", TransferSort::bytes}};

constexpr std::uint64_t period_max_s = 366ULL * 24 * 3'600;

Result<std::uint64_t> read_period_ms(const http::Target& target, std::string_view name) {
  const auto text = TRY(target.query_one(name));
  if (!text || text->empty()) return std::uint64_t{0};
  const Result<std::uint64_t> seconds = parse_decimal(*text, period_max_s);
  if (!seconds.ok()) return fail(Errc::invalid, cat(name, " is a number of seconds"));
  return *seconds * 1'000;
}

// Nothing is known of other full names than the user name: who looks for one or the other finds it.
Result<asks::ListTransfers> read_filter(const http::Target& target) {
  asks::ListTransfers ask;
  ask.ended_within_ms = TRY(read_period_ms(target, "recentlyCompletedPeriod"));
  ask.counted_ms = TRY(read_period_ms(target, "statusDistributionPeriod"));
  ask.user = TRY(target.query_one("userLoginName")).value_or("");
  if (ask.user.empty()) ask.user = TRY(target.query_one("userFullName")).value_or("");
  ask.address = TRY(target.query_one("userIp")).value_or("");
  ask.folder = TRY(target.query_one("folderName")).value_or("");
  ask.file = TRY(target.query_one("fileName")).value_or("");
  ask.any = TRY(target.query_one("search")).value_or("");
  for (const std::string_view name : target.query_all("transferStatus")) {
    const auto word = std::ranges::find_if(states, [&](const auto& each) { return http::equal_ignoring_case(each.name, name); });
    if (word == states.end()) return fail(Errc::invalid, "transferStatus is Active, Stalled, Completed or Failed");
    ask.states |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(word->value));
  }
  return ask;
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

void write_transfer(json::Writer& out, const asks::TransferRow& row, std::uint32_t organisation) {
  out.begin_object();
  out.key("nodeNum").integer(1);
  out.key("moduleName").string(row.over_ssh ? "SSH" : "REST");
  out.key("direction").string(row.direction == asks::TransferDirection::upload ? "Upload" : "Download");
  out.key("transferStatus").string(word_of(states, row.state));
  out.key("statusMessage").string(row.state == TransferState::failed ? "the transfer did not reach its end" : "");
  out.key("errorCode").integer(0);
  out.key("orgId").integer(organisation);
  out.key("userId").string(row.user_id);
  out.key("userLoginName").string(row.user);
  out.key("userFullName").string(row.user);
  out.key("userIp").string(row.address);
  out.key("timeStarted").string(format_timestamp(row.started_ms));
  out.key("timeEnded");
  if (row.ended_ms == 0) out.null();
  else out.string(format_timestamp(row.ended_ms));
  out.key("currentBytes").unsigned_integer(row.bytes);
  out.key("totalBytes").unsigned_integer(row.total);
  out.key("transferRate").unsigned_integer(row.rate);
  out.key("fileId").string(cat(row.file));
  out.key("fileName").string(row.file_name);
  out.key("folderId").string(cat(row.folder));
  out.key("folderName").string(last_part(row.folder_path));
  out.key("folderPath").string(row.folder_path);
  out.key("folderType").string("Normal");
  out.key("agentVersion").string("");
  out.key("agentBrand").string(row.agent);
  out.key("integrityVerified").boolean(row.integrity_checked);
  out.end_object();
}

void write_distribution(json::Writer& out, const asks::ListTransfers::Reply& reply) {
  out.key("statusDistribution").begin_object();
  out.key("active").unsigned_integer(reply.active);
  out.key("stalled").unsigned_integer(reply.stalled);
  out.key("completed").unsigned_integer(reply.completed);
  out.key("failed").unsigned_integer(reply.failed);
  out.key("lingeringTransfers").unsigned_integer(reply.lingering);
  out.end_object();
}

}  // namespace

Result<void> list_transfers(Exchange& exchange) {
  const http::Target& target = exchange.head.target;
  const Page page = TRY(read_page(target, "timeStarted"));
  asks::ListTransfers ask = TRY(read_filter(target));
  const auto sort = std::ranges::find(sorts, page.sort_field, &Word<TransferSort>::name);
  if (sort != sorts.end()) ask.sort = sort->value;
  asks::ListTransfers::Reply last;
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  for (std::uint32_t taken = 0; taken < page.per_page;) {
    ask.slice = {page.offset() + taken, page.per_page - taken, page.descending};
    last = TRY(exchange.session.keeper().ask(ask));
    if (last.rows.empty()) break;
    for (const asks::TransferRow& row : last.rows) write_transfer(out, row, last.organisation);
    taken += static_cast<std::uint32_t>(last.rows.size());
  }
  out.end_array();
  write_paging(out, page, last.total);
  write_distribution(out, last);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
