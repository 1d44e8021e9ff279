#include "hull/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "ipc/descriptors.h"
#include "sandbox/sandbox.h"

namespace bulkhead::hull {
namespace {

constexpr MonotonicMs tick_ms = 100;
constexpr MonotonicMs start_timeout_ms = 30'000;
constexpr MonotonicMs backoff_max_ms = 30'000;
constexpr MonotonicMs healthy_after_ms = 60'000;  // a run this long resets the back-off

asks::BudgetSettings budget(const config::Budget& from) {
  asks::BudgetSettings to;
  to.releases_max = from.releases;
  to.files_max = from.files;
  for (std::size_t i = 0; i < from.mebibytes.size(); ++i) to.bytes_max[i] = from.mebibytes[i] * 1024 * 1024;
  return to;
}

}  // namespace

std::pair<Fd, Fd> channel_pair() {
  Result<std::pair<Fd, Fd>> pair = socket_pair();
  if (!pair.ok()) die(pair.error().message());
  return std::move(*pair);
}

Supervisor::Supervisor(Options options, LogSink& log, Fd signals)
    : options_{std::move(options)}, log_{log}, signals_{std::move(signals)},
      sources_{{options_.config.connections, options_.config.connections_per_source}}, started_ms_{unix_now_ms()} {}

Result<void> Supervisor::open() {
  TRY(open_admin_socket());
  if (options_.listen) TRY(open_listeners());
  return {};
}

int Supervisor::run() {
  service_.watch(signals_.get(), [this] { on_signal(); });
  service_.on_tick(tick_ms, [this] { tick(); });
  start_shared();
  service_.run();
  return exit_status_;
}

void Supervisor::start_shared() {
  state_ = State::starting;
  state_since_ = monotonic_now_ms();
  auto [warden_end, vault_end] = channel_pair();
  std::vector<Fd> channel;
  channel.push_back(std::move(warden_end));
  start(Kind::warden, 0, std::move(channel));
  channel.clear();
  channel.push_back(std::move(vault_end));
  auto [keeper_end, vault_keeper_end] = channel_pair();
  channel.push_back(std::move(vault_keeper_end));
  start(Kind::vault, 0, std::move(channel));
  channel.clear();
  channel.push_back(std::move(keeper_end));
  start(Kind::keeper, 0, std::move(channel));
  start(Kind::signet, 0, {});
  start(Kind::chronicle, 0, {});
}

Child& Supervisor::start(Kind kind, std::uint64_t connection, std::vector<Fd> channels) {
  const KindRow& row = row_of(kind);
  auto [ours, theirs] = channel_pair();
  int pipe_ends[2] = {-1, -1};
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) die("cannot make a log pipe");
  Fd log_read{pipe_ends[0]};
  const Fd log_write{pipe_ends[1]};
  ENSURE(::fcntl(log_read.get(), F_SETFL, O_NONBLOCK) == 0);
  ENSURE(::fcntl(log_write.get(), F_SETFL, O_NONBLOCK) == 0);
  Result<Fd> root = open_directory(options_.data.get(), row.directory);
  if (!root.ok()) die(root.error().message());
  Spawn what{cat(options_.programs, "/", row.program), row.name, ::geteuid() == 0 ? options_.config.uid_base + row.uid : 0,
             options_.config.landlock_abi_max, {log_write.get(), theirs.get(), root->get()}};
  for (const Fd& channel : channels) what.numbers.push_back(channel.get());
  Result<Spawned> spawned = spawn(what);
  if (!spawned.ok()) die(spawned.error().message());

  const pid_t pid = spawned->pid;
  Child& child = children_[pid];
  child.kind = kind;
  child.pid = pid;
  child.pidfd = std::move(spawned->pidfd);
  child.log = std::move(log_read);
  child.connection = connection;
  child.started_ms = unix_now_ms();
  child.control = service_.serve(std::move(ours), row.table, connection, [this, pid](ipc::Call& call) { told(pid, call); });
  service_.watch(child.pidfd.get(), [this, pid] { on_end(pid); });
  service_.watch(child.log.get(), [this, pid] { read_log(pid); });
  return child;
}

