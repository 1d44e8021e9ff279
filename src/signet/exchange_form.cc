#include "signet/exchange_form.h"

#include <algorithm>

#include "base/reader.h"

namespace bulkhead::signet {
namespace {

Error refused(std::string_view what) {
  return fail(Errc::invalid,
              std::string{"what was to be signed is no SSH key exchange of this server: "} + std::string{what});
}

// RFC 4253 section 4.2, without CR LF.
bool is_version(std::string_view text) {
  return (text.starts_with("SSH-2.0-") || text.starts_with("SSH-1.99-")) && text.size() <= ssh::version_size_max &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// Our own message to the last byte; in a further exchange but for the cookie.
bool is_our_offer(ByteView kexinit, ByteView first_cookie) {
  if (kexinit.size() < 1 + ssh::kex_cookie_size) return false;
  const bool first = !first_cookie.empty();
  const ByteView cookie = first ? first_cookie : kexinit.subspan(1, ssh::kex_cookie_size);
  const std::vector<std::string_view> algorithms{ssh::host_key_algorithms.begin(), ssh::host_key_algorithms.end()};
  return std::ranges::equal(kexinit, ssh::print_kexinit(cookie, first, algorithms));
}

// K with its length: a string of the hash's size, or a canonical positive mpint (RFC 4251 section 5).
bool is_secret(ByteView secret, const ssh::ExchangeRow& row) {
  Reader reader{secret};
  const ByteView value = reader.string(row.secret_size_max);
  if (!reader.done("secret").ok()) return false;
  if (row.secret_is_string) return value.size() == row.secret_size_max;
  if (value.empty() || (value[0] & 0x80U) != 0) return false;
  return value[0] != 0 || (value.size() > 1 && (value[1] & 0x80U) != 0);
}

}  // namespace

Result<Exchange> exchange_form(const asks::SignExchange& ask, ByteView first_cookie,
                               const std::function<ByteView(std::string_view)>& host_key) {
  if (!is_version(ask.client_version)) return refused("client version");
  if (!is_our_offer(ask.server_kexinit, first_cookie)) return refused("server offer");
  const ssh::KexInit client = TRY(ssh::parse_kexinit(ask.client_kexinit));
  const ssh::KexInit ours = TRY(ssh::parse_kexinit(ask.server_kexinit));
  const ssh::Agreed agreed = TRY(ssh::negotiate(client, ours));
  const ssh::ExchangeRow& row = *agreed.exchange;
  if (ask.method != row.name) return refused("method");
  if (ask.host_key_algorithm != agreed.host_key) return refused("host key algorithm");
  if (ask.client_share.size() != row.client_share_size) return refused("client share");
  if (ask.server_share.size() != row.server_share_size) return refused("server share");
  if (!is_secret(ask.shared_secret.view(), row)) return refused("shared secret");
  const ByteView key = host_key(agreed.host_key);
  if (key.empty()) return refused("host key");
  return Exchange{
      ssh::exchange_hash(row.hash, {ask.client_version, ssh::server_version, ask.client_kexinit, ask.server_kexinit,
                                    key, ask.client_share, ask.server_share, ask.shared_secret.view()}),
      *std::ranges::find(ssh::host_key_algorithms, agreed.host_key)};
}

}  // namespace bulkhead::signet
