// Filters, order and pages, on a log in a file.
#include <algorithm>

#include "chronicle/stage.h"

using namespace bulkhead;
using namespace bulkhead::chronicle;
using asks::EventKind;

namespace {

struct Log {
  std::string directory = new_directory();
  Store store{open_log((directory + "/log.db").c_str()).value()};
  Lists lists{store};
  Viewer boss{id_of("boss"), "boss", company, capability::Role::admin};

  ~Log() { std::filesystem::remove_all(directory); }
  asks::LogRow row(std::int64_t time) {
    asks::LogRow out;
    out.time_ms = time;
    out.kind = EventKind::file_uploaded;
    out.organisation = company;
    out.user = id_of("ann");
    out.user_name = "ann";
    return out;
  }
  void add(const asks::LogRow& row) {
    store.begin().value();
    store.add(row).value();
    store.commit().value();
  }
  std::vector<std::string> names(const asks::ListLog& ask) {
    std::vector<std::string> out;
    const asks::ListLog::Reply found = lists.slice(boss, ask, 0).value();
    for (const asks::LogRow& row : found.rows) out.push_back(row.file_name);
    return out;
  }
};
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("log: each filter, and its characters mean themselves") {
  Log log;
  asks::LogRow row = log.row(10'000);
  row.file_name = "100%_[a-z]*?.txt";
  row.file = 123'456'789;
  row.folder = 42;
  row.folder_path = "/Home/Ann's";
  row.size = 2'048;
  row.address = "192.0.2.7";
  row.agent = "Curl/8";
  log.add(row);
  row = log.row(20'999);
  row.file_name = "other";
  row.user = id_of("bob");
  row.user_name = "Bob";
  row.failed = true;
  row.kind = EventKind::file_downloaded;
  log.add(row);
  const auto found = [&](auto change) {
    asks::ListLog ask = all();
    change(ask.filter);
    return log.names(ask);
  };
  const Names first{"100%_[a-z]*?.txt"};
  const Names second{"other"};
  const Names both{"100%_[a-z]*?.txt", "other"};
  CHECK(found([](auto&) {}) == both);
  CHECK(found([](auto& f) { f.file_name = "%"; }) == first);
  CHECK(found([](auto& f) { f.file_name = "%other"; }).empty());
  CHECK(found([](auto& f) { f.file_name = "_["; }) == first);
  CHECK(found([](auto& f) { f.file_name = "*?.TXT"; }) == first);
  CHECK(found([](auto& f) { f.file_name = "o*"; }).empty());
  CHECK(found([](auto& f) { f.file_name = "' OR 1=1 --"; }).empty());
  CHECK(found([](auto& f) { f.user_name = "bO"; }) == second);
  CHECK(found([](auto& f) { f.user = id_of("bob"); }) == second);
  CHECK(found([](auto& f) { f.file = "4567"; }) == first);
  CHECK(found([](auto& f) { f.file = "0"; }).empty());
  CHECK(found([](auto& f) { f.folder = 42; }) == first);
  CHECK(found([](auto& f) { f.folder_path = "ann's"; }) == first);
  CHECK(found([](auto& f) {
          f.size_comparison = asks::SizeComparison::larger_or_equal;
          f.size = 2'048;
        }) == first);
  CHECK(found([](auto& f) {
          f.size_comparison = asks::SizeComparison::smaller_or_equal;
          f.size = 2'047;
        }) == second);
  CHECK(found([](auto& f) { f.address = "0.2.7"; }) == first);
  CHECK(found([](auto& f) { f.agent = "curl"; }) == first);
  CHECK(found([](auto& f) { f.outcome = asks::LogOutcome::error; }) == second);
  CHECK(found([](auto& f) { f.outcome = asks::LogOutcome::success; }) == first);
  CHECK(found([](auto& f) { f.action = asks::LogAction::download; }) == second);
  CHECK(found([](auto& f) { f.action = asks::LogAction::upload; }) == first);
  CHECK(found([](auto& f) { f.action = asks::LogAction::file_transfer; }) == both);
  CHECK(found([](auto& f) { f.action = asks::LogAction::administration; }).empty());
  CHECK(found([](auto& f) { f.action = asks::LogAction::content_scanning; }).empty());
  CHECK(found([](auto& f) { f.from_ms = 10'001; }) == second);
  CHECK(found([](auto& f) { f.until_ms = 20'000; }) == first);
  CHECK(found([](auto& f) { f.until_ms = 20'999; }) == both);
}

TEST_CASE("log: every order, both ways") {
  Log log;
  for (int i = 0; i < 4; ++i) {
    asks::LogRow row = log.row(1'000);
    row.file_name = std::string(1, static_cast<char>('d' - i));
    row.size = static_cast<std::uint64_t>((i * 7) % 4);
    row.duration_ms = 10;
    log.add(row);
  }
  for (int sort = 0; sort <= static_cast<int>(asks::LogSort::agent); ++sort) {
    asks::ListLog ask = all(static_cast<asks::LogSort>(sort));
    Names up = log.names(ask);
    ask.slice.descending = true;
    Names down = log.names(ask);
    std::ranges::reverse(down);
    CHECK(up == down);
    CHECK(up.size() == 4);
  }
  CHECK(log.names(all(asks::LogSort::file_name)) == Names{"a", "b", "c", "d"});
  CHECK(log.names(all(asks::LogSort::size)) == Names{"d", "a", "b", "c"});
}

TEST_CASE("log: pages of 120,000 entries fit together while it grows, and the last costs what the first does") {
  Log log;
  constexpr std::uint32_t rows = 120'000;
  log.store.begin().value();
  for (std::uint32_t i = 0; i < rows; ++i) {
    asks::LogRow row = log.row(i / 3);
    row.file_name = cat("file", i);
    log.store.add(row).value();
  }
  log.store.commit().value();
  const auto took = [&](std::uint32_t offset) {
    asks::ListLog ask = all();
    ask.slice = {offset, 100, false};
    const MonotonicMs start = monotonic_now_ms();
    for (int i = 0; i < 20; ++i) {
      if (offset > 0) CHECK(log.lists.is_kept(log.boss, ask, 0));
      const asks::ListLog::Reply reply = log.lists.slice(log.boss, ask, 0).value();
      CHECK(reply.total == rows);
      CHECK(reply.rows.at(0).file_name == cat("file", offset));
    }
    return monotonic_now_ms() - start;
  };
  asks::ListLog first = all();
  first.slice = {0, 100, false};
  static_cast<void>(log.lists.slice(log.boss, first, 0).value());
  const MonotonicMs front = took(100);
  log.add(log.row(0));  // would come first
  const MonotonicMs end = took(rows - 100);
  MESSAGE("20 pages at the front: ", front, " ms, at the end: ", end, " ms");
  CHECK(end < 10 * (front + 5));
  const asks::ListLog::Reply anew = log.lists.slice(log.boss, first, 0).value();
  CHECK(anew.total == rows + 1);
  // Nobody goes on in the list of another.
  Viewer other = log.boss;
  other.user = id_of("other");
  first.slice.offset = 100;
  CHECK_FALSE(log.lists.is_kept(other, first, 0));
  CHECK_FALSE(log.lists.is_kept(log.boss, first, kept_list_ms + 1));
}
