#include "keeper/brand.h"

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_brand = "SELECT custom_notifications FROM brands WHERE organisation = $1";
constexpr db::Sql replace_brand = "INSERT OR REPLACE INTO brands (organisation, custom_notifications) VALUES ($1, $2)";
constexpr db::Sql select_names = "SELECT place, name FROM logos WHERE organisation = $1";
constexpr db::Sql select_logo = "SELECT kind, content FROM logos WHERE organisation = $1 AND place = $2";
constexpr db::Sql replace_logo =
    "INSERT OR REPLACE INTO logos (organisation, place, kind, name, content) VALUES ($1, $2, $3, $4, $5)";
constexpr db::Sql delete_logo = "DELETE FROM logos WHERE organisation = $1 AND place = $2";

Result<void> need_admin(const Asker& asker) {
  if (asker.subject.role == policy::Role::admin) return {};
  return fail(Errc::denied, "only administrators change how their organisation looks");
}

asks::LogoKind stored_kind(std::int64_t stored) {
  return stored == 1 ? asks::LogoKind::jpeg : stored == 2 ? asks::LogoKind::gif : asks::LogoKind::png;
}

}  // namespace

Result<asks::Brand> Branding::read(std::uint32_t organisation) {
  asks::Brand brand;
  brand.custom_notifications =
      TRY(store_.db.one(select_brand, [](db::Row& row) { return row.boolean(0); }, organisation)).value_or(false);
  const auto add = [&](db::Row& row) {
    const std::int64_t place = row.int64(0);
    (place == 0 ? brand.left : place == 1 ? brand.right : brand.background) = row.text(1);
  };
  TRY(store_.db.query(select_names, add, organisation));
  return brand;
}

Result<asks::Brand> Branding::set_logo(const Asker& asker, const asks::SetLogo& ask) {
  TRY(need_admin(asker));
  if (ask.content.size() > asks::logo_size_max)
    return fail(Errc::invalid, cat("a logo has at most ", asks::logo_size_max, " bytes"));
  if (ask.name.size() > asks::logo_name_max) return fail(Errc::invalid, "the name of the logo is too long");
  const auto place = static_cast<int>(ask.place);
  if (ask.content.empty()) {
    TRY(store_.turn.ask([&] { return store_.db.run(delete_logo, asker.organisation, place); }));
    return read(asker.organisation);
  }
  const auto kind = static_cast<int>(TRY(asks::logo_kind(ask.content)));
  TRY(store_.turn.ask(
      [&] { return store_.db.run(replace_logo, asker.organisation, place, kind, ask.name, ask.content); }));
  return read(asker.organisation);
}

Result<asks::Brand> Branding::set(const Asker& asker, const asks::SetBrand& ask) {
  TRY(need_admin(asker));
  if (ask.custom_notifications) {
    TRY(store_.turn.ask([&] { return store_.db.run(replace_brand, asker.organisation, *ask.custom_notifications); }));
  }
  return read(asker.organisation);
}

Result<asks::GetLogo::Reply> Branding::logo(const Asker& asker, asks::LogoPlace place) {
  std::optional<asks::GetLogo::Reply> found = TRY(store_.db.one(
      select_logo,
      [](db::Row& row) { return asks::GetLogo::Reply{stored_kind(row.int64(0)), to_bytes(row.blob(1))}; },
      asker.organisation, static_cast<int>(place)));
  if (!found) return fail(Errc::not_found, "no such logo");
  return std::move(*found);
}

}  // namespace bulkhead::keeper
