#include "proto/http/head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <exception>

#include "base/secret.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

namespace beast = boost::beast::http;
using BeastParser = beast::request_parser<beast::empty_body>;

using NameAndValue = std::pair<std::string, std::string>;

std::string_view std_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool same_fields(const StrictHead& strict, const beast::fields& fields) {
  std::vector<NameAndValue> ours;
  std::vector<NameAndValue> theirs;
  for (const FieldView& field : strict.fields) ours.emplace_back(field.name, field.value);
  for (const auto& field : fields) theirs.emplace_back(std_view(field.name_string()), std_view(field.value()));
  // The library moves fields of one name together, so only the sets compare.
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  return ours == theirs;
}

bool same_framing(const StrictHead& strict, const BeastParser& parser) {
  const auto length = parser.content_length();
  if (parser.chunked() != (strict.framing == Framing::chunked)) return false;
  if (length.has_value() != (strict.framing == Framing::length)) return false;
  return !length || *length == strict.content_length;
}

bool same_head(const StrictHead& strict, const BeastParser& parser) {
  const auto& message = parser.get();
  return std_view(message.method_string()) == method_name(strict.method) &&
         std_view(message.target()) == strict.target && message.version() == 10 + strict.version_minor &&
         parser.keep_alive() == strict.keep_alive && same_framing(strict, parser) && same_fields(strict, message);
}

// The general parser's opinion. Its exceptions end here.
bool second_parser_agrees(ByteView head, const StrictHead& strict, const Limits& limits) {
  try {
    BeastParser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.head_max));
    parser.body_limit(UINT64_MAX);  // the routes limit bodies
    parser.eager(false);
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::const_buffer{head.data(), head.size()}, error);
    return !error && used == head.size() && parser.is_header_done() && same_head(strict, parser);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

std::variant<RequestHead, Refusal> parse_head(ByteView head, const Limits& limits) {
  auto checked = check_head(head, limits);
  if (auto* refusal = std::get_if<Refusal>(&checked)) return std::move(*refusal);
  const auto& strict = std::get<StrictHead>(checked);
  if (!second_parser_agrees(head, strict, limits))
    return Refusal{Status::bad_request, "two parsers disagree on the head"};

  Result<Target> target = parse_target(strict.target);
  if (!target) return Refusal{Status::bad_request, target.error().message()};
  std::vector<Field> fields;
  fields.reserve(strict.fields.size());
  for (const FieldView& field : strict.fields) fields.push_back({std::string{field.name}, std::string{field.value}});
  return RequestHead{.method = strict.method,
                     .raw_target = std::string{strict.target},
                     .target = *std::move(target),
                     .fields = Fields{std::move(fields)},
                     .version_minor = strict.version_minor,
                     .keep_alive = strict.keep_alive,
                     .expect_continue = strict.expect_continue,
                     .framing = strict.framing,
                     .content_length = strict.content_length};
}

void HeadParser::reset() {
  wipe(buffer_);
  buffer_.clear();
  scanner_ = HeadScanner{limits_};
}

std::variant<NeedsMore, ParsedHead, Refusal> HeadParser::feed(ByteView input) {
  // One byte over the limit is enough for the scanner to refuse. The room is taken at once: a growing buffer would
  // leave copies of credentials behind.
  const std::size_t before = buffer_.size();
  buffer_.reserve(limits_.head_max + 1);
  const ByteView taken = input.first(std::min(input.size(), limits_.head_max + 1 - before));
  buffer_.insert(buffer_.end(), taken.begin(), taken.end());

  auto scanned = scanner_.scan(buffer_);
  if (auto* refusal = std::get_if<Refusal>(&scanned)) return std::move(*refusal);
  const auto* size = std::get_if<HeadSize>(&scanned);
  if (size == nullptr) return NeedsMore{};

  const std::size_t consumed = size->bytes - before;
  auto parsed = parse_head(ByteView{buffer_}.first(size->bytes), limits_);
  reset();
  if (auto* refusal = std::get_if<Refusal>(&parsed)) return std::move(*refusal);
  return ParsedHead{.head = std::get<RequestHead>(std::move(parsed)), .consumed = consumed};
}

}  // namespace bulkhead::http
