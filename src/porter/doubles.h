#pragma once
// Doubles of keeper and vault for the tests and the benchmark of porter: they remember what they were asked. Each
// serves one porter in a thread of its own until that porter has gone; look at what they hold only after join().
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <thread>

#include "core/seal/chunk.h"
#include "crypt/hash.h"
#include "crypt/random.h"
#include "ipc/channel.h"
#include "ipc/data_asks.h"
#include "ipc/release_asks.h"
#include "ipc/storage_asks.h"

namespace bulkhead::porter::doubles {

// The other halves of Channel::ask and of the table: dies when the porter asks for something that no row admits.
class Sibling {
 public:
  explicit Sibling(ipc::Table table) : admission_{table} { admission_.bind(); }
  Sibling(const Sibling&) = delete;
  Sibling& operator=(const Sibling&) = delete;
  virtual ~Sibling() { join(); }

  // The porter's end.
  Fd start() {
    join();
    auto [here, there] = std::move(socket_pair()).value();
    thread_ = std::thread{[this, socket = std::move(here)]() mutable { serve(ipc::Channel{std::move(socket)}); lost(); }};
    return std::move(there);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 protected:
  virtual ipc::Frame answer(const ipc::Frame& ask) = 0;
  virtual void noticed(const ipc::Frame&) {}
  // The porter has gone. Another one may be started.
  virtual void lost() {}

  template <class Request, class Answerer>
  static ipc::Frame reply(const ipc::Frame& ask, Answerer&& answerer) {
    const Request request = ipc::decode<Request>(ask.body).value();
    ipc::Frame frame{ask.number, ipc::Kind::answer, ask.serial, {}, {}};
    Result<typename Request::Reply> result = answerer(request, frame.descriptors);
    if (result.ok()) {
      frame.body = ipc::encode(*result);
    } else {
      frame.kind = ipc::Kind::refusal;
      frame.body = ipc::print_refusal(result.error());
    }
    return frame;
  }

 private:
  void serve(ipc::Channel channel) {
    for (;;) {
      const std::optional<ipc::Frame> ask = channel.receive().value();
      if (!ask) return;
      ENSURE(admission_.admit(ask->number, ask->body.size(), 0) != nullptr);
      if (ask->kind == ipc::Kind::notice) {
        noticed(*ask);
        continue;
      }
      const ipc::Frame frame = answer(*ask);
      std::vector<int> numbers;
      for (const Fd& descriptor : frame.descriptors) numbers.push_back(descriptor.get());
      static_cast<void>(channel.send(frame, numbers));
    }
  }

  ipc::Admission admission_;
  std::thread thread_;
};

class Vault : public Sibling {
 public:
  Vault() : Sibling{asks::release_asks} {}

  std::optional<Error> refusal;  // of every key
  std::vector<asks::Release> releases;
  std::vector<asks::Sent> sents;
  std::vector<asks::Received> receipts;
  std::map<asks::FileTag, Bytes> keys;

  // The form of a file, and that of a draft.
  static Bytes wrapped(const asks::FileTag& tag) { return wrapped_as('w', tag); }
  static Bytes wrapped_draft(const asks::FileTag& tag) { return wrapped_as('d', tag); }

