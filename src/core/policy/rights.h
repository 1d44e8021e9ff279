#pragma once
// The nine rights of a folder entry and the actions that need them. A right is given to a user or a group on a folder.
#include <cstdint>
#include <initializer_list>

namespace bulkhead::policy {

// The numbers are stored: never reuse one.
enum class Right : std::uint16_t {
  read_files = 1,   // download
  write_files = 2,  // upload and overwrite
  delete_files = 4,
  list_files = 8,              // without it a writer has a blind drop box
  notify = 16,                 // mail about new files
  add_delete_subfolders = 32,  // add, rename and remove subfolders
  share = 64,                  // hand rights on
  admin = 128,                 // change the folder's settings
  list_users = 256,            // see who else has access
};

class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(Right right) : bits_{static_cast<std::uint16_t>(right)} {}  // NOLINT(google-explicit-constructor)
  constexpr Rights(std::initializer_list<Right> rights) {
    for (const Right right : rights) *this |= right;
  }
  static constexpr Rights all() { return from_bits(0x1FF); }
  // Bits that are no right are dropped: a damaged record gives no more than the nine.
  static constexpr Rights from_bits(std::uint64_t bits) {
    Rights rights;
    rights.bits_ = static_cast<std::uint16_t>(bits & 0x1FFU);
    return rights;
  }

  constexpr std::uint16_t bits() const { return bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool has(Rights wanted) const { return (bits_ & wanted.bits_) == wanted.bits_; }
  constexpr Rights& operator|=(Rights more) { return *this = from_bits(std::uint64_t{bits_} | more.bits_); }
  constexpr Rights within(Rights limit) const { return from_bits(std::uint64_t{bits_} & limit.bits_); }
  constexpr Rights without(Rights less) const { return from_bits(std::uint64_t{bits_} & ~std::uint64_t{less.bits_}); }
  friend constexpr bool operator==(Rights, Rights) = default;

 private:
  std::uint16_t bits_ = 0;
};

// What who has only the right to share may hand on, at most: what concerns files.
inline constexpr Rights sharable{Right::read_files, Right::write_files, Right::delete_files,
                                 Right::list_files, Right::notify,      Right::list_users};

enum class Action : std::uint8_t {
  view_folder = 1,  // know that it exists: any right
  list_files = 2,
  read_file = 3,
  write_file = 4,
  delete_file = 5,
  rename_file = 6,  // write and delete; a move is delete_file there and write_file here
  change_subfolders = 7,
  receive_notice = 8,
  share = 9,
  change_settings = 10,
  list_users = 11,
};
inline constexpr Action action_max = Action::list_users;

// All of these are needed; empty for view_folder. Of a number that is no action: all nine.
Rights needed_for(Action action);

}  // namespace bulkhead::policy
