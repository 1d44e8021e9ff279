#pragma once
// Branding: the logos of an organisation, as its administrators have uploaded them. They are never looked into.
#include "ipc/brand_asks.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

class Branding {
 public:
  explicit Branding(Store& store) : store_{store} {}

  Result<asks::Brand> set_logo(const Asker& asker, const asks::SetLogo& ask);
  Result<asks::Brand> set(const Asker& asker, const asks::SetBrand& ask);
  Result<asks::GetLogo::Reply> logo(const Asker& asker, asks::LogoPlace place);

 private:
  Result<asks::Brand> read(std::uint32_t organisation);

  Store& store_;
};

}  // namespace bulkhead::keeper
