#include "proto/http/multipart.h"

#include <algorithm>

#include "proto/http/fields.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

constexpr std::size_t epilogue_max = 8;  // line ends that some clients add

// RFC 2046 section 5.1.1 bchars.
bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= boundary_max && text.back() != ' ' &&
         std::ranges::all_of(text, [](char letter) {
           return is_digit(letter) || is_alpha(letter) ||
                  (letter != '\0' && std::string_view{"'()+_,-./:=? "}.find(letter) != std::string_view::npos);
         });
}

// Browsers and curl write a quote inside a name as %22, and escape no other percent sign: nothing else is decoded.
std::string unescape_quotes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool quote = text.starts_with("%22");
    out += quote ? '"' : text[0];
    text.remove_prefix(quote ? 3 : 1);
  }
  return out;
}

// RFC 8187 section 3.2: charset'language'percent-encoded, charset UTF-8 only.
Result<std::string> decode_extended(std::string_view text) {
  const std::size_t first = text.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos || !equal_ignoring_case(text.substr(0, first), "utf-8")) {
    return fail(Errc::invalid, "filename* is not in UTF-8");
  }
  return percent_decode(text.substr(second + 1), Plus::literal);
}

Result<void> check_decoded(std::string_view text) {
  if (!is_utf8(text) || std::ranges::any_of(text, is_control)) {
    return fail(Errc::invalid, "a name in Content-Disposition is not UTF-8 or holds a control byte");
  }
  return {};
}

Result<void> read_disposition(std::string_view value, PartBegin& part) {
  const ParameterizedValue disposition = TRY(parse_parameterized(value));
  if (disposition.value != "form-data") return fail(Errc::invalid, "a part is not form-data");
  const Parameter* name = disposition.find("name");
  if (name == nullptr || name->value.empty()) return fail(Errc::invalid, "a part has no name");
  part.name = to_lower(name->quoted ? unescape_quotes(name->value) : name->value);
  TRY(check_decoded(part.name));
  if (const Parameter* extended = disposition.find("filename*")) {
    part.filename = TRY(decode_extended(extended->value));
  } else if (const Parameter* filename = disposition.find("filename")) {
    part.filename = filename->quoted ? unescape_quotes(filename->value) : filename->value;
  }
  if (part.filename) TRY(check_decoded(*part.filename));
  return {};
}

bool is_identity_coding(std::string_view value) {
  return equal_ignoring_case(value, "binary") || equal_ignoring_case(value, "8bit") ||
         equal_ignoring_case(value, "7bit");
}

// Where `delimiter` stands in `text`. Its only CR is its first byte, and LF follows: of a run of CR only the last
// counts, so that content made of nothing else does not cost a comparison for each byte.
std::size_t find_delimiter(std::string_view text, std::string_view delimiter) {
  std::size_t position = text.find('\r');
  while (position != std::string_view::npos) {
    while (position + 1 < text.size() && text[position + 1] == '\r') ++position;
    // LF is looked at before the whole is compared: random content has a CR every 256 bytes.
    const bool crlf = position + 1 >= text.size() || text[position + 1] == '\n';
    if (crlf && text.substr(position).starts_with(delimiter)) return position;
    position = text.find('\r', position + 1);
  }
  return position;
}

// `text`: field lines, each with its CRLF.
Result<PartBegin> parse_part_head(std::string_view text) {
  PartBegin part;
  bool disposition = false;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const FieldView field = TRY(parse_field_line(text.substr(0, end)));
    text.remove_prefix(end + 2);
    if (equal_ignoring_case(field.name, "content-disposition")) {
      if (disposition) return fail(Errc::invalid, "a part has two Content-Disposition fields");
      disposition = true;
      TRY(read_disposition(field.value, part));
    } else if (equal_ignoring_case(field.name, "content-type")) {
      part.content_type = std::string{field.value};
    } else if (equal_ignoring_case(field.name, "content-transfer-encoding") && !is_identity_coding(field.value)) {
      return fail(Errc::invalid, "part content is never decoded (RFC 7578 section 4.7)");
    } else if (equal_ignoring_case(field.name, "content-encoding")) {
      return fail(Errc::invalid, "part content is never decompressed");
    }
  }
  if (!disposition) return fail(Errc::invalid, "a part has no Content-Disposition");
  return part;
}

}  // namespace

Result<MultipartParser> MultipartParser::make(std::string_view content_type) {
  const ParameterizedValue type = TRY(parse_parameterized(content_type));
  if (type.value != "multipart/form-data") return fail(Errc::unsupported, "the body must be multipart/form-data");
  MultipartParser parser;
  if (const Parameter* boundary = type.find("boundary")) {
    TRY(parser.set_boundary(boundary->value));
  } else {
    parser.phase_ = Phase::sniff;
  }
  return parser;
}

Result<void> MultipartParser::set_boundary(std::string_view boundary) {
  if (!is_boundary(boundary)) return fail(Errc::invalid, "the multipart boundary is empty, too long or misspelt");
  delimiter_ = "\r\n--";
  delimiter_ += boundary;
  return {};
}

Result<MultipartParser::Step> MultipartParser::next(ByteView input) {
  if (input.empty()) return Step{};
  switch (phase_) {
    case Phase::sniff:
      return sniff(input);
    case Phase::start:
      // The first boundary has no line end before it, but some clients send one.
      matched_ = input[0] == '\r' ? 0 : 2;
      phase_ = Phase::opening;
      return opening(input);
    case Phase::opening:
      return opening(input);
    case Phase::data:
      return matched_ > 0 ? resume_delimiter(input) : data(input);
    case Phase::delimited:
      return delimited(input);
    case Phase::head:
      return head(input);
    case Phase::epilogue:
      return epilogue(input);
  }
  return fail(Errc::invalid, "multipart: no such phase");
}

