#pragma once
// Supervisor: starts every process, keeps the shared ones alive, hands each accepted socket to a fresh gate. It reads no byte
// of any peer. If a shared process ends, everything is ended and started again after a back-off: half a server serves nobody.
#include <deque>
#include <map>
#include <set>

#include "config/config.h"
#include "hull/children.h"
#include "hull/sources.h"
#include "ipc/admin_asks.h"

namespace bulkhead::hull {

struct Options {
  Fd data;                   // the data directory, also the working directory
  std::string data_name;     // for messages
  std::string programs;      // folder of the executables
  config::Config config;
  bool listen = true;        // false: init, which wants the processes only
};

class Supervisor {
 public:
  Supervisor(Options options, LogSink& log, Fd signals);
  // The listeners and the administration socket.
  Result<void> open();
  // Until asked to stop. The exit status of the program.
  int run();

 private:
  enum class State { starting, opening, serving, clearing, waiting, stopping };
  struct Front {  // one listener, and what serves it
    Kind gate;
    asks::Role role;         // of its gates
    std::string address{};   // as bound; empty: not served
    Fd listener{};
    bool listening = false;  // it is being watched
  };
  struct Connection {
    const Front* front = nullptr;
    pid_t gate = -1;
    pid_t porter = -1;
    bool gate_ready = false;
    bool porter_ready = false;
    std::string address;  // empty: not handed a socket yet
    MonotonicMs accepted = 0;
    bool signed_on = false;
    MonotonicMs gate_ended = 0;
  };

  // supervisor.cc: processes
  void start_shared();
  Child& start(Kind kind, std::uint64_t connection, std::vector<Fd> channels);
  void told(pid_t pid, ipc::Call& call);
  void on_ready(Child& child, const asks::Ready& ready);
  void configure_shared();
  void on_opened();
  void introduce(Kind to, std::uint64_t connection, asks::Role role, Fd channel);
  void on_end(pid_t pid);
  void clear_all(std::string_view why);
  void read_log(pid_t pid);
  void end_child(pid_t pid, int signal);
  void tell_ledger(std::string_view process, std::uint64_t connection, std::string_view what);
  Child* find_shared(Kind kind);
  void tick();
  void on_signal();
  void stop();
  void stop_step();

  // connections.cc: gates and porters
  Result<void> open_listeners();
  Result<void> open_listener(Front& front, const std::string& where, std::string_view option);
  void start_hasher();
  void fill_pools();
  void fill_pool(const Front& front);
  void renew_pool();
  void start_pair(const Front& front);
  void configure_gate(const Front& front, const Child& gate);
  void on_pair_ready(Child& child);
  void watch_listener(Front& front, bool on);
  void watch_listeners(bool on);
  void accept_one(Front& front);
  void hand_over(std::uint64_t number, Fd socket, const std::string& address);
  void end_connection(std::uint64_t number, std::string_view why);
  void cut_off(std::uint64_t number);
  void on_pair_end(std::uint64_t number, pid_t pid);
  void check_connections(MonotonicMs now);
  Connection* find_ready(const Front& front, std::uint64_t& number);
  void serving_line();

  // mail.cc: mailers, and what warden needs to know of mail
  void start_mailer();
  std::string public_url() const;

  // admin.cc: the local administration socket
  Result<void> open_admin_socket();
  void accept_admin();
  void on_admin(ipc::Call& call);
  asks::Status::Reply status() const;

  Options options_;
  LogSink& log_;
  Fd signals_;
  ipc::Service service_;
  State state_ = State::starting;
  std::array<std::uint8_t, 32> capability_key_{};  // of this run's warden
  asks::SignetHello signet_;                       // of this run's
  std::map<pid_t, Child> children_;
  std::map<std::uint64_t, Connection> connections_;
  std::uint64_t next_connection_ = 1;
  Sources sources_;
  std::array<Front, 2> fronts_{Front{Kind::gate_http, asks::Role::gate}, Front{Kind::gate_ssh, asks::Role::gate_ssh}};
  Front& https_ = fronts_[0];
  Front& ssh_ = fronts_[1];
  Fd admin_;
  bool announced_ = false;
  MonotonicMs state_since_ = 0;
  MonotonicMs backoff_ms_ = 0;
  std::deque<MonotonicMs> crashes_;  // of the last minute
  UnixMs started_ms_ = 0;
  std::uint64_t connections_total_ = 0;
  std::uint64_t refused_total_ = 0;
  std::uint64_t violations_total_ = 0;
  std::uint64_t crashes_total_ = 0;
  int exit_status_ = 0;
};

// Tells systemd, if it started us ($NOTIFY_SOCKET); nothing otherwise.
void notify_manager(std::string_view state);

}  // namespace bulkhead::hull