void Supervisor::told(pid_t pid, ipc::Call& call) {
  const auto found = children_.find(pid);
  if (found == children_.end()) return;
  const auto take = [&]<class Notice>(auto&& act) {
    const Result<Notice> notice = ipc::decode<Notice>(call.frame.body, "notice");
    if (notice.ok()) act(*notice);
    else service_.end(call.ticket.peer, notice.error().message());
  };
  switch (call.frame.number) {
    case asks::Ready::number:
      return take.operator()<asks::Ready>([&](const asks::Ready& ready) { on_ready(found->second, ready); });
    case asks::Violation::number:
      return take.operator()<asks::Violation>([&](const asks::Violation& violation) {
        ++violations_total_;
        if (found->second.kind != Kind::vault) tell_ledger("gate or porter", violation.connection, violation.what);
        const auto connection = connections_.find(violation.connection);
        if (connection == connections_.end()) return;
        if (!connection->second.address.empty()) sources_.penalise(connection->second.address, 20, monotonic_now_ms());
        end_connection(violation.connection, violation.what);
      });
    case asks::SignedOn::number:
      return take.operator()<asks::SignedOn>([&](const asks::SignedOn& notice) {
        if (const auto connection = connections_.find(notice.connection); connection != connections_.end()) {
          connection->second.signed_on = true;
        }
      });
    case asks::EndConnection::number:
      return take.operator()<asks::EndConnection>([&](const asks::EndConnection& notice) { end_connection(notice.connection, "session over"); });
    case asks::CutOff::number:
      return take.operator()<asks::CutOff>([&](const asks::CutOff& notice) { cut_off(notice.connection); });
    case asks::Refused::number:
      return take.operator()<asks::Refused>([&](const asks::Refused& notice) {
        const auto connection = connections_.find(notice.connection);
        if (connection == connections_.end() || connection->second.address.empty()) return;
        sources_.penalise(connection->second.address, 1, monotonic_now_ms());
      });
    case asks::WantHasher::number: return start_hasher();
    case asks::WantMailer::number: return start_mailer();
    case asks::Opened::number: return on_opened();
    default: return service_.end(call.ticket.peer, "a notice that hull does not take");
  }
}

void Supervisor::on_ready(Child& child, const asks::Ready& ready) {
  child.ready = true;
  child.layers = ready.layers;
  child.landlock_abi = ready.landlock_abi;
  if (child.connection != 0) return on_pair_ready(child);
  if (child.kind == Kind::warden) {
    if (ready.hello.size() != 32) return clear_all("warden sent no capability key");
    copy_to(capability_key_, ready.hello);
  }
  if (child.kind == Kind::signet) {
    Result<asks::SignetHello> hello = ipc::decode<asks::SignetHello>(ready.hello, "hello of signet");
    if (!hello.ok()) return clear_all(hello.error().message());
    signet_ = std::move(*hello);
  }
  if (state_ != State::starting) return;
  for (const KindRow& row : kinds) {
    const Child* shared = row.shared ? find_shared(row.kind) : nullptr;
    if (row.shared && (shared == nullptr || !shared->ready)) return;
  }
  configure_shared();
  state_ = State::opening;
}

// The last to say that it is fit: a vault that refuses its ledger ends instead.
void Supervisor::on_opened() {
  if (state_ != State::opening) return;
  state_ = State::serving;
  state_since_ = monotonic_now_ms();
  fill_pools();
  if (!options_.listen) serving_line();
}

void Supervisor::configure_shared() {
  const config::Config& c = options_.config;
  service_.notify(find_shared(Kind::warden)->control,
                  asks::WardenSettings{c.access_token_life_s, c.refresh_token_life_s, c.attempts, c.attempts_window_s,
                                       signet_.session_key, c.reset_link_life_s, public_url(), c.mail_from, c.smtp});
  service_.notify(find_shared(Kind::keeper)->control,
                  asks::KeeperSettings{capability_key_, std::uint64_t{c.disk_reserve_mib} * 1024 * 1024});
  service_.notify(find_shared(Kind::vault)->control,
                  asks::VaultSettings{capability_key_, c.ledger_origin, budget(c.principal), budget(c.organisation), budget(c.total)});
  std::vector<Fd> sources;  // in the order of asks::ChronicleSettings
  for (const Kind kind : {Kind::vault, Kind::warden, Kind::keeper}) {
    auto [chronicle_end, source_end] = channel_pair();
    introduce(kind, 0, asks::Role::chronicle, std::move(source_end));
    sources.push_back(std::move(chronicle_end));
  }
  service_.notify(find_shared(Kind::chronicle)->control, asks::ChronicleSettings{capability_key_}, std::move(sources));
}

void Supervisor::introduce(Kind to, std::uint64_t connection, asks::Role role, Fd channel) {
  const Child* shared = find_shared(to);
  if (shared == nullptr) return;
  std::vector<Fd> descriptors;
  descriptors.push_back(std::move(channel));
  service_.notify(shared->control, asks::Introduce{connection, role}, std::move(descriptors));
}

void Supervisor::tell_ledger(std::string_view process, std::uint64_t connection, std::string_view what) {
  const Child* vault = find_shared(Kind::vault);
  if (vault == nullptr || state_ != State::serving) return;
  service_.notify(vault->control, asks::Trouble{std::string{process}, connection, std::string{what.substr(0, 400)}});
}

Child* Supervisor::find_shared(Kind kind) {
  for (auto& [pid, child] : children_) {
    if (child.kind == kind) return &child;
  }
  return nullptr;
}

