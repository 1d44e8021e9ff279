#pragma once
// hull <-> every process it started: notices only. hull alone names connections, and only here.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

enum class Role : std::uint8_t { gate = 0, porter = 1, admin = 2, hasher = 3, gate_ssh = 4, chronicle = 5, mailer = 6 };
constexpr Role wire_max(Role) { return Role::mailer; }

// hull -> warden, keeper, vault, signet, chronicle: one descriptor, the channel of that connection (0: admin, hasher,
// chronicle, mailer).
struct Introduce {
  static constexpr std::uint16_t number = 1;
  std::uint64_t connection = 0;
  Role role = Role::gate;
  static auto fields(auto& m, auto&& f) { return f(m.connection, m.role); }
};

// hull -> warden, keeper, vault, chronicle: a peer has come on a connection introduced before; always ahead of the gate's
// first ask.
struct PeerAddress {
  static constexpr std::uint16_t number = 2;
  std::uint64_t connection = 0;
  std::string address;  // numeric, without port
  static auto fields(auto& m, auto&& f) { return f(m.connection, m.address); }
};

// hull -> gate: one descriptor, the accepted socket.
struct Accepted {
  static constexpr std::uint16_t number = 3;
  std::string address;
  static auto fields(auto& m, auto&& f) { return f(m.address); }
};

// hull -> all: finish what is in hand and exit.
struct Stop {
  static constexpr std::uint16_t number = 4;
  static auto fields(auto&, auto&& f) { return f(); }
};

// hull -> signet: read the certificate and key again.
struct Reload {
  static constexpr std::uint16_t number = 5;
  static auto fields(auto&, auto&& f) { return f(); }
};

// hull -> one process each, right after its Ready and ahead of every Introduce: the settings of bulkhead.toml it needs.
struct WardenSettings {
  static constexpr std::uint16_t number = 6;
  std::uint32_t access_token_life_s = 0;
  std::uint32_t refresh_token_life_s = 0;
  std::uint32_t attempts_max = 0;      // failed sign-ons of one account from one network within the window
  std::uint32_t attempts_window_s = 0;
  std::array<std::uint8_t, 32> session_key{};  // Ed25519 public key of signet's session statements
  std::uint32_t reset_link_life_s = 1'800;
  std::string public_url = {};   // what links begin with: "https://transfer.example.com"
  std::string mail_from = {};    // core/mail Mailbox, as text
  std::string mail_server = {};  // for people who ask; empty: mail goes into the file outbox
  static auto fields(auto& m, auto&& f) {
    return f(m.access_token_life_s, m.refresh_token_life_s, m.attempts_max, m.attempts_window_s, m.session_key,
             m.reset_link_life_s, m.public_url, m.mail_from, m.mail_server);
  }
};

struct KeeperSettings {
  static constexpr std::uint16_t number = 7;
  std::array<std::uint8_t, 32> capability_key{};  // Ed25519 public key of warden
  std::uint64_t disk_reserve_bytes = 0;           // uploads stop below this much free space
  static auto fields(auto& m, auto&& f) { return f(m.capability_key, m.disk_reserve_bytes); }
};

// Egress budgets of one level over the four windows 1 min, 1 h, 1 d, 30 d; 0: unlimited.
struct BudgetSettings {
  std::array<std::uint64_t, 4> releases_max{};
  std::array<std::uint64_t, 4> bytes_max{};
  std::array<std::uint64_t, 4> files_max{};
  static auto fields(auto& m, auto&& f) {
    return f(m.releases_max[0], m.releases_max[1], m.releases_max[2], m.releases_max[3], m.bytes_max[0], m.bytes_max[1],
             m.bytes_max[2], m.bytes_max[3], m.files_max[0], m.files_max[1], m.files_max[2], m.files_max[3]);
  }
};

struct VaultSettings {
  static constexpr std::uint16_t number = 8;
  std::array<std::uint8_t, 32> capability_key{};
  std::string ledger_origin;  // checkpoint origin and key name, fixed at init
  BudgetSettings principal;
  BudgetSettings organisation;
  BudgetSettings total;
  static auto fields(auto& m, auto&& f) {
    return f(m.capability_key, m.ledger_origin, m.principal, m.organisation, m.total);
  }
};

