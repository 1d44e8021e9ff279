#pragma once
// For tests: a vault double for keeper's asks about buckets. Wrapping is a note of the bucket in the wrapped key.
#include <mutex>
#include <set>

#include "keeper/catalog_fixture.h"
#include "ipc/bucket_asks.h"

namespace bulkhead::keeper {

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
        for (const asks::RewrapItem& item : ipc::decode<asks::Rewrap>(ask.body).value().items) {
          reply.wrapped_keys.push_back(wrapped(item.to));
        }
        return ipc::encode(reply);
      }
      case asks::DueBuckets::number:
        return ipc::encode(asks::DueBuckets::Reply{due_});
      default:
        for (const asks::BucketName& name : ipc::decode<asks::DestroyBuckets>(ask.body).value().buckets) {
          destroyed_.insert(name);
        }
        return ipc::encode(ipc::Nothing{});
    }
  }

  std::mutex mutex_;
  std::vector<asks::BucketName> due_;
  std::set<asks::BucketName> destroyed_;
  std::thread thread_;
};

}  // namespace bulkhead::keeper
