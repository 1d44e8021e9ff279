#pragma once
// The log as the contract writes it (moveit-rest section 7: SimpleLog, LogDetails), what its filters may say, and who
// fetched a file.
#include "gate_http/objects.h"
#include "ipc/log_asks.h"
#include "proto/http/json_out.h"

namespace bulkhead::gate_http {

// The query of GET /api/v1/logs. Errc::invalid names the parameter.
Result<asks::LogFilter> read_log_filter(const http::Target& target);
// Of `page.sort_field`; for an unknown one the default, which it becomes.
asks::LogSort read_log_sort(Page& page);

void write_simple_log(json::Writer& out, const asks::LogRow& row);
void write_log_details(json::Writer& out, const asks::LogRow& row);
void write_fetch(json::Writer& out, const asks::FetchRow& row);

}  // namespace bulkhead::gate_http
