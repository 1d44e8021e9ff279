#pragma once
// What each route does, beside the table that dispatches (gate_http/routes.cc). Joined by method and pattern: a route
// without a description does not compile, nor does a description without a route.
#include <algorithm>

#include "gate_http/api/operations_credentials.h"
#include "gate_http/api/operations_files.h"
#include "gate_http/api/operations_history.h"
#include "gate_http/api/operations_log.h"
#include "gate_http/api/operations_people.h"
#include "gate_http/api/operations_retention.h"
#include "gate_http/api/operations_virtual.h"

namespace bulkhead::gate_http::api {

inline constexpr auto operations = [] {
  std::array<Operation, operations_on_files.size() + operations_on_people.size() + operations_on_credentials.size() +
                            operations_on_history.size() + operations_on_log.size() + operations_on_retention.size() +
                            operations_on_virtual_folders.size()>
      all{};
  auto end = std::ranges::copy(operations_on_files, all.begin()).out;
  end = std::ranges::copy(operations_on_people, end).out;
  end = std::ranges::copy(operations_on_credentials, end).out;
  end = std::ranges::copy(operations_on_history, end).out;
  end = std::ranges::copy(operations_on_log, end).out;
  end = std::ranges::copy(operations_on_retention, end).out;
  std::ranges::copy(operations_on_virtual_folders, end);
  return all;
}();

constexpr const Operation* find_operation(Method method, std::string_view pattern) {
  for (const Operation& operation : operations) {
    if (operation.method == method && operation.pattern == pattern) return &operation;
  }
  return nullptr;
}

// Ids are unique, and every schema that is named exists.
consteval bool operations_join() {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (operations[i].id == operations[j].id) return false;
    }
    for (const std::string_view name :
         {operations[i].request.schema, operations[i].answer.schema, operations[i].refusal}) {
      if (!name.empty() && find_schema(name) == nullptr) return false;
    }
  }
  return true;
}
static_assert(operations_join());

}  // namespace bulkhead::gate_http::api
