#include "signet/ssh_answers.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/encode.h"
#include "base/writer.h"
#include "core/ssh_key/key.h"
#include "core/ssh_session/statement.h"
#include "signet/exchange_form.h"

namespace bulkhead::signet {
namespace {

struct Directory {
  std::string path = "/tmp/signet-test-XXXXXX";
  Directory() { ENSURE(::mkdtemp(path.data()) != nullptr); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path); }
  Fd open() const { return open_directory(AT_FDCWD, path.c_str()).value(); }
};

// One set for all tests: an RSA key takes a while.
const Directory& directory() {
  static const Directory made;
  return made;
}
HostKeys host_keys() {
  return HostKeys::load_or_make(directory().open().get()).value();
}

const Bytes seed(crypt::ed25519_seed_size, 3);
MonotonicMs test_time = 1'000;

struct Running {
  SshAnswers answers{host_keys(), Secret::copy_of(seed), [] { return test_time; }};
  ipc::Service service;
  std::vector<std::uint64_t> violations;

  ipc::Channel gate(std::uint64_t connection) {
    auto [ours, theirs] = socket_pair().value();
    answers.serve(service, std::move(theirs), connection);
    return ipc::Channel{std::move(ours)};
  }
  void during(const std::function<void()>& gates) {
    std::atomic<bool> finished = false;
    service.on_violation([this](std::uint64_t connection, std::string_view) { violations.push_back(connection); });
    service.on_tick(1, [&] {
      if (finished) service.stop();
    });
    std::thread asking{[&] {
      gates();
      finished = true;
    }};
    service.run();
    asking.join();
  }
};

Bytes client_offer(std::string_view exchange, std::string_view host_key) {
  Writer out;
  out.u8(20).bytes(Bytes(16, 0x11));
  for (const std::string_view list :
       {exchange, host_key, std::string_view{"aes256-gcm@openssh.com"}, std::string_view{"aes256-gcm@openssh.com"},
        std::string_view{"hmac-sha2-256-etm@openssh.com"}, std::string_view{"hmac-sha2-256-etm@openssh.com"},
        std::string_view{"none"}, std::string_view{"none"}, std::string_view{}, std::string_view{}}) {
    out.string(as_bytes(list));
  }
  return out.u8(0).u32(0).take();
}

// Without a cookie of signet: one of a rekey.
asks::SignExchange an_exchange(std::string_view host_key = "ssh-ed25519", ByteView first_cookie = {}) {
  const std::vector<std::string_view> all{ssh::host_key_algorithms.begin(), ssh::host_key_algorithms.end()};
  asks::SignExchange ask;
  ask.client_version = "SSH-2.0-Test_1";
  ask.client_kexinit = client_offer("curve25519-sha256", host_key);
  ask.server_kexinit =
      ssh::print_kexinit(first_cookie.empty() ? Bytes(16, 0x22) : to_bytes(first_cookie), !first_cookie.empty(), all);
  ask.method = "curve25519-sha256";
  ask.host_key_algorithm = host_key;
  ask.client_share = Bytes(32, 1);
  ask.server_share = Bytes(32, 2);
  ask.shared_secret = Secret{Writer{}.string(Bytes(32, 0x33)).take()};
  return ask;
}

asks::SignExchange first_exchange(ipc::Channel& gate) {
  return an_exchange("ssh-ed25519", gate.ask(asks::HostKeys{})->cookie);
}

}  // namespace

