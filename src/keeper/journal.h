#pragma once
// Journal: what keeper tells chronicle (ipc/event_asks.h). An event is stored with the change that it tells of, or
// neither is. What is sent and fetched is not here: the ledger has it. Which asks leave none: noted_asks.h.
#include "db/outbox.h"
#include "ipc/copy_asks.h"
#include "ipc/event_asks.h"
#include "ipc/import_asks.h"
#include "keeper/links.h"
#include "keeper/users.h"

namespace bulkhead::keeper {

class Journal {
 public:
  explicit Journal(Store& store) : store_{store} {}

  // What an ask is about, before it is answered: a file, a folder, a virtual folder in it, or nothing that is there.
  struct Spot {
    std::uint64_t file = 0;
    std::string file_name;
    std::uint32_t folder = 0;
    std::string folder_path;
    std::uint32_t link = 0;  // the virtual folder; `folder` is the one that holds it
    std::string link_name = {};
    std::string target_path = {};
    std::string path() const;  // of the file or the virtual folder, or else of the folder
  };
  template <class Ask>
  Result<Spot> before(const Asker& asker, const Ask& ask) {
    if constexpr (requires { ask.path; })
      return at_path(asker, ask.path);
    else if constexpr (requires { ask.from; })
      return at_path(asker, ask.from);
    else if constexpr (std::same_as<Ask, asks::DeleteBinned>)
      return of_binned(ask.file);
    else if constexpr (std::same_as<Ask, asks::RenameVirtual> || std::same_as<Ask, asks::DeleteVirtual>)
      return of_link(ask.id);
    else if constexpr (std::same_as<Ask, asks::LiftHold>)
      return of_hold(ask.hold);
    else if constexpr (std::same_as<Ask, asks::PlaceHold>)
      return ask.file == 0 ? of_folder(ask.folder) : of_file(ask.file);
    else if constexpr (requires { ask.file; })
      return of_file(ask.file);
    else if constexpr (requires { ask.folder; })
      return of_folder(ask.folder);
    else
      return Spot{};
  }

  // Within an ask(), after the change.
  Result<void> note(const Asker& asker, const asks::CreateFolder& ask, const Spot& spot, const asks::FolderRow& row);
  Result<void> note(const Asker& asker, const asks::ChangeFolder& ask, const Spot& spot, const asks::FolderRow& row);
  Result<void> note(const Asker& asker, const asks::DeleteFolder& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::ChangeFile& ask, const Spot& spot, const asks::FileRow& row);
  Result<void> note(const Asker& asker, const asks::DeleteFile& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::SetGrant& ask, const Spot& spot, const asks::GrantRow& row);
  Result<void> note(const Asker& asker, const asks::RemoveGrant& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::Move& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::RemoveEntry& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::MoveFile& ask, const Spot& spot, const asks::FileRow& row);
  Result<void> note(const Asker& asker, const asks::MoveFolder& ask, const Spot& spot, const asks::FolderRow& row);
  Result<void> note(const Asker& asker, const asks::EndCopy& ask, const Spot& spot, const asks::FolderRow& row);
  Result<void> note(const Asker& asker, const asks::CreateGroup& ask, const Spot& spot, const asks::GroupRow& row);
  Result<void> note(const Asker& asker, const asks::AddMembers& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::RemoveMember& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::ChangeFolderSettings& ask, const Spot& spot,
                    const asks::FolderSettings& settings);
  Result<void> note(const Asker& asker, const asks::UserQuota& ask, const Spot& spot,
                    const asks::UserQuota::Reply& reply);

  Result<void> note(const Asker& asker, const asks::ChangeNotices& ask, const Spot& spot, const asks::Notices& notices);
  Result<void> note(const Asker& asker, const asks::ChangeHistorySettings& ask, const Spot& spot,
                    const asks::HistorySettings& settings);
  Result<void> note(const Asker& asker, const asks::RestoreVersion& ask, const Spot& spot, const asks::FileRow& row);
  Result<void> note(const Asker& asker, const asks::DeleteVersion& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::RestoreBinned& ask, const Spot& spot, const asks::FileRow& row);
  Result<void> note(const Asker& asker, const asks::DeleteBinned& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::EmptyBin& ask, const Spot& spot,
                    const asks::EmptyBin::Reply& reply);
  Result<void> note(const Asker& asker, const asks::SetLogo& ask, const Spot& spot, const asks::Brand& brand);
  Result<void> note(const Asker& asker, const asks::SetBrand& ask, const Spot& spot, const asks::Brand& brand);
  Result<void> note(const Asker& asker, const asks::PlaceHold& ask, const Spot& spot, const asks::HoldRow& row);
  Result<void> note(const Asker& asker, const asks::LiftHold& ask, const Spot& spot, const ipc::Nothing& done);
  Result<void> note(const Asker& asker, const asks::CreateVirtual& ask, const Spot& spot, const asks::VirtualRow& row);
  Result<void> note(const Asker& asker, const asks::RenameVirtual& ask, const Spot& spot, const asks::VirtualRow& row);
  Result<void> note(const Asker& asker, const asks::DeleteVirtual& ask, const Spot& spot, const ipc::Nothing& done);
  // Of a clean-up, before the file goes.
  Result<void> cleaned(std::uint64_t file, std::uint32_t organisation, UnixMs now);
  // Of the command line.
  Result<void> note(const asks::ImportGroup& ask, UnixMs now);
  Result<void> note(const asks::ImportUser& ask, UnixMs now);

  // For chronicle.
  Result<asks::EventsAfter::Reply> after(std::uint64_t after);
  Result<asks::PlacesOf::Reply> places(const asks::PlacesOf& ask);

 private:
  Result<Spot> of_file(std::uint64_t file);
  Result<Spot> of_folder(std::uint64_t folder);
  Result<Spot> of_binned(std::uint64_t file);
  Result<Spot> of_hold(std::uint32_t hold);
  Result<Spot> of_link(std::uint32_t link);
  // The same thing as it is now.
  Result<Spot> again(const Spot& spot);
  Result<Spot> at_path(const Asker& asker, const std::string& path);
  Result<void> add(const Asker& asker, asks::EventKind kind, const Spot& spot, std::string message = {},
                   std::string target = {}, std::string target_name = {}, std::string_view nobody = "command line");
  Result<void> moved(const Asker& asker, const Spot& before, const Spot& after);
  // Of a virtual folder.
  Result<void> add_link(const Asker& asker, asks::EventKind kind, const Spot& spot, std::string message);

  Store& store_;
  db::Outbox outbox_;
};

}  // namespace bulkhead::keeper
