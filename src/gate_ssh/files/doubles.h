#pragma once
// For tests: keeper and porter as two threads around one store in memory, spoken to over real channels.
#include <fcntl.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "base/die.h"
#include "gate_ssh/files/catalog.h"
#include "gate_ssh/files/porter.h"

namespace bulkhead::gate_ssh::doubles {

// Paths are printed RemotePaths. Every folder but the root stands in `folders`.
struct Store {
  struct File {
    std::uint64_t id = 0;
    Bytes content;
    std::int64_t modified_ms = 0;
  };
  std::mutex mutex;
  std::map<std::string, std::uint32_t> folders{{"/", 1}, {"/home", 2}};
  std::map<std::string, File> files;
  std::map<std::string, Bytes> drafts;
  std::set<std::string> denied;  // no right to read or write
  std::uint64_t next_id = 10;
  std::uint64_t asks_to_porter = 0;
  std::uint64_t bytes_read = 0;

  std::string folder_path(std::uint32_t id) const {
    for (const auto& [path, number] : folders) {
      if (number == id) return path;
    }
    return {};
  }
  static std::string child(const std::string& folder, const std::string& name) {
    return (folder == "/" ? "" : folder) + "/" + name;
  }
  bool taken(const std::string& path) const {
    return folders.contains(path) || files.contains(path) || drafts.contains(path);
  }
};

// A thread that answers the asks of one channel until it is closed.
class Answerer {
 public:
  Answerer() = default;
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;
  virtual ~Answerer() = default;

  void start(Fd socket) {
    channel_ = std::make_unique<ipc::Channel>(std::move(socket));
    thread_ = std::thread{[this] { loop(); }};
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 protected:
  virtual bool answer(const ipc::Frame& frame) = 0;

  template <class Ask, class Answer>
  bool on(const ipc::Frame& frame, Answer&& answer) {
    if (frame.number != Ask::number) return false;
    Result<Ask> ask = ipc::decode<Ask>(frame.body);
    ENSURE(ask.ok());
    Result<typename Ask::Reply> reply = answer(*ask);
    ipc::Frame out{frame.number, ipc::Kind::answer, frame.serial, {}, {}};
    out.kind = reply.ok() ? ipc::Kind::answer : ipc::Kind::refusal;
    out.body = reply.ok() ? ipc::encode(*reply) : ipc::print_refusal(reply.error());
    static_cast<void>(channel_->send(out));
    return true;
  }

 private:
  void loop() {
    for (;;) {
      const Result<std::optional<ipc::Frame>> frame = channel_->receive();
      if (!frame.ok() || !frame->has_value()) return ended();
      ENSURE(answer(**frame));
    }
  }
  virtual void ended() {}

  std::unique_ptr<ipc::Channel> channel_;
  std::thread thread_;
};

class Keeper final : public Answerer {
 public:
  explicit Keeper(Store& store) : store_{store} {}

 private:
  bool answer(const ipc::Frame& frame) override {
    const std::lock_guard lock{store_.mutex};
    return on<asks::Home>(frame, [](auto&) { return asks::Home::Reply{2, 0}; }) ||
           on<asks::GetFolder>(frame, [&](auto& ask) { return folder_row(store_.folder_path(ask.folder)); }) ||
           on<asks::Lookup>(frame, [&](auto& ask) { return look_up(ask.path); }) ||
           on<asks::ListEntries>(frame, [&](auto& ask) { return list(ask); }) ||
           on<asks::CreateFolder>(frame, [&](auto& ask) { return create(ask); }) ||
           on<asks::Move>(frame, [&](auto& ask) { return move(ask); }) ||
           on<asks::RemoveEntry>(frame, [&](auto& ask) { return remove(ask); }) ||
           on<asks::SetModified>(frame, [&](auto& ask) { return set_modified(ask); }) ||
           on<asks::Space>(frame, [](auto&) { return asks::Space::Reply{1U << 30U, 1U << 29U}; });
  }

  static Error missing() { return fail(Errc::not_found, "no such thing"); }

