#include <algorithm>

#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

namespace {

template <class T>
bool unauthenticated(const Result<T>& result) {
  return !result.ok() && result.error().kind() == Errc::unauthenticated && result.error().message() == refusal_text;
}

Secret flipped(const Secret& token, std::size_t at) {
  Secret copy = token.clone();
  copy.mutable_view()[at] = copy.view()[at] == 'A' ? 'B' : 'A';
  return copy;
}

bool holds(const Bytes& all, ByteView part) {
  return std::ranges::search(all, part).begin() != all.end();
}

}  // namespace

TEST_CASE("sessions: a bearer token binds another connection until it expires; no other token does") {
  Stage stage;
  stage.add_user("anna", good_password);
  const Result<asks::SignOnResult> session = stage.gate().sign_on("anna", good_password);
  REQUIRE(session.ok());
  Gate gate = stage.gate();
  CHECK(unauthenticated(gate.bearer(session->refresh_token)));
  CHECK(unauthenticated(gate.bearer(flipped(session->access_token, 0))));
  CHECK(unauthenticated(gate.bearer(flipped(session->access_token, 42))));
  CHECK(unauthenticated(gate.bearer(Secret{})));
  const Result<asks::Bearer::Reply> bound = gate.bearer(session->access_token);
  REQUIRE(bound.ok());
  CHECK(stage.noticed<asks::SignedOn>(gate.number));
  const auto verified = capability::verify(stage.capability_key, bound->capability, gate.number, unix_now_ms());
  REQUIRE(verified.ok());
  CHECK((*verified)->method == capability::Method::token);
  // An upload that is under way when the token expires may end.
  CHECK((*verified)->expires > bound->expires_ms);
  CHECK((*verified)->expires <= unix_now_ms() + capability::lifetime_max_ms);
  CHECK(gate.account().ok());
  clock_offset_ms = 1'200'000;
  CHECK(unauthenticated(stage.gate().bearer(session->access_token)));
}

TEST_CASE("sessions: a refresh token works once, replaces both, and its reuse ends the session") {
  Stage stage;
  stage.add_user("anna", good_password);
  Gate first = stage.gate();
  const Result<asks::SignOnResult> session = first.sign_on("anna", good_password);
  Gate gate = stage.gate();
  const Result<asks::SignOnResult> second = gate.refresh(session->refresh_token);
  REQUIRE(second.ok());
  CHECK(second->granted);
  CHECK(unauthenticated(stage.gate().bearer(session->access_token)));
  CHECK(stage.gate().bearer(second->access_token).ok());
  const Result<asks::SignOnResult> third = gate.refresh(second->refresh_token);
  REQUIRE(third.ok());

  CHECK(unauthenticated(stage.gate().refresh(session->refresh_token)));  // the first one, two generations old
  CHECK(stage.noticed<asks::EndConnection>(first.number));
  CHECK(stage.noticed<asks::EndConnection>(gate.number));
  CHECK(unauthenticated(stage.gate().bearer(third->access_token)));
  CHECK(unauthenticated(stage.gate().refresh(third->refresh_token)));
}

TEST_CASE("sessions: an old refresh token is refused, and expired sessions leave the database") {
  Stage stage;
  stage.add_user("anna", good_password);
  const Result<asks::SignOnResult> session = stage.gate().sign_on("anna", good_password);
  clock_offset_ms = 86'400'000;
  CHECK(unauthenticated(stage.gate().refresh(session->refresh_token)));
}

TEST_CASE("sessions: revoke ends the session everywhere, the asking connection is only unbound") {
  Stage stage;
  stage.add_user("anna", good_password);
  Gate asking = stage.gate();
  Gate other = stage.gate();
  const Result<asks::SignOnResult> session = asking.sign_on("anna", good_password);
  REQUIRE(other.bearer(session->access_token).ok());
  CHECK(unauthenticated(asking.revoke(Secret::copy_of(as_bytes("unknown")))));
  REQUIRE(asking.revoke(session->refresh_token).ok());
  CHECK(stage.noticed<asks::EndConnection>(other.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(asking.number));
  CHECK(unauthenticated(asking.account()));
  CHECK(unauthenticated(asking.bearer(session->access_token)));
  CHECK(unauthenticated(asking.revoke(session->access_token)));
  CHECK(asking.sign_on("anna", good_password).ok());
  CHECK(asking.account().ok());
}

TEST_CASE("sessions: one more than sessions_per_user_max ends the oldest") {
  Stage stage;
  stage.add_user("anna", good_password);
  std::vector<Secret> tokens;
  for (std::int64_t i = 0; i <= sessions_per_user_max; ++i) {
    clock_offset_ms = i * 10;
    Result<asks::SignOnResult> session = stage.gate().sign_on("anna", good_password);
    REQUIRE(session.ok());
    tokens.push_back(std::move(session->access_token));
  }
  CHECK(unauthenticated(stage.gate().bearer(tokens[0])));
  CHECK(stage.gate().bearer(tokens[1]).ok());
  CHECK(stage.gate().bearer(tokens.back()).ok());
}

TEST_CASE("sessions: neither tokens nor passwords are in the database files; they outlive a restart (R-037, R-123)") {
  std::string dir;
  Result<asks::SignOnResult> session = fail(Errc::io, "none");
  Result<asks::SignOnResult> refreshed = fail(Errc::io, "none");
  crypt::Ed25519Public key{};
  {
    Stage stage;
    stage.keep_dir = true;
    dir = stage.dir();
    key = stage.capability_key;
    const std::string one_time = stage.add_user("berta");
    stage.add_user("anna", good_password);
    session = stage.gate().sign_on("anna", good_password);
    REQUIRE(session.ok());
    refreshed = stage.gate().refresh(session->refresh_token);
    REQUIRE(refreshed.ok());
    const Bytes raw = stage.raw_files();
    CHECK(holds(raw, as_bytes("anna@example.com")));  // the search would find it
    for (const auto* result : {&session, &refreshed}) {
      for (const Secret* token : {&(*result)->access_token, &(*result)->refresh_token}) {
        CHECK_FALSE(holds(raw, token->view()));
        CHECK_FALSE(holds(raw, token->view().first(16)));
      }
    }
    CHECK_FALSE(holds(raw, as_bytes(good_password)));
    CHECK_FALSE(holds(raw, as_bytes(one_time)));
  }
  Stage again({.dir = dir});
  CHECK(again.capability_key == key);
  CHECK(again.gate().bearer(refreshed->access_token).ok());
  CHECK(unauthenticated(again.gate().bearer(session->access_token)));
}
