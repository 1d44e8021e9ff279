#include "warden/signing_key.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/cat.h"
#include "base/fd.h"
#include "crypt/ed25519.h"
#include "crypt/random.h"

namespace bulkhead::warden {

Result<Secret> load_or_make_signing_key(int dir_fd, const char* path) {
  struct stat status{};
  if (::fstatat(dir_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    Secret seed{TRY(read_file(dir_fd, path, 2 * crypt::ed25519_seed_size))};
    if (seed.size() != crypt::ed25519_seed_size) return fail(Errc::corrupt, cat(path, ": not 32 bytes"));
    return seed;
  }
  if (errno != ENOENT) return fail_errno(path);
  Secret seed = crypt::random_secret(crypt::ed25519_seed_size);
  TRY(replace_file(dir_fd, path, seed.view(), 0600));
  return seed;
}

}  // namespace bulkhead::warden
