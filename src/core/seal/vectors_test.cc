// vectors/seal/*.txt, made by another implementation: vectors/seal/generate.py, which also describes their form.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "base/encode.h"
#include "base/fd.h"
#include "core/seal/key.h"
#include "crypt/hash.h"

namespace bulkhead::seal {
namespace {

const std::filesystem::path folder = BULKHEAD_VECTORS "/seal";
constexpr std::size_t vector_size_max = 1'000'000;

Bytes content(const std::filesystem::path& path) {
  return read_file(AT_FDCWD, path.c_str(), vector_size_max).value();
}

struct Vector {
  std::map<std::string, std::string> head;
  Bytes sealed;
  Bytes hex(const std::string& name) const { return from_hex(head.at(name)).value(); }
  std::uint32_t number(const std::string& name) const { return static_cast<std::uint32_t>(std::stoul(head.at(name))); }
};

Vector parse_vector(const std::filesystem::path& path) {
  Vector vector;
  std::istringstream lines{to_text(content(path))};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (name == "sealed") {
      const Bytes part = from_hex(value).value();
      vector.sealed.insert(vector.sealed.end(), part.begin(), part.end());
    } else if (name == "part") {
      std::string file;
      std::size_t offset = 0;
      std::size_t size = 0;
      std::istringstream{value} >> file >> offset >> size;
      const Bytes source = content(folder / file);
      const ByteView part = ByteView{source}.subspan(offset, size);
      vector.sealed.insert(vector.sealed.end(), part.begin(), part.end());
    } else {
      CHECK(vector.head.emplace(name, value).second);
    }
  }
  return vector;
}

// Reads a whole file the way a porter does. `draft`: the final chunk may be unfinished.
Result<Bytes> read_sealed(ByteView sealed, ByteView key, const FileId& id, bool draft) {
  Bytes plain(TRY(plain_size(sealed.size())));
  if (TRY(parse_header(sealed.first(header_size))) != id) return fail(Errc::corrupt, "another file");
  Opener opener{key, id};
  const std::uint64_t count = chunk_count(plain.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t begin = i * chunk_size;
    const MutableByteView out = MutableByteView{plain}.subspan(begin, std::min(chunk_size, plain.size() - begin));
    const ChunkFlag final_flag =
        !draft ? ChunkFlag::last : (out.size() == chunk_size ? ChunkFlag::inner : ChunkFlag::draft_tail);
    const ChunkFlag flag = i + 1 == count ? final_flag : ChunkFlag::inner;
    TRY(opener.open(out, i, flag, sealed.subspan(chunk_offset(i), out.size() + chunk_overhead)));
  }
  return plain;
}

Result<Bytes> read_vector(const Vector& vector) {
  FileId id{};
  copy_to(id, vector.hex("file_id"));
  if (vector.head.contains("wrapped")) {
    if (vector.head.contains("principal")) {
      DraftKeyBinding draft{.id = id, .tenant = vector.number("tenant"), .principal = {}};
      vector.head.at("principal").copy(draft.principal.data(), draft.principal.size());
      const Secret key = TRY(unwrap_key(vector.hex("key"), vector.hex("wrapped"), draft_key_associated(draft)));
      return to_bytes(key.view());
    }
    const FileKeyBinding binding{
        .id = id, .tenant = vector.number("tenant"), .expiry_day = vector.number("expiry_day")};
    const Secret key = TRY(unwrap_key(vector.hex("key"), vector.hex("wrapped"), file_key_associated(binding)));
    return to_bytes(key.view());
  }
  return read_sealed(vector.sealed, vector.hex("key"), id, vector.head.contains("draft"));
}

TEST_CASE("every vector has its expected end") {
  std::map<std::string, int> ends;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    CAPTURE(entry.path().string());
    const Vector vector = parse_vector(entry.path());
    const std::string expect = vector.head.at("expect");
    const auto plain = read_vector(vector);
    ++ends[expect];
    if (expect == "ok") {
      REQUIRE(plain.ok());
      CHECK(to_hex(crypt::sha256(*plain)) == vector.head.at("plain_sha256"));
    } else {
      REQUIRE_FALSE(plain.ok());
      CHECK(plain.error().kind() == (expect == "unsupported" ? Errc::unsupported : Errc::corrupt));
      CHECK((expect == "unsupported" || expect == "corrupt"));
    }
  }
  CHECK(ends["ok"] >= 7);
  CHECK(ends["corrupt"] >= 20);
  CHECK(ends["unsupported"] == 1);
}

}  // namespace
}  // namespace bulkhead::seal
