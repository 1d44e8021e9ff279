#pragma once
// ReplyQueue: replies in the order of their requests. Some are whole at once, some wait for the porter, some are made
// of the blocks of a file, which are sent from where they lie. Many small ones leave together.
#include <deque>
#include <memory>

#include "gate_ssh/files/program.h"
#include "gate_ssh/files/read_file.h"

namespace bulkhead::gate_ssh {

class ReplyQueue {
 public:
  using Ticket = std::uint64_t;

  explicit ReplyQueue(Outlet& outlet) : outlet_{outlet} {}

  void add(Bytes packet);
  // The packet comes later, by fill().
  Ticket promise();
  // Nothing happens if the queue was cleared meanwhile.
  void fill(Ticket ticket, Bytes packet);
  // A DATA reply of that range, or a STATUS if the file fails. The file must live until it is sent: keep() it.
  void add_read(std::uint32_t id, ReadFile& file, const Range& range);
  // Destroys the file when everything before was sent.
  void keep(std::unique_ptr<ReadFile> file);

  // Sends what is ready, as far as there is room. True if anything went.
  bool send();
  void clear();
  bool empty() const { return items_.empty(); }
  // So much waits that no further request is taken.
  bool full() const;

 private:
  struct FileData {
    ReadFile* file;
    Range range;
  };
  struct Item {
    Bytes packet;  // or what stands before the data of a file
    bool ready = false;
    std::uint32_t id = 0;  // of a read
    std::optional<FileData> data;
    std::unique_ptr<ReadFile> kept;
  };

  Item& push(Item item);
  bool prepare(Item& item);
  bool collect(const Item& item, std::size_t skip, std::size_t& room);
  void pop();

  Outlet& outlet_;
  std::deque<Item> items_;
  Ticket first_ = 0;            // of items_.front()
  std::size_t front_sent_ = 0;  // bytes of the first item that went already
  std::size_t packets_size_ = 0;
  std::vector<ByteView> pieces_;
};

}  // namespace bulkhead::gate_ssh
