#pragma once
// application/x-www-form-urlencoded bodies, as the token routes take them. Values may be passwords: they live in
// Secret and are wiped.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::http {

inline constexpr std::size_t form_max = 65'536;  // bytes of the body
inline constexpr std::size_t form_pairs_max = 64;

class Form {
 public:
  struct Pair {
    std::string name;  // as sent
    Secret value;      // UTF-8 without NUL
  };

  // Errc::invalid: a broken escape, NUL, no UTF-8, a name given twice (without ASCII case), an empty name;
  // Errc::too_large: over a limit above. Whatever the Content-Type said (moveit-rest section 9 item 1).
  static Result<Form> parse(ByteView body);

  // A view that dies with the Form.
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  std::vector<Pair> pairs_;
};

}  // namespace bulkhead::http