TEST_CASE("host keys are made once, for the owner alone, and read again") {
  const std::vector<Bytes> made = host_keys().blobs();
  CHECK(made.size() == 3);
  CHECK(made == host_keys().blobs());
  for (const char* name : {"ssh_ed25519.key", "ssh_ecdsa.key", "ssh_rsa.key"}) {
    struct stat info{};
    REQUIRE(::stat((directory().path + "/" + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600);
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    const ssh_key::PublicKey key = ssh_key::PublicKey::parse(made[i]).value();
    CHECK(host_keys().fingerprints()[i] == std::string{key.type_name()} + " " + key.fingerprint());
  }
}

TEST_CASE("a key of another type in a file is refused, and the message names the file") {
  const Directory other;
  std::filesystem::copy_file(directory().path + "/ssh_rsa.key", other.path + "/ssh_ed25519.key");
  const auto loaded = HostKeys::load_or_make(other.open().get());
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().kind() == Errc::unsupported);
  CHECK(loaded.error().message().starts_with("ssh_ed25519.key: "));
}

TEST_CASE("every algorithm signs the exchange hash that signet computes, and the statement names session and key") {
  Running signet;
  std::vector<ipc::Channel> gates;
  for (std::uint64_t i = 0; i < ssh::host_key_algorithms.size(); ++i) gates.push_back(signet.gate(50 + i));
  signet.during([&] {
    for (std::size_t i = 0; i < gates.size(); ++i) {
      const std::string_view algorithm = ssh::host_key_algorithms[i];
      const asks::HostKeys::Reply given = gates[i].ask(asks::HostKeys{}).value();
      const Bytes& blob = given.keys[std::min<std::size_t>(i, 2)];
      const asks::SignExchange ask = an_exchange(algorithm, given.cookie);
      const asks::SignExchange::Reply reply = gates[i].ask(ask).value();
      const Bytes hash = ssh::exchange_hash(
          crypt::HashKind::sha256, {ask.client_version, ssh::server_version, ask.client_kexinit, ask.server_kexinit,
                                    blob, ask.client_share, ask.server_share, ask.shared_secret.view()});
      CHECK(reply.exchange_hash == hash);
      CHECK(ssh_key::PublicKey::parse(blob)->verify(algorithm, hash, reply.signature));
      const auto statement = ssh_session::verify(crypt::ed25519_public(seed), reply.statement, 50 + i);
      REQUIRE(statement.ok());
      CHECK(statement->session_id == hash);
      CHECK(statement->host_key == blob);
    }
  });
  CHECK(signet.violations.empty());
  CHECK(signet.answers.signatures() == 4);
}

TEST_CASE("a rekey is signed, and gets no second statement") {
  Running signet;
  ipc::Channel gate = signet.gate(7);
  signet.during([&] {
    CHECK_FALSE(gate.ask(first_exchange(gate))->statement.empty());
    const auto again = gate.ask(an_exchange());
    REQUIRE(again.ok());
    CHECK(again->statement.empty());
  });
  CHECK(signet.violations.empty());
}

TEST_CASE("R-146: whatever is no key exchange of this server is not signed, ends the gate and is counted") {
  using Change = void (*)(asks::SignExchange&);
  const std::vector<Change> changes{
      [](asks::SignExchange& ask) { ask.client_version = "GET / HTTP/1.1"; },
      [](asks::SignExchange& ask) { ask.client_version = "SSH-2.0-a\r\nb"; },
      [](asks::SignExchange& ask) { ask.client_version.assign(254, 'x').replace(0, 8, "SSH-2.0-"); },
      [](asks::SignExchange& ask) { ask.client_kexinit = Bytes(32, 1); },
      [](asks::SignExchange& ask) { ask.client_kexinit.push_back(0); },
      [](asks::SignExchange& ask) { ask.server_kexinit.back() ^= 1U; },
      [](asks::SignExchange& ask) { ask.server_kexinit = ask.client_kexinit; },
      [](asks::SignExchange& ask) { ask.server_kexinit[20] ^= 1U; },
      [](asks::SignExchange& ask) { ask.method = "ecdh-sha2-nistp256"; },
      [](asks::SignExchange& ask) { ask.host_key_algorithm = "rsa-sha2-512"; },
      [](asks::SignExchange& ask) { ask.client_share.push_back(0); },
      [](asks::SignExchange& ask) { ask.client_share.clear(); },
      [](asks::SignExchange& ask) { ask.server_share.pop_back(); },
      [](asks::SignExchange& ask) { ask.shared_secret = Secret{Bytes(32, 1)}; },
      [](asks::SignExchange& ask) { ask.shared_secret = Secret{Writer{}.string(Bytes{}).take()}; },
      [](asks::SignExchange& ask) { ask.shared_secret = Secret{Writer{}.string(Bytes(32, 0x80)).take()}; },
      [](asks::SignExchange& ask) { ask.shared_secret = Secret{Writer{}.string(Bytes(34, 1)).take()}; },
      [](asks::SignExchange& ask) { ask.shared_secret = Secret{Writer{}.string(Bytes{0, 1}).take()}; },
  };
  Running signet;
  std::vector<ipc::Channel> gates;
  for (std::size_t i = 0; i < changes.size(); ++i) gates.push_back(signet.gate(i + 1));
  signet.during([&] {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      asks::SignExchange ask = first_exchange(gates[i]);
      changes[i](ask);
      CHECK_FALSE(gates[i].ask(ask).ok());
    }
  });
  CHECK(signet.violations.size() == changes.size());
  CHECK(signet.answers.signatures() == 0);
}