  Result<asks::FolderRow> folder_row(const std::string& path) {
    if (!store_.folders.contains(path)) return missing();
    asks::FolderRow row;
    row.id = store_.folders.at(path);
    row.path = path;
    row.rights = store_.denied.contains(path) ? 0 : 0x1FF;
    row.changed_ms = 1'700'000'000'000;
    return row;
  }
  Result<asks::Lookup::Reply> look_up(const std::string& path) {
    asks::Lookup::Reply reply;
    if (store_.folders.contains(path)) {
      reply.folder = TRY(folder_row(path));
    } else if (const auto file = store_.files.find(path); file != store_.files.end()) {
      reply.file.emplace();
      reply.file->id = reply.file->version = file->second.id;
      reply.file->size = file->second.content.size();
      reply.file->modified_ms = file->second.modified_ms;
      reply.file->folder = store_.folders.at((*RemotePath::parse(path)).parent().print());
    } else if (const auto draft = store_.drafts.find(path); draft != store_.drafts.end()) {
      reply.draft = asks::DraftRow{1, path, draft->second.size(), 1'700'000'000'000};
      reply.draft->folder = store_.folders.at((*RemotePath::parse(path)).parent().print());
    } else {
      return missing();
    }
    return reply;
  }
  Result<asks::ListEntries::Reply> list(const asks::ListEntries& ask) {
    constexpr std::size_t page = 300;
    std::vector<asks::EntryRow> all;
    const std::string folder = store_.folder_path(ask.folder);
    const auto add = [&](const std::string& path, asks::EntryRow row) {
      const RemotePath parsed = *RemotePath::parse(path);
      if (parsed.is_root() || parsed.parent().print() != folder) return;
      row.name = parsed.name().text();
      const auto after = std::pair{ask.after_kind, ask.after_name};
      if (ask.after_name.empty() || std::pair{row.kind, row.name} > after) all.push_back(std::move(row));
    };
    for (const auto& [path, id] : store_.folders) add(path, {asks::EntryKind::folder, {}, 0, 0, 0x1FF});
    for (const auto& [path, f] : store_.files)
      add(path, {asks::EntryKind::file, {}, f.content.size(), f.modified_ms, 0});
    for (const auto& [path, d] : store_.drafts) {
      if (!store_.files.contains(path)) add(path, {asks::EntryKind::draft, {}, d.size(), 0, 0});
    }
    asks::ListEntries::Reply reply;
    reply.end = all.size() <= page;
    all.resize(std::min(all.size(), page));
    reply.rows = std::move(all);
    return reply;
  }
  Result<asks::FolderRow> create(const asks::CreateFolder& ask) {
    const std::string path = Store::child(store_.folder_path(ask.parent), ask.name);
    if (store_.taken(path)) return fail(Errc::conflict, "the name is taken");
    store_.folders[path] = static_cast<std::uint32_t>(store_.next_id++);
    return folder_row(path);
  }
  Result<ipc::Nothing> move(const asks::Move& ask) {
    if (!store_.taken(ask.from)) return missing();
    if (store_.taken(ask.to) && (!ask.replace || store_.folders.contains(ask.to)))
      return fail(Errc::conflict, "the name is taken");
    if (const auto file = store_.files.find(ask.from); file != store_.files.end()) {
      store_.files[ask.to] = file->second;
      store_.files.erase(ask.from);
    } else if (const auto folder = store_.folders.find(ask.from); folder != store_.folders.end()) {
      store_.folders[ask.to] = folder->second;  // empty ones only: enough for the tests
      store_.folders.erase(ask.from);
    }
    return ipc::Nothing{};
  }
  Result<ipc::Nothing> remove(const asks::RemoveEntry& ask) {
    if (!store_.taken(ask.path)) return missing();
    if (ask.folder != store_.folders.contains(ask.path)) return fail(Errc::conflict, "it is of the other kind");
    for (const auto& [path, file] : store_.files) {
      if (ask.folder && path.starts_with(ask.path + "/")) return fail(Errc::conflict, "the folder is not empty");
    }
    if (ask.folder) store_.folders.erase(ask.path);
    if (store_.files.erase(ask.path) == 0) store_.drafts.erase(ask.path);
    return ipc::Nothing{};
  }
  Result<ipc::Nothing> set_modified(const asks::SetModified& ask) {
    if (!store_.taken(ask.path)) return missing();
    if (store_.files.contains(ask.path)) store_.files[ask.path].modified_ms = ask.modified_ms;
    return ipc::Nothing{};
  }

  Store& store_;
};

// Breaks off when an ask comes out of turn, as the real one would.
class PorterDouble final : public Answerer {
 public:
  PorterDouble(Store& store, MutableByteView ring) : store_{store}, ring_{ring} {}

  std::atomic<int> slow_us{0};  // up to this long before each answer
  std::atomic<bool> reads_fail{false};
  std::atomic<bool> writes_fail{false};

 private:
  struct Handle {
    std::string path;
    Bytes content;
    std::uint64_t id = 0;
    bool writes = false;
  };