 protected:
  ipc::Frame answer(const ipc::Frame& ask) override {
    switch (ask.number) {
      case asks::NewKey::number:
        return reply<asks::NewKey>(ask, [&](const auto& m, auto&) -> Result<asks::NewKey::Reply> {
          if (refusal) return *refusal;
          const Secret key = crypt::random_secret(seal::key_size);
          keys[m.tag] = to_bytes(key.view());
          return asks::NewKey::Reply{key.clone(), wrapped_draft(m.tag)};
        });
      case asks::Release::number:
        return reply<asks::Release>(ask, [&](const auto& m, auto&) -> Result<asks::Release::Reply> {
          if (refusal) return *refusal;
          ENSURE(m.wrapped_key == wrapped(m.tag));
          releases.push_back(m);
          return asks::Release::Reply{Secret::copy_of(keys.at(m.tag)), 100 + releases.size()};
        });
      case asks::Sent::number:
        return reply<asks::Sent>(ask, [&](const auto& m, auto&) -> Result<ipc::Nothing> {
          sents.push_back(m);
          return ipc::Nothing{};
        });
      case asks::Received::number:
        return reply<asks::Received>(ask, [&](const auto& m, auto&) -> Result<asks::Received::Reply> {
          ENSURE(m.wrapped_key == wrapped_draft(m.tag));
          receipts.push_back(m);
          return asks::Received::Reply{500 + receipts.size(), wrapped(m.tag), m.keep_days == 0 ? 0 : 20'000 + m.keep_days};
        });
      case asks::ResumeKey::number:
        return reply<asks::ResumeKey>(ask, [&](const auto& m, auto&) -> Result<asks::ResumeKey::Reply> {
          if (refusal) return *refusal;
          ENSURE(m.wrapped_key == wrapped_draft(m.tag));
          return asks::ResumeKey::Reply{Secret::copy_of(keys.at(m.tag))};
        });
      default:
        return reply<asks::Adopt>(ask, [](const auto&, auto&) -> Result<ipc::Nothing> { return ipc::Nothing{}; });
    }
  }

 private:
  static Bytes wrapped_as(std::uint8_t form, const asks::FileTag& tag) {
    Bytes out(60, form);
    copy_to(MutableByteView{out}.last(tag.size()), tag);
    return out;
  }
};

inline Fd memory_file() {
  Fd file{::memfd_create("blob", MFD_CLOEXEC)};
  ENSURE(file.valid());
  return file;
}
inline Fd duplicate(const Fd& file) {
  return Fd{::fcntl(file.get(), F_DUPFD_CLOEXEC, 3)};
}

class Keeper : public Sibling {
 public:
  struct Stored {
    asks::FileRow row;
    asks::FileTag tag{};
    Bytes wrapped_key;
    std::optional<Bytes> small;
    Fd blob;
    std::uint32_t bucket_day = 0;
  };
  struct Draft {
    Stored stored;
    asks::CreateDraft ask;
    std::uint64_t size = 0;  // as recorded
    bool held = true;        // by the porter of now
  };

  Keeper() : Sibling{asks::storage_asks} {}

  std::optional<Error> adopt_refusal;
  std::optional<Error> commit_refusal;
  std::vector<std::uint64_t> to_copy;   // files of the folder that is copied
  std::size_t copied = 0;
  int copies_ended = 0;
  int copies_dropped = 0;
  std::optional<std::uint64_t> quota;   // of every draft
  std::vector<std::uint64_t> reserved;  // as it was asked for
  Fd blob;  // of the next draft; a memory file if none is set
  std::map<std::uint64_t, Stored> files;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Stored> older;  // versions of files
  std::map<std::uint64_t, Draft> drafts;
  std::vector<asks::Commit> commits;
  std::vector<std::uint64_t> dropped;
  std::vector<asks::KeepDraft> kept;
  std::vector<asks::SetDigest> digests;
  std::vector<std::uint64_t> leased;  // not ended yet
  std::uint32_t keep_days = 0;        // of every draft

  // A published file as any writer of the format makes it. Files up to one chunk become small ones.
  Stored& store(std::uint64_t id, ByteView plain, Vault& vault) {
    Stored& stored = files[id];
    crypt::fill_random(stored.tag);
    const Secret key = crypt::random_secret(seal::key_size);
    vault.keys[stored.tag] = to_bytes(key.view());
    stored.wrapped_key = Vault::wrapped(stored.tag);
    Bytes sealed(seal::sealed_size(plain.size()));
    copy_to(sealed, seal::header(stored.tag));
    seal::Sealer sealer{key.view(), stored.tag};
    const std::uint64_t count = seal::chunk_count(plain.size());
    for (std::uint64_t i = 0; i < count; ++i) {
      const ByteView chunk = plain.subspan(i * seal::chunk_size)
                                 .first(std::min<std::size_t>(seal::chunk_size, plain.size() - i * seal::chunk_size));
      sealer.seal(MutableByteView{sealed}.subspan(seal::chunk_offset(i), chunk.size() + seal::chunk_overhead), i,
                  i + 1 == count ? seal::ChunkFlag::last : seal::ChunkFlag::inner, chunk);
    }
    stored.row.id = id;
    stored.row.version = 7;
    stored.row.folder_path = "/Home";
    stored.row.name = "report.bin";
    stored.row.size = plain.size();
    stored.row.sha256 = crypt::sha256(plain);
    if (count == 1) {
      stored.small = std::move(sealed);
    } else {
      stored.blob = memory_file();
      write_all_at(stored.blob.get(), sealed, 0).value();
    }
    return stored;
  }

