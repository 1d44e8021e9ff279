// Who is to hear by mail of what happens in a folder: kept, while no mail is sent yet.
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"
#include "gate_http/words.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::array styles{Word{"Normal", false}, Word{"InboxOutbox", true}};
constexpr std::array receipts{Word{"None", false}, Word{"Immediately", true}};
constexpr std::array units{Word{"Hours", asks::NoticeUnit::hours}, Word{"Days", asks::NoticeUnit::days},
                           Word{"Minutes", asks::NoticeUnit::minutes}};

}  // namespace

std::string_view notice_unit_name(asks::NoticeUnit unit) {
  return word_of(units, unit);
}

Result<void> change_notifications(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeNotices ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  ask.below = TRY(json::read_bool(body, "applyToSubfolders")).value_or(false);
  ask.inbox_outbox = TRY(read_word(body, "notificationStyle", styles));
  ask.delivery_receipt = TRY(read_word(body, "deliveryReceiptToSender", receipts));
  ask.unit = TRY(read_word(body, "alertSenderFileIsNotDownloadedTimeType", units));
  ask.confirmation_minutes = TRY(json::read_integer(body, "uploadConfirmationToSenderTime"));
  ask.new_file_minutes = TRY(json::read_integer(body, "newFileAlertToRecipientTime"));
  ask.not_downloaded = TRY(json::read_integer(body, "alertSenderFileIsNotDownloadedTime"));
  const asks::Notices notices = TRY(exchange.session.keeper().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("notificationStyle").string(word_of(styles, notices.inbox_outbox));
  out.key("uploadConfirmationToSenderTime").integer(notices.confirmation_minutes);
  out.key("newFileAlertToRecipientTime").integer(notices.new_file_minutes);
  out.key("deliveryReceiptToSender").string(word_of(receipts, notices.delivery_receipt));
  out.key("alertSenderFileIsNotDownloadedTime").integer(notices.not_downloaded);
  out.key("alertSenderFileIsNotDownloadedTimeType").string(notice_unit_name(notices.unit));
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
