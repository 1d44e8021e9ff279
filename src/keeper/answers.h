#pragma once
// The tables catalog_asks (gates), storage_asks (porters), admin_keeper_asks (the command line) and keeper_event_asks
// (chronicle), row by row, to the functions that answer them.
#include <functional>

#include "ipc/control_asks.h"
#include "keeper/brand.h"
#include "keeper/cleanup.h"
#include "keeper/content.h"
#include "keeper/entries.h"
#include "keeper/explain.h"
#include "keeper/file_search.h"
#include "keeper/grants.h"
#include "keeper/history.h"
#include "keeper/hold_records.h"
#include "keeper/imports.h"
#include "keeper/journal.h"
#include "keeper/new_states.h"
#include "keeper/notices.h"
#include "keeper/recycle_bin.h"
#include "keeper/rewraps.h"
#include "keeper/session.h"
#include "keeper/settings.h"
#include "keeper/transfers.h"
#include "keeper/tree_copies.h"
#include "keeper/virtual_folders.h"

namespace bulkhead::keeper {

class Answers {
 public:
  // `clock` is read once for each ask.
  Answers(Store& store, std::function<UnixMs()> clock);

  void set(const asks::KeeperSettings& settings);
  void set_address(const asks::PeerAddress& notice) { sessions_.set_address(notice.connection, notice.address); }
  // Serves a channel with the table of its role: a gate, a porter, the command line or chronicle.
  void serve(ipc::Service& service, Fd channel, std::uint64_t connection, asks::Role role);

  // How a connection is ended whose upload another one goes on with.
  void on_cut_off(std::function<void(std::uint64_t connection)> cut_off) { cut_off_ = std::move(cut_off); }

  void set_vault(ipc::Service& service, ipc::PeerId vault) { rewraps_.set_vault(service, vault); }

  // Before the loop: what an earlier run left. After `budget_ms` the rest of the blobs is left to tick().
  Result<void> start(MonotonicMs budget_ms);
  Result<void> commit();
  // Now and then, outside of answers.
  void tick();

 private:
  void answer_gate(ipc::Call& call);
  void answer_path(ipc::Call& call);
  void answer_access(ipc::Call& call);
  void answer_tree(ipc::Call& call);
  void answer_history(ipc::Call& call);
  void answer_retention(ipc::Call& call);
  void answer_virtual(ipc::Call& call);
  void answer_porter(ipc::Call& call);
  void answer_copy(ipc::Call& call);
  template <class Notice, class Take>
  void take_notice(ipc::Call& call, Take&& take);
  Transfer transfer_of(ipc::PeerId channel, const Asker& asker, asks::TransferDirection direction);
  asks::LeaseRead::Reply begin_download(ipc::PeerId channel, const Asker& asker, Files::Lease lease,
                                        std::vector<Fd>& out);
  void begin_upload(ipc::PeerId channel, const Asker& asker, const asks::CreateDraft::Reply& draft);
  void answer_admin(ipc::Call& call);
  void adopt(ipc::Call& call);
  void answer_upload(ipc::Call& call);
  void take_upload(ipc::Call& call);
  void give_upload(ipc::Service& service, const ipc::Ticket& ticket, const asks::TakeUpload& ask);
  bool is_held(const ipc::Ticket& ticket, const asks::TakeUpload& ask);
  void give_waiting(bool late);
  Result<void> write_marks();
  Result<void> tick_retention();
  template <class Ask, class Answer>
  void answer_asker(ipc::Call& call, Answer&& answer);
  template <class Ask, class Answer>
  void answer(ipc::Call& call, Answer&& answer);
  void answer_chronicle(ipc::Call& call);
  template <class Ask, class Change>
  void noted(ipc::Call& call, Change&& change);
  template <class Ask, class Import>
  void noted_import(ipc::Call& call, Import&& import);
  template <class Ask, class Answer>
  void answer_with_blob(ipc::Call& call, Answer&& answer);

  struct Waiting {  // for an upload that another connection is to let go
    ipc::Service* service;
    ipc::Ticket ticket;
    asks::TakeUpload ask;
    MonotonicMs until;
  };

  Store& store_;
  std::function<UnixMs()> clock_;
  std::function<void(std::uint64_t)> cut_off_;
  std::vector<Waiting> waiting_;
  Users users_;
  Folders folders_;
  Files files_;
  Groups groups_;
  Grants grants_;
  VirtualFolders virtual_folders_;
  Explanations explanations_;
  Drafts drafts_;
  Entries entries_;
  TreeCopies copies_;
  Leases leases_;
  Journal journal_;
  Cleanup cleanup_;
  Rewraps rewraps_;
  HoldRecords hold_records_;
  Content content_;
  NewStates new_states_;
  Settings settings_;
  History history_;
  RecycleBin bin_;
  FileSearch search_;
  FolderNotices notices_;
  Imports imports_;
  Transfers transfers_;
  Branding brand_;
  Sessions sessions_;
  MonotonicMs marks_from_ = 0;  // when tick() tries again to write the marks
};

}  // namespace bulkhead::keeper
