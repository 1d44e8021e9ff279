// How fast one porter is, alone: the real process in its sandbox, between doubles of gate, keeper and vault that do
// next to nothing themselves. Prints GiB/s and the porter's CPU seconds per GiB; fails when content comes back changed.
//   porter_bench PORTER FOLDER MIB      PORTER: path of bulkhead-porter; FOLDER: where the blob lies
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/encode.h"
#include "ipc/control_asks.h"
#include "ipc/descriptors.h"
#include "porter/doubles.h"
#include "porter/ring.h"

namespace bulkhead::porter {
namespace {

// Never returns. `ends` in the order of descriptors.h, from control on.
[[noreturn]] void become_porter(const char* program, std::array<int, 6> ends) {
  for (int& end : ends) end = ::fcntl(end, F_DUPFD, 64);  // out of the way of the final numbers
  for (std::size_t i = 0; i < ends.size(); ++i) ::dup2(ends[i], descriptors::control + static_cast<int>(i));
  for (int number = descriptors::porter::end; number < 256; ++number) ::close(number);
  ::execl(program, "porter", "0", "0", static_cast<char*>(nullptr));
  ::_exit(127);
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

struct Usage {
  double cpu_s = 0;
  long rss_max_kib = 0;
};

struct Bench {
  doubles::Keeper keeper;
  doubles::Vault vault;
  Fd memory{::memfd_create("ring", MFD_CLOEXEC)};
  std::optional<Ring> ring;
  std::optional<ipc::Channel> gate;
  std::optional<ipc::Channel> hull;
  pid_t porter = -1;

  void start(const char* program) {
    ENSURE(::ftruncate(memory.get(), asks::ring_size) == 0);
    ring.emplace(Ring::map(memory).value());
    auto [hull_here, hull_there] = socket_pair().value();
    auto [gate_here, gate_there] = socket_pair().value();
    const Fd root = open_directory(AT_FDCWD, ".").value();
    // Started before the fork: the doubles are threads, and the child only exec's.
    const Fd to_keeper = keeper.start();
    const Fd to_vault = vault.start();
    porter = ::fork();
    ENSURE(porter >= 0);
    if (porter == 0) {
      become_porter(program,
                    {hull_there.get(), root.get(), gate_there.get(), to_keeper.get(), to_vault.get(), memory.get()});
    }
    gate.emplace(std::move(gate_here));
    hull.emplace(std::move(hull_here));
  }

  Usage stop() {
    gate.reset();
    int status = 0;
    rusage usage{};
    ENSURE(::wait4(porter, &status, 0, &usage) == porter);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      std::fprintf(stderr, "porter ended with status %d\n", status);
      std::exit(1);
    }
    return {seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss};
  }

  ipc::Frame next() {
    std::optional<ipc::Frame> frame = gate->receive().value();
    ENSURE(frame.has_value());
    return std::move(*frame);
  }
};

template <class Request>
void send_ahead(Bench& bench, const Request& ask) {
  bench.gate->send(ipc::Frame{Request::number, ipc::Kind::ask, 0, ipc::encode(ask), {}}).value();
}

// The content: the ring as it is, over and over; so the gate costs nothing.
asks::FileRow write(Bench& bench, std::uint64_t slots) {
  asks::OpenWrite open;
  open.folder = 1;
  open.name = "bench.bin";
  const std::uint32_t handle = bench.gate->ask(open).value().handle;
  for (std::uint64_t i = 0; i < slots + asks::ring_slots; ++i) {
    if (i >= asks::ring_slots && i - asks::ring_slots < slots) ENSURE(bench.next().kind == ipc::Kind::answer);
    if (i >= slots) continue;
    const auto slot = static_cast<std::uint32_t>(i % asks::ring_slots);
    send_ahead(bench, asks::WriteBlock{handle, i * asks::ring_slot_size, slot, asks::ring_slot_size});
  }
  asks::Finish finish;
  finish.handle = handle;
  return bench.gate->ask(finish).value();
}

void read(Bench& bench, const asks::FileRow& row, crypt::Hash* hash) {
  constexpr std::uint64_t ahead = 8;
  const auto opened = bench.gate->ask(asks::OpenRead{row.id, row.version}).value();
  ENSURE(opened.size == row.size);
  Bytes copy(asks::ring_slot_size);
  const std::uint64_t slots = row.size / asks::ring_slot_size;
  for (std::uint64_t i = 0; i < slots + ahead; ++i) {
    if (i < slots) {
      const auto slot = static_cast<std::uint32_t>(i % asks::ring_slots);
      send_ahead(bench, asks::ReadBlock{opened.handle, i * asks::ring_slot_size, slot, asks::ring_slot_size});
    }
    if (i < ahead || i - ahead >= slots) continue;
    const ipc::Frame frame = bench.next();
    ENSURE(frame.kind == ipc::Kind::answer);
    ENSURE(ipc::decode<asks::ReadBlock::Reply>(frame.body).value().size == asks::ring_slot_size);
    if (hash == nullptr) continue;
    bench.ring->copy_out(copy, static_cast<std::uint32_t>((i - ahead) % asks::ring_slots), 0);
    hash->update(copy);
  }
  bench.gate->ask(asks::Close{opened.handle}).value();
}

double now_s() {
  return static_cast<double>(monotonic_now_ms()) / 1000;
}

int run(const char* program, const char* folder, std::uint64_t mib) {
  const std::uint64_t slots = mib * 4;
  const double gib = static_cast<double>(mib) / 1024;
  Bytes seed(asks::ring_slot_size);
  crypt::fill_random(seed);
  asks::FileRow row;
  std::map<std::uint64_t, doubles::Keeper::Stored> files;
  std::map<asks::FileTag, Bytes> keys;
  enum Part { write_part, read_part, check_part };
  for (const Part part : {write_part, read_part, check_part}) {
    Bench bench;
    bench.keeper.blob = Fd{::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    ENSURE(bench.keeper.blob.valid());
    bench.keeper.files = std::move(files);
    bench.vault.keys = std::move(keys);
    bench.start(program);
    for (std::uint32_t slot = 0; slot < asks::ring_slots; ++slot) bench.ring->copy_in(slot, 0, seed);
    bench.gate->ask(asks::Adopt{Bytes(100)}).value();
    crypt::Hash hash{crypt::HashKind::sha256};
    const double start = now_s();
    if (part == write_part)
      row = write(bench, slots);
    else
      read(bench, row, part == check_part ? &hash : nullptr);
    const double spent = now_s() - start;
    const Usage usage = bench.stop();
    bench.keeper.join();
    bench.vault.join();
    files = std::move(bench.keeper.files);
    keys = std::move(bench.vault.keys);
    if (part == check_part) {
      if (hash.finish() == to_bytes(row.sha256)) return 0;
      std::fprintf(stderr, "the content came back changed\n");
      return 1;
    }
    std::printf("%-5s %6.2f GiB/s  %5.2f CPU s/GiB  peak %ld KiB\n", part == write_part ? "write" : "read", gib / spent,
                usage.cpu_s / gib, usage.rss_max_kib);
  }
  return 0;
}

}  // namespace
}  // namespace bulkhead::porter

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: porter_bench PORTER FOLDER MIB\n");
    return 2;
  }
  const auto mib = bulkhead::parse_decimal(arguments[3], 1U << 20U);
  if (!mib.ok() || *mib == 0) return 2;
  return bulkhead::porter::run(arguments[1], arguments[2], *mib);
}
