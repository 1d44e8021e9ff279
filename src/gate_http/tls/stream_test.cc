#include "gate_http/tls/stream.h"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace bulkhead::gate_http {
namespace {

constexpr TlsTimes patient{10'000, 10'000};

// A key as signet has it, and its certificate. `sign` asserts that it is given content, not a digest.
struct TestKey {
  EVP_PKEY* key;
  Bytes certificate;
  std::vector<Bytes> contents;
  bool refuses = false;

  explicit TestKey(EVP_PKEY* made = EVP_PKEY_Q_keygen(nullptr, "provider=default", "EC", "P-256")) : key{made} {
    X509* x509 = X509_new();
    REQUIRE(X509_set_version(x509, X509_VERSION_3) == 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    REQUIRE(X509_set_pubkey(x509, key) == 1);
    REQUIRE(X509_sign(x509, key, EVP_sha256()) > 0);
    std::uint8_t* raw = nullptr;
    const int size = i2d_X509(x509, &raw);
    certificate = to_bytes(ByteView{raw, static_cast<std::size_t>(size)});
    OPENSSL_free(raw);
    X509_free(x509);
  }
  ~TestKey() { EVP_PKEY_free(key); }
  TestKey(const TestKey&) = delete;
  TestKey& operator=(const TestKey&) = delete;

  Result<Bytes> sign(ByteView content) {
    contents.push_back(to_bytes(content));
    if (refuses) return fail(Errc::denied, "signet says no");
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    Bytes signature(signature_size_max);
    std::size_t size = signature.size();
    CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) == 1);
    CHECK(EVP_DigestSign(context, signature.data(), &size, content.data(), content.size()) == 1);
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return signature;
  }
  TlsContext context() {
    const std::array chain{certificate};
    return TlsContext::make(chain, [this](ByteView content) { return sign(content); }).value();
  }
};

bool ok(const Result<void>& result) {
  if (!result.ok()) MESSAGE(result.error().message());
  return result.ok();
}

struct ClientSettings {
  int version = TLS1_3_VERSION;
  std::string group = "X25519:P-256";
  std::string cipher = {};
  Bytes alpn = {};
  std::string sigalgs = {};
};

// An ordinary OpenSSL client on its end of a socket pair.
struct Client {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  Fd socket;

  Client(Fd fd, ClientSettings settings) : socket{std::move(fd)} {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    REQUIRE(SSL_CTX_set_min_proto_version(context, settings.version) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(context, settings.version) == 1);
    REQUIRE(SSL_CTX_set1_groups_list(context, settings.group.data()) == 1);
    if (!settings.sigalgs.empty()) REQUIRE(SSL_CTX_set1_sigalgs_list(context, settings.sigalgs.data()) == 1);
    if (!settings.cipher.empty() && settings.version == TLS1_3_VERSION) {
      REQUIRE(SSL_CTX_set_ciphersuites(context, settings.cipher.c_str()) == 1);
    } else if (!settings.cipher.empty()) {
      REQUIRE(SSL_CTX_set_cipher_list(context, settings.cipher.c_str()) == 1);
    }
    ssl = SSL_new(context);
    if (!settings.alpn.empty()) {
      REQUIRE(SSL_set_alpn_protos(ssl, settings.alpn.data(), static_cast<unsigned>(settings.alpn.size())) == 0);
    }
    SSL_set_fd(ssl, socket.get());
    SSL_set_connect_state(ssl);
  }
  ~Client() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool handshake() { return SSL_do_handshake(ssl) == 1; }
  void write(ByteView data) {
    std::size_t written = 0;
    REQUIRE(SSL_write_ex(ssl, data.data(), data.size(), &written) == 1);
  }
  Bytes read(std::size_t size) {
    Bytes out(size);
    std::size_t at = 0;
    while (at < size) {
      std::size_t got = 0;
      if (SSL_read_ex(ssl, out.data() + at, size - at, &got) != 1) break;
      at += got;
    }
    out.resize(at);
    return out;
  }
  int last_alert_reason() { return ERR_GET_REASON(ERR_peek_last_error()); }
};

std::pair<Fd, Fd> stream_pair() {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {Fd{ends[0]}, Fd{ends[1]}};
}

// Runs the client in a thread against `serve`, which gets a stream before its handshake.
template <class Serve, class Use>
void run(TestKey& key, const ClientSettings& settings, TlsTimes times, Serve serve, Use use) {
  TlsContext context = key.context();
  auto [ours, theirs] = stream_pair();
  Client client{std::move(theirs), settings};
  TlsStream stream{context, std::move(ours), times};
  std::thread using_it{[&] { use(client); }};
  serve(stream);
  using_it.join();
}

