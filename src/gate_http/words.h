#pragma once
// Members of JSON that are one of some words, in any case: a table of them serves both ways.
#include <algorithm>
#include <array>

#include "base/cat.h"
#include "proto/http/json_in.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {

template <class T>
struct Word {
  std::string_view name;
  T value;
};

// The value is one of the table.
template <class Words, class T>
std::string_view word_of(const Words& words, T value) {
  return std::ranges::find(words, value, &Words::value_type::value)->name;
}

// None when the member is not there.
template <class Words>
auto read_word(const json::Value& body, std::string_view name, const Words& words)
    -> Result<std::optional<decltype(Words::value_type::value)>> {
  std::optional<decltype(Words::value_type::value)> found;
  const std::optional<std::string> text = TRY(json::read_string(body, name));
  if (!text) return found;
  const auto word = std::ranges::find_if(words, [&](const auto& each) { return http::equal_ignoring_case(each.name, *text); });
  if (word == words.end()) return fail(Errc::invalid, cat(name, " has none of its values"));
  found = word->value;
  return found;
}

}  // namespace bulkhead::gate_http
