#include "signet/answers.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "ipc/signing_asks.h"

namespace bulkhead::signet {
namespace {

Identity new_identity() {
  std::string path = "/tmp/signet-test-XXXXXX";
  ENSURE(::mkdtemp(path.data()) != nullptr);
  const Fd directory = open_directory(AT_FDCWD, path.c_str()).value();
  Identity made = Identity::load_or_make(directory.get(), 1'800'000'000'000).value();
  std::filesystem::remove_all(path);
  return made;
}

Bytes handshake() {
  Writer out;
  out.bytes(Bytes(64, 0x20)).bytes(as_bytes("TLS 1.3, server CertificateVerify")).u8(0).bytes(Bytes(32, 7));
  return out.take();
}

bool verifies(const Bytes& der, ByteView content, const Bytes& signature) {
  const std::uint8_t* at = der.data();
  X509* certificate = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ENSURE(EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(certificate)) == 1);
  const int verdict = EVP_DigestVerify(context, signature.data(), signature.size(), content.data(), content.size());
  EVP_MD_CTX_free(context);
  X509_free(certificate);
  return verdict == 1;
}

// signet's loop in a thread; the thread of the test plays the gates.
struct Running {
  Answers answers{new_identity()};
  ipc::Service service;
  std::vector<std::uint64_t> violations;

  ipc::Channel gate(std::uint64_t connection) {
    auto [ours, theirs] = socket_pair().value();
    answers.serve(service, std::move(theirs), connection);
    return ipc::Channel{std::move(ours)};
  }
  // Runs the service while `gates` asks. `on_request` is called in the loop each time `gates` calls its argument.
  void during(const std::function<void(const std::function<void()>&)>& gates,
              const std::function<void()>& on_request = {}) {
    std::atomic<bool> finished = false;
    std::atomic<bool> requested = false;
    service.on_violation([this](std::uint64_t connection, std::string_view) { violations.push_back(connection); });
    service.on_tick(1, [&] {
      if (requested) {
        on_request();
        requested = false;
      }
      if (finished) service.stop();
    });
    std::thread asking{[&] {
      gates([&] {
        requested = true;
        while (requested) std::this_thread::yield();
      });
      finished = true;
    }};
    service.run();
    asking.join();
  }
};

TEST_CASE("a gate gets the certificate and one signature; the second ask ends it") {
  Running signet;
  ipc::Channel gate = signet.gate(41);
  signet.during([&](const auto&) {
    CHECK(gate.ask(asks::Certificate{})->chain.size() == 1);
    CHECK(gate.ask(asks::SignHandshake{handshake()})->signature.size() > 60);
    CHECK_FALSE(gate.ask(asks::SignHandshake{handshake()}).ok());
    CHECK_FALSE(gate.ask(asks::Certificate{}).ok());
  });
  CHECK(signet.violations == std::vector<std::uint64_t>{41});
  CHECK(signet.answers.signatures() == 1);
}

TEST_CASE("R-145: anything else than a handshake is not signed, ends the gate and is counted") {
  Running signet;
  const std::vector<Bytes> contents{to_bytes("GET / HTTP/1.1"), Bytes(32, 1), Bytes(130, 0x20), {}, Bytes(505, 0)};
  std::vector<ipc::Channel> gates;
  for (std::size_t i = 0; i < contents.size(); ++i) gates.push_back(signet.gate(i + 1));
  ipc::Channel unasked = signet.gate(99);
  signet.during([&](const auto&) {
    for (std::size_t i = 0; i < contents.size(); ++i) {
      CHECK(gates[i].ask(asks::Certificate{}).ok());
      CHECK_FALSE(gates[i].ask(asks::SignHandshake{contents[i]}).ok());
    }
    CHECK_FALSE(unasked.ask(asks::SignHandshake{handshake()}).ok());  // before it asked for the certificate
  });
  CHECK(signet.violations.size() == contents.size() + 1);
  CHECK(signet.answers.signatures() == 0);
}

TEST_CASE("a reload between certificate and signature leaves that gate its old pair") {
  Running signet;
  std::optional<ipc::Channel> before{signet.gate(1)};
  ipc::Channel after = signet.gate(2);
  std::vector<std::size_t> generations;
  signet.during(
      [&](const auto& request) {
        const std::vector<Bytes> old_chain = before->ask(asks::Certificate{})->chain;
        request();
        const std::vector<Bytes> new_chain = after.ask(asks::Certificate{})->chain;
        CHECK(old_chain != new_chain);
        CHECK(verifies(old_chain[0], handshake(), before->ask(asks::SignHandshake{handshake()})->signature));
        CHECK(verifies(new_chain[0], handshake(), after.ask(asks::SignHandshake{handshake()})->signature));
        before.reset();
        while (!generations.empty() && generations.back() != 1) request();  // the old key goes with its last gate
      },
      [&] {
        if (generations.empty()) signet.answers.replace(new_identity());
        generations.push_back(signet.answers.generations());
      });
  CHECK(generations.front() == 2);
  CHECK(signet.violations.empty());
}

TEST_CASE("identities that no gate was told are forgotten, and never more than a few are kept") {
  Running signet;
  for (int i = 0; i < 3; ++i) signet.answers.replace(new_identity());
  CHECK(signet.answers.generations() == 1);
  std::vector<ipc::Channel> gates;
  for (std::uint64_t i = 0; i < 2 * generations_max; ++i) gates.push_back(signet.gate(i));
  signet.during(
      [&](const auto& request) {
        for (ipc::Channel& gate : gates) {
          CHECK(gate.ask(asks::Certificate{}).ok());
          request();
        }
        CHECK(gates.front().ask(asks::SignHandshake{handshake()}).error().kind() == Errc::expired);
        CHECK(gates.back().ask(asks::SignHandshake{handshake()}).ok());
      },
      [&] { signet.answers.replace(new_identity()); });
  CHECK(signet.answers.generations() <= generations_max);
  CHECK(signet.violations.empty());
}

}  // namespace
}  // namespace bulkhead::signet
