// The extensions that need more than one line.
#include <algorithm>

#include "base/cat.h"
#include "crypt/hash.h"
#include "gate_ssh/sftp/attributes.h"
#include "gate_ssh/sftp/server.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr std::size_t hashes_max = 1'024;           // of one check-file request: each is noted in the ledger
constexpr std::uint32_t hash_block_size_min = 256;  // bytes: draft-ietf-secsh-filexfer-extensions-00 section 3

struct Algorithm {
  std::string_view name;
  crypt::HashKind kind;
};
constexpr std::array algorithms{Algorithm{"sha256", crypt::HashKind::sha256},
                                Algorithm{"sha512", crypt::HashKind::sha512},
                                Algorithm{"sha384", crypt::HashKind::sha384}, Algorithm{"sha1", crypt::HashKind::sha1},
                                Algorithm{"md5", crypt::HashKind::md5}};

// The first of the client's list that is known.
const Algorithm* choose(std::string_view list) {
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    for (const Algorithm& algorithm : algorithms) {
      if (algorithm.name == name) return &algorithm;
    }
  }
  return nullptr;
}

}  // namespace

bool SftpServer::answer_space(std::uint32_t id) {
  constexpr std::uint64_t block_size = 4'096;
  const Result<asks::Space::Reply> space = session_.catalog.space();
  if (!space.ok()) return refuse(id, space.error());
  return answer(
      sftp::file_system_reply(id, {block_size, space->total / block_size, space->free / block_size, name_size_max}));
}

bool SftpServer::run(std::uint32_t id, const sftp::StatVfs& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  return answer_space(id);
}

bool SftpServer::run(std::uint32_t id, const sftp::FStatVfs& request) {
  if (handles_.file(request.handle) == nullptr && handles_.folder(request.handle) == nullptr) {
    return refuse(id, sftp::Status::failure, "no such handle is open");
  }
  return answer_space(id);
}

bool SftpServer::run(std::uint32_t id, const sftp::SpaceAvailable& request) {
  const Result<RemotePath> path = session_.catalog.resolve(request.path);
  if (!path.ok()) return refuse(id, path.error());
  const Result<asks::Space::Reply> space = session_.catalog.space();
  if (!space.ok()) return refuse(id, space.error());
  return answer(sftp::space_reply(id, space->total, space->free));
}

bool SftpServer::run(std::uint32_t id, const sftp::Limits&) {
  return answer(sftp::limits_reply(id, asks::open_files_max));
}

// Another's home is nobody's business.
bool SftpServer::run(std::uint32_t id, const sftp::HomeDirectory& request) {
  if (!request.user.empty() && request.user != session_.user_name) {
    return refuse(id, sftp::Status::no_such_file, "only your own home folder is known");
  }
  return answer_names(id, "");
}

bool SftpServer::run(std::uint32_t id, const sftp::UsersGroups& request) {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  for (const std::uint32_t number : request.users)
    users.push_back(number == user_number ? session_.user_name : std::string{});
  for (const std::uint32_t number : request.groups)
    groups.emplace_back(number == group_number ? group_name : std::string_view{});
  return answer(sftp::users_groups_reply(id, users, groups));
}

bool SftpServer::run(std::uint32_t id, const sftp::Vendor& request) {
  constexpr std::size_t agent_size_max = 255;
  std::string agent = cat(request.product, ' ', request.product_version).substr(0, agent_size_max);
  std::replace_if(agent.begin(), agent.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  session_.agent = std::move(agent);
  return answer_ok(id);
}

Result<SftpServer::Copy> SftpServer::begin_copy(const sftp::CopyData& request) {
  const OpenFile* from = handles_.file(request.from);
  const OpenFile* to = handles_.file(request.to);
  if (from == nullptr || to == nullptr) return fail(Errc::conflict, "no such handle is open");
  if (from == to || !from->reader || !from->flags.read) {
    return fail(Errc::conflict, "copy: from a file that is open to be read, to another that is open to be written");
  }
  const std::uint64_t size = from->reader->size();
  const std::uint64_t there = size - std::min(size, request.from_offset);
  const std::uint64_t wanted = request.size == 0 ? there : std::min(there, request.size);
  if (request.to_offset > INT64_MAX - wanted) return fail(Errc::invalid, "copy: beyond any file");
  return Copy{request.from_offset, wanted, request.to_offset, {}, 0};
}

bool SftpServer::run(std::uint32_t id, const sftp::CopyData& request) {
  if (!copy_) {
    const Result<Copy> begun = begin_copy(request);
    if (!begun.ok()) return refuse(id, begun.error());
    copy_ = *begun;
  }
  OpenFile& to = *handles_.file(request.to);
  const Result<WriteFile*> writer = writer_of(to);
  if (writer.ok() && *writer == nullptr) return false;
  if (writer.ok()) return copy_on(id, *handles_.file(request.from), **writer);
  copy_.reset();
  return refuse(id, writer.error(), "write", to.path);
}

bool SftpServer::copy_on(std::uint32_t id, OpenFile& from, WriteFile& to) {
  ReadFile& reader = *from.reader;
  while (copy_->left > 0 && !to.error()) {
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(copy_->left, read_size_max));
    if (!copy_->range) copy_->range = reader.start(copy_->from_offset, size);
    if (!copy_->range || !reader.ready(*copy_->range)) return false;
    if (reader.error()) break;
    std::size_t skip = copy_->range_taken;
    const Pieces pieces = reader.pieces(*copy_->range);
    for (const ByteView piece : pieces.all()) {
      const ByteView rest = piece.subspan(std::min(skip, piece.size()));
      skip -= std::min(skip, piece.size());
      const std::size_t taken = to.write(copy_->to_offset, rest);
      copy_->to_offset += taken;
      copy_->range_taken += taken;
      if (taken < rest.size()) return false;
    }
    reader.done(*std::exchange(copy_->range, std::nullopt));
    copy_->from_offset += size;
    copy_->left -= size;
    copy_->range_taken = 0;
  }
  if (copy_->range) reader.done(*copy_->range);
  copy_.reset();
  if (reader.error()) return refuse(id, *reader.error(), "read", from.path);
  if (to.error()) return refuse(id, *to.error());
  return answer_ok(id);
}

