#pragma once
// What list routes share, and the items of one page, asked for slice by slice: a frame is bounded, a page is not.
#include "gate_http/exchange.h"
#include "gate_http/objects.h"

namespace bulkhead::gate_http {

// true, True and 1 are set.
inline Result<bool> read_flag(const http::Target& target, std::string_view name) {
  const std::string_view text = TRY(target.query_one(name)).value_or("");
  return text == "true" || text == "True" || text == "1";
}

// Writes "items", "paging" and "sorting" into the object that `out` has open. `Ask` is a list in slices, as
// asks::ListFolders; `asked` is who answers it.
template <class Ask, class WriteRow>
Result<void> write_list(ipc::Channel& asked, Ask ask, const Page& page, json::Writer& out, WriteRow write_row) {
  std::uint64_t total = 0;
  out.key("items").begin_array();
  for (std::uint32_t taken = 0; taken < page.per_page;) {
    ask.slice = {page.offset() + taken, page.per_page - taken, page.descending};
    const typename Ask::Reply reply = TRY(asked.ask(ask));
    total = reply.total;
    for (const auto& row : reply.rows) write_row(out, row);
    std::uint32_t places = static_cast<std::uint32_t>(reply.rows.size());
    if constexpr (requires { reply.taken; }) places = reply.taken;
    if (places == 0) break;
    taken += places;
  }
  out.end_array();
  write_paging(out, page, total);
  return {};
}

// The same as a whole object.
template <class Ask, class WriteRow>
Result<std::string> list_text(ipc::Channel& asked, const Ask& ask, const Page& page, WriteRow write_row) {
  std::string text;
  json::Writer out{text};
  out.begin_object();
  TRY(write_list(asked, ask, page, out, write_row));
  out.end_object();
  return text;
}

// Of keeper.
template <class Ask, class WriteRow>
Result<std::string> list_text(Exchange& exchange, const Ask& ask, const Page& page, WriteRow write_row) {
  return list_text(exchange.session.keeper(), ask, page, write_row);
}

// All rows that there are, cut into the page that was asked for.
template <class Row, class Write>
Result<void> answer_page(Exchange& exchange, std::string_view sort, const std::vector<Row>& rows, Write write) {
  const Page page = TRY(read_page(exchange.head.target, sort));
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  for (std::size_t i = page.offset(); i < rows.size() && i < std::size_t{page.offset()} + page.per_page; ++i) {
    write(out, rows[page.descending ? rows.size() - 1 - i : i]);
  }
  out.end_array();
  write_paging(out, page, rows.size());
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

template <class Row, class Write>
Result<void> answer_one(Exchange& exchange, http::Status status, const Row& row, Write write) {
  std::string text;
  json::Writer out{text};
  write(out, row);
  return exchange.answer_json(status, text);
}

// A whole list without items.
inline Result<std::string> empty_list(Exchange& exchange) {
  const Page page = TRY(read_page(exchange.head.target, "name"));
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array().end_array();
  write_paging(out, page, 0);
  out.end_object();
  return text;
}

}  // namespace bulkhead::gate_http
