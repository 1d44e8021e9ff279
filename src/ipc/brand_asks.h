#pragma once
// gate -> keeper, the part about the logos of an organisation. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

inline constexpr std::size_t logo_size_max = 100'000;  // bytes
inline constexpr std::size_t logo_name_max = 255;      // bytes

enum class LogoPlace : std::uint8_t { left = 0, right = 1, background = 2 };
constexpr LogoPlace wire_max(LogoPlace) { return LogoPlace::background; }
enum class LogoKind : std::uint8_t { png = 0, jpeg = 1, gif = 2 };
constexpr LogoKind wire_max(LogoKind) { return LogoKind::gif; }

// An image is one by its first bytes. None of the kinds can hold a script.
inline Result<LogoKind> logo_kind(ByteView content) {
  const auto begins = [&](std::string_view with) { return as_text(content).starts_with(with); };
  if (begins("\x89PNG\r\n\x1a\n")) return LogoKind::png;
  if (begins("\xff\xd8\xff")) return LogoKind::jpeg;
  if (begins("GIF87a") || begins("GIF89a")) return LogoKind::gif;
  return fail(Errc::invalid, "a logo is a PNG, JPEG or GIF image");
}

// Names as they were uploaded; empty: there is none.
struct Brand {
  std::string left;
  std::string right;
  std::string background;
  bool custom_notifications = false;
  static auto fields(auto& m, auto&& f) { return f(m.left, m.right, m.background, m.custom_notifications); }
};

// For administrators, of their own organisation. Without content the logo goes. Errc::invalid for what is no such image.
struct SetLogo {
  static constexpr std::uint16_t number = 68;
  using Reply = Brand;
  LogoPlace place{};
  std::string name;
  Bytes content;
  static auto fields(auto& m, auto&& f) { return f(m.place, m.name, m.content); }
};

// What is not there stays as it is.
struct SetBrand {
  static constexpr std::uint16_t number = 69;
  using Reply = Brand;
  std::optional<bool> custom_notifications;
  static auto fields(auto& m, auto&& f) { return f(m.custom_notifications); }
};

// For everybody in the organisation.
struct GetLogo {
  static constexpr std::uint16_t number = 59;
  struct Reply {
    LogoKind kind{};
    Bytes content;
    static auto fields(auto& m, auto&& f) { return f(m.kind, m.content); }
  };
  LogoPlace place{};
  static auto fields(auto& m, auto&& f) { return f(m.place); }
};

}  // namespace bulkhead::asks
