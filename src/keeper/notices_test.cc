#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using policy::Right;
using policy::Rights;

TEST_CASE("notices of a folder are kept, also for all below, by who may set them") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t top = ann.gate.ask(asks::CreateFolder{ann.home(), "top", asks::Inherit::always}).value().id;
  const std::uint32_t inner = ann.gate.ask(asks::CreateFolder{top, "inner", asks::Inherit::always}).value().id;
  CHECK(ann.gate.ask(asks::GetNotices{top}).value().new_file_minutes == -1);
  asks::ChangeNotices ask;
  ask.folder = top;
  ask.new_file_minutes = 15;
  ask.not_downloaded = 2;
  ask.unit = asks::NoticeUnit::days;
  CHECK(ann.gate.ask(ask).value().new_file_minutes == 15);
  CHECK(ann.gate.ask(asks::GetNotices{inner}).value().new_file_minutes == -1);
  CHECK(kind_of(bob.gate.ask(ask)) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::GetNotices{top})) == Errc::not_found);
  ann.gate.ask(asks::SetGrant{top, "bob", Rights{Right::list_files}.bits()}).value();
  CHECK(bob.gate.ask(asks::GetNotices{top}).value().unit == asks::NoticeUnit::days);
  CHECK(kind_of(bob.gate.ask(ask)) == Errc::denied);
  asks::ChangeNotices both;
  both.folder = top;
  both.below = true;
  both.delivery_receipt = true;
  CHECK(ann.gate.ask(both).value().not_downloaded == 2);
  CHECK(ann.gate.ask(asks::GetNotices{inner}).value().delivery_receipt);
  CHECK(ann.gate.ask(asks::GetNotices{inner}).value().not_downloaded == -1);
  for (const std::int64_t wrong : {std::int64_t{-2}, notice_time_max + 1}) {
    ask.new_file_minutes = wrong;
    CHECK(kind_of(ann.gate.ask(ask)) == Errc::invalid);
  }
}

}  // namespace
}  // namespace bulkhead::keeper