 protected:
  ipc::Frame answer(const ipc::Frame& ask) override {
    switch (ask.number) {
      case asks::LeaseRead::number:
        return reply<asks::LeaseRead>(ask, [&](const auto& m, auto& out) -> Result<asks::LeaseRead::Reply> {
          const auto found = files.find(m.file);
          if (found == files.end()) return fail(Errc::not_found, "no such file");
          return lease(found->second, out);
        });
      case asks::LeasePath::number:
        return reply<asks::LeasePath>(ask, [&](const auto& m, auto& out) -> Result<asks::LeaseRead::Reply> {
          for (const auto& [id, stored] : files) {
            if (m.path == stored.row.folder_path + "/" + stored.row.name) return lease(stored, out);
          }
          return fail(Errc::not_found, "no such file");
        });
      case asks::LeaseVersion::number:
        return reply<asks::LeaseVersion>(ask, [&](const auto& m, auto& out) -> Result<asks::LeaseRead::Reply> {
          const auto found = older.find({m.file, m.version});
          if (found == older.end()) return fail(Errc::not_found, "no such version");
          return lease(found->second, out);
        });
      case asks::CreateDraft::number:
        return reply<asks::CreateDraft>(ask, [&](const auto& m, auto& out) { return create(m, out); });
      case asks::BeginUpload::number:
        return reply<asks::BeginUpload>(ask, [&](const auto& m, auto& out) {
          return create({m.folder, m.name, asks::DraftMode::create, true}, out);
        });
      case asks::TakeUpload::number:
        return reply<asks::TakeUpload>(ask, [&](const auto& m, auto& out) -> Result<asks::CreateDraft::Reply> {
          const auto found = drafts.find(m.upload);
          if (found == drafts.end()) return fail(Errc::not_found, "no such upload");
          if (found->second.held) return fail(Errc::conflict, "another connection holds it");
          return lend(found->first, found->second, out);
        });
      case asks::DraftBlob::number:
        return reply<asks::DraftBlob>(ask, [&](const auto& m, auto& out) -> Result<asks::DraftBlob::Reply> {
          Stored& stored = drafts.at(m.draft).stored;
          ENSURE(!stored.blob.valid() && m.wrapped_key == Vault::wrapped_draft(stored.tag));
          stored.blob = blob.valid() ? std::move(blob) : memory_file();
          stored.wrapped_key = m.wrapped_key;
          out.push_back(duplicate(stored.blob));
          return asks::DraftBlob::Reply{};
        });
      case asks::KeepDraft::number:
        return reply<asks::KeepDraft>(ask, [&](const auto& m, auto&) -> Result<ipc::Nothing> {
          Draft& draft = drafts.at(m.draft);
          ENSURE(draft.held && draft.ask.resumable && draft.stored.blob.valid());
          draft.size = m.size;
          draft.held = !m.let_go;
          kept.push_back(m);
          return ipc::Nothing{};
        });
      case asks::Commit::number:
        return reply<asks::Commit>(ask, [&](const auto& m, auto&) { return commit(m); });
      case asks::DropDraft::number:
        return reply<asks::DropDraft>(ask, [&](const auto& m, auto&) -> Result<ipc::Nothing> {
          ENSURE(drafts.erase(m.draft) == 1);
          dropped.push_back(m.draft);
          return ipc::Nothing{};
        });
      case asks::BeginCopy::number:
        return reply<asks::BeginCopy>(ask, [&](const auto&, auto&) -> Result<asks::BeginCopy::Reply> {
          copied = 0;
          return asks::BeginCopy::Reply{static_cast<std::uint32_t>(to_copy.size()), 0};
        });
      case asks::NextCopy::number:
        return reply<asks::NextCopy>(ask, [&](const auto&, auto&) { return next_copy(); });
      case asks::EndCopy::number:
        return reply<asks::EndCopy>(ask, [&](const auto&, auto&) -> Result<asks::FolderRow> {
          ++copies_ended;
          return asks::FolderRow{};
        });
      case asks::DropCopy::number:
        return reply<asks::DropCopy>(ask, [&](const auto&, auto&) -> Result<ipc::Nothing> {
          ++copies_dropped;
          return ipc::Nothing{};
        });
      case asks::Reserve::number:
        return reply<asks::Reserve>(ask, [&](const auto& m, auto&) -> Result<asks::Reserve::Reply> {
          reserved.push_back(m.size);
          if (!quota) return asks::Reserve::Reply{UINT64_MAX};
          if (m.size > *quota) return fail(Errc::over_quota, "no room");
          return asks::Reserve::Reply{m.size};
        });
      case asks::SetDigest::number:
        return reply<asks::SetDigest>(ask, [&](const auto& m, auto&) -> Result<ipc::Nothing> {
          digests.push_back(m);
          return ipc::Nothing{};
        });
      default:
        return reply<asks::Adopt>(ask, [&](const auto&, auto&) -> Result<ipc::Nothing> {
          if (adopt_refusal) return *adopt_refusal;
          return ipc::Nothing{};
        });
    }
  }

