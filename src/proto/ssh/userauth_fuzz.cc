// Requests and answers of the authentication protocol: any bytes. What parses prints to something that parses to the
// same.
#include "proto/ssh/userauth.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload{data, size};
  if (const Result<ssh::UserauthRequest> request = ssh::parse_userauth_request(payload); request.ok()) {
    ENSURE(request->user_name.size() <= ssh::user_name_size_max);
    const Bytes printed = ssh::print_userauth_request(*request);
    const Result<ssh::UserauthRequest> again = ssh::parse_userauth_request(printed);
    ENSURE(again.ok() && again->details.index() == request->details.index());
    ENSURE(again->user_name == request->user_name && again->service == request->service);
    ENSURE(ssh::print_userauth_request(*again) == printed);
  }
  for (std::size_t expected = 0; expected <= ssh::dialogue_answers_max; ++expected) {
    const Result<std::vector<Secret>> answers = ssh::parse_info_response(payload, expected);
    ENSURE(!answers.ok() || answers->size() == expected);
  }
  return 0;
}
