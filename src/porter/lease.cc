#include "porter/lease.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::porter {
namespace {

Result<std::uint64_t> stored_size(const Storage& storage) {
  if (!storage.blob.valid()) return std::uint64_t{storage.small.size()};
  const off_t end = ::lseek(storage.blob.get(), 0, SEEK_END);
  if (end < 0) return fail_errno("size of a stored file");
  return static_cast<std::uint64_t>(end);
}

Result<void> check_storage(const Lease& lease) {
  const std::uint64_t stored = TRY(stored_size(lease.storage));
  const std::uint64_t plain = TRY(seal::plain_size(stored));
  if (plain != lease.row.size) return fail(Errc::corrupt, "a stored file has another size than the catalog says");
  Bytes raw(seal::header_size);
  if (lease.storage.blob.valid())
    TRY(read_exactly_at(lease.storage.blob.get(), raw, 0));
  else
    copy_to(raw, ByteView{lease.storage.small}.first(raw.size()));
  const seal::FileId claimed = TRY(seal::parse_header(raw));
  if (claimed != lease.tag) return fail(Errc::corrupt, "a stored file is another than the catalog says");
  return {};
}

std::string path_of(const asks::FileRow& row) {
  return cat(row.folder_path, row.folder_path.ends_with('/') ? "" : "/", row.name);
}

Result<Lease> taken(Reading reading, asks::LeaseRead::Reply reply, std::vector<Fd> descriptors) {
  if (descriptors.size() != (reply.small ? 0U : 1U)) return fail(Errc::io, "keeper answered for something else");
  Lease leased{std::move(reading), std::move(reply.row), reply.tag, std::move(reply.wrapped_key), reply.bucket_day, {}};
  if (reply.small)
    leased.storage.small = std::move(*reply.small);
  else
    leased.storage.blob = std::move(descriptors[0]);
  if (const Result<void> checked = check_storage(leased); !checked.ok()) {
    log(Level::error, "stored_file_not_readable",
        {{"file", cat(leased.row.id)}, {"why", checked.error().message()}});
    return checked.error();
  }
  // Advice only: where it is not taken the reads are slower.
  if (leased.storage.blob.valid()) ::posix_fadvise(leased.storage.blob.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return leased;
}

template <class Ask>
Result<Lease> lease(ipc::Channel& keeper, std::uint64_t file, std::uint64_t version) {
  std::vector<Fd> descriptors;
  asks::LeaseRead::Reply reply = TRY(keeper.ask_with_any(Ask{file, version}, descriptors));
  Reading reading{keeper, file};
  if (reply.row.id != file) return fail(Errc::io, "keeper answered for something else");
  if (reply.row.version != version) return fail(Errc::conflict, "the file has changed meanwhile");
  return taken(std::move(reading), std::move(reply), std::move(descriptors));
}

}  // namespace

Reading& Reading::operator=(Reading&& other) noexcept {
  if (this == &other) return *this;
  end();
  keeper_ = std::exchange(other.keeper_, nullptr);
  file_ = other.file_;
  return *this;
}

void Reading::end() {
  if (keeper_ == nullptr) return;
  // Without keeper there is nobody to be told.
  static_cast<void>(std::exchange(keeper_, nullptr)->notify(asks::EndLease{file_}));
}

Result<Lease> lease_read(ipc::Channel& keeper, std::uint64_t file, std::uint64_t version) {
  return lease<asks::LeaseRead>(keeper, file, version);
}

Result<Lease> lease_version(ipc::Channel& keeper, std::uint64_t file, std::uint64_t version) {
  return lease<asks::LeaseVersion>(keeper, file, version);
}

Result<Lease> lease_path(ipc::Channel& keeper, const std::string& path) {
  std::vector<Fd> descriptors;
  asks::LeaseRead::Reply reply = TRY(keeper.ask_with_any(asks::LeasePath{path}, descriptors));
  Reading reading{keeper, reply.row.id};
  return taken(std::move(reading), std::move(reply), std::move(descriptors));
}

Result<asks::Release::Reply> release_key(ipc::Channel& vault, const Lease& lease, asks::Purpose purpose) {
  const asks::FileRow& row = lease.row;
  asks::Release ask{lease.tag, lease.wrapped_key, row.id, path_of(row), row.sha256, row.size, purpose, lease.bucket_day};
  asks::Release::Reply released = TRY(vault.ask(ask));
  ENSURE(released.key.size() == seal::key_size);
  return released;
}

void report_sent(ipc::Channel& vault, const asks::Sent& sent) {
  const Result<ipc::Nothing> told = vault.ask(sent);
  if (told.ok()) return;
  log(Level::error, "sent_not_recorded", {{"release", cat(sent.index)}, {"why", told.error().message()}});
}

}  // namespace bulkhead::porter
