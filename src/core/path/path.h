#pragma once
// Names of files and folders, and the paths made of them, as the user sees them. The types cannot hold what has ever
// made one text mean two places: "..", ".", empty, separators, NUL, control and invisible characters, broken UTF-8, or
// two byte forms of the same text. Nothing here names a file of the operating system. Spec: docs/spec/path.md.
//
// Pure: no I/O. Errors are Errc::invalid, or Errc::too_large for a limit; the message names the rule.
#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bulkhead {

inline constexpr std::size_t name_size_max = 255;   // bytes of one component, in NFC
inline constexpr std::size_t path_size_max = 4096;  // bytes of the printed path, in NFC
inline constexpr std::size_t path_depth_max = 64;   // components

// One component, in UTF-8 and Unicode normalisation form C (UAX #15).
class Name {
 public:
  // Input in another normalisation form is converted; then every rule of docs/spec/path.md is checked on the result.
  static Result<Name> parse(std::string_view text);

  const std::string& text() const { return text_; }
  // By bytes: capital and small letters differ.
  friend bool operator==(const Name&, const Name&) = default;
  friend std::strong_ordering operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_{std::move(text)} {}
  std::string text_;
};

// An absolute path: the components from the root. The root itself has none.
class RemotePath {
 public:
  RemotePath() = default;

  // "/" is the root, else "/" before each component: no empty component, no "/" at the end. parse(print()) is the
  // identity.
  static Result<RemotePath> parse(std::string_view text);
  std::string print() const;

  bool is_root() const { return names_.empty(); }
  std::size_t depth() const { return names_.size(); }
  const std::vector<Name>& names() const { return names_; }
  // The last component; the path must not be the root.
  const Name& name() const;
  // The folder that holds it; of the root, the root.
  RemotePath parent() const;

  // Errc::too_large beyond path_depth_max or path_size_max.
  Result<RemotePath> child(const Name& name) const;
  Result<RemotePath> concat(const RemotePath& below) const;

  // Equal, or below `folder`. Compares components: "/ab" is not within "/a".
  bool is_within(const RemotePath& folder) const;

  friend bool operator==(const RemotePath&, const RemotePath&) = default;
  friend std::strong_ordering operator<=>(const RemotePath&, const RemotePath&) = default;

 private:
  Result<void> append(const Name& name);

  std::vector<Name> names_;
  std::size_t size_ = 0;  // bytes of print(), but 0 for the root
};

}  // namespace bulkhead
