// Public keys, authorities and methods of sign-on over SSH.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/cat.h"
#include "base/clock.h"
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/server.h"

namespace bulkhead::cli {
namespace {

constexpr std::size_t line_size_max = 7'000;  // the largest RSA key and its comment
constexpr std::size_t head_size = 64;         // enough to tell a private key

// Appends what comes, until `out` has `size` bytes or the input ends.
Result<void> read_up_to(int fd, Bytes& out, std::size_t size) {
  std::array<std::uint8_t, 1'024> buffer;
  while (out.size() < size) {
    const ssize_t count = ::read(fd, buffer.data(), std::min(buffer.size(), size - out.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read the key");
    if (count == 0) return {};
    out.insert(out.end(), buffer.begin(), buffer.begin() + count);
  }
  return {};
}

// The one line of a .pub file; `path` - is standard input. Of a private key no more than its first line is read.
Result<std::string> read_key_line(const std::string& path) {
  Fd opened;
  int fd = STDIN_FILENO;
  if (path != "-") {
    opened = Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!opened.valid()) return fail_errno(cat("open ", path));
    fd = opened.get();
  }
  Bytes content;
  TRY(read_up_to(fd, content, head_size));
  const std::string_view head = as_text(content);
  if (head.starts_with("PuTTY-User-Key-File") ||
      (head.starts_with("-----BEGIN") && head.find("PRIVATE KEY") != std::string_view::npos)) {
    const std::string what = path == "-" ? "this" : path;
    return fail(
        Errc::invalid,
        cat(what, " is a private key and stays with its owner: give the public key, in OpenSSH's form, usually ",
            path == "-" ? "the .pub file beside it" : cat(path, ".pub")));
  }
  TRY(read_up_to(fd, content, line_size_max + 1));
  if (content.size() > line_size_max)
    return fail(Errc::too_large, cat(path, " is longer than any public key: give a file with one key"));
  std::string line = to_text(content);
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  if (line.empty())
    return fail(Errc::invalid, cat(path == "-" ? "standard input" : path,
                                   " is empty: a public key is one line, type, base64, comment"));
  return line;
}

// The warden says what is wrong; here is what to do.
template <class Ask>
Result<typename Ask::Reply> ask_warden(const std::string& directory, const Ask& ask, std::string_view where_to_look) {
  ipc::Channel warden = TRY(connect_office(directory, asks::Office::warden));
  Result<typename Ask::Reply> reply = warden.ask(ask);
  if (!reply.ok() && reply.error().kind() == Errc::not_found) {
    return fail(Errc::not_found, cat(reply.error().message(), ": ", where_to_look));
  }
  return reply;
}
constexpr std::string_view users_and_keys =
    "bulkhead user list shows the users, bulkhead user key list NAME the keys of one";
constexpr std::string_view authorities = "bulkhead authority list shows all";

void print_keys(const std::vector<asks::KeyRow>& keys) {
  std::printf("%-34s %-50s %-19s %-19s %s\n", "TYPE", "FINGERPRINT", "ADDED (UTC)", "LAST USED (UTC)", "COMMENT");
  for (const asks::KeyRow& key : keys) {
    std::printf("%-34s %-50s %-19s %-19s %s\n", key.type.c_str(), key.fingerprint.c_str(),
                format_timestamp(key.added_ms).c_str(),
                key.last_used_ms ? format_timestamp(*key.last_used_ms).c_str() : "never", key.comment.c_str());
  }
}

}  // namespace

Result<void> add_key(const std::string& directory, const std::string& user_name, const std::string& path) {
  const std::string line = TRY(read_key_line(path));
  const asks::AddKey::Reply added = TRY(ask_warden(directory, asks::AddKey{user_name, line}, users_and_keys));
  std::printf("%s signs on %s\n", added.fingerprint.c_str(), user_name.c_str());
  return {};
}

Result<void> list_keys(const std::string& directory, const std::string& user_name) {
  print_keys(TRY(ask_warden(directory, asks::ListKeys{user_name}, users_and_keys)).keys);
  return {};
}

Result<void> remove_key(const std::string& directory, const std::string& user_name, const std::string& fingerprint) {
  TRY(ask_warden(directory, asks::RemoveKey{user_name, fingerprint}, users_and_keys));
  std::printf("Removed; the sessions of %s that this key signed on have ended\n", user_name.c_str());
  return {};
}

Result<void> set_sign_on(const std::string& directory, const std::string& user_name, const std::string& methods,
                         bool any) {
  if (any == !methods.empty()) {
    return fail(Errc::invalid, "give either methods, as \"publickey,password keyboard-interactive\", or --any");
  }
  TRY(ask_warden(directory, asks::SetSignOn{user_name, methods}, users_and_keys));
  std::printf("%s signs on over SSH with %s\n", user_name.c_str(), any ? "any one method" : methods.c_str());
  return {};
}

Result<void> add_authority(const std::string& directory, const std::string& path) {
  const std::string line = TRY(read_key_line(path));
  const asks::AddAuthority::Reply added = TRY(ask_warden(directory, asks::AddAuthority{line}, authorities));
  std::printf("Certificates of %s sign on the users that they name\n", added.fingerprint.c_str());
  return {};
}

Result<void> list_authorities(const std::string& directory) {
  print_keys(TRY(ask_warden(directory, asks::ListAuthorities{}, authorities)).keys);
  return {};
}

Result<void> remove_authority(const std::string& directory, const std::string& fingerprint) {
  TRY(ask_warden(directory, asks::RemoveAuthority{fingerprint}, authorities));
  std::printf("Removed; the sessions that its certificates signed on have ended\n");
  return {};
}

}  // namespace bulkhead::cli