TEST_CASE("the strict marker belongs to the first exchange only") {
  Running signet;
  ipc::Channel early = signet.gate(1);
  ipc::Channel late = signet.gate(2);
  signet.during([&] {
    CHECK_FALSE(early.ask(an_exchange()).ok());
    const asks::SignExchange first = first_exchange(late);
    CHECK(late.ask(first).ok());
    CHECK_FALSE(late.ask(first).ok());
  });
  CHECK(signet.violations == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("R-107: an exchange of one connection is not signed on another: its cookie is that connection's own") {
  Running signet;
  ipc::Channel gate = signet.gate(1);
  ipc::Channel thief = signet.gate(2);
  signet.during([&] {
    const asks::SignExchange ask = first_exchange(gate);
    CHECK(gate.ask(ask).ok());
    CHECK(thief.ask(asks::HostKeys{})->cookie.size() == ssh::kex_cookie_size);
    CHECK_FALSE(thief.ask(ask).ok());
  });
  CHECK(signet.violations == std::vector<std::uint64_t>{2});
  CHECK(signet.answers.signatures() == 1);
}

TEST_CASE("R-066: a storm of key exchanges is refused; time gives a few back") {
  Running signet;
  ipc::Channel gate = signet.gate(9);
  signet.during([&] {
    CHECK(gate.ask(first_exchange(gate)).ok());
    for (std::uint32_t i = 1; i < exchanges_at_once; ++i) CHECK(gate.ask(an_exchange()).ok());
    CHECK(gate.ask(an_exchange()).error().kind() == Errc::exhausted);
    test_time += exchange_period_ms;
    CHECK(gate.ask(an_exchange()).ok());
    CHECK(gate.ask(an_exchange()).error().kind() == Errc::exhausted);
  });
  CHECK(signet.violations.empty());
}

TEST_CASE("proofs of host keys are over label, session and key; no proof before the exchange, none of another key") {
  Running signet;
  ipc::Channel gate = signet.gate(3);
  ipc::Channel early = signet.gate(4);
  signet.during([&] {
    const asks::HostKeys::Reply given = gate.ask(asks::HostKeys{}).value();
    const Bytes session = gate.ask(an_exchange("ssh-ed25519", given.cookie))->exchange_hash;
    for (const Bytes& blob : given.keys) {
      const ssh_key::PublicKey key = ssh_key::PublicKey::parse(blob).value();
      for (const bool sha512 : {false, true}) {
        const Bytes content =
            Writer{}.string(as_bytes("hostkeys-prove-00@openssh.com")).string(session).string(blob).take();
        const bool rsa = key.kind() == ssh_key::Kind::rsa;
        const std::string_view algorithm = !rsa ? key.type_name() : sha512 ? "rsa-sha2-512" : "rsa-sha2-256";
        CHECK(key.verify(algorithm, content, gate.ask(asks::ProveHostKey{blob, sha512})->signature));
      }
    }
    CHECK(gate.ask(asks::ProveHostKey{Bytes(51, 1), false}).error().kind() == Errc::not_found);
    CHECK_FALSE(early.ask(asks::ProveHostKey{Bytes(51, 1), false}).ok());
  });
  CHECK(signet.violations == std::vector<std::uint64_t>{4});
}

}  // namespace bulkhead::signet
