// the n-th allocation fails while a warden checks wrong signatures and a wrong password, for every n that there
// is (make soak; make test takes a part of them), and then all from the n-th on. A warden may refuse or end; granted it must never say. The warden is a forked
// child; this process plays hull, vault, hasher and gate.
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/cat.h"
#include "base/encode.h"
#include "base/writer.h"
#include "core/ssh_session/statement.h"
#include "hasher/argon2id.h"
#include "ipc/pepper_asks.h"
#include "warden/answers.h"

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
}

namespace {

struct Shared {  // with the warden
  std::uint64_t calls;
};
Shared* shared = nullptr;
bool counting = false;
std::uint64_t fail_at = 0;  // 0: never
bool all_after = false;

bool fails() {
  if (!counting) return false;
  const std::uint64_t call = ++shared->calls;
  return fail_at != 0 && (call == fail_at || (all_after && call > fail_at));
}

}  // namespace

void* malloc(std::size_t size) {
  return fails() ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  return fails() ? nullptr : __libc_realloc(old, size);
}

namespace {

using namespace bulkhead;
using namespace bulkhead::warden;

constexpr std::string_view password = "lovely cart seven";
const Bytes seed(crypt::ed25519_seed_size, 0x51);  // of signet, and of the key that is right

void need(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "FAILED: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

std::string field(const std::string& path, const std::string& name) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
  }
  need(false, cat(path, " has no ", name));
  return {};
}

[[noreturn]] void be_warden(const std::string& folder, Fd control, Fd vault) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  need(std::freopen("/dev/null", "w", stderr) != nullptr, "no /dev/null");
  Identity identity = *Identity::open(cat(folder, "/identity.db").c_str());
  {
    ipc::Service service;
    Answers answers{service, std::move(identity), Secret::copy_of(Bytes(32, 0x33)), std::move(control),
                    std::move(vault)};
    answers.ready(0, 0);
    counting = true;
    service.run();
    counting = false;
  }
  ::_exit(0);
}

