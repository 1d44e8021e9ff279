// An answer always lies within the file, and every text that these small parsers take is harmless. The first eight
// bytes are the size of the file.
#include "base/die.h"
#include "base/reader.h"
#include "proto/http/conditional.h"
#include "proto/http/date.h"
#include "proto/http/range.h"

using namespace bulkhead;
using namespace bulkhead::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader{{data, size}};
  const std::uint64_t file_size = reader.u64();
  const std::string_view text = as_text(reader.rest());

  const RangeAnswer answer = evaluate_range(text, file_size);
  if (answer.kind == RangeAnswer::Kind::partial) {
    ENSURE(answer.range.first <= answer.range.last && answer.range.last < file_size);
    const Result<UploadRange> again = parse_content_range(content_range(answer.range, file_size));
    ENSURE(file_size > INT64_MAX || (again.ok() && again->range == answer.range && again->total == file_size));
  }
  const Result<UploadRange> upload = parse_content_range(text);
  if (upload.ok() && upload->range) ENSURE(upload->range->last < upload->total);

  if (const auto date = parse_http_date(text)) ENSURE(format_http_date(*date) == text);
  const Validators now{.etag = "\"a\"", .last_modified = UnixMs{1'000'000}};
  for (std::string_view name : {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}) {
    const Fields fields{{Field{std::string{name}, std::string{text}}}};
    ENSURE(evaluate_conditions(fields, Method::put, now) != Verdict::not_modified);
    static_cast<void>(evaluate_conditions(fields, Method::get, now));
  }
  static_cast<void>(if_range_holds(text, "\"a\"", UnixMs{1'000'000}));
  return 0;
}
