#pragma once
// Which porter gets which file key (I3), and what the ledger says about it. The rule is the first function of
// release.cc:
//   verify capability -> open the wrapped key -> meter -> append -> release
// Nothing here is sent: the caller sends an answer only after committed(), and refuses it when the commit failed.
//
// What the vault knows by itself, and what the porter says. Principal, user name, organisation and session come from
// the capability. The wrapped key was made here for one file of one organisation, so the meter counts distinct files by
// it. File id, content hash, size and path are the porter's statement: one that lies about the size evades the byte
// budgets, not those of releases and files.
//
// Errors. Errc::invalid and Errc::unauthenticated: the asker lies; end its channel and count it. Anything else is
// refused.
#include <map>
#include <optional>
#include <unordered_map>

#include "core/capability/capability.h"
#include "core/meter/meter.h"
#include "ipc/release_asks.h"
#include "ipc/service.h"
#include "vault/keys.h"
#include "vault/ledger_writer.h"

namespace bulkhead::vault {

inline constexpr std::size_t unreported_max = 64;  // releases of one channel without their Sent
inline constexpr unsigned ledger_reads_max = 5'000;  // receipts, checkpoints and tiles of one channel
inline constexpr unsigned wrong_keys_max = 3;      // wrapped keys that do not open, until the channel ends
inline constexpr UnixMs replayed_ms = UnixMs{31} * 24 * 3'600 * 1'000;

// A file's path as an entry holds it: a part that is too long keeps its start and the hash of the whole.
struct Place {
  std::string folder;
  std::string name;
};
Place place_of(std::string_view path);

class Releases {
 public:
  // `keys` and `ledger` outlive the Releases.
  Releases(const crypt::Ed25519Public& capability_key, const meter::Policy& policy, Keys& keys, LedgerWriter& ledger)
      : capability_key_{capability_key}, meter_{policy}, keys_{keys}, ledger_{ledger} {}

  // Start: an entry of the past. Releases whose report is missing at its end count as unreported.
  void replay(std::uint64_t index, const ledger::Entry& entry, UnixMs now);

  void open(ipc::PeerId channel, std::uint64_t connection);
  void set_address(std::uint64_t connection, std::string_view address);
  // Its unreported releases are entered as failed at the next prepare_commit().
  void close(ipc::PeerId channel);

  // Errc::other_principal for a capability of somebody else than the first one on this channel.
  Result<void> adopt(ipc::PeerId channel, const asks::Adopt& ask, UnixMs now);
  Result<asks::NewKey::Reply> new_key(ipc::PeerId channel, const asks::NewKey& ask, UnixMs now);
  // No entry: such a key opens only what this principal has written and nobody has published (decision 16).
  Result<asks::ResumeKey::Reply> resume_key(ipc::PeerId channel, const asks::ResumeKey& ask, UnixMs now);
  Result<asks::Release::Reply> release(ipc::PeerId channel, const asks::Release& ask, UnixMs now);
  // Also with a capability that has expired since: the key is out, and what became of it belongs into the ledger.
  Result<asks::Sent::Reply> sent(ipc::PeerId channel, const asks::Sent& ask, UnixMs now);
  Result<asks::Received::Reply> received(ipc::PeerId channel, const asks::Received& ask, UnixMs now);

  // receipts.cc: what a session may read of the ledger.
  Result<asks::ReadReceipt::Reply> receipt(ipc::PeerId channel, const asks::ReadReceipt& ask, UnixMs now);
  Result<asks::ReadCheckpoint::Reply> checkpoint(ipc::PeerId channel, const asks::ReadCheckpoint& ask, UnixMs now);
  Result<asks::ReadTile::Reply> tile(ipc::PeerId channel, const asks::ReadTile& ask, UnixMs now);

  // Enters what channels that ended did not report, right before the commit.
  void prepare_commit(UnixMs now);
  // Right after the commit, ok or not: forgets what did not become durable.
  void committed();

  std::size_t unreported() const { return orphans_.size(); }

 private:
  struct Session {
    std::uint64_t connection = 0;
    std::string address;
    std::optional<capability::VerifiedCapability> capability;
    std::map<std::uint64_t, std::uint64_t> unreported;  // index of the release -> size of the file
    unsigned wrong_keys = 0;
    unsigned reads = 0;  // of the ledger
  };
  // A change of `unreported` that holds only if `entry` becomes durable.
  struct Change {
    ipc::PeerId channel = 0;  // 0: an orphan
    std::uint64_t entry = 0;
    std::uint64_t release = 0;  // the same for a release, smaller for a report
    std::uint64_t size = 0;
  };

  // Errc::expired, or denied for one whose scopes do not hold `needed`.
  Result<const capability::Capability*> live_principal(const Session& session, capability::Scope needed,
                                                       UnixMs now) const;
  // Errors of unwrap() and unwrap_draft(); Errc::invalid when it was one too many.
  Result<Secret> open_file_key(Session& session, const capability::Capability& principal, const asks::Release& ask);
  Result<Secret> open_draft_key(Session& session, const capability::Capability& principal, const asks::FileTag& tag,
                                ByteView wrapped);
  Result<Secret> count_wrong(Session& session, Result<Secret> opened) const;
  Result<std::optional<ledger::Who>> subject(const ledger::Entry& entry) const;
  Result<void> count_read(ipc::PeerId channel, UnixMs now);
  Result<void> meter_it(const capability::Capability& principal, const asks::Release& ask, UnixMs now);
  static ledger::Who who(const Session& session, const capability::Capability& principal);

  crypt::Ed25519Public capability_key_;
  meter::Meter meter_;
  Keys& keys_;
  LedgerWriter& ledger_;
  std::unordered_map<ipc::PeerId, Session> sessions_;
  std::unordered_map<std::uint64_t, ipc::PeerId> by_connection_;
  std::map<std::uint64_t, std::uint64_t>
      orphans_;                  // durable releases that nobody will report any more; as `unreported`
  std::vector<Change> changes_;  // of this turn
};

}  // namespace bulkhead::vault
