#pragma once
// For tests: chronicle's loop in a thread, with sources in the same loop that hold what the test put there; the thread
// of the test plays gates, with capabilities signed by a key of its own.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "base/cat.h"
#include "chronicle/answers.h"
#include "chronicle/schema.h"

namespace bulkhead::chronicle {

inline const Bytes warden_seed(crypt::ed25519_seed_size, 9);
inline constexpr std::uint32_t company = 1000;
inline constexpr std::uint32_t other_company = 1001;

inline std::string new_directory() {
  std::string path = "/tmp/chronicle-test-XXXXXX";
  ENSURE(::mkdtemp(path.data()) != nullptr);
  return path;
}

// "ann" as sixteen characters.
inline std::string id_of(std::string_view name) {
  std::string id{name};
  id.resize(16, '0');
  return id;
}

inline Bytes capability_for(std::string_view name, capability::Role role, std::uint64_t connection,
                            std::uint32_t tenant, capability::Scopes scopes = capability::Scopes::all()) {
  capability::Capability made;
  std::ranges::copy(id_of(name), made.principal.begin());
  made.tenant = tenant;
  made.username = name;
  made.role = role;
  made.connection = connection;
  made.scopes = scopes;
  made.issued = unix_now_ms();
  made.expires = made.issued + 600'000;
  return capability::sign(warden_seed, made);
}

inline ledger::Who who(std::string_view name, std::uint32_t tenant = company) {
  ledger::Who out{id_of(name), std::string{name}, cat(tenant), {}, "192.0.2.7 #18", "password"};
  out.session.fill(3);
  return out;
}

struct Stage {
  std::string directory;
  Store store;
  ipc::Service service;
  Answers answers;
  std::vector<asks::Event> warden_events;
  std::vector<asks::Event> keeper_events;
  std::vector<ledger::Entry> entries;
  std::vector<asks::NamesOf::Name> names;
  std::vector<asks::PlacesOf::Place> places;
  std::vector<std::uint64_t> asked;  // `from` of each ask at the vault
  bool keeper_fails = false;
  std::atomic<bool> finished = false;
  std::atomic<bool> requested = false;
  std::function<void()> request;
  std::uint64_t connections = 0;
  std::thread loop;

  // `known`: what the ledger holds from the start.
  explicit Stage(const std::string& path = new_directory(), std::vector<ledger::Entry> known = {})
      : directory{path},
        store{open_log((path + "/log.db").c_str()).value()},
        answers{service, store},
        entries{std::move(known)} {
    std::vector<Fd> ours;
    const auto source = [&](ipc::Table table, ipc::Service::Handler handler) {
      auto [chronicle_end, source_end] = socket_pair().value();
      service.serve(std::move(source_end), table, 0, std::move(handler));
      ours.push_back(std::move(chronicle_end));
    };
    source(asks::vault_event_asks, [this](ipc::Call& call) {
      ipc::answer_now<asks::EntriesFrom>(call, [this](auto& ask) { return entries_from(ask.from); });
    });
    source(asks::warden_event_asks, [this](ipc::Call& call) {
      if (call.frame.number == asks::EventsAfter::number) return tell(call, warden_events);
      ipc::answer_now<asks::NamesOf>(call, [this](auto& ask) -> Result<asks::NamesOf::Reply> {
        CHECK(ask.users.size() <= asks::names_of_max);
        return asks::NamesOf::Reply{names};
      });
    });
    source(asks::keeper_event_asks, [this](ipc::Call& call) {
      if (keeper_fails) return call.service.refuse(call.ticket, fail(Errc::io, "the disk is broken"));
      if (call.frame.number == asks::EventsAfter::number) return tell(call, keeper_events);
      ipc::answer_now<asks::PlacesOf>(
          call, [this](auto&) -> Result<asks::PlacesOf::Reply> { return asks::PlacesOf::Reply{places}; });
    });
    const asks::ChronicleSettings settings{crypt::ed25519_public(warden_seed)};
    answers.set(settings, std::move(ours));
    service.on_commit([this] { return answers.commit(); });
    service.on_tick(1, [this] {
      answers.tick();
      if (requested) {
        request();
        requested = false;
      }
      if (finished) service.stop();
    });
    loop = std::thread{[this] { service.run(); }};
  }
  ~Stage() {
    finished = true;
    loop.join();
  }
  void in_loop(std::function<void()> what) {
    request = std::move(what);
    requested = true;
    while (requested) std::this_thread::yield();
  }

  static void tell(ipc::Call& call, const std::vector<asks::Event>& events) {
    ipc::answer_now<asks::EventsAfter>(call, [&](auto& ask) -> Result<asks::EventsAfter::Reply> {
      asks::EventsAfter::Reply reply;
      reply.last = events.size();
      for (std::uint64_t i = ask.after <= reply.last ? ask.after : 0; i < events.size() && reply.events.size() < 3;
           ++i) {
        reply.events.push_back({i + 1, ipc::encode(events[i])});
      }
      return reply;
    });
  }
  Result<asks::EntriesFrom::Reply> entries_from(std::uint64_t from) {
    asked.push_back(from);
    asks::EntriesFrom::Reply reply;
    reply.size = entries.size();
    reply.next = std::min<std::uint64_t>(from + 3, entries.size());
    for (std::uint64_t i = from; i < reply.next; ++i) {
      reply.entries.push_back({i, ledger::encode_entry(entries[i]).value()});
    }
    return reply;
  }

  ipc::Channel gate(std::uint64_t& connection) {
    auto [mine, theirs] = socket_pair().value();
    connection = ++connections;
    in_loop([&, this] {
      answers.serve(std::move(theirs), connection);
      answers.set_address({connection, "192.0.2.9"});
    });
    return ipc::Channel{std::move(mine)};
  }
  ipc::Channel sign_on(std::string_view name, capability::Role role = capability::Role::user,
                       std::uint32_t tenant = company) {
    std::uint64_t connection = 0;
    ipc::Channel channel = gate(connection);
    channel.ask(asks::Adopt{capability_for(name, role, connection, tenant)}).value();
    return channel;
  }
  std::uint64_t add(ledger::Event event, UnixMs time = 1'000) {
    in_loop([&, this] { entries.push_back({time, std::move(event)}); });
    return entries.size() - 1;
  }
  std::uint64_t add_upload(std::string_view name, std::uint64_t file, std::string file_name, std::uint64_t size = 100,
                           std::uint32_t tenant = company) {
    return add(ledger::Received{who(name, tenant), file, cat("/Home/", name), std::move(file_name), {}, size});
  }
  std::uint64_t add_release(std::string_view name, std::uint64_t file, UnixMs time = 2'000) {
    return add(ledger::Released{who(name), file, "/Home/ann", "plan.pdf", {}, 100, ledger::Purpose::download, {}},
               time);
  }
};

inline asks::ListLog all(asks::LogSort sort = asks::LogSort::time) {
  asks::ListLog ask;
  ask.filter.signs = true;
  ask.filter.views = true;
  ask.sort = sort;
  ask.slice.limit = 1'000;
  return ask;
}

inline std::size_t count(const asks::ListLog::Reply& reply, asks::EventKind kind) {
  return static_cast<std::size_t>(std::ranges::count(reply.rows, kind, &asks::LogRow::kind));
}

template <class T>
Errc kind_of(const Result<T>& result) {
  REQUIRE(!result.ok());
  return result.error().kind();
}

}  // namespace bulkhead::chronicle