void Supervisor::read_log(pid_t pid) {
  const auto found = children_.find(pid);
  if (found == children_.end()) return;
  Child& child = found->second;
  char buffer[16 * 1024];
  const ssize_t got = ::read(child.log.get(), buffer, sizeof buffer);
  if (got < 0) return;
  if (got == 0) return service_.unwatch(child.log.get());
  const LogSource source{row_of(child.kind).name, child.pid, child.connection};
  child.lines.feed({buffer, static_cast<std::size_t>(got)}, [&](std::string_view line) { log_.store(line, source); });
}

void Supervisor::end_child(pid_t pid, int signal) {
  if (pid > 0 && children_.contains(pid)) ::kill(pid, signal);
}

void Supervisor::on_end(pid_t pid) {
  const auto found = children_.find(pid);
  if (found == children_.end()) return;
  read_log(pid);
  Child child = std::move(found->second);
  children_.erase(found);
  service_.unwatch(child.pidfd.get());
  service_.unwatch(child.log.get());
  service_.end(child.control);
  const Ended ended = reap(pid);
  const KindRow& row = row_of(child.kind);
  if (ended.crashed) {
    ++crashes_total_;
    crashes_.push_back(monotonic_now_ms());
    if (child.kind != Kind::vault) tell_ledger(row.name, child.connection, cat("crashed: ", ended.how));
    log(Level::error, "process crashed", {{"process", row.name}, {"pid", cat(pid)}, {"how", ended.how}, {"connection", cat(child.connection)}});
  }
  if (child.connection != 0) on_pair_end(child.connection, pid);
  if (row.shared && (state_ == State::serving || state_ == State::starting || state_ == State::opening)) clear_all(cat(row.name, " ended: ", ended.how));
}

void Supervisor::clear_all(std::string_view why) {
  log(Level::error, "restart", {{"why", why}});
  watch_listeners(false);
  const MonotonicMs now = monotonic_now_ms();
  backoff_ms_ = now - state_since_ > healthy_after_ms ? 0 : std::clamp<MonotonicMs>(backoff_ms_ * 2, 50, backoff_max_ms);
  state_ = State::clearing;
  state_since_ = now;
  for (auto& [pid, child] : children_) ::kill(pid, SIGKILL);
}

void Supervisor::tick() {
  const MonotonicMs now = monotonic_now_ms();
  while (!crashes_.empty() && now - crashes_.front() > 60'000) crashes_.pop_front();
  switch (state_) {
    case State::starting:
      if (now - state_since_ > start_timeout_ms) clear_all("the processes did not become ready in time");
      return;
    case State::opening: return;  // a long ledger takes as long as it takes to read
    case State::clearing:
      if (!children_.empty()) return;
      connections_.clear();
      state_ = State::waiting;
      return;
    case State::waiting:
      if (now - state_since_ >= backoff_ms_) start_shared();
      return;
    case State::serving:
      check_connections(now);
      fill_pools();
      return;
    case State::stopping: return stop_step();
  }
}

void Supervisor::on_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
  if (info.ssi_signo == SIGHUP) {
    if (const Result<void> reopened = log_.reopen(); !reopened.ok()) log(Level::error, "log not reopened", {{"why", reopened.error().message()}});
    if (const Child* signet = find_shared(Kind::signet)) service_.notify(signet->control, asks::Reload{});
    return renew_pool();
  }
  stop();
}

void Supervisor::stop() {
  if (state_ == State::stopping) return service_.stop();  // asked twice: at once
  notify_manager("STOPPING=1");
  watch_listeners(false);
  for (Front& front : fronts_) front.listener.reset();
  state_ = State::stopping;
  state_since_ = monotonic_now_ms();
  for (auto& [pid, child] : children_) {
    if (is_gate(child.kind)) service_.notify(child.control, asks::Stop{});
  }
}

// First the gates finish, within the grace; then their porters; then the shared processes; then we.
void Supervisor::stop_step() {
  const bool patient = monotonic_now_ms() - state_since_ < MonotonicMs{options_.config.stop_grace_s} * 1000;
  const auto running = [this](auto&& wanted) {
    return std::any_of(children_.begin(), children_.end(), [&](const auto& entry) { return wanted(entry.second.kind); });
  };
  if (running([](Kind kind) { return is_gate(kind) || kind == Kind::porter; })) {
    if (patient) return;
    for (auto& [pid, child] : children_) {
      if (child.connection != 0) ::kill(pid, SIGKILL);
    }
    return;
  }
  if (running([](Kind kind) { return row_of(kind).shared; })) {
    for (auto& [pid, child] : children_) {
      if (!row_of(child.kind).shared) ::kill(pid, SIGKILL);
      else if (child.ready) service_.notify(child.control, asks::Stop{}), child.ready = false;
    }
    if (monotonic_now_ms() - state_since_ > MonotonicMs{options_.config.stop_grace_s + 10} * 1000) {
      for (auto& [pid, child] : children_) ::kill(pid, SIGKILL);
    }
    return;
  }
  service_.stop();
}

}  // namespace bulkhead::hull
