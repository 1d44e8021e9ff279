// The logos of an organisation: a form that sets them, and each as an image.
#include "base/cat.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/words.h"
#include "ipc/brand_asks.h"
#include "proto/http/multipart.h"

namespace bulkhead::gate_http {
namespace {

using asks::LogoPlace;

struct Place {
  LogoPlace place;
  std::string_view word;   // of the path
  std::string_view file;   // of the form
  std::string_view reset;  // of the form; a left logo is replaced, and never taken away
};
constexpr std::array places{Place{LogoPlace::left, "left", "leftlogo", ""},
                            Place{LogoPlace::right, "right", "rightlogo", "resetrightlogo"},
                            Place{LogoPlace::background, "background", "backgroundlogo", "resetbackgroundlogo"}};

// The whole form, in memory: three small images and three flags.
class BrandForm {
 public:
  Result<void> receive(Exchange& exchange) {
    http::MultipartParser parser = TRY(http::MultipartParser::make(exchange.head.fields.find("Content-Type").value_or("")));
    for (;;) {
      ByteView part = TRY(exchange.body.next());
      if (part.empty()) break;
      while (!part.empty()) {
        const http::MultipartParser::Step step = TRY(parser.next(part));
        part = part.subspan(step.consumed);
        if (step.event) TRY(take(*step.event));
      }
    }
    return parser.finish();
  }

  std::optional<bool> flag(std::string_view name) const {
    const auto found = texts_.find(name);
    if (found == texts_.end() || found->second.empty()) return std::nullopt;
    return found->second == "1" || http::equal_ignoring_case(found->second, "true");
  }

  std::vector<asks::SetLogo> logos() const {
    std::vector<asks::SetLogo> logos = logos_;
    for (const Place& each : places) {
      if (!each.reset.empty() && flag(each.reset).value_or(false)) logos.push_back({each.place, "", {}});
    }
    return logos;
  }

 private:
  Result<void> take(const http::FormEvent& event) {
    if (const auto* begin = std::get_if<http::PartBegin>(&event)) return begin_part(*begin);
    const auto* data = std::get_if<http::PartData>(&event);
    if (data == nullptr) return {};
    if (text_ != nullptr) {
      *text_ += as_text(data->bytes);
      return {};
    }
    Bytes& content = logos_.back().content;
    if (content.size() + data->bytes.size() > asks::logo_size_max)
      return fail(Errc::invalid, cat("a logo has at most ", asks::logo_size_max, " bytes"));
    content.insert(content.end(), data->bytes.begin(), data->bytes.end());
    return {};
  }

  Result<void> begin_part(const http::PartBegin& begin) {
    const auto place = std::ranges::find(places, begin.name, &Place::file);
    if (place == places.end()) {
      text_ = &texts_[begin.name];
      return {};
    }
    if (!begin.filename) return fail(Errc::invalid, cat(begin.name, " is a file: send it with a file name"));
    if (std::ranges::find(logos_, place->place, &asks::SetLogo::place) != logos_.end())
      return fail(Errc::invalid, cat(begin.name, " stands twice"));
    text_ = nullptr;
    logos_.push_back({place->place, http::base_name(*begin.filename), {}});
    return {};
  }

  std::map<std::string, std::string, std::less<>> texts_;
  std::string* text_ = nullptr;  // the part that comes is this one; else the last logo
  std::vector<asks::SetLogo> logos_;
};

constexpr std::array<std::string_view, 3> media{"image/png", "image/jpeg", "image/gif"};  // by LogoKind

}  // namespace

Result<void> set_logos(Exchange& exchange) {
  BrandForm form;
  TRY(form.receive(exchange));
  const std::vector<asks::SetLogo> logos = form.logos();
  for (const asks::SetLogo& logo : logos) {  // before the first is stored
    if (!logo.content.empty()) TRY(asks::logo_kind(logo.content));
  }
  ipc::Channel& keeper = exchange.session.keeper();
  for (const asks::SetLogo& logo : logos) TRY(keeper.ask(logo));
  const asks::Brand brand = TRY(keeper.ask(asks::SetBrand{form.flag("usecustomnotifbranding")}));
  return answer_one(exchange, http::Status::ok, brand, [](json::Writer& out, const asks::Brand& now) {
    out.begin_object();
    out.key("leftLogoFilename").string(now.left);
    out.key("rightLogoFilename").string(now.right);
    out.key("backgroundLogoFilename").string(now.background);
    out.key("useCustomNotifBranding").boolean(now.custom_notifications);
    out.end_object();
  });
}

Result<void> get_logo(Exchange& exchange) {
  const auto place = std::ranges::find(places, exchange.captures.at(0), &Place::word);
  if (place == places.end()) return fail(Errc::not_found, "no such logo");
  const asks::GetLogo::Reply logo = TRY(exchange.session.keeper().ask(asks::GetLogo{place->place}));
  return exchange.answer(http::Status::ok, media.at(static_cast<std::size_t>(logo.kind)), as_text(logo.content));
}

}  // namespace bulkhead::gate_http
