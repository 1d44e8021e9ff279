// Who is to hear by mail of what happens in a folder: kept, while no mail is sent yet.
#include "base/cat.h"
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

// Which of the words it is; none when the member is not there.
Result<std::optional<std::size_t>> read_choice(const json::Value& body, std::string_view name,
                                               std::span<const std::string_view> words) {
  std::optional<std::size_t> found;
  const std::optional<std::string> text = TRY(json::read_string(body, name));
  if (!text) return found;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (http::equal_ignoring_case(words[i], *text)) found = i;
  }
  if (!found) return fail(Errc::invalid, cat(name, " has none of its values"));
  return found;
}

constexpr std::array<std::string_view, 2> styles{"Normal", "InboxOutbox"};
constexpr std::array<std::string_view, 2> receipts{"None", "Immediately"};
constexpr std::array<std::string_view, 3> units{"Hours", "Days", "Minutes"};  // as asks::NoticeUnit

}  // namespace

std::string_view notice_unit_name(asks::NoticeUnit unit) {
  return units[static_cast<std::size_t>(unit)];
}

Result<void> change_notifications(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeNotices ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  ask.below = TRY(json::read_bool(body, "applyToSubfolders")).value_or(false);
  if (const auto style = TRY(read_choice(body, "notificationStyle", styles))) ask.inbox_outbox = *style == 1;
  if (const auto receipt = TRY(read_choice(body, "deliveryReceiptToSender", receipts)))
    ask.delivery_receipt = *receipt == 1;
  if (const auto unit = TRY(read_choice(body, "alertSenderFileIsNotDownloadedTimeType", units))) {
    ask.unit = static_cast<asks::NoticeUnit>(*unit);
  }
  ask.confirmation_minutes = TRY(json::read_integer(body, "uploadConfirmationToSenderTime"));
  ask.new_file_minutes = TRY(json::read_integer(body, "newFileAlertToRecipientTime"));
  ask.not_downloaded = TRY(json::read_integer(body, "alertSenderFileIsNotDownloadedTime"));
  const asks::Notices notices = TRY(exchange.session.keeper().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("notificationStyle").string(styles[notices.inbox_outbox ? 1U : 0U]);
  out.key("uploadConfirmationToSenderTime").integer(notices.confirmation_minutes);
  out.key("newFileAlertToRecipientTime").integer(notices.new_file_minutes);
  out.key("deliveryReceiptToSender").string(receipts[notices.delivery_receipt ? 1U : 0U]);
  out.key("alertSenderFileIsNotDownloadedTime").integer(notices.not_downloaded);
  out.key("alertSenderFileIsNotDownloadedTimeType").string(notice_unit_name(notices.unit));
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
