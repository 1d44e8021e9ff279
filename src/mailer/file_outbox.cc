#include "mailer/file_outbox.h"

#include <dirent.h>

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"
#include "base/fd.h"

namespace bulkhead::mailer {
namespace {

constexpr std::string_view ending = ".eml";

// Errc::exhausted at outbox_files_max.
Result<std::uint64_t> next_number(int directory) {
  Fd own = TRY(open_directory(directory, "."));
  DIR* stream = ::fdopendir(own.get());
  if (stream == nullptr) return fail_errno("read the file outbox");
  own.release();
  std::uint64_t highest = 0;
  std::uint32_t files = 0;
  while (const dirent* entry = ::readdir(stream)) {
    std::string_view name = entry->d_name;
    if (!name.ends_with(ending)) continue;
    ++files;
    name.remove_suffix(ending.size());
    while (name.size() > 1 && name.starts_with('0')) name.remove_prefix(1);
    const Result<std::uint64_t> number = parse_decimal(name, UINT32_MAX);
    if (number.ok()) highest = std::max(highest, *number);
  }
  ::closedir(stream);
  if (files >= outbox_files_max) return fail(Errc::exhausted, cat("there are ", files, " messages in the file outbox"));
  return highest + 1;
}

Result<std::string> store_file(int directory, ByteView message) {
  const std::uint64_t number = TRY(next_number(directory));
  std::string name = cat(number, ending);
  while (name.size() < 3 + ending.size()) name.insert(name.begin(), '0');
  TRY(replace_file(directory, name.c_str(), message, 0600));
  return name;
}

}  // namespace

asks::SendMail::Reply store(int directory, const asks::SendMail& mail) {
  const Result<std::string> name = store_file(directory, mail.message.view());
  if (!name.ok()) return {asks::MailOutcome::later, name.error().message()};
  return {asks::MailOutcome::sent, cat("outbox/", *name)};
}

}  // namespace bulkhead::mailer
