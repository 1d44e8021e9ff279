#include "proto/sftp/long_name.h"

#include <array>

#include "base/cat.h"

namespace bulkhead::sftp {
namespace {

std::string mode_text(std::uint32_t mode) {
  constexpr std::string_view letters = "rwxrwxrwx";
  std::string text(1, (mode & 0170000U) == mode_folder ? 'd' : '-');
  for (std::size_t i = 0; i < letters.size(); ++i) text += ((mode >> (8 - i)) & 1U) != 0 ? letters[i] : '-';
  return text;
}

std::string left(std::string_view text, std::size_t width) {
  std::string padded{text};
  if (padded.size() < width) padded.append(width - padded.size(), ' ');
  return padded;
}

std::string right(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

// From "2026-11-21T23:20:00".
std::string time_text(UnixMs time, UnixMs now) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr UnixMs half_year = UnixMs{365} * 24 * 3600 * 1000 / 2;
  const std::string stamp = format_timestamp(time);
  const std::string_view text = stamp;
  const auto month = static_cast<std::size_t>((text[5] - '0') * 10 + (text[6] - '0'));
  std::string day{text.substr(8, 2)};
  if (day[0] == '0') day[0] = ' ';
  const bool recent = time <= now && now - time < half_year;
  return cat(months.at(month - 1), ' ', day, ' ',
             recent ? std::string{text.substr(11, 5)} : cat(' ', text.substr(0, 4)));
}

}  // namespace

std::string long_name(std::string_view name, const Attributes& attributes, std::string_view user,
                      std::string_view group, UnixMs now) {
  const UnixMs modified = attributes.times ? UnixMs{attributes.times->second} * 1000 : 0;
  return cat(mode_text(attributes.permissions.value_or(0)), "    1 ", left(user, 8), ' ', left(group, 8), ' ',
             right(cat(attributes.size.value_or(0)), 8), ' ', time_text(modified, now), ' ', name);
}

}  // namespace bulkhead::sftp
