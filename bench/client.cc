// One HTTPS request, over and over, against a server on this machine; from standard input, sent as it is. The answers
// must say 200 and have a Content-Length. Prints one line of JSON: counts, and latencies in milliseconds.
//   bench_client PORT SECONDS CONCURRENCY new|kept < REQUEST
// new: a connection (and a full TLS handshake) for each request. kept: one connection for all requests of a thread.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"

namespace bulkhead::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t answer_size_max = 1024 * 1024;

struct Options {
  std::uint16_t port = 0;
  int seconds = 0;
  int concurrency = 0;
  bool kept = false;
  std::string request;
};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeStream {
  void operator()(SSL* stream) const { SSL_free(stream); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

class Connection {
 public:
  static std::optional<Connection> open(SSL_CTX* context, std::uint16_t port) {
    Connection made;
    made.socket_ = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    const timeval patience{10, 0};
    const int socket = made.socket_.get();
    if (::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) return {};
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};  // NOLINT
    if (::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return {};
    made.ssl_.reset(SSL_new(context));
    if (made.ssl_ == nullptr || SSL_set_fd(made.ssl_.get(), socket) != 1 || SSL_connect(made.ssl_.get()) != 1)
      return {};
    return made;
  }

  // False: no whole answer with status 200.
  bool exchange(const std::string& request) {
    std::size_t written = 0;
    if (SSL_write_ex(ssl_.get(), request.data(), request.size(), &written) != 1) return false;
    answer_.clear();
    std::optional<std::size_t> whole;
    while (!whole || answer_.size() < *whole) {
      if (answer_.size() > answer_size_max || !read_more()) return false;
      if (!whole) whole = answer_size();
    }
    return answer_.size() == *whole && answer_.starts_with("HTTP/1.1 200 ");
  }

  void close() { SSL_shutdown(ssl_.get()); }

 private:
  bool read_more() {
    const std::size_t before = answer_.size();
    std::size_t got = 0;
    answer_.resize(before + 16 * 1024);
    const int done = SSL_read_ex(ssl_.get(), answer_.data() + before, answer_.size() - before, &got);
    answer_.resize(before + got);
    return done == 1;
  }

  // Of head and body, once the head is there. An answer without a length counts as one without an end.
  std::optional<std::size_t> answer_size() const {
    const std::size_t head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return {};
    const std::string_view name = "\r\nContent-Length: ";
    const std::size_t field = answer_.find(name);
    std::size_t length = answer_size_max + 1;
    if (field < head) std::from_chars(answer_.data() + field + name.size(), answer_.data() + head, length);
    return head + 4 + length;
  }

  Fd socket_;
  std::unique_ptr<SSL, FreeStream> ssl_;
  std::string answer_;
};

struct Counts {
  std::vector<double> latencies_ms;
  std::size_t failures = 0;
};

Counts work(SSL_CTX* context, const Options& options, Clock::time_point end) {
  Counts counts;
  std::optional<Connection> connection;
  for (Clock::time_point start = Clock::now(); start < end; start = Clock::now()) {
    if (!connection) connection = Connection::open(context, options.port);
    const bool done = connection && connection->exchange(options.request);
    if (done && !options.kept) connection->close();
    if (!done || !options.kept) connection.reset();
    if (!done && ++counts.failures >= 100) break;
    if (done) counts.latencies_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  return counts;
}

int run(const Options& options) {
  const Context context{SSL_CTX_new(TLS_client_method())};
  if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) return 1;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // the measure is the server's work, not the client's
  std::vector<Counts> parts(static_cast<std::size_t>(options.concurrency));
  const Clock::time_point start = Clock::now();
  const Clock::time_point end = start + std::chrono::seconds{options.seconds};
  {
    std::vector<std::jthread> threads;
    for (Counts& part : parts) threads.emplace_back([&] { part = work(context.get(), options, end); });
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  Counts all;
  for (const Counts& part : parts) {
    all.failures += part.failures;
    all.latencies_ms.insert(all.latencies_ms.end(), part.latencies_ms.begin(), part.latencies_ms.end());
  }
  std::vector<double>& sorted = all.latencies_ms;
  std::ranges::sort(sorted);
  const auto at = [&](std::size_t percent) {
    return sorted.empty() ? 0.0 : sorted[(sorted.size() - 1) * percent / 100];
  };
  std::printf(
      "{\"count\":%zu,\"failures\":%zu,\"seconds\":%.3f,\"min_ms\":%.3f,\"median_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%"
      ".3f}\n",
      sorted.size(), all.failures, seconds, at(0), at(50), at(99), at(100));
  return 0;
}

bool read_number(const char* text, int most, int& number) {
  const std::string_view whole = text;
  const auto [end, wrong] = std::from_chars(whole.begin(), whole.end(), number);
  return wrong == std::errc{} && end == whole.end() && number >= 1 && number <= most;
}

std::optional<Options> read_options(std::span<char*> words) {
  Options options;
  int port = 0;
  if (words.size() != 5 || !read_number(words[1], 65'535, port) || !read_number(words[2], 3'600, options.seconds) ||
      !read_number(words[3], 1'000, options.concurrency)) {
    return {};
  }
  options.port = static_cast<std::uint16_t>(port);
  options.kept = std::string_view{words[4]} == "kept";
  if (!options.kept && std::string_view{words[4]} != "new") return {};
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(STDIN_FILENO, part.data(), part.size())) > 0;) {
    options.request.append(part.data(), static_cast<std::size_t>(got));
    if (options.request.size() > answer_size_max) return {};
  }
  return options;
}

}  // namespace
}  // namespace bulkhead::bench

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = bulkhead::bench::read_options({arguments, static_cast<std::size_t>(count)});
  if (options) return bulkhead::bench::run(*options);
  std::fprintf(stderr, "usage: bench_client PORT SECONDS CONCURRENCY new|kept < REQUEST\n");
  return 2;
}