class Conversation {
 public:
  explicit Conversation(const std::string& folder) {
    auto [control, control_end] = *socket_pair();
    auto [vault, vault_end] = *socket_pair();
    shared->calls = 0;
    child_ = ::fork();
    need(child_ >= 0, "fork");
    if (child_ == 0) {
      control.reset();
      vault.reset();
      be_warden(folder, std::move(control_end), std::move(vault_end));
    }
    control_ = ipc::Channel{std::move(control)};
    vault_ = ipc::Channel{std::move(vault)};
    const asks::WardenSettings settings{1200, 86'400, 500, 600, crypt::ed25519_public(seed)};
    static_cast<void>(control_.notify(settings));
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    static_cast<void>(control_.notify(asks::Stop{}));
    int status = 0;
    ::waitpid(child_, &status, 0);
    ended_well = status == 0;
  }

  void introduce(asks::Role role, std::uint64_t number) {
    auto [mine, theirs] = *socket_pair();
    const std::array descriptors{theirs.get()};
    static_cast<void>(control_.notify(asks::Introduce{number, role}, descriptors));
    if (role == asks::Role::hasher) return hashers_.push_back(ipc::Channel{std::move(mine)});
    peer_ = ipc::Channel{std::move(mine)};
    number_ = number;
  }
  // Empty when the warden refused to answer, or is gone.
  template <class Ask>
  std::optional<typename Ask::Reply> ask(const Ask& request) {
    if (!peer_.send({Ask::number, ipc::Kind::ask, ++serial_, ipc::encode(request), {}}).ok()) return {};
    while (true) {
      std::vector<pollfd> ready{{peer_.fd(), POLLIN, 0}, {control_.fd(), POLLIN, 0}, {vault_.fd(), POLLIN, 0}};
      for (const ipc::Channel& hasher : hashers_) ready.push_back({hasher.fd(), POLLIN, 0});
      need(::poll(ready.data(), ready.size(), 20'000) > 0, "a warden that says nothing");
      if (ready[0].revents != 0) {
        Result<std::optional<ipc::Frame>> frame = peer_.receive();
        if (!frame.ok() || !*frame || (*frame)->kind != ipc::Kind::answer) return {};
        Result<typename Ask::Reply> reply = ipc::decode<typename Ask::Reply>((*frame)->body);
        need(reply.ok(), "an answer that does not decode");
        return std::move(*reply);
      }
      if (ready[1].revents != 0 && !play_hull()) return {};
      if (ready[2].revents != 0) play_vault();
      for (std::size_t i = 3; i < ready.size(); ++i) {
        if (ready[i].revents != 0) play_hasher(hashers_[i - 3]);
      }
      std::erase_if(hashers_, [](const ipc::Channel& hasher) { return hasher.fd() < 0; });
    }
  }
  std::optional<asks::SshSignOn> sign_on(std::string_view algorithm, const Bytes& key, const Bytes& signature) {
    return ask(asks::SignOnWithKey{"anna", std::string{algorithm}, key, signature, false});
  }
  bool open_session() {
    return ask(asks::OpenSshSession{ssh_session::sign(seed, {number_, Bytes(32, 7), to_bytes("host key")})})
        .has_value();
  }

  inline static bool ended_well = false;

 private:
  bool play_hull() {
    const Result<std::optional<ipc::Frame>> frame = control_.receive();
    if (!frame.ok() || !*frame) return false;
    if ((*frame)->number == asks::WantHasher::number) introduce_hasher();
    return true;
  }
  void introduce_hasher() {
    auto [mine, theirs] = *socket_pair();
    const std::array descriptors{theirs.get()};
    static_cast<void>(control_.notify(asks::Introduce{0, asks::Role::hasher}, descriptors));
    hashers_.push_back(ipc::Channel{std::move(mine)});
  }
  void play_vault() {
    const Result<std::optional<ipc::Frame>> frame = vault_.receive();
    if (!frame.ok() || !*frame) return;
    const asks::Pepper ask = *ipc::decode<asks::Pepper>((*frame)->body);
    const asks::Pepper::Reply reply{crypt::hmac_sha256(as_bytes("pepper"), ask.tag)};
    static_cast<void>(vault_.send({(*frame)->number, ipc::Kind::answer, (*frame)->serial, ipc::encode(reply), {}}));
  }
  static void play_hasher(ipc::Channel& channel) {
    const Result<std::optional<ipc::Frame>> frame = channel.receive();
    if (frame.ok() && *frame) {
      asks::HashPassword ask = *ipc::decode<asks::HashPassword>((*frame)->body);
      ask.memory_kib = 8;  // quick
      ask.passes = 1;
      const asks::HashPassword::Reply reply = *hasher::answer(ask);
      static_cast<void>(channel.send({(*frame)->number, ipc::Kind::answer, (*frame)->serial, ipc::encode(reply), {}}));
    }
    channel.socket().reset();
  }

  pid_t child_ = -1;
  ipc::Channel control_{Fd{}};
  ipc::Channel vault_{Fd{}};
  ipc::Channel peer_{Fd{}};
  std::vector<ipc::Channel> hashers_;
  std::uint64_t number_ = 0;
  std::uint32_t serial_ = 0;
};

struct Case {
  std::string algorithm;
  Bytes key;
  Bytes signature;  // right, over something else
};

bool is_granted(const std::optional<asks::SshSignOn>& reply) {
  return reply && (reply->verdict != asks::SshVerdict::refused || !reply->capability.empty());
}

Bytes right_key() {
  return Writer{}.string(as_bytes("ssh-ed25519")).string(crypt::ed25519_public(seed)).take();
}
Bytes right_signature() {
  Writer data;
  data.string(Bytes(32, 7))
      .u8(50)
      .string(as_bytes("anna"))
      .string(as_bytes("ssh-connection"))
      .string(as_bytes("publickey"));
  data.u8(1).string(as_bytes("ssh-ed25519")).string(right_key());
  return Writer{}.string(as_bytes("ssh-ed25519")).string(crypt::ed25519_sign(seed, data.view())).take();
}

void add_user(const std::string& folder, const std::vector<Case>& cases) {
  Conversation talk{folder};
  talk.introduce(asks::Role::admin, 0);
  asks::AddUser user{"anna", "", "", static_cast<std::uint8_t>(capability::Role::user),
                     Secret::copy_of(as_bytes(password))};
  need(talk.ask(user).has_value(), "the user is not added");
  for (const Case& each : cases) {
    const std::string type = each.algorithm.starts_with("rsa") ? "ssh-rsa" : each.algorithm;
    need(talk.ask(asks::AddKey{"anna", cat(type, " ", to_base64(each.key))}).has_value(), "a key is not added");
  }
  need(talk.ask(asks::AddKey{"anna", cat("ssh-ed25519 ", to_base64(right_key()))}).has_value(),
       "the right key is not added");
}

// Without failures what is right is granted: the conversation below is one that could be.
void check_that_right_is_granted(const std::string& folder) {
  Conversation talk{folder};
  talk.introduce(asks::Role::gate_ssh, 1);
  need(talk.open_session() && is_granted(talk.sign_on("ssh-ed25519", right_key(), right_signature())),
       "the right key is refused");
  talk.introduce(asks::Role::gate_ssh, 2);
  need(talk.open_session() &&
           is_granted(talk.ask(asks::SignOnWithPassword{"anna", Secret::copy_of(as_bytes(password))})),
       "the right password is refused");
}

void check_that_wrong_is_not(const std::string& folder, const std::vector<Case>& cases) {
  Conversation talk{folder};
  talk.introduce(asks::Role::gate_ssh, 1);
  if (!talk.open_session()) return;
  for (const Case& each : cases) {
    need(!is_granted(talk.sign_on(each.algorithm, each.key, each.signature)),
         cat(each.algorithm, " granted at ", fail_at));
  }
  need(!is_granted(talk.ask(asks::SignOnWithPassword{"anna", Secret::copy_of(as_bytes("wrong"))})),
       cat("password granted at ", fail_at));
}

}  // namespace

int main(int count, char** arguments) {
  need(count == 2 || count == 3, "give the folder vectors/ssh_key, and 1 to let every allocation fail");
  // Otherwise every 29th, which is no multiple of what the warden does in a row.
  const std::uint64_t step = count == 3 ? 1 : 29;
  shared =
      static_cast<Shared*>(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  need(shared != MAP_FAILED, "mmap");
  std::string folder = std::filesystem::temp_directory_path() / "allocation-XXXXXX";
  need(::mkdtemp(folder.data()) != nullptr, "mkdtemp");
  std::vector<Case> cases;
  for (const std::string_view name : {"ecdsa-256", "rsa-256", "ed25519"}) {
    const std::string path = cat(arguments[1], "/signature-", name, ".txt");
    cases.push_back(
        {field(path, "algorithm"), *from_base64(field(path, "key")), *from_base64(field(path, "signature"))});
  }
  add_user(folder, cases);
  check_that_right_is_granted(folder);
  check_that_wrong_is_not(folder, cases);
  need(Conversation::ended_well, "without failures the warden does not end well");
  const std::uint64_t calls = shared->calls;
  need(calls > 200, "hardly an allocation: is malloc the one of this program?");
  std::uint64_t died = 0;
  for (fail_at = 1; fail_at <= calls; fail_at += step) {
    check_that_wrong_is_not(folder, cases);
    died += Conversation::ended_well ? 0 : 1;
  }
  need(died > 0, "no failure was ever felt");
  all_after = true;
  for (fail_at = 1; fail_at <= calls; fail_at += 7 * step) check_that_wrong_is_not(folder, cases);
  std::filesystem::remove_all(folder);
  std::printf("%llu allocations, every %llu. failed once; the warden ended %llu times, granted nothing\n",
              static_cast<unsigned long long>(calls), static_cast<unsigned long long>(step),
              static_cast<unsigned long long>(died));
  return 0;
}