// The file to hash. Null: wait.
Result<std::optional<Entry>> SftpServer::find_to_hash(const sftp::CheckFile& request) {
  if (const auto* handle = std::get_if<ByteView>(&request.file)) {
    const OpenFile* file = handles_.file(*handle);
    if (file == nullptr) return fail(Errc::conflict, "no such handle is open");
    if (!file->reader) return fail(Errc::conflict, "the file is being written: close it first");
    return std::optional{file->entry};
  }
  const RemotePath path = TRY(session_.catalog.resolve(std::get<std::string_view>(request.file)));
  if (unsettled_within(path)) return std::optional<Entry>{};
  const Entry entry = TRY(session_.catalog.look_up(path));
  if (entry.kind != asks::EntryKind::file) return fail(Errc::conflict, cat(path.print(), " is not a file"));
  return std::optional{entry};
}

bool SftpServer::run(std::uint32_t id, const sftp::CheckFile& request) {
  const Result<std::optional<Entry>> found = find_to_hash(request);
  if (!found.ok()) return refuse(id, found.error());
  if (!found->has_value()) return false;
  const Entry& entry = **found;
  const Algorithm* algorithm = choose(request.algorithms);
  if (algorithm == nullptr) return refuse(id, sftp::Status::failure, "none of these hashes is known; sha256 is");
  if (request.offset > entry.size) return refuse(id, sftp::Status::eof, "end of file");
  if (request.block_size != 0 && request.block_size < hash_block_size_min) {
    return refuse(id, sftp::Status::failure, "blocks of less than 256 bytes");
  }
  const std::uint64_t there = entry.size - request.offset;
  const std::uint64_t length = request.size == 0 ? there : std::min(there, request.size);
  const std::uint64_t block = request.block_size == 0 ? std::max<std::uint64_t>(1, length) : request.block_size;
  const std::uint64_t count = std::max<std::uint64_t>(1, length / block + (length % block != 0 ? 1 : 0));
  if (count > hashes_max) return refuse(id, sftp::Status::failure, "too many blocks: ask for larger ones");

  const Ticket ticket = replies_.promise();
  hashing_[ticket] = {id, std::string{algorithm->name}, std::vector<Bytes>(static_cast<std::size_t>(count)),
                      static_cast<std::size_t>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t start = request.offset + i * block;
    const std::uint64_t part = std::min(block, request.offset + length - start);
    const asks::Digest ask{entry.file, entry.version, static_cast<std::uint8_t>(algorithm->kind), start,
                           part == entry.size ? UINT64_MAX : part};
    session_.porter.ask<asks::Digest>(
        this, ask, [this, ticket, i](Result<asks::Digest::Reply> reply) { hashed(ticket, i, std::move(reply)); });
  }
  return true;
}

void SftpServer::hashed(Ticket ticket, std::size_t index, Result<asks::Digest::Reply> reply) {
  const auto found = hashing_.find(ticket);
  if (found == hashing_.end()) return;  // another block has failed already
  Hashing& hashing = found->second;
  if (reply.ok()) {
    hashing.hashes[index] = std::move(reply->hash);
    if (--hashing.left > 0) return;
    replies_.fill(ticket, sftp::check_file_reply(hashing.id, hashing.algorithm, hashing.hashes));
  } else {
    const Error& error = reply.error();
    replies_.fill(ticket, sftp::status_reply(hashing.id, sftp::status_of(error.kind()), error.message()));
  }
  hashing_.erase(found);
}

}  // namespace bulkhead::gate_ssh
