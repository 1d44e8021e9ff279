#include "proto/ssh/states.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/cat.h"

namespace bulkhead::ssh {
namespace {

std::string table_text() {
  std::string text =
      "# message number x state: . refuse, A admit, S refuse in a strict first exchange, G only as a wrong guess, D "
      "drop,\n"
      "# U answer UNIMPLEMENTED. States: version exchange exchanging new_keys service auth dialogue connected "
      "closing\n# rekey_exchanging rekey_new_keys\n";
  for (unsigned message = 0; message < 256; ++message) {
    std::string line = cat(message, " ");
    for (std::size_t state = 0; state < state_count; ++state) {
      line += ".ASGDU"[static_cast<std::size_t>(state_table.at(state).at(message))];
    }
    text += line + "\n";
  }
  return text;
}

TEST_CASE("the table of messages and states is the golden one") {
  std::ifstream file{BULKHEAD_VECTORS "/ssh/states.txt", std::ios::binary};
  const std::string golden{std::istreambuf_iterator<char>{file}, {}};
  CHECK(table_text() == golden);
}

TEST_CASE("nothing of a later phase is admitted before it") {
  for (State state : {State::version, State::exchange, State::exchanging, State::new_keys, State::service, State::auth,
                      State::dialogue}) {
    for (unsigned message = 80; message < 192; ++message)
      CHECK_FALSE(admits(state, static_cast<std::uint8_t>(message)));
    for (int success : {51, 52, 53, 6}) CHECK_FALSE(admits(state, static_cast<std::uint8_t>(success)));
    if (state != State::auth && state != State::dialogue) CHECK_FALSE(admits(state, number::userauth_request));
    if (state != State::dialogue) CHECK_FALSE(admits(state, number::userauth_info_response));
    for (unsigned message = 0; message < 256; ++message) {
      CHECK(state_table.at(static_cast<std::size_t>(state)).at(message) != Verdict::unimplemented);
    }
  }
}

TEST_CASE("a strict first exchange admits the exchange and a farewell only") {
  for (State state : {State::exchange, State::exchanging, State::new_keys}) {
    int admitted = 0;
    for (unsigned message = 0; message < 256; ++message)
      admitted += admits(state, static_cast<std::uint8_t>(message), true) ? 1 : 0;
    CHECK(admitted == 2);
    CHECK(admits(state, number::disconnect, true));
    CHECK(admits(state, number::ignore, false));
  }
}

}  // namespace
}  // namespace bulkhead::ssh
