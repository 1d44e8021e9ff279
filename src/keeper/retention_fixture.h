#pragma once
// For tests: files that grow old, and a vault double for keeper's asks about buckets, where wrapping is a note of the
// bucket in the wrapped key.
#include <mutex>
#include <set>

#include "core/retention/retention.h"
#include "ipc/bucket_asks.h"
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {

inline constexpr int waits_max = 2'000;  // of 5 ms

template <class Done>
bool becomes(Done&& done) {
  for (int i = 0; i < waits_max; ++i) {
    if (done()) return true;
    ::usleep(5'000);
  }
  return false;
}

inline void backdate(Running& keeper, std::uint64_t file, int days) {
  keeper.in_loop([&] {
    const auto run = [&] {
      return keeper.store.db.run("UPDATE versions SET uploaded_ms = uploaded_ms - $2 WHERE file = $1", file,
                                 days * retention::day_ms);
    };
    keeper.store.turn.ask(run).value();
  });
}
inline void backdate_folder(Running& keeper, std::uint32_t folder, int days) {
  keeper.in_loop([&] {
    const auto run = [&] {
      return keeper.store.db.run("UPDATE folders SET changed_ms = changed_ms - $2 WHERE id = $1", folder,
                                 days * retention::day_ms);
    };
    keeper.store.turn.ask(run).value();
  });
}

inline asks::ChangeFolderSettings cleaning(std::uint32_t folder, std::uint32_t files, std::uint32_t folders = 0) {
  asks::ChangeFolderSettings ask;
  ask.folder = folder;
  ask.clean = true;
  ask.clean_files_days = files;
  ask.clean_folders_days = folders;
  return ask;
}
inline bool is_there(Client& who, const asks::FileRow& file) {
  return who.gate.ask(asks::GetFile{file.id}).ok();
}
inline bool goes(Client& who, const asks::FileRow& file) {
  return becomes([&] { return !is_there(who, file); });
}
// After a while in which everything that is to go has gone.
inline bool stays(Running& keeper, Client& who, const asks::FileRow& file) {
  ::usleep(300'000);
  keeper.in_loop([] {});
  return is_there(who, file);
}
inline asks::PlaceHold hold_on(std::uint32_t folder, std::uint64_t file = 0) {
  return {"case 7", "a court asked", folder, file};
}
inline std::vector<asks::CleanupRow> preview(Client& who, std::uint32_t folder, std::optional<UnixMs> until = {}) {
  return who.gate.ask(asks::PreviewCleanup{folder, until, {0, 100, false}}).value().rows;
}

struct Scene {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client root = keeper.sign_on("root", capability::Role::admin);
  std::uint32_t home = ann.home();

  std::uint32_t folder(const std::string& name, std::uint32_t in = 0) {
    return ann.gate.ask(asks::CreateFolder{in == 0 ? home : in, name, asks::Inherit::always}).value().id;
  }
};

class VaultDouble {
 public:
  explicit VaultDouble(Running& keeper, std::vector<asks::BucketName> due = {}) : due_{std::move(due)} {
    auto [ours, theirs] = socket_pair().value();
    keeper.in_loop([&, end = std::make_shared<Fd>(std::move(theirs))] {
      keeper.answers.set_vault(keeper.service, keeper.service.connect(std::move(*end), [](ipc::PeerId) {}));
    });
    thread_ = std::thread{[this, socket = std::move(ours)]() mutable { serve(ipc::Channel{std::move(socket)}); }};
  }
  // After keeper has gone.
  ~VaultDouble() { thread_.join(); }
  VaultDouble(const VaultDouble&) = delete;
  VaultDouble& operator=(const VaultDouble&) = delete;

  std::atomic<bool> down = false;  // it refuses
  std::set<asks::BucketName> destroyed() {
    const std::scoped_lock lock{mutex_};
    return destroyed_;
  }
  static Bytes wrapped(std::uint32_t day) {
    Bytes out(seal::wrapped_key_size, 1);
    out[0] = static_cast<std::uint8_t>(day >> 8U);
    out[1] = static_cast<std::uint8_t>(day);
    return out;
  }

 private:
  void serve(ipc::Channel channel) {
    for (;;) {
      const Result<std::optional<ipc::Frame>> frame = channel.receive();
      if (!frame.ok() || !*frame) return;
      const ipc::Frame& ask = **frame;
      ipc::Frame reply{ask.number, ipc::Kind::answer, ask.serial, {}, {}};
      if (down) {
        reply.kind = ipc::Kind::refusal;
        reply.body = ipc::print_refusal(fail(Errc::io, "the vault is down"));
      } else {
        reply.body = answer(ask);
      }
      if (!channel.send(reply).ok()) return;
    }
  }
  Bytes answer(const ipc::Frame& ask) {
    const std::scoped_lock lock{mutex_};
    switch (ask.number) {
      case asks::Rewrap::number: {
        asks::Rewrap::Reply reply;
        const asks::Rewrap decoded = ipc::decode<asks::Rewrap>(ask.body).value();
        for (const asks::RewrapItem& item : decoded.items) reply.wrapped_keys.push_back(wrapped(item.to));
        return ipc::encode(reply);
      }
      case asks::DueBuckets::number:
        return ipc::encode(asks::DueBuckets::Reply{due_});
      default: {
        const asks::DestroyBuckets decoded = ipc::decode<asks::DestroyBuckets>(ask.body).value();
        destroyed_.insert(decoded.buckets.begin(), decoded.buckets.end());
        return ipc::encode(ipc::Nothing{});
      }
    }
  }

  std::mutex mutex_;
  std::vector<asks::BucketName> due_;
  std::set<asks::BucketName> destroyed_;
  std::thread thread_;
};

}  // namespace bulkhead::keeper