  bool answer(const ipc::Frame& frame) override {
    if (const int slow = slow_us; slow > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<int>{0, slow}(random_)));
    }
    const std::lock_guard lock{store_.mutex};
    ++store_.asks_to_porter;
    ENSURE(adopted_ || frame.number == asks::Adopt::number);
    return on<asks::Adopt>(frame, [&](auto&) { return adopt(); }) ||
           on<asks::OpenRead>(frame, [&](auto& ask) { return open_read(ask); }) ||
           on<asks::OpenPath>(frame, [&](auto& ask) { return open_path(ask); }) ||
           on<asks::OpenWrite>(frame, [&](auto& ask) { return open_write(ask); }) ||
           on<asks::ReadBlock>(frame, [&](auto& ask) { return read(ask); }) ||
           on<asks::WriteBlock>(frame, [&](auto& ask) { return write(ask); }) ||
           on<asks::Finish>(frame, [&](auto& ask) { return finish(ask); }) ||
           on<asks::Close>(frame, [&](auto& ask) { return close(ask); }) ||
           on<asks::Keep>(frame, [&](auto& ask) { return keep(ask); }) ||
           on<asks::Sync>(frame, [&](auto& ask) { return sync(ask); }) ||
           on<asks::Digest>(frame, [&](auto& ask) { return digest(ask); }) || on<asks::Truncate>(frame, [&](auto& ask) {
             handles_.at(ask.handle).content.resize(static_cast<std::size_t>(ask.size));
             return ipc::Nothing{};
           });
  }
  void ended() override {
    const std::lock_guard lock{store_.mutex};
    for (auto& [number, handle] : handles_) {
      if (handle.writes) store_.drafts[handle.path] = std::move(handle.content);
    }
  }

  Result<ipc::Nothing> adopt() {
    adopted_ = true;
    return ipc::Nothing{};
  }
  Result<ipc::Nothing> sync(const asks::Sync& ask) {
    ENSURE(handles_.at(ask.handle).writes);
    return ipc::Nothing{};
  }
  Result<asks::OpenRead::Reply> open_read(const asks::OpenRead& ask) {
    for (const auto& [path, file] : store_.files) {
      if (file.id != ask.file) continue;
      if (store_.denied.contains(path)) return fail(Errc::denied, "denied");
      handles_[next_] = {path, file.content, file.id, false};
      return asks::OpenRead::Reply{next_++, file.content.size()};
    }
    return fail(Errc::not_found, "no such file");
  }
  Result<asks::OpenPath::Reply> open_path(const asks::OpenPath& ask) {
    if (store_.denied.contains(ask.path)) return fail(Errc::denied, "denied");
    const auto found = store_.files.find(ask.path);
    if (found == store_.files.end()) {
      const bool other = store_.folders.contains(ask.path) || store_.drafts.contains(ask.path);
      return fail(other ? Errc::conflict : Errc::not_found, "no such file");
    }
    const std::uint32_t handle = next_++;
    const Bytes& content = found->second.content;
    handles_[handle] = {ask.path, content, found->second.id, false};
    asks::OpenPath::Reply reply{handle, 0, found->second.id, 0, content.size(), found->second.modified_ms};
    if (reads_fail) return reply;
    const ByteView first = ByteView{content}.first(std::min<std::size_t>(content.size(), ask.size));
    copy_to(ring_.subspan(std::size_t{ask.slot} * asks::ring_slot_size), first);
    store_.bytes_read += first.size();
    reply.first = static_cast<std::uint32_t>(first.size());
    return reply;
  }
  Result<asks::OpenWrite::Reply> open_write(const asks::OpenWrite& ask) {
    const std::string path = Store::child(store_.folder_path(ask.folder), ask.name);
    if (store_.denied.contains(path)) return fail(Errc::denied, "denied");
    if (store_.folders.contains(path)) return fail(Errc::conflict, "a folder has this name");
    const bool there = store_.files.contains(path);
    if (there && ask.mode == asks::WriteMode::exclusive) return fail(Errc::conflict, "the name is taken");
    Bytes content;
    if (ask.mode == asks::WriteMode::resume && there) content = store_.files.at(path).content;
    if (ask.mode == asks::WriteMode::resume && store_.drafts.contains(path)) content = store_.drafts.at(path);
    store_.drafts[path] = content;
    const std::uint64_t size = content.size();
    handles_[next_] = {path, std::move(content), 0, true};
    return asks::OpenWrite::Reply{next_++, size};
  }
  Result<asks::ReadBlock::Reply> read(const asks::ReadBlock& ask) {
    const Bytes& content = handles_.at(ask.handle).content;
    if (reads_fail) return fail(Errc::corrupt, "the stored file is damaged");
    ENSURE(ask.slot < asks::ring_slots && ask.size <= asks::ring_slot_size && ask.offset <= content.size());
    const ByteView part = ByteView{content}.subspan(static_cast<std::size_t>(ask.offset));
    const std::size_t size = std::min<std::size_t>(part.size(), ask.size);
    copy_to(ring_.subspan(std::size_t{ask.slot} * asks::ring_slot_size), part.first(size));
    store_.bytes_read += size;
    return asks::ReadBlock::Reply{static_cast<std::uint32_t>(size)};
  }
  Result<ipc::Nothing> write(const asks::WriteBlock& ask) {
    Handle& handle = handles_.at(ask.handle);
    ENSURE(handle.writes && ask.slot < asks::ring_slots && ask.size <= asks::ring_slot_size);
    if (writes_fail) return fail(Errc::storage_full, "full");
    const auto offset = static_cast<std::size_t>(ask.offset);
    if (handle.content.size() < offset + ask.size) handle.content.resize(offset + ask.size);
    copy_to(MutableByteView{handle.content}.subspan(offset),
            ring_.subspan(std::size_t{ask.slot} * asks::ring_slot_size, ask.size));
    store_.drafts[handle.path].resize(handle.content.size());
    return ipc::Nothing{};
  }
  Result<asks::FileRow> finish(const asks::Finish& ask) {
    Handle handle = std::move(handles_.at(ask.handle));
    handles_.erase(ask.handle);
    if (writes_fail) return fail(Errc::storage_full, "full");
    store_.drafts.erase(handle.path);
    Store::File& file = store_.files[handle.path];
    file = {store_.next_id++, std::move(handle.content), ask.modified_ms.value_or(1'700'000'000'000)};
    return asks::FileRow{};
  }
  Result<ipc::Nothing> close(const asks::Close& ask) {
    if (handles_.at(ask.handle).writes) store_.drafts.erase(handles_.at(ask.handle).path);
    handles_.erase(ask.handle);
    return ipc::Nothing{};
  }
  Result<ipc::Nothing> keep(const asks::Keep& ask) {
    store_.drafts[handles_.at(ask.handle).path] = std::move(handles_.at(ask.handle).content);
    handles_.erase(ask.handle);
    return ipc::Nothing{};
  }
  // Not a hash: what was asked for, as bytes.
  Result<asks::Digest::Reply> digest(const asks::Digest& ask) {
    Writer out;
    out.u8(ask.hash_kind).u64(ask.offset).u64(ask.length);
    return asks::Digest::Reply{out.take()};
  }

