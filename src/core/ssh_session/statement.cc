#include "core/ssh_session/statement.h"

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ssh_session {
namespace {

constexpr std::string_view label = "bulkhead ssh session v1";
constexpr std::size_t signature_size = sizeof(crypt::Ed25519Signature);
constexpr std::size_t session_id_size_min = 32;

bool well_formed(const Statement& statement) {
  return statement.session_id.size() >= session_id_size_min && statement.session_id.size() <= session_id_size_max &&
         !statement.host_key.empty() && statement.host_key.size() <= host_key_size_max;
}

Result<Statement> parse(ByteView body) {
  Reader reader{body};
  Statement out;
  if (as_text(reader.bytes(label.size())) != label) reader.fail();
  out.connection = reader.u64();
  out.session_id = to_bytes(reader.string(session_id_size_max));
  out.host_key = to_bytes(reader.string(host_key_size_max));
  TRY(reader.done("session statement"));
  if (!well_formed(out)) return fail(Errc::invalid, "session statement: a field is over its limits");
  return out;
}

Error unauthenticated() {
  return fail(Errc::unauthenticated, "no SSH session of this connection");
}

}  // namespace

Bytes sign(ByteView seed, const Statement& statement) {
  ENSURE(well_formed(statement));
  Writer writer;
  writer.bytes(as_bytes(label)).u64(statement.connection).string(statement.session_id).string(statement.host_key);
  writer.bytes(crypt::ed25519_sign(seed, writer.view()));
  return writer.take();
}

Result<Statement> verify(const crypt::Ed25519Public& key, ByteView signed_bytes, std::uint64_t connection) {
  if (signed_bytes.size() < signature_size || signed_bytes.size() > statement_size_max) return unauthenticated();
  const ByteView body = signed_bytes.first(signed_bytes.size() - signature_size);
  if (!crypt::ed25519_verify(key, body, signed_bytes.last(signature_size))) return unauthenticated();
  Result<Statement> statement = parse(body);
  if (!statement.ok() || statement->connection != connection) return unauthenticated();
  return statement;
}

}  // namespace bulkhead::ssh_session