struct GateSettings {
  static constexpr std::uint16_t number = 9;
  std::uint32_t handshake_timeout_s = 0;
  std::uint32_t idle_timeout_s = 0;     // between requests
  std::uint32_t stall_timeout_s = 0;    // inside a request or an answer, without progress
  std::vector<std::string> host_names;  // the Host values that are served; empty: any
  std::vector<std::string> ssh_fingerprints;  // of the host keys, for people who ask; empty: SSH is not served
  static auto fields(auto& m, auto&& f) {
    return f(m.handshake_timeout_s, m.idle_timeout_s, m.stall_timeout_s, m.host_names, m.ssh_fingerprints);
  }
};

// hull -> gate_ssh.
struct SshGateSettings {
  static constexpr std::uint16_t number = 11;
  std::uint32_t idle_timeout_s = 0;    // signed on, without any message of the peer
  std::uint32_t stall_timeout_s = 0;   // the peer takes nothing of what is ready for it
  std::uint32_t sign_on_attempts = 0;  // refusals of one connection
  std::uint32_t rekey_mib = 0;         // each way
  std::uint32_t rekey_s = 0;
  static auto fields(auto& m, auto&& f) {
    return f(m.idle_timeout_s, m.stall_timeout_s, m.sign_on_attempts, m.rekey_mib, m.rekey_s);
  }
};

// hull -> mailer, as soon as it is started and ahead of its sandbox. The files are read by the mailer itself.
struct MailerSettings {
  static constexpr std::uint16_t number = 35;
  std::string server_host;  // empty: into the file outbox
  std::uint16_t server_port = 0;
  bool tls_at_once = false;  // smtps; otherwise STARTTLS must succeed, unless `plain`
  bool plain = false;        // no TLS: loopback addresses only
  std::string ehlo_name;     // what it calls itself
  std::string user;          // empty: no sign-on at the server
  std::string password_file;
  std::string ca_file;
  static auto fields(auto& m, auto&& f) {
    return f(m.server_host, m.server_port, m.tls_at_once, m.plain, m.ehlo_name, m.user, m.password_file, m.ca_file);
  }
};

// hull -> vault: for the ledger. A process crashed, or broke the grammar of a sibling other than vault.
struct Trouble {
  static constexpr std::uint16_t number = 10;
  std::string process;
  std::uint64_t connection = 0;
  std::string what;
  static auto fields(auto& m, auto&& f) { return f(m.process, m.connection, m.what); }
};

// hull -> chronicle: with the channels on which it asks vault, warden and keeper (ipc/event_asks.h), in that order.
struct ChronicleSettings {
  static constexpr std::uint16_t number = 34;
  std::array<std::uint8_t, 32> capability_key{};
  static auto fields(auto& m, auto&& f) { return f(m.capability_key); }
};

// process -> hull: the sandbox is on. `layers`: bits of sandbox/sandbox.h.
struct Ready {
  static constexpr std::uint16_t number = 16;
  std::uint32_t layers = 0;
  std::uint32_t landlock_abi = 0;
  Bytes hello;  // warden: the public key of its capabilities; signet: SignetHello; otherwise empty
  static auto fields(auto& m, auto&& f) { return f(m.layers, m.landlock_abi, m.hello); }
};

// The hello of signet, encoded.
struct SignetHello {
  std::array<std::uint8_t, 32> session_key{};  // Ed25519 public key of its session statements (core/ssh_session)
  std::vector<std::string> fingerprints;       // of the SSH host keys: "ssh-ed25519 SHA256:..."
  static auto fields(auto& m, auto&& f) { return f(m.session_key, m.fingerprints); }
};

// shared process -> hull: an asker broke the grammar. hull ends that connection and counts it.
struct Violation {
  static constexpr std::uint16_t number = 17;
  std::uint64_t connection = 0;
  std::string what;
  static auto fields(auto& m, auto&& f) { return f(m.connection, m.what); }
};

// warden -> hull: the login-grace timer of this connection may stop.
struct SignedOn {
  static constexpr std::uint16_t number = 18;
  std::uint64_t connection = 0;
  static auto fields(auto& m, auto&& f) { return f(m.connection); }
};

// warden -> hull: its session is over; end its processes.
struct EndConnection {
  static constexpr std::uint16_t number = 19;
  std::uint64_t connection = 0;
  static auto fields(auto& m, auto&& f) { return f(m.connection); }
};

// warden -> hull: a sign-on was refused on this connection, for the per-source penalty.
struct Refused {
  static constexpr std::uint16_t number = 20;
  std::uint64_t connection = 0;
  static auto fields(auto& m, auto&& f) { return f(m.connection); }
};

// warden -> hull: one more hasher, please.
struct WantHasher {
  static constexpr std::uint16_t number = 21;
  static auto fields(auto&, auto&& f) { return f(); }
};

