#pragma once
// gate_ssh -> warden: who are you, over SSH (RFC 4252). The gate passes on what the peer sent; warden itself builds what a
// signature must be over, from the session identifier that signet vouches for on this connection. The gate is never
// believed about who signed.
// One principal per channel: after `granted` only Renew and Account are admitted.
#include "ipc/login_asks.h"
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// Ahead of every other ask. `statement`: signet's, core/ssh_session. unauthenticated unless it is good for this connection.
struct OpenSshSession {
  static constexpr std::uint16_t number = 1;
  using Reply = ipc::Nothing;
  Bytes statement;
  static auto fields(auto& m, auto&& f) { return f(m.statement); }
};

enum class SshVerdict : std::uint8_t { refused = 0, partial = 1, granted = 2 };
constexpr SshVerdict wire_max(SshVerdict) { return SshVerdict::granted; }

struct SshSignOn {
  SshVerdict verdict = SshVerdict::refused;
  std::vector<std::string> methods;  // that can continue (RFC 4252 section 5.1); empty when granted
  Bytes capability;                  // granted: to be adopted at keeper and porter
  std::int64_t expires_ms = 0;       // of the capability: Renew before
  static auto fields(auto& m, auto&& f) { return f(m.verdict, m.methods, m.capability, m.expires_ms); }
};

// The query without signature (RFC 4252 section 7). No state is kept; the same answer for unknown users and unknown keys.
struct OfferKey {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    bool acceptable = false;
    static auto fields(auto& m, auto&& f) { return f(m.acceptable); }
  };
  std::string user_name;
  std::string algorithm;  // of the signature
  Bytes key;              // public key or certificate blob
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.algorithm, m.key); }
};

struct SignOnWithKey {
  static constexpr std::uint16_t number = 3;
  using Reply = SshSignOn;
  std::string user_name;
  std::string algorithm;
  Bytes key;
  Bytes signature;          // the blob: algorithm name and signature
  bool host_bound = false;  // publickey-hostbound-v00@openssh.com: the host key stands in what was signed
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.algorithm, m.key, m.signature, m.host_bound); }
};

struct SignOnWithPassword {
  static constexpr std::uint16_t number = 4;
  using Reply = SshSignOn;
  std::string user_name;
  Secret password;
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.password); }
};

// keyboard-interactive (RFC 4256): `prompts` is there while the verdict is open.
struct SshPrompt {
  std::string text;
  bool echo = false;
  static auto fields(auto& m, auto&& f) { return f(m.text, m.echo); }
};
struct SshDialogue {
  bool asks = false;  // true: show `prompts`, then AnswerDialogue; false: `result` holds
  std::string name;
  std::string instruction;
  std::vector<SshPrompt> prompts;  // at most 4
  SshSignOn result;
  static auto fields(auto& m, auto&& f) { return f(m.asks, m.name, m.instruction, m.prompts, m.result); }
};

struct StartDialogue {
  static constexpr std::uint16_t number = 5;
  using Reply = SshDialogue;
  std::string user_name;
  static auto fields(auto& m, auto&& f) { return f(m.user_name); }
};

// As many answers as prompts were shown last; otherwise, and without a dialogue, the asker breaks the grammar.
struct AnswerDialogue {
  static constexpr std::uint16_t number = 6;
  using Reply = SshDialogue;
  std::vector<Secret> answers;
  static auto fields(auto& m, auto&& f) { return f(m.answers); }
};

// A fresh capability for the session of this channel. unauthenticated once the session has ended.
struct Renew {
  static constexpr std::uint16_t number = 7;
  struct Reply {
    Bytes capability;
    std::int64_t expires_ms = 0;
    static auto fields(auto& m, auto&& f) { return f(m.capability, m.expires_ms); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// Account (number 8 here) is the one of login_asks.h.
struct SshAccount {
  static constexpr std::uint16_t number = 8;
  using Reply = Account::Reply;
  static auto fields(auto&, auto&& f) { return f(); }
};

inline constexpr std::array ssh_login_asks{
    //       number                     name                     phase                how often              size_max
    ipc::Row{OpenSshSession::number, "open_ssh_session", ipc::Phase::before, ipc::Times::once, 1'024},
    ipc::Row{OfferKey::number, "offer_key", ipc::Phase::before, ipc::Times::limited, 20'000},
    ipc::Row{SignOnWithKey::number, "sign_on_with_key", ipc::Phase::before, ipc::Times::limited, 24'000},
    ipc::Row{SignOnWithPassword::number, "sign_on_with_password", ipc::Phase::before, ipc::Times::limited, 2'048},
    ipc::Row{StartDialogue::number, "start_dialogue", ipc::Phase::before, ipc::Times::limited, 512},
    ipc::Row{AnswerDialogue::number, "answer_dialogue", ipc::Phase::before, ipc::Times::limited, 8'192},
    ipc::Row{Renew::number, "renew", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{SshAccount::number, "ssh_account", ipc::Phase::bound, ipc::Times::unlimited, 0},
};
static_assert(ipc::sorted_unique(ssh_login_asks));

}  // namespace bulkhead::asks
