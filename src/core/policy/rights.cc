#include "core/policy/rights.h"

namespace bulkhead::policy {

Rights needed_for(Action action) {
  switch (action) {
    case Action::view_folder:
      return {};
    case Action::list_files:
      return Right::list_files;
    case Action::read_file:
      return Right::read_files;
    case Action::write_file:
      return Right::write_files;
    case Action::delete_file:
      return Right::delete_files;
    case Action::rename_file:
      return {Right::write_files, Right::delete_files};
    case Action::change_subfolders:
      return Right::add_delete_subfolders;
    case Action::receive_notice:
      return Right::notify;
    case Action::share:
      return Right::share;
    case Action::change_settings:
      return Right::admin;
    case Action::list_users:
      return Right::list_users;
  }
  return Rights::all();
}

}  // namespace bulkhead::policy