Result<MultipartParser::Step> MultipartParser::sniff(ByteView input) {
  std::size_t used = 0;
  while (used < input.size() && !line_.ends_with('\n')) {
    if (line_.size() == boundary_max + 4) return fail(Errc::invalid, "the first line of the form is no boundary");
    line_ += static_cast<char>(input[used++]);
  }
  if (!line_.ends_with('\n')) return Step{.consumed = used, .event = {}};
  if (!line_.starts_with("--") || !line_.ends_with("\r\n") || line_.size() < 4) {
    return fail(Errc::invalid, "the first line of the form is no boundary");
  }
  TRY(set_boundary(std::string_view{line_}.substr(2, line_.size() - 4)));
  line_ = "\r\n";
  phase_ = Phase::head;
  return Step{.consumed = used, .event = {}};
}

Result<MultipartParser::Step> MultipartParser::opening(ByteView input) {
  const std::size_t size = std::min(delimiter_.size() - matched_, input.size());
  if (as_text(input.first(size)) != std::string_view{delimiter_}.substr(matched_, size)) {
    return fail(Errc::invalid, "the form does not start with its boundary");
  }
  matched_ += size;
  if (matched_ == delimiter_.size()) {
    matched_ = 0;
    phase_ = Phase::delimited;
  }
  return Step{.consumed = size, .event = {}};
}

Result<MultipartParser::Step> MultipartParser::data(ByteView input) {
  const std::string_view text = as_text(input);
  const std::size_t found = find_delimiter(text, delimiter_);
  if (found == 0) return end_part(delimiter_.size());
  if (found != std::string_view::npos) return give(input.first(found), found);
  // Only the last CR can start a delimiter that the next input completes, for a delimiter has no other CR.
  const std::size_t tail = text.size() - std::min(text.size(), delimiter_.size() - 1);
  const std::size_t last = text.substr(tail).rfind('\r');
  if (last != std::string_view::npos && delimiter_.starts_with(text.substr(tail + last))) {
    matched_ = text.size() - tail - last;
  }
  return give(input.first(input.size() - matched_), input.size());
}

Result<MultipartParser::Step> MultipartParser::resume_delimiter(ByteView input) {
  const std::size_t size = std::min(delimiter_.size() - matched_, input.size());
  if (as_text(input.first(size)) != std::string_view{delimiter_}.substr(matched_, size)) {
    // It was data after all; its bytes are those of the delimiter.
    return give(as_bytes(delimiter_).first(std::exchange(matched_, 0)), 0);
  }
  matched_ += size;
  if (matched_ < delimiter_.size()) return Step{.consumed = size, .event = {}};
  matched_ = 0;
  return end_part(size);
}

Result<MultipartParser::Step> MultipartParser::give(ByteView bytes, std::size_t consumed) {
  if (text_field_) {
    text_bytes_ += bytes.size();
    if (text_bytes_ > text_field_max) return fail(Errc::too_large, "a text field of the form is too long");
  }
  if (bytes.empty()) return Step{.consumed = consumed, .event = {}};
  return Step{.consumed = consumed, .event = PartData{bytes}};
}

MultipartParser::Step MultipartParser::end_part(std::size_t consumed) {
  phase_ = Phase::delimited;
  line_.clear();
  return Step{.consumed = consumed, .event = PartEnd{}};
}

Result<MultipartParser::Step> MultipartParser::delimited(ByteView input) {
  line_ += static_cast<char>(input[0]);
  if (line_ == "--") {
    phase_ = Phase::epilogue;
    return Step{.consumed = 1, .event = FormEnd{}};
  }
  if (line_ == "\r\n") phase_ = Phase::head;  // and stays in line_: a head may be empty, then "\r\n\r\n" is its end
  if (line_.size() == 2 && phase_ != Phase::head) return fail(Errc::invalid, "bytes behind a boundary");
  return Step{.consumed = 1, .event = {}};
}

Result<MultipartParser::Step> MultipartParser::head(ByteView input) {
  const std::size_t before = line_.size();
  const std::size_t room = part_head_max + 2 - before;
  line_ += as_text(input.first(std::min(room, input.size())));
  const std::size_t end = line_.find("\r\n\r\n", before - std::min<std::size_t>(before, 3));
  if (end == std::string::npos) {
    if (line_.size() == part_head_max + 2) return fail(Errc::too_large, "the head of a part is too long");
    return Step{.consumed = input.size(), .event = {}};
  }
  if (++parts_ > parts_max) return fail(Errc::too_large, "the form has too many parts");
  PartBegin part = TRY(parse_part_head(std::string_view{line_}.substr(2, end)));
  text_field_ = !part.filename.has_value();
  text_bytes_ = 0;
  phase_ = Phase::data;
  return Step{.consumed = end + 4 - before, .event = std::move(part)};
}

Result<MultipartParser::Step> MultipartParser::epilogue(ByteView input) {
  epilogue_bytes_ += input.size();
  const bool line_ends = std::ranges::all_of(input, [](std::uint8_t byte) { return byte == '\r' || byte == '\n'; });
  if (!line_ends || epilogue_bytes_ > epilogue_max) return fail(Errc::invalid, "bytes behind the end of the form");
  return Step{.consumed = input.size(), .event = {}};
}

Result<void> MultipartParser::finish() const {
  if (phase_ != Phase::epilogue) return fail(Errc::invalid, "the form ends before its closing boundary");
  return {};
}

}  // namespace bulkhead::http
