#pragma once
// Intake: cuts the stream of one direction into requests. The data of a WRITE is not gathered: its head comes out
// alone, and whoever takes the stream takes that many bytes off it himself. Pure.
#include "proto/sftp/packets.h"

namespace bulkhead::sftp {

class Intake {
 public:
  // A WRITE whose head breaks its grammar: that many bytes follow that nobody wants.
  struct Skip {
    std::uint32_t id;
    std::uint32_t size;
    Error error;
  };
  using Item = std::variant<Request, WriteHead, Skip>;

  // Moves bytes from the front of `data` into the item in hand. True: it is whole. Errc::invalid: the stream is lost.
  Result<bool> feed(ByteView& data);
  // The item, good until pop(); may be asked for again.
  Result<Item> item() const;
  void pop();

 private:
  bool gather(ByteView& data, std::size_t size);

  Bytes buffer_;  // of the item, with its length field
  bool whole_ = false;
};

}  // namespace bulkhead::sftp
