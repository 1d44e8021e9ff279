#include "db/outbox.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/cat.h"

using namespace bulkhead;
using namespace bulkhead::db;

namespace {

constexpr Migration steps[] = {{1, outbox_table}};

Db new_db() {
  std::string name = "/tmp/outbox-XXXXXX";
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return Db::open(cat(name, "/a.db").c_str(), {.migrations = steps}).value();
}

std::vector<std::uint64_t> numbers(const Outbox::Batch& batch) {
  std::vector<std::uint64_t> out;
  for (const auto& row : batch.rows) out.push_back(row.sequence);
  return out;
}

void add(Db& db, Outbox& outbox, std::string_view text) {
  db.begin().value();
  CHECK(outbox.add(db, as_bytes(text)).value());
  db.commit().value();
}

}  // namespace

TEST_CASE("an outbox: each row comes until it was taken, numbers never come again") {
  Db db = new_db();
  Outbox outbox;
  CHECK(outbox.after(db, 0)->rows.empty());
  for (const char* text : {"a", "b", "c"}) add(db, outbox, text);
  CHECK(numbers(*outbox.after(db, 0)) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(numbers(*outbox.after(db, 0)) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(outbox.after(db, 3)->rows.empty());
  add(db, outbox, "d");
  const Outbox::Batch rest = *outbox.after(db, 0);
  CHECK(numbers(rest) == std::vector<std::uint64_t>{3, 4});  // the newest of then stayed, for its number
  CHECK(rest.last == 4);
  CHECK(to_text(rest.rows.back().body) == "d");
}

TEST_CASE("an outbox: what a transaction undid was never there") {
  Db db = new_db();
  Outbox outbox;
  db.begin().value();
  CHECK(outbox.add(db, as_bytes("lost")).value());
  db.rollback();
  CHECK(outbox.after(db, 0)->last == 0);
}

TEST_CASE("an outbox: a reader that knows more than the database gets what there is") {
  Db db = new_db();
  Outbox outbox;
  add(db, outbox, "restored");
  const Outbox::Batch batch = *outbox.after(db, 900);
  CHECK(batch.last == 1);
  CHECK(numbers(batch) == std::vector<std::uint64_t>{1});
  add(db, outbox, "later");
  CHECK(numbers(*outbox.after(db, 0)) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("an outbox: full, until the reader took something; a batch is bounded") {
  Db db = new_db();
  Outbox outbox{3};
  for (const char* text : {"a", "b", "c"}) add(db, outbox, text);
  db.begin().value();
  CHECK_FALSE(outbox.add(db, as_bytes("d")).value());
  db.commit().value();
  static_cast<void>(outbox.after(db, 2));
  add(db, outbox, "e");
  CHECK(numbers(*outbox.after(db, 2)) == std::vector<std::uint64_t>{3, 4});

  Outbox large;
  const Bytes body(40 * 1'024, 7);
  for (int i = 0; i < 5; ++i) {
    db.begin().value();
    CHECK(large.add(db, body).value());
    db.commit().value();
  }
  CHECK(large.after(db, 4)->rows.size() == 2);
}
