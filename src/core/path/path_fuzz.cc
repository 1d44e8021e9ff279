// Every accepted path and name keeps the promises of path.h, whatever the bytes were.
#include "base/bytes.h"
#include "base/die.h"
#include "core/path/path.h"
#include "core/path/user_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void check(const bulkhead::Name& name) {
  const std::string& text = name.text();
  ENSURE(!text.empty() && text.size() <= bulkhead::name_size_max);
  ENSURE(text != "." && text != ".." && !text.starts_with("@!"));
  ENSURE(text.find_first_of(std::string_view{"/\\\0", 3}) == std::string::npos);
  ENSURE(text.front() != ' ' && text.back() != ' ');
  for (const char letter : text) ENSURE(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7F);
  const bulkhead::Result<bulkhead::Name> again = bulkhead::Name::parse(text);
  ENSURE(again.ok() && *again == name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = bulkhead::as_text({data, size});
  if (const auto path = bulkhead::RemotePath::parse(text); path.ok()) {
    ENSURE(path->depth() <= bulkhead::path_depth_max && path->print().size() <= bulkhead::path_size_max);
    for (const bulkhead::Name& name : path->names()) check(name);
    const auto again = bulkhead::RemotePath::parse(path->print());
    ENSURE(again.ok() && *again == *path);
    if (!path->is_root()) ENSURE(path->parent().child(path->name()).value() == *path);
  }
  if (const auto name = bulkhead::Name::parse(text); name.ok()) check(*name);
  if (const auto user = bulkhead::UserName::parse(text); user.ok()) {
    const auto folded = bulkhead::UserName::parse(user->fold());
    ENSURE(folded.ok() && *folded == *user && bulkhead::Name::parse(user->text()).ok());
  }
  return 0;
}
