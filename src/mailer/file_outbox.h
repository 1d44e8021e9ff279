#pragma once
// The file outbox: where messages go as long as no mail server is configured, one file each: 001.eml, 002.eml, ...
#include "ipc/mail_asks.h"

namespace bulkhead::mailer {

inline constexpr std::uint32_t outbox_files_max = 10'000;

// Below `directory`, under the number after the highest one, mode 0600. When this says sent, the file is durable.
asks::SendMail::Reply store(int directory, const asks::SendMail& mail);

}  // namespace bulkhead::mailer
