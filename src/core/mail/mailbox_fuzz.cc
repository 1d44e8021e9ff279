// Every accepted mailbox makes a message whose head has exactly the fields that it should have, whatever the bytes
// were.
#include "base/bytes.h"
#include "base/die.h"
#include "core/mail/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  const std::string_view text = as_text({data, size});
  const Result<mail::Mailbox> mailbox = mail::parse_mailbox(text);
  if (!mailbox.ok()) return 0;
  ENSURE(mail::is_address(mailbox->address));
  const Result<std::string> printed =
      mail::print_message({*mailbox, *mailbox, mailbox->name.substr(0, 100), std::string{text}, 0, "1"});
  if (!printed.ok()) return 0;  // a subject that was cut within a character
  std::size_t fields = 0;
  std::string_view head = std::string_view{*printed}.substr(0, printed->find("\r\n\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    for (const char letter : line) ENSURE(letter >= ' ' && letter < '\x7f');
    if (!line.starts_with(' ')) ++fields;
    head.remove_prefix(line.size() + 2);
  }
  ENSURE(fields == 9);
  return 0;
}
