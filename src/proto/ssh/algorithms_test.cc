#include "proto/ssh/algorithms.h"

#include <doctest/doctest.h>

#include "proto/ssh/client_double.h"

namespace bulkhead::ssh {
namespace {

const std::vector<std::string_view> all_host_keys{host_key_algorithms.begin(), host_key_algorithms.end()};

KexInit our_kexinit(bool first = true) {
  return parse_kexinit(print_kexinit(Bytes(kex_cookie_size), first, all_host_keys)).value();
}

KexInit client_of(const Offer& offer) {
  return parse_kexinit(offer.print()).value();
}

TEST_CASE("the offer is the golden list, in this order") {
  const KexInit ours = our_kexinit();
  CHECK(join_names(ours.exchanges) ==
        "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,"
        "curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,kex-strict-s-v00@openssh.com");
  CHECK(join_names(our_kexinit(false).exchanges).find("strict") == std::string::npos);
  CHECK(join_names(ours.host_keys) == "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256");
  CHECK(join_names(ours.ciphers_in) ==
        "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr");
  CHECK(ours.ciphers_in == ours.ciphers_out);
  CHECK(join_names(ours.macs_in) ==
        "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512");
  CHECK(ours.macs_in == ours.macs_out);
  CHECK(join_names(ours.compression_in) == "none");
  CHECK(join_names(ours.compression_out) == "none");
  CHECK_FALSE(ours.first_packet_follows);
}

TEST_CASE("the client's order decides") {
  Offer offer;
  offer.exchanges = {"diffie-hellman-group14-sha1", "ecdh-sha2-nistp384", "curve25519-sha256",
                     std::string{strict_client}};
  offer.host_keys = {"ssh-dss", "rsa-sha2-256", "ssh-ed25519"};
  offer.ciphers = {"aes128-cbc", "aes128-ctr", "aes256-gcm@openssh.com"};
  offer.macs = {"hmac-md5", "hmac-sha2-512-etm@openssh.com"};
  const Agreed agreed = negotiate(client_of(offer), our_kexinit()).value();
  CHECK(agreed.exchange->name == "ecdh-sha2-nistp384");
  CHECK(agreed.host_key == "rsa-sha2-256");
  CHECK(agreed.cipher_in->name == "aes128-ctr");
  CHECK(agreed.mac_out->name == "hmac-sha2-512-etm@openssh.com");
  CHECK(agreed.strict);
  CHECK_FALSE(agreed.client_ext_info);
}

TEST_CASE("an AEAD needs no MAC in common, counter mode does") {
  Offer offer;
  offer.macs = {"hmac-md5"};
  CHECK(negotiate(client_of(offer), our_kexinit()).value().mac_in == nullptr);
  offer.ciphers = {"aes128-ctr"};
  CHECK(negotiate(client_of(offer), our_kexinit()).error().kind() == Errc::unsupported);
}

TEST_CASE("nothing in common names the list") {
  Offer offer;
  offer.exchanges = {"diffie-hellman-group1-sha1", std::string{strict_client}, std::string{strict_server}};
  CHECK(negotiate(client_of(offer), our_kexinit()).error().message() == "no common key exchange method");
  offer = {};
  offer.host_keys = {"ssh-rsa"};
  CHECK(negotiate(client_of(offer), our_kexinit()).error().message() == "no common host key algorithm");
  offer = {};
  offer.ciphers = {"none"};
  CHECK(negotiate(client_of(offer), our_kexinit()).error().message() == "no common cipher client to server");
}

TEST_CASE("without strict on both sides chacha20 is not agreed (R-065)") {
  Offer offer;
  offer.ciphers = {"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com"};
  CHECK(negotiate(client_of(offer), our_kexinit()).value().cipher_in->cipher == Cipher::chacha20_poly1305);
  offer.exchanges = {"curve25519-sha256"};
  const Agreed agreed = negotiate(client_of(offer), our_kexinit()).value();
  CHECK_FALSE(agreed.strict);
  CHECK(agreed.cipher_in->cipher == Cipher::aes128_gcm);
  CHECK(agreed.cipher_out->cipher == Cipher::aes128_gcm);
  offer.ciphers = {"chacha20-poly1305@openssh.com"};
  CHECK(negotiate(client_of(offer), our_kexinit()).error().kind() == Errc::unsupported);
}

TEST_CASE("a guess is right when both first names are ours") {
  Offer offer;
  offer.first_packet_follows = true;
  CHECK(negotiate(client_of(offer), our_kexinit()).value().ignore_next);
  offer.exchanges = {"mlkem768x25519-sha256"};
  CHECK_FALSE(negotiate(client_of(offer), our_kexinit()).value().ignore_next);
  offer.host_keys = {"rsa-sha2-256"};
  CHECK(negotiate(client_of(offer), our_kexinit()).value().ignore_next);
  offer.first_packet_follows = false;
  CHECK_FALSE(negotiate(client_of(offer), our_kexinit()).value().ignore_next);
}

TEST_CASE("a KEXINIT that is cut, long, huge or of another number is refused (R-067)") {
  const Bytes good = Offer{}.print();
  CHECK(parse_kexinit(good).ok());
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(parse_kexinit(ByteView{good}.first(size)).ok());
  Bytes more = good;
  more.push_back(0);
  CHECK(parse_kexinit(more).error().kind() == Errc::invalid);
  Bytes other = good;
  other.front() = number::newkeys;
  CHECK(parse_kexinit(other).error().kind() == Errc::invalid);
  Offer huge;
  huge.exchanges.assign(names_max + 1, "a");
  CHECK(parse_kexinit(huge.print()).error().kind() == Errc::invalid);
  huge.exchanges.assign(names_max, std::string(name_size_max, 'a'));
  huge.ciphers = huge.exchanges;
  CHECK(parse_kexinit(huge.print()).error().kind() == Errc::too_large);
}

}  // namespace
}  // namespace bulkhead::ssh
