#pragma once
// decide(): may this subject do this to that folder, now? Pure: no I/O, no clock, no names. Folders are nodes with
// numbers, so no spelling of a path can change a verdict. Rules and their reasons: docs/spec/policy.md.
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "core/policy/rights.h"

namespace bulkhead::policy {

// 0 is nobody, no organisation and no folder in all of these.
using OrgId = std::uint64_t;
using UserId = std::uint64_t;
using GroupId = std::uint64_t;
using FolderId = std::uint64_t;
using GrantId = std::uint64_t;

inline constexpr std::size_t chain_size_max = 65;       // the root and path_depth_max folders below it
inline constexpr std::size_t folder_grants_max = 1024;  // of one folder
inline constexpr std::size_t groups_max = 1024;         // of one subject

enum class Role : std::uint8_t {
  user = 1,
  file_admin = 2,
  admin = 3,
  system_admin = 4,
  auditor = 5,  // whatever he is granted, he sees what there is, and neither reads nor changes it
};

struct Subject {
  UserId user = 0;
  OrgId org = 0;
  Role role = Role::user;
  std::span<const GroupId> groups;  // ascending
  bool live = false;                // active, and not suspended or expired
};

enum class Holder : std::uint8_t { user = 1, group = 2 };
enum class Behaviour : std::uint8_t {
  override_inherited = 1,  // replaces what the same holder inherits
  add_to_inherited = 2,    // adds to it
};

struct Grant {
  GrantId id = 0;
  Holder holder = Holder::user;
  std::uint64_t holder_id = 0;
  Rights rights;
  Behaviour behaviour = Behaviour::override_inherited;
  UnixMs until = 0;   // the first moment at which it no longer counts; 0: for ever
  Rights share = {};  // with Right::share: what of his rights the holder may hand on; of `sharable`
};

enum class Inherit : std::uint8_t {
  none = 1,    // only the folder's own grants count
  copy = 2,    // the parent's grants were copied when the folder was made; from then on as none
  always = 3,  // what holds in the parent holds here, changed by the folder's own grants
};

struct Folder {
  FolderId id = 0;
  FolderId parent = 0;  // 0: the root
  OrgId org = 0;
  UserId home_of = 0;  // the user whose home folder it is
  Inherit inherit = Inherit::none;
  std::span<const Grant> grants;
};

// From the root to the folder that is asked about; each is the parent of the next.
using Chain = std::span<const Folder>;

enum class Verdict : std::uint8_t {
  denied = 0,  // the subject may know that the folder exists
  not_found,   // and may not: the answer is that of a folder that does not exist
  allowed,
};

enum class Reason : std::uint8_t {
  none = 0,           // nothing was decided
  broken_chain,       // no chain of one organisation from the root, groups out of order, or over a limit
  not_live,           // the account is suspended or expired
  other_org,          // the folder belongs to another organisation
  system_admin,       // a system administrator runs organisations, and touches no files
  no_grant,           // no entry for the subject or a group of his
  right_not_granted,  // there are entries, and none gives the right; `grant` is the nearest
  role,               // by the role in the organisation
  home_owner,         // in or below the subject's home folder `folder`
  grant,              // by the entry `grant` on `folder`, the nearest that gives it
};

struct [[nodiscard]] Decision {
  Verdict verdict = Verdict::denied;
  Reason reason = Reason::none;
  FolderId folder = 0;  // where the deciding entry stands; 0 when none decided
  GrantId grant = 0;

  bool allowed() const { return verdict == Verdict::allowed; }
  friend bool operator==(const Decision&, const Decision&) = default;
};

Decision decide(const Subject& subject, Action action, Chain chain, UnixMs now);

// Everything that decide() would allow, as rights. Empty: the folder is not there for the subject.
Rights effective(const Subject& subject, Chain chain, UnixMs now);

// The rights that the subject may give to others in the last folder, or take from them: with admin all that he has, and
// notify; with share those of his that the entries which let him share say. Nobody hands on what he does not have.
Rights givable(const Subject& subject, Chain chain, UnixMs now);

}  // namespace bulkhead::policy