// warden -> hull: a mailer for one message, please.
struct WantMailer {
  static constexpr std::uint16_t number = 36;
  static auto fields(auto&, auto&& f) { return f(); }
};

// keeper -> hull: another connection of the same user goes on with the upload that this one holds. End its gate; its porter
// lets go by itself.
struct CutOff {
  static constexpr std::uint16_t number = 23;
  std::uint64_t connection = 0;
  static auto fields(auto& m, auto&& f) { return f(m.connection); }
};

inline constexpr std::array from_hull{
    ipc::Row{Introduce::number, "introduce", ipc::Phase::any, ipc::Times::unlimited, 9, 1},
    ipc::Row{PeerAddress::number, "peer_address", ipc::Phase::any, ipc::Times::unlimited, 64},
    ipc::Row{Accepted::number, "accepted", ipc::Phase::any, ipc::Times::once, 64, 1},
    ipc::Row{Stop::number, "stop", ipc::Phase::any, ipc::Times::once, 0},
    ipc::Row{Reload::number, "reload", ipc::Phase::any, ipc::Times::unlimited, 0},
    ipc::Row{WardenSettings::number, "warden_settings", ipc::Phase::any, ipc::Times::once, 2'048},
    ipc::Row{KeeperSettings::number, "keeper_settings", ipc::Phase::any, ipc::Times::once, 64},
    ipc::Row{VaultSettings::number, "vault_settings", ipc::Phase::any, ipc::Times::once, 1'024},
    ipc::Row{GateSettings::number, "gate_settings", ipc::Phase::any, ipc::Times::once, 8'192},
    ipc::Row{Trouble::number, "trouble", ipc::Phase::any, ipc::Times::unlimited, 1'024},
    ipc::Row{SshGateSettings::number, "ssh_gate_settings", ipc::Phase::any, ipc::Times::once, 64},
    ipc::Row{ChronicleSettings::number, "chronicle_settings", ipc::Phase::any, ipc::Times::once, 32, 3},
    ipc::Row{MailerSettings::number, "mailer_settings", ipc::Phase::any, ipc::Times::once, 8'192},
};
static_assert(ipc::sorted_unique(from_hull));

// vault -> hull: the ledger is open and sound; keys can be released. Ahead of it nobody is served.
struct Opened {
  static constexpr std::uint16_t number = 22;
  static auto fields(auto&, auto&& f) { return f(); }
};

// From a process that serves one connection, and from a helper: it may say that it is ready, and nothing else.
inline constexpr std::array to_hull{
    ipc::Row{Ready::number, "ready", ipc::Phase::any, ipc::Times::once, 128},
};
static_assert(ipc::sorted_unique(to_hull));

// From keeper, signet and chronicle.
inline constexpr std::array shared_to_hull{
    ipc::Row{Ready::number, "ready", ipc::Phase::any, ipc::Times::once, 1'024},
    ipc::Row{Violation::number, "violation", ipc::Phase::any, ipc::Times::unlimited, 512},
    ipc::Row{CutOff::number, "cut_off", ipc::Phase::any, ipc::Times::unlimited, 8},
};
static_assert(ipc::sorted_unique(shared_to_hull));

inline constexpr std::array vault_to_hull{
    ipc::Row{Ready::number, "ready", ipc::Phase::any, ipc::Times::once, 128},
    ipc::Row{Violation::number, "violation", ipc::Phase::any, ipc::Times::unlimited, 512},
    ipc::Row{Opened::number, "opened", ipc::Phase::any, ipc::Times::once, 0},
};
static_assert(ipc::sorted_unique(vault_to_hull));

inline constexpr std::array warden_to_hull{
    ipc::Row{Ready::number, "ready", ipc::Phase::any, ipc::Times::once, 128},
    ipc::Row{Violation::number, "violation", ipc::Phase::any, ipc::Times::unlimited, 512},
    ipc::Row{SignedOn::number, "signed_on", ipc::Phase::any, ipc::Times::unlimited, 8},
    ipc::Row{EndConnection::number, "end_connection", ipc::Phase::any, ipc::Times::unlimited, 8},
    ipc::Row{Refused::number, "refused", ipc::Phase::any, ipc::Times::unlimited, 8},
    ipc::Row{WantHasher::number, "want_hasher", ipc::Phase::any, ipc::Times::unlimited, 0},
    ipc::Row{WantMailer::number, "want_mailer", ipc::Phase::any, ipc::Times::unlimited, 0},
};
static_assert(ipc::sorted_unique(warden_to_hull));

}  // namespace bulkhead::asks
