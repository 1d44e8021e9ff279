#include "proto/ssh/algorithms.h"

#include <algorithm>
#include <tuple>

#include "base/cat.h"
#include "proto/ssh/states.h"
#include "proto/ssh/wire.h"

namespace bulkhead::ssh {
namespace {

constexpr std::string_view compression_none = "none";  // no other

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

template <class Rows>
std::vector<std::string_view> names_of(const Rows& rows) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

// RFC 4253 section 7.1: the first name of the client's list that is in the server's too.
Result<std::string_view> agree_name(std::string_view what, const std::vector<std::string>& client,
                                    const std::vector<std::string>& ours) {
  for (const std::string& name : client) {
    auto found = std::ranges::find(ours, name);
    if (found != ours.end()) return std::string_view{*found};
  }
  return fail(Errc::unsupported, cat("no common ", what));
}

template <class Rows>
Result<const typename Rows::value_type*> agree_row(const Rows& rows, std::string_view what,
                                                   const std::vector<std::string>& client,
                                                   const std::vector<std::string>& ours) {
  const std::string_view name = TRY(agree_name(what, client, ours));
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return fail(Errc::unsupported, cat("no common ", what));
}

// `usable`: our names without those that this connection must not use.
Result<std::pair<const CipherRow*, const MacRow*>> agree_direction(std::string_view way,
                                                                   const std::vector<std::string>& client_ciphers,
                                                                   const std::vector<std::string>& usable,
                                                                   const std::vector<std::string>& client_macs,
                                                                   const std::vector<std::string>& our_macs) {
  const CipherRow* cipher = TRY(agree_row(ciphers, cat("cipher ", way), client_ciphers, usable));
  const MacRow* mac = nullptr;
  if (cipher->tag_size == 0) mac = TRY(agree_row(macs, cat("MAC ", way), client_macs, our_macs));
  return std::pair{cipher, mac};
}

std::vector<std::string> without(std::vector<std::string> names, std::string_view name) {
  std::erase(names, name);
  return names;
}

}  // namespace

const ExchangeRow* find_exchange(std::string_view name) {
  for (const ExchangeRow& row : exchanges) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string server_signature_algorithms() {
  static constexpr std::array<std::string_view, 8> names{
      "ssh-ed25519",         "sk-ssh-ed25519@openssh.com",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
      "ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512",        "rsa-sha2-256"};
  return join_names(names);
}

Result<KexInit> parse_kexinit(ByteView payload) {
  if (payload.size() > kexinit_size_max) return fail(Errc::too_large, "KEXINIT is over the limit");
  Reader reader{payload};
  if (reader.u8() != number::kexinit) return fail(Errc::invalid, "not a KEXINIT");
  reader.bytes(kex_cookie_size);
  KexInit init;
  for (std::vector<std::string>* list : {&init.exchanges, &init.host_keys, &init.ciphers_in, &init.ciphers_out,
                                         &init.macs_in, &init.macs_out, &init.compression_in, &init.compression_out}) {
    *list = take_name_list(reader, kexinit_size_max);
  }
  reader.string(kexinit_size_max);  // languages, client to server
  reader.string(kexinit_size_max);  // and back
  init.first_packet_follows = reader.u8() != 0;
  reader.u32();
  TRY(reader.done("KEXINIT"));
  return init;
}

Bytes print_kexinit(ByteView cookie, bool first, const std::vector<std::string_view>& host_keys) {
  ENSURE(cookie.size() == kex_cookie_size);
  std::vector<std::string_view> methods = names_of(exchanges);
  if (first) methods.push_back(strict_server);
  const std::string cipher_names = join_names(names_of(ciphers));
  const std::string mac_names = join_names(names_of(macs));
  const std::string none{compression_none};
  Writer writer;
  writer.u8(number::kexinit).bytes(cookie);
  for (const std::string& list : {join_names(methods), join_names(host_keys), cipher_names, cipher_names, mac_names,
                                  mac_names, none, none, std::string{}, std::string{}}) {
    writer.string(as_bytes(list));
  }
  writer.u8(0).u32(0);
  return writer.take();
}

Result<Agreed> negotiate(const KexInit& client, const KexInit& ours) {
  Agreed agreed;
  const bool first = has(ours.exchanges, strict_server);
  agreed.strict = first && has(client.exchanges, strict_client);
  agreed.client_ext_info = has(client.exchanges, ext_info_client);
  agreed.exchange = TRY(agree_row(exchanges, "key exchange method", client.exchanges, ours.exchanges));
  const std::string_view host_key = TRY(agree_name("host key algorithm", client.host_keys, ours.host_keys));
  const auto known = std::ranges::find(host_key_algorithms, host_key);
  if (known == host_key_algorithms.end()) return fail(Errc::unsupported, "no common host key algorithm");
  agreed.host_key = *known;

  const bool shaky = first && !agreed.strict;
  const std::string_view breakable = ciphers[2].name;
  static_assert(ciphers[2].cipher == Cipher::chacha20_poly1305);
  const std::vector<std::string> usable_in = shaky ? without(ours.ciphers_in, breakable) : ours.ciphers_in;
  const std::vector<std::string> usable_out = shaky ? without(ours.ciphers_out, breakable) : ours.ciphers_out;
  std::tie(agreed.cipher_in, agreed.mac_in) =
      TRY(agree_direction("client to server", client.ciphers_in, usable_in, client.macs_in, ours.macs_in));
  std::tie(agreed.cipher_out, agreed.mac_out) =
      TRY(agree_direction("server to client", client.ciphers_out, usable_out, client.macs_out, ours.macs_out));
  TRY(agree_name("compression client to server", client.compression_in, ours.compression_in));
  TRY(agree_name("compression server to client", client.compression_out, ours.compression_out));

  // RFC 4253 section 7: the guess is right if both sides would have chosen so first.
  const bool guessed_right = !client.exchanges.empty() && !client.host_keys.empty() && !ours.host_keys.empty() &&
                             client.exchanges.front() == ours.exchanges.front() &&
                             client.host_keys.front() == ours.host_keys.front();
  agreed.ignore_next = client.first_packet_follows && !guessed_right;
  return agreed;
}

Bytes exchange_hash(crypt::HashKind kind, const ExchangeParts& parts) {
  Writer public_parts;
  public_parts.string(as_bytes(parts.client_version)).string(as_bytes(parts.server_version));
  for (ByteView part :
       {parts.client_kexinit, parts.server_kexinit, parts.host_key, parts.client_share, parts.server_share}) {
    public_parts.string(part);
  }
  return crypt::Hash{kind}.update(public_parts.view()).update(parts.shared_secret).finish();
}

}  // namespace bulkhead::ssh