  void noticed(const ipc::Frame& notice) override {
    if (notice.number == asks::TransferProgress::number || notice.number == asks::TransferEnd::number) return;
    ENSURE(notice.number == asks::EndLease::number);
    const auto found = std::ranges::find(leased, ipc::decode<asks::EndLease>(notice.body).value().file);
    ENSURE(found != leased.end());
    leased.erase(found);
  }
  void lost() override {
    std::erase_if(drafts, [](auto& each) { return !each.second.ask.resumable || !each.second.stored.blob.valid(); });
    for (auto& [id, draft] : drafts) draft.held = false;
  }

 private:
  asks::LeaseRead::Reply lease(const Stored& stored, std::vector<Fd>& out) {
    if (!stored.small) out.push_back(duplicate(stored.blob));
    leased.push_back(stored.row.id);
    return {stored.row, stored.tag, stored.wrapped_key, stored.small, stored.bucket_day};
  }

  asks::CreateDraft::Reply lend(std::uint64_t id, Draft& draft, std::vector<Fd>& out) {
    draft.held = true;
    out.push_back(duplicate(draft.stored.blob));
    asks::CreateDraft::Reply reply;
    reply.path = "/Home/" + draft.ask.name;
    reply.draft = id;
    reply.tag = draft.stored.tag;
    reply.wrapped_key = draft.stored.wrapped_key;
    reply.size = draft.size;
    reply.keep_days = keep_days;
    return reply;
  }

  Result<asks::CreateDraft::Reply> create(const asks::CreateDraft& m, std::vector<Fd>& out) {
    asks::CreateDraft::Reply reply;
    reply.path = "/Home/" + m.name;
    for (auto& [id, draft] : drafts) {
      if (m.mode != asks::DraftMode::resume || draft.ask.name != m.name) continue;
      if (draft.held) return fail(Errc::conflict, "another connection holds it");
      return lend(id, draft, out);
    }
    for (const auto& [id, file] : files) {
      if (m.mode != asks::DraftMode::resume || file.row.name != m.name) continue;
      reply.base_file = id;
      reply.base_version = file.row.version;
    }
    Draft& draft = drafts[reply.draft = ++last_id_];
    draft.ask = m;
    draft.stored.row.id = reply.draft;
    draft.stored.row.name = m.name;
    crypt::fill_random(draft.stored.tag);
    reply.tag = draft.stored.tag;
    reply.keep_days = keep_days;
    return reply;
  }

  Result<asks::NextCopy::Reply> next_copy() {
    asks::NextCopy::Reply reply;
    reply.end = copied == to_copy.size();
    if (reply.end) return reply;
    reply.file = to_copy[copied++];
    reply.version = 7;
    Draft& draft = drafts[reply.draft = ++last_id_];
    draft.stored.row.id = reply.draft;
    crypt::fill_random(draft.stored.tag);
    reply.tag = draft.stored.tag;
    reply.path = "/Home/copy/file";
    return reply;
  }

  Result<asks::FileRow> commit(const asks::Commit& m) {
    if (commit_refusal) return *commit_refusal;
    Stored stored = std::move(drafts.at(m.draft).stored);
    drafts.erase(m.draft);
    ENSURE(m.small.has_value() == !stored.blob.valid() && m.wrapped_key == Vault::wrapped(stored.tag));
    commits.push_back(m);
    stored.row.version = 7;
    stored.row.folder_path = "/Home";
    stored.row.size = m.size;
    stored.row.sha256 = m.sha256;
    stored.row.sha1 = m.sha1;
    stored.row.comment = m.comment;
    stored.row.integrity_checked = m.integrity_checked;
    stored.wrapped_key = m.wrapped_key;
    stored.bucket_day = m.bucket_day;
    stored.small = m.small;
    const asks::FileRow row = stored.row;
    files[row.id] = std::move(stored);
    return row;
  }

  std::uint64_t last_id_ = 1000;
};

}  // namespace bulkhead::porter::doubles
