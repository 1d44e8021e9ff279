#include "proto/http/form.h"

#include <algorithm>

#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

Result<Form::Pair> parse_pair(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  std::string name = TRY(percent_decode(text.substr(0, equals), Plus::space));
  if (name.empty()) return fail(Errc::invalid, "a form field has no name");
  Result<std::string> value = percent_decode(text.substr(std::min(equals + 1, text.size())), Plus::space);
  if (!value) return std::move(value).error();
  Secret secret = Secret::copy_of(as_bytes(*value));
  wipe({reinterpret_cast<std::uint8_t*>(value->data()), value->size()});  // NOLINT(*reinterpret-cast)
  return Form::Pair{.name = std::move(name), .value = std::move(secret)};
}

}  // namespace

Result<Form> Form::parse(ByteView body) {
  if (body.size() > form_max) return fail(Errc::too_large, "the form is too long");
  Form form;
  std::string_view rest = as_text(body);
  if (rest.ends_with("\r\n")) rest = rest.substr(0, rest.size() - 2);  // as hand-written clients end a body
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (text.empty()) continue;
    Pair pair = TRY(parse_pair(text));
    if (form.find(pair.name)) return fail(Errc::invalid, "a form field is given twice");
    if (form.pairs_.size() == form_pairs_max) return fail(Errc::too_large, "the form has too many fields");
    form.pairs_.push_back(std::move(pair));
  }
  return form;
}

std::optional<std::string_view> Form::find(std::string_view name) const {
  for (const Pair& pair : pairs_) {
    if (equal_ignoring_case(pair.name, name)) return as_text(pair.value.view());
  }
  return std::nullopt;
}

}  // namespace bulkhead::http
