#include "signet/identity.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"

namespace bulkhead::signet {
namespace {

constexpr UnixMs now = 1'800'000'000'000;  // 2027-01-15

struct TestDirectory {
  std::string path = "/tmp/signet-test-XXXXXX";
  Fd fd;
  TestDirectory() {
    ENSURE(::mkdtemp(path.data()) != nullptr);
    fd = open_directory(AT_FDCWD, path.c_str()).value();
  }
  ~TestDirectory() { std::filesystem::remove_all(path); }
  Bytes read(const char* name) const { return read_file(fd.get(), name, 1 << 20).value(); }
  void write(const char* name, ByteView content) const { replace_file(fd.get(), name, content, 0600).value(); }
};

X509* parse(const Bytes& der) {
  const std::uint8_t* at = der.data();
  return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
}

Bytes other_key_pem(const char* group) {
  EVP_PKEY* key = group == nullptr ? EVP_RSA_gen(2048) : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group);
  BIO* out = BIO_new(BIO_s_mem());
  REQUIRE(PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* start = nullptr;
  const long size = BIO_get_mem_data(out, &start);
  const Bytes pem = to_bytes(std::string_view{start, static_cast<std::size_t>(size)});
  BIO_free(out);
  EVP_PKEY_free(key);
  return pem;
}

TEST_CASE("the first start makes a key and a certificate for localhost, the second start finds them") {
  const TestDirectory directory;
  const Identity made = Identity::load_or_make(directory.fd.get(), now).value();
  struct stat info{};
  REQUIRE(::fstatat(directory.fd.get(), "tls.key", &info, 0) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  REQUIRE(made.chain().size() == 1);

  X509* certificate = parse(made.chain()[0]);
  REQUIRE(certificate != nullptr);
  CHECK(X509_check_host(certificate, "localhost", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(certificate, "example.com", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(certificate, "127.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(certificate, "::1", 0) == 1);
  CHECK(X509_verify(certificate, X509_get0_pubkey(certificate)) == 1);
  CHECK(ASN1_STRING_length(X509_get_serialNumber(certificate)) == 16);
  X509_free(certificate);
  CHECK(made.not_before() <= now);
  CHECK(made.not_after() > now);
  CHECK(made.not_after() - made.not_before() <= self_signed_days * 86'400'000);

  const Identity again = Identity::load_or_make(directory.fd.get(), now + 1).value();
  CHECK(again.chain() == made.chain());
}

TEST_CASE("two first starts share neither key nor serial") {
  const TestDirectory one;
  const TestDirectory two;
  const Identity left = Identity::load_or_make(one.fd.get(), now).value();
  const Identity right = Identity::load_or_make(two.fd.get(), now).value();
  CHECK(one.read("tls.key") != two.read("tls.key"));
  CHECK(left.chain() != right.chain());
}

TEST_CASE("a crash between key and certificate heals; a certificate without its key does not") {
  const TestDirectory directory;
  static_cast<void>(Identity::load_or_make(directory.fd.get(), now).value());
  const Bytes key = directory.read("tls.key");
  REQUIRE(::unlinkat(directory.fd.get(), "tls.crt", 0) == 0);
  CHECK(Identity::load_or_make(directory.fd.get(), now).ok());
  CHECK(directory.read("tls.key") == key);
  REQUIRE(::unlinkat(directory.fd.get(), "tls.key", 0) == 0);
  CHECK(Identity::load_or_make(directory.fd.get(), now).error().kind() == Errc::invalid);
  CHECK(Identity::load(directory.fd.get()).error().kind() == Errc::not_found);
}

TEST_CASE("signatures verify with the certificate, and only over the same content") {
  const TestDirectory directory;
  const Identity identity = Identity::load_or_make(directory.fd.get(), now).value();
  const Bytes content = to_bytes("content");
  const Bytes signature = identity.sign(content).value();
  X509* certificate = parse(identity.chain()[0]);
  auto verifies = [&](ByteView signed_content) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(certificate)) == 1);
    const int verdict =
        EVP_DigestVerify(context, signature.data(), signature.size(), signed_content.data(), signed_content.size());
    EVP_MD_CTX_free(context);
    return verdict == 1;
  };
  CHECK(verifies(content));
  CHECK_FALSE(verifies(as_bytes("contend")));
  X509_free(certificate);
}

TEST_CASE("pairs that do not fit, other key types and damaged files are refused with the reason") {
  const TestDirectory directory;
  const TestDirectory other;
  static_cast<void>(Identity::load_or_make(directory.fd.get(), now).value());
  static_cast<void>(Identity::load_or_make(other.fd.get(), now).value());
  const Bytes key = directory.read("tls.key");
  const Bytes certificate = directory.read("tls.crt");
  auto error = [&] { return Identity::load(directory.fd.get()).error(); };

  directory.write("tls.key", other.read("tls.key"));
  CHECK(error().message().find("not for the key") != std::string::npos);
  for (const char* group : {"P-384", "secp256k1", static_cast<const char*>(nullptr)}) {
    directory.write("tls.key", other_key_pem(group));
    CHECK(error().kind() == Errc::unsupported);
  }
  directory.write("tls.key", as_bytes("not a key"));
  CHECK(error().kind() == Errc::invalid);
  directory.write("tls.key", key);
  CHECK(Identity::load(directory.fd.get()).ok());

  directory.write("tls.crt", {});
  CHECK(error().kind() == Errc::invalid);
  Bytes chain = certificate;
  chain.insert(chain.end(), certificate.begin(), certificate.end() - 200);  // a second one, cut
  directory.write("tls.crt", chain);
  CHECK(error().message().find("certificate 2") != std::string::npos);
  chain.clear();
  for (std::size_t i = 0; i <= chain_max; ++i) chain.insert(chain.end(), certificate.begin(), certificate.end());
  directory.write("tls.crt", chain);
  CHECK(error().kind() == Errc::too_large);
  chain.resize(2 * certificate.size());
  directory.write("tls.crt", chain);
  CHECK(Identity::load(directory.fd.get())->chain().size() == 2);
}

}  // namespace
}  // namespace bulkhead::signet