  Store& store_;
  MutableByteView ring_;
  bool adopted_ = false;
  std::uint32_t next_ = 1;
  std::map<std::uint32_t, Handle> handles_;
  std::mt19937 random_{1};
};

// Both, and the gate's ends of their channels.
class Siblings {
 public:
  Siblings() : ring_(asks::ring_size), keeper_double_{store}, porter_double{store, ring_} {
    std::pair<Fd, Fd> to_keeper = *socket_pair();
    std::pair<Fd, Fd> to_porter = *socket_pair();
    ENSURE(::fcntl(to_porter.first.get(), F_SETFL, O_NONBLOCK) == 0);
    keeper_channel_.emplace(std::move(to_keeper.first), asks::catalog_asks);
    porter_channel_.emplace(std::move(to_porter.first), asks::data_asks);
    keeper_double_.start(std::move(to_keeper.second));
    porter_double.start(std::move(to_porter.second));
    catalog.emplace(*keeper_channel_);
    porter.emplace(*porter_channel_, ring_, Bytes{1, 2, 3});
  }
  ~Siblings() { end(); }
  Siblings(const Siblings&) = delete;
  Siblings& operator=(const Siblings&) = delete;

  // The gate is gone, and both have seen it.
  void end() {
    porter_channel_.reset();
    keeper_channel_.reset();
    porter_double.join();
    keeper_double_.join();
  }
  void put(const std::string& path, Bytes content) {
    const std::lock_guard lock{store.mutex};
    store.files[path] = {store.next_id++, std::move(content), 1'700'000'000'000};
  }
  std::optional<Bytes> get(const std::string& path) {
    const std::lock_guard lock{store.mutex};
    const auto found = store.files.find(path);
    return found == store.files.end() ? std::nullopt : std::optional{found->second.content};
  }

  Store store;
  std::optional<Catalog> catalog;
  std::optional<Porter> porter;

 private:
  Bytes ring_;
  Keeper keeper_double_;
  std::optional<ipc::Channel> keeper_channel_;
  std::optional<ipc::Channel> porter_channel_;

 public:
  PorterDouble porter_double;
};

}  // namespace bulkhead::gate_ssh::doubles
