// Every field of tus: what is taken stays the same when it is written and read again.
#include "base/cat.h"
#include "base/encode.h"
#include "proto/tus/fields.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  const std::string_view text = as_text(ByteView{data, size});
  if (const auto number = tus::parse_size(text); number.ok()) ENSURE(cat(*number) == text);
  if (tus::parse_defer_length(text).ok()) ENSURE(text == "1");
  if (const auto metadata = tus::parse_metadata(text); metadata.ok()) {
    std::string again;
    for (const auto& [key, value] : metadata->pairs) {
      ENSURE(metadata->find(key) == value);
      again += cat(again.empty() ? "" : ",", key, " ", to_base64(as_bytes(value)));
    }
    if (again.size() <= tus::metadata_max) ENSURE(tus::parse_metadata(again).ok());
  }
  if (const auto sum = tus::parse_checksum(text); sum.ok()) ENSURE(text.ends_with(to_base64(sum->hash)));
  if (const auto concat = tus::parse_concat(text); concat.ok()) ENSURE(concat->is_final() == (text != "partial"));
  if (const auto upload = tus::parse_upload_url(text); upload.ok()) ENSURE(text.ends_with(tus::upload_url(*upload)));
  return 0;
}