Bytes pattern(std::size_t size) {
  Bytes out(size);
  std::uint32_t state = 1;
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>((state = state * 1'664'525 + 1'013'904'223) >> 24U);
  return out;
}

Bytes read_exactly(TlsStream& stream, std::size_t size) {
  Bytes out(size);
  for (std::size_t at = 0; at < size;) {
    const std::size_t got = stream.read_some(MutableByteView{out}.subspan(at)).value();
    REQUIRE(got > 0);
    at += got;
  }
  return out;
}

TEST_CASE("warm_up runs whole handshakes, more than once") {
  CHECK(ok(warm_up()));
  CHECK(ok(warm_up()));
}

TEST_CASE("every version, group and cipher shakes hands, with one signature over a content of the right form") {
  struct Cipher {
    int version;
    const char* name;
  };
  constexpr std::array ciphers{
      Cipher{TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},        Cipher{TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
      Cipher{TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},  Cipher{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
      Cipher{TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"}, Cipher{TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"}};
  for (const Cipher& cipher : ciphers) {
    for (const bool p256 : {false, true}) {
      CAPTURE(cipher.name);
      TestKey key;
      const ClientSettings settings{cipher.version, p256 ? "P-256" : "X25519:P-256", cipher.name};
      run(
          key, settings, patient,
          [&](TlsStream& stream) {
            REQUIRE(ok(stream.handshake()));
            CHECK(stream.summary().ends_with(cipher.name));
            CHECK(read_exactly(stream, 4) == to_bytes("ping"));
            CHECK(stream.write_all(as_bytes("pong")).ok());
          },
          [&](Client& client) {
            REQUIRE(client.handshake());
            client.write(as_bytes("ping"));
            CHECK(client.read(4) == to_bytes("pong"));
          });
      REQUIRE(key.contents.size() == 1);
      const Bytes& content = key.contents[0];
      if (cipher.version == TLS1_3_VERSION) {
        CHECK(content.size() == (std::string_view{cipher.name}.ends_with("384") ? 146 : 130));
        CHECK(as_text(content).substr(64, 33) == "TLS 1.3, server CertificateVerify");
      } else {
        CHECK(content.size() == (p256 ? 133 : 100));
        CHECK(content[64] == 3);
      }
    }
  }
}

TEST_CASE("10 MiB each way, in pieces that no record fits") {
  const Bytes data = pattern(10 * 1024 * 1024 + 77);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestKey key;
    run(
        key, {.version = version}, patient,
        [&](TlsStream& stream) {
          REQUIRE(ok(stream.handshake()));
          CHECK(read_exactly(stream, data.size()) == data);
          CHECK(stream.write_part(ByteView{data}.first(100)).ok());
          for (std::size_t at = 100; at < data.size();) {
            const std::size_t size = std::min<std::size_t>(data.size() - at, 300'001);
            REQUIRE(stream.write_all(ByteView{data}.subspan(at, size)).ok());
            at += size;
          }
          std::array<std::uint8_t, 16> end{};
          CHECK(stream.read_some(end).value() == 0);  // close_notify
          CHECK(stream.read_some(end).value() == 0);
          CHECK(stream.shutdown(100).ok());
        },
        [&](Client& client) {
          REQUIRE(client.handshake());
          client.write(data);
          CHECK(client.read(data.size()) == data);
          CHECK(SSL_shutdown(client.ssl) == 0);
          CHECK(client.read(1).empty());
          CHECK((SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN) != 0);
        });
  }
}

TEST_CASE("an end without close_notify is truncation, not an end") {
  TestKey key;
  run(
      key, {}, patient,
      [&](TlsStream& stream) {
        REQUIRE(ok(stream.handshake()));
        CHECK(read_exactly(stream, 4) == to_bytes("half"));
        std::array<std::uint8_t, 16> rest{};
        const Result<std::size_t> next = stream.read_some(rest);
        CHECK(next.error().kind() == Errc::corrupt);
        CHECK(next.error().message() == "TLS: the peer's data ended without close_notify");
      },
      [&](Client& client) {
        REQUIRE(client.handshake());
        client.write(as_bytes("half"));
        client.socket.reset();
      });
}

// Shakes hands, then hands the bytes of one client record, changed, to the server.
void check_tampered(const ClientSettings& settings, std::size_t from_end) {
  TestKey key;
  run(
      key, settings, patient,
      [&](TlsStream& stream) {
        REQUIRE(ok(stream.handshake()));
        std::array<std::uint8_t, 4096> out{};
        const Result<std::size_t> got = stream.read_some(out);
        CHECK(got.error().kind() == Errc::invalid);
        CHECK(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));  // nothing went up
        CHECK_FALSE(stream.read_some(out).ok());
      },
      [&](Client& client) {
        REQUIRE(client.handshake());
        BIO* record = BIO_new(BIO_s_mem());
        SSL_set0_wbio(client.ssl, record);
        client.write(pattern(1000));
        char* raw = nullptr;
        const long size = BIO_get_mem_data(record, &raw);
        Bytes bytes = to_bytes(std::string_view{raw, static_cast<std::size_t>(size)});
        bytes.at(bytes.size() - 1 - from_end) ^= 1;
        CHECK(::send(client.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == size);
        CHECK(client.read(1).empty());
      });
}

TEST_CASE("R-064: one changed bit of tag or ciphertext ends the stream and delivers nothing") {
  for (const char* cipher : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    for (const std::size_t from_end : {0U, 15U, 16U, 500U, 1000U}) check_tampered({.cipher = cipher}, from_end);
  }
  for (const char* cipher : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    for (const std::size_t from_end : {0U, 16U, 500U})
      check_tampered({.version = TLS1_2_VERSION, .cipher = cipher}, from_end);
  }
}

TEST_CASE("a bad record behind good ones: the good bytes first, then the error") {
  TestKey key;
  run(
      key, {}, patient,
      [&](TlsStream& stream) {
        REQUIRE(ok(stream.handshake()));
        Bytes out(64 * 1024);
        CHECK(stream.read_some(out).value() == 4);
        const Result<std::size_t> next = stream.read_some(out);
        CHECK(next.error().kind() == Errc::invalid);
        CHECK(next.error().message().find("bad record mac") != std::string::npos);
      },
      [&](Client& client) {
        REQUIRE(client.handshake());
        BIO* records = BIO_new(BIO_s_mem());
        SSL_set0_wbio(client.ssl, records);
        client.write(as_bytes("good"));
        client.write(as_bytes("evil"));
        char* raw = nullptr;
        const long size = BIO_get_mem_data(records, &raw);
        raw[size - 1] = static_cast<char>(raw[size - 1] ^ 1);
        CHECK(::send(client.socket.get(), raw, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size);
        CHECK(client.read(1).empty());
      });
}

void check_alpn(Bytes offered, bool taken) {
  TestKey key;
  run(
      key, {.alpn = std::move(offered)}, patient, [&](TlsStream& stream) { CHECK(stream.handshake().ok() == taken); },
      [&](Client& client) {
        CHECK(client.handshake() == taken);
        const unsigned char* chosen = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(client.ssl, &chosen, &size);
        if (taken)
          CHECK(as_text(ByteView{chosen, size}) == "http/1.1");
        else
          CHECK(client.last_alert_reason() == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
        ERR_clear_error();
      });
  CHECK(key.contents.size() == (taken ? 1 : 0));
}

TEST_CASE("ALPN: http/1.1 among others is chosen, others alone are refused before anything is signed") {
  check_alpn(to_bytes("\x08http/1.1"), true);
  check_alpn(to_bytes("\x02h2\x08http/1.1"), true);
  check_alpn(to_bytes("\x02h2"), false);
  check_alpn(to_bytes("\x03"
                      "ftp"),
             false);
}

TEST_CASE("old versions, other groups, other ciphers and other signatures are refused") {
  const std::array<ClientSettings, 5> refused{
      ClientSettings{.version = TLS1_1_VERSION, .cipher = "DEFAULT:@SECLEVEL=0"}, ClientSettings{.group = "P-384"},
      ClientSettings{.version = TLS1_2_VERSION, .cipher = "ECDHE-ECDSA-AES128-SHA256"},
      ClientSettings{.version = TLS1_2_VERSION, .cipher = "AES128-GCM-SHA256"},
      ClientSettings{.version = TLS1_3_VERSION, .sigalgs = "ECDSA+SHA384:RSA-PSS+SHA256"}};
  for (const ClientSettings& settings : refused) {
    TestKey key;
    run(
        key, settings, patient, [&](TlsStream& stream) { CHECK(stream.handshake().error().kind() == Errc::invalid); },
        [&](Client& client) { CHECK_FALSE(client.handshake()); });
    CHECK(key.contents.empty());
  }
  ERR_clear_error();
}

TEST_CASE("no session can be resumed: neither tickets nor session numbers are given") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestKey key;
    run(
        key, {.version = version}, patient,
        [&](TlsStream& stream) {
          REQUIRE(ok(stream.handshake()));
          CHECK(stream.write_all(as_bytes("hello")).ok());
        },
        [&](Client& client) {
          REQUIRE(client.handshake());
          CHECK(client.read(5).size() == 5);
          CHECK(SSL_SESSION_is_resumable(SSL_get0_session(client.ssl)) == 0);
        });
  }
}

TEST_CASE("renegotiation is refused") {
  TestKey key;
  run(
      key, {.version = TLS1_2_VERSION}, patient,
      [&](TlsStream& stream) {
        REQUIRE(ok(stream.handshake()));
        std::array<std::uint8_t, 16> out{};
        CHECK_FALSE(stream.read_some(out).ok());
      },
      [&](Client& client) {
        REQUIRE(client.handshake());
        REQUIRE(SSL_renegotiate(client.ssl) == 1);
        CHECK_FALSE(client.handshake());
        ERR_clear_error();
        client.socket.reset();
      });
  CHECK(key.contents.size() == 1);
}

TEST_CASE("the signer's refusal, and a signature of impossible size, end the handshake with their reason") {
  TestKey key;
  key.refuses = true;
  run(
      key, {}, patient,
      [&](TlsStream& stream) {
        const Result<void> done = stream.handshake();
        CHECK(done.error().kind() == Errc::denied);
        CHECK(done.error().message() == "signet says no");
      },
      [&](Client& client) { CHECK_FALSE(client.handshake()); });

  const std::array chain{key.certificate};
  TlsContext context = TlsContext::make(chain, [](ByteView) -> Result<Bytes> { return Bytes(73, 1); }).value();
  auto [ours, theirs] = stream_pair();
  Client client{std::move(theirs), {}};
  TlsStream stream{context, std::move(ours), patient};
  std::thread using_it{[&] { CHECK_FALSE(client.handshake()); }};
  CHECK(stream.handshake().error().kind() == Errc::io);
  using_it.join();
}

TEST_CASE("a signature by another key does not pass the client") {
  TestKey key;
  TestKey other;
  const std::array chain{key.certificate};
  TlsContext context = TlsContext::make(chain, [&](ByteView content) { return other.sign(content); }).value();
  auto [ours, theirs] = stream_pair();
  Client client{std::move(theirs), {}};
  TlsStream stream{context, std::move(ours), patient};
  std::thread using_it{[&] {
    CHECK_FALSE(client.handshake());
    ERR_clear_error();
  }};
  CHECK_FALSE(stream.handshake().ok());
  using_it.join();
}

TEST_CASE("time-outs: a silent handshake, a dripping handshake, a silent reader and a silent writer") {
  TestKey key;
  TlsContext context = key.context();
  {
    auto [ours, theirs] = stream_pair();
    TlsStream stream{context, std::move(ours), {50, 10'000}};
    CHECK(stream.handshake().error().kind() == Errc::expired);
  }
  {
    auto [ours, theirs] = stream_pair();
    TlsStream stream{context, std::move(ours), {200, 10'000}};
    std::thread dripping{[&peer = theirs] {
      const std::array<std::uint8_t, 5> head{22, 3, 1, 2, 0};
      ssize_t sent = ::send(peer.get(), head.data(), head.size(), MSG_NOSIGNAL);
      for (int i = 0; i < 100 && sent > 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        sent = ::send(peer.get(), "\x01", 1, MSG_NOSIGNAL);
        if (i > 40) peer.reset();
      }
    }};
    const MonotonicMs start = monotonic_now_ms();
    CHECK(stream.handshake().error().kind() == Errc::expired);
    CHECK(monotonic_now_ms() - start < 2'000);
    dripping.join();
  }
  run(
      key, {}, {10'000, 50},
      [&](TlsStream& stream) {
        REQUIRE(ok(stream.handshake()));
        CHECK(stream.write_all(pattern(64 * 1024 * 1024)).error().kind() == Errc::expired);
      },
      [&](Client& client) { REQUIRE(client.handshake()); });
  run(
      key, {}, {10'000, 50},
      [&](TlsStream& stream) {
        REQUIRE(ok(stream.handshake()));
        std::array<std::uint8_t, 1> out{};
        CHECK(stream.read_some(out).error().kind() == Errc::expired);
      },
      [&](Client& client) { REQUIRE(client.handshake()); });
}

TEST_CASE("certificates of other keys, and bytes that are no certificate, are refused") {
  const auto refused = [](const Bytes& der) {
    const std::array chain{der};
    return TlsContext::make(chain, [](ByteView) -> Result<Bytes> { return Bytes{}; });
  };
  CHECK(refused(TestKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")}.certificate).error().kind() ==
        Errc::unsupported);
  CHECK(refused(TestKey{EVP_RSA_gen(2048)}.certificate).error().kind() == Errc::unsupported);
  CHECK(refused(to_bytes("certificate")).error().kind() == Errc::invalid);
  Bytes trailing = TestKey{}.certificate;
  trailing.push_back(0);
  CHECK(refused(trailing).error().kind() == Errc::invalid);
  CHECK(TlsContext::make({}, [](ByteView) -> Result<Bytes> { return Bytes{}; }).error().kind() == Errc::invalid);
}

}  // namespace
}  // namespace bulkhead::gate_http
