// What the server says of itself (moveit-rest section 5).
#include "base/cat.h"
#include "base/clock.h"
#include "base/version.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {

// Also before sign-on, for the page where one signs on. Who the organisation is, only its own people learn.
Result<void> public_org(Exchange& exchange) {
  std::optional<asks::OrganisationRow> own;
  if (const auto authorization = exchange.head.fields.find("Authorization")) {
    TRY(exchange.session.authorise(authorization));
    own = TRY(exchange.session.warden().ask(asks::OwnOrganisation{}));
  }
  const std::vector<std::string>& hosts = exchange.settings.host_names;
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("id").string(own ? cat(own->id) : "");
  out.key("name").string(own ? own->name : "Bulkhead");
  out.key("shortName").string(own ? own->short_name : "Bulkhead");
  out.key("language").string("en");
  out.key("formattingLocale").string("en");
  for (const std::string_view none : {"securityBanner", "securityNotice"}) out.key(none).string("");
  out.key("securityNoticeStamp").null();
  out.key("securityNoticeRequired").string("NotRequired");
  for (const std::string_view none : {"securityNoticeAcceptance", "techInfo", "informationLink", "informationLinkName",
                                      "contactLink", "contactLinkName"}) {
    out.key(none).string("");
  }
  out.key("techName").string(own ? own->tech_name : "");
  out.key("techPhone").string(own ? own->tech_phone : "");
  out.key("techEmail").string(own ? own->tech_email : "");
  out.key("allowPassChangeRequests").boolean(false);
  const std::string base = hosts.empty() ? "" : cat("https://", hosts.front());
  out.key("baseURL").string(own && !own->base_url.empty() ? own->base_url : base);
  out.key("mfaTrustDeviceEnabled").boolean(false);
  out.key("ssoAuthMode").string("Invalid");
  out.key("samlAuthMode").string("");
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> server_info(Exchange& exchange) {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("product").string("Bulkhead").key("version").string(version);
  out.key("currentTimestamp").string(format_timestamp(unix_now_ms())).end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> openapi(Exchange& exchange) {
  return exchange.answer_json(http::Status::ok, api::openapi_document(described_routes()));
}

Result<void> list_identity_providers(Exchange& exchange) {
  const Page page = TRY(read_page(exchange.head.target, "name"));
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array().end_array();
  write_paging(out, page, 0);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
