#include "vault/keys.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "base/cat.h"
#include "base/encode.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/writer.h"
#include "core/seal/key.h"
#include "crypt/random.h"

namespace bulkhead::vault {
namespace {

constexpr const char* root_path = "root.key";
constexpr const char* ledger_path = "ledger.key";
constexpr const char* pepper_path = "pepper.key";
constexpr const char* buckets_path = "buckets";
constexpr std::array paths{root_path, ledger_path, pepper_path, buckets_path};
constexpr const char* capability_path = "capability.pub";
constexpr std::size_t key_size = 32;
constexpr mode_t private_mode = 0600;

bool exists(int dir_fd, const char* path) {
  return ::faccessat(dir_fd, path, F_OK, 0) == 0;
}

Result<Secret> read_key(int dir_fd, const char* path) {
  Secret key{TRY(read_file(dir_fd, path, key_size))};
  if (key.size() != key_size)
    return fail(Errc::corrupt, cat(path, ": not ", key_size, " bytes: restore it from a backup"));
  // Best effort: without it the key may reach swap, where the operator has swap.
  if (::mlock(key.view().data(), key.size()) != 0) log(Level::warning, "key memory not locked", {{"file", path}});
  return key;
}

}  // namespace

Result<Keys> Keys::load_or_make(int dir_fd) {
  std::string there;
  std::string missing;
  for (const char* path : paths) {
    std::string& list = exists(dir_fd, path) ? there : missing;
    list += cat(list.empty() ? "" : ", ", path);
  }
  if (!there.empty() && !missing.empty()) {
    return fail(Errc::invalid, cat("vault: ", missing, " is missing while ", there,
                                   " is there: restore it from a backup; if no file was ever stored here, the first "
                                   "start was interrupted: remove ",
                                   there, " and start again"));
  }
  Keys keys{dir_fd};
  if (there.empty()) TRY(keys.make());
  keys.root_ = TRY(read_key(dir_fd, root_path));
  keys.ledger_ = TRY(read_key(dir_fd, ledger_path));
  keys.pepper_ = TRY(read_key(dir_fd, pepper_path));
  const Bytes buckets = TRY(read_file(dir_fd, buckets_path, buckets_file_size_max));
  keys.buckets_ = TRY(Buckets::parse(keys.root_.view(), buckets));
  return keys;
}

Result<void> Keys::make() {
  if (exists(dir_fd_, "ledger/log") || exists(dir_fd_, capability_path)) {
    return fail(Errc::invalid, "vault: all keys are missing, but this vault was in use: restore them from a backup");
  }
  const Secret root = crypt::random_secret(key_size);
  TRY(replace_file(dir_fd_, root_path, root.view(), private_mode));
  for (const char* path : {ledger_path, pepper_path}) {
    TRY(replace_file(dir_fd_, path, crypt::random_secret(key_size).view(), private_mode));
  }
  return replace_file(dir_fd_, buckets_path, Buckets{}.print(root.view()), private_mode);
}

Result<Bytes> Keys::wrap(ByteView file_key, const seal::FileId& id, std::uint32_t tenant, retention::Day day) {
  return wrap_as(file_key, tenant, day, seal::file_key_associated({id, tenant, day}));
}

Result<Secret> Keys::unwrap(ByteView wrapped, const seal::FileId& id, std::uint32_t tenant, retention::Day day) const {
  if (day != retention::kept && !buckets_.has(tenant, day)) {
    return fail(Errc::not_found, "the file has expired: its key was destroyed");
  }
  Result<Secret> key = unwrap_as(wrapped, tenant, day, seal::file_key_associated({id, tenant, day}));
  if (!key.ok()) return fail(Errc::denied, "the wrapped key does not belong to this file and organisation");
  return key;
}

Result<Bytes> Keys::wrap_draft(ByteView file_key, const seal::FileId& id, std::uint32_t tenant,
                               const capability::PrincipalId& principal) {
  return wrap_as(file_key, tenant, retention::kept, seal::draft_key_associated({id, tenant, principal}));
}

Result<Secret> Keys::unwrap_draft(ByteView wrapped, const seal::FileId& id, std::uint32_t tenant,
                                  const capability::PrincipalId& principal) const {
  Result<Secret> key =
      unwrap_as(wrapped, tenant, retention::kept, seal::draft_key_associated({id, tenant, principal}));
  if (!key.ok()) return fail(Errc::corrupt, "the wrapped key does not belong to this draft and user");
  return key;
}

Result<Bytes> Keys::wrap_as(ByteView file_key, std::uint32_t tenant, retention::Day day, ByteView associated) {
  if (destroyed_.contains({tenant, day})) return fail(Errc::expired, "this bucket was destroyed");
  if (!buckets_.has(tenant, day)) {
    Buckets grown = buckets_;
    TRY(grown.add(root_.view(), tenant, day));
    TRY(replace_file(dir_fd_, buckets_path, grown.print(root_.view()), private_mode));
    buckets_ = std::move(grown);
  }
  const Secret bucket_key = TRY(buckets_.bucket_key(root_.view(), tenant, day));
  return seal::wrap_key(bucket_key.view(), file_key, associated);
}

Result<Secret> Keys::unwrap_as(ByteView wrapped, std::uint32_t tenant, retention::Day day, ByteView associated) const {
  const Secret bucket_key = TRY(buckets_.bucket_key(root_.view(), tenant, day));
  return seal::unwrap_key(bucket_key.view(), wrapped, associated);
}

std::vector<BucketName> Keys::due(UnixMs now, std::size_t limit) const {
  std::vector<BucketName> out;
  for (const BucketName& name : buckets_.expiring()) {
    if (out.size() < limit && retention::is_over(name.expiry_day, now)) out.push_back(name);
  }
  return out;
}

Result<std::size_t> Keys::destroy(std::span<const BucketName> names) {
  Buckets left = buckets_;
  std::size_t count = 0;
  for (const BucketName& name : names) {
    ENSURE(name.expiry_day != retention::kept);
    if (left.destroy(name)) ++count;
  }
  if (count > 0) TRY(replace_file(dir_fd_, buckets_path, left.print(root_.view()), private_mode));
  buckets_ = std::move(left);
  destroyed_.insert(names.begin(), names.end());
  return count;
}

crypt::Sha256 Keys::pepper(std::string_view user, ByteView tag) const {
  Writer label;
  label.bytes(as_bytes("bulkhead pepper v1")).bytes(as_bytes(user)).bytes(tag);
  return crypt::hmac_sha256(pepper_.view(), label.view());
}

Result<void> pin_capability_key(int dir_fd, const crypt::Ed25519Public& key) {
  const std::string line = to_hex(key) + "\n";
  if (!exists(dir_fd, capability_path)) return replace_file(dir_fd, capability_path, as_bytes(line), private_mode);
  const Bytes pinned = TRY(read_file(dir_fd, capability_path, line.size()));
  if (as_text(pinned) == line) return {};
  return fail(Errc::denied,
              "capability.pub pins another key than warden has now: if warden's key was replaced on purpose, remove "
              "vault/capability.pub and start again; if not, somebody is signing in its place");
}

}  // namespace bulkhead::vault
