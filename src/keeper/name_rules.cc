#include "keeper/name_rules.h"

#include <utf8proc.h>

#include "base/cat.h"
#include "ipc/catalog_asks.h"
#include "keeper/mask.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_rules =
    "SELECT mask_rule, masks, char_set, char_list, char_replace, char_value FROM folder_settings WHERE folder = $1";
constexpr db::Sql insert_handed_down =
    "INSERT INTO folder_settings (folder, mask_rule, masks, new_days, hide_history, thumbnails, shown_sort, char_set, "
    "char_list, char_replace, char_value) SELECT $2, mask_rule, masks, new_days, hide_history, thumbnails, shown_sort, "
    "char_set, char_list, char_replace, char_value FROM folder_settings WHERE folder = $1";

constexpr std::string_view windows_forbids = "<>:\"/\\|?*";
constexpr std::string_view id_macro = "[CharID]";

// Calls `use` with each character of UTF-8 text and its number.
template <class Use>
void for_characters(std::string_view text, Use&& use) {
  while (!text.empty()) {
    utf8proc_int32_t number = 0;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const utf8proc_ssize_t size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &number);
    if (size <= 0) return;  // names and lists were checked when they came
    use(text.substr(0, static_cast<std::size_t>(size)), number);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

bool has(std::string_view list, std::string_view character) {
  bool found = false;
  for_characters(list, [&](std::string_view each, utf8proc_int32_t) { found = found || each == character; });
  return found;
}

}  // namespace

struct NameRules::Rules {
  std::int64_t mask_rule = 0;
  std::string masks;
  std::int64_t char_set = 0;
  std::string char_list;
  bool char_replace = false;
  std::string char_value;

  bool allows(std::string_view character) const {
    switch (static_cast<asks::CharSet>(char_set)) {
      case asks::CharSet::windows:
        return windows_forbids.find(character) == std::string_view::npos;
      case asks::CharSet::all_but:
        return !has(char_list, character);
      case asks::CharSet::only:
        return has(char_list, character);
      case asks::CharSet::any:
        break;
    }
    return true;
  }

  Result<void> need_characters(const std::string& name) const {
    Result<void> allowed;
    for_characters(name, [&](std::string_view character, utf8proc_int32_t) {
      if (allowed.ok() && !allows(character))
        allowed = fail(Errc::invalid, cat("the folder allows no file name with the character ", character));
    });
    return allowed;
  }

  Result<void> need_mask(const std::string& name) const {
    bool matches = false;
    for (std::string_view rest = masks; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      const Mask mask = TRY(Mask::parse(rest.substr(0, end)));
      matches = matches || mask.matches(name);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    const bool only_matching = mask_rule == static_cast<std::int64_t>(asks::MaskRule::deny_except);
    if (matches == only_matching) return {};
    return fail(Errc::invalid, "the folder allows no file of that name: its masks say which");
  }

  std::string replaced(const std::string& name) const {
    std::string out;
    for_characters(name, [&](std::string_view character, utf8proc_int32_t number) {
      if (allows(character)) {
        out += character;
        return;
      }
      const std::size_t macro = char_value.find(id_macro);
      out += macro == std::string::npos ? char_value
                                        : cat(std::string_view{char_value}.substr(0, macro), number,
                                              std::string_view{char_value}.substr(macro + id_macro.size()));
    });
    return out;
  }
};

Result<std::optional<NameRules::Rules>> NameRules::read(std::uint64_t folder) {
  return db_.one(
      select_rules,
      [](db::Row& row) {
        return Rules{.mask_rule = row.int64(0),
                     .masks = std::string{row.text(1)},
                     .char_set = row.int64(2),
                     .char_list = std::string{row.text(3)},
                     .char_replace = row.boolean(4),
                     .char_value = std::string{row.text(5)}};
      },
      folder);
}

Result<void> NameRules::need_allowed(std::uint64_t folder, const std::string& name) {
  const std::optional<Rules> rules = TRY(read(folder));
  if (!rules) return {};
  TRY(rules->need_characters(name));
  return rules->need_mask(name);
}

Result<Name> NameRules::fit(std::uint64_t folder, Name name) {
  const std::optional<Rules> rules = TRY(read(folder));
  if (!rules) return name;
  if (rules->char_replace) name = TRY(Name::parse(rules->replaced(name.text())));
  TRY(rules->need_characters(name.text()));
  TRY(rules->need_mask(name.text()));
  return name;
}

Result<void> NameRules::hand_down(std::uint64_t parent, std::uint64_t folder) {
  TRY(db_.run(insert_handed_down, parent, folder));
  return {};
}

}  // namespace bulkhead::keeper
