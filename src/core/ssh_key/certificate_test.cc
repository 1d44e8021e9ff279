#include "core/ssh_key/certificate.h"

#include "base/cat.h"
#include "base/writer.h"
#include "core/ssh_key/vector_files.h"
#include "crypt/ed25519.h"

using namespace bulkhead;
using namespace bulkhead::ssh_key;

namespace {

struct Fields {  // of a certificate for the key of 32 bytes of 7, signed by the seed of 32 bytes of 5
  std::vector<std::string> principals{"anna"};
  std::vector<std::pair<std::string, Bytes>> critical{};
  std::vector<std::pair<std::string, Bytes>> extensions{};
  std::uint64_t valid_before = UINT64_MAX;
};

Bytes packed(const std::vector<std::pair<std::string, Bytes>>& options) {
  Writer out;
  for (const auto& [name, data] : options) out.string(as_bytes(name)).string(data);
  return out.take();
}
Bytes packed(std::string_view text) {
  return Writer{}.string(as_bytes(text)).take();
}

Bytes certificate(const Fields& fields) {
  const Bytes seed(32, 5);
  Writer principals;
  for (const std::string& name : fields.principals) principals.string(as_bytes(name));
  Writer authority;
  authority.string(as_bytes("ssh-ed25519")).string(crypt::ed25519_public(seed));
  Writer out;
  out.string(as_bytes("ssh-ed25519-cert-v01@openssh.com"))
      .string(Bytes(32, 1))
      .string(crypt::ed25519_public(Bytes(32, 7)));
  out.u64(9).u32(1).string(as_bytes("id")).string(principals.view()).u64(0).u64(fields.valid_before);
  out.string(packed(fields.critical)).string(packed(fields.extensions)).string({}).string(authority.view());
  const crypt::Ed25519Signature signature = crypt::ed25519_sign(seed, out.view());
  out.string(Writer{}.string(as_bytes("ssh-ed25519")).string(signature).take());
  return out.take();
}

bool good(const Fields& fields, std::string_view address = "192.0.2.7") {
  const Result<Certificate> parsed = Certificate::parse(certificate(fields));
  return parsed.ok() && parsed->check("anna", address, 1'000'000).ok();
}

}  // namespace

TEST_CASE("certificate: those of ssh-keygen, right and refused for one reason each") {
  for (const auto& [name, vector] : read_vectors("certificate-")) {
    CAPTURE(name);
    const Result<Certificate> parsed = Certificate::parse(vector.bytes("certificate"));
    const UnixMs now = UnixMs{std::stoll(vector.text("now_s"))} * 1'000;
    const std::string& algorithm = vector.text("algorithm");
    CHECK(Certificate::is_algorithm(algorithm));
    const bool taken = parsed.ok() && parsed->check(vector.text("principal"), vector.text("address"), now).ok() &&
                       !parsed->signature_algorithm(algorithm).empty();
    CHECK(taken == (vector.text("expect") == "right"));
    if (!taken) continue;
    CHECK(parsed->serial() == 7);
    CHECK(parsed->key_id() == "the key id");
    CHECK(parsed->key().signs_with(parsed->signature_algorithm(algorithm)));
    CHECK(parsed->signature_algorithm("ssh-rsa-cert-v01@openssh.com").empty());
    CHECK(parsed->check(vector.text("principal"), vector.text("address"), -1).ok() == (name == "certificate-forever"));
  }
  CHECK_FALSE(Certificate::is_algorithm("ssh-ed25519"));
  CHECK_FALSE(Certificate::is_algorithm(""));
}

TEST_CASE("certificate: the reasons that the log has") {
  const auto why = [](const std::string& name) {
    const Vector vector = read_vectors(name).at(name);
    const Result<Certificate> parsed = Certificate::parse(vector.bytes("certificate"));
    if (!parsed.ok()) return parsed.error().message();
    const auto checked = parsed->check(vector.text("principal"), vector.text("address"),
                                       UnixMs{std::stoll(vector.text("now_s"))} * 1'000);
    CHECK(checked.error().kind() == Errc::unauthenticated);
    return checked.error().message();
  };
  CHECK(why("certificate-no-principals").find("principals") != std::string::npos);
  CHECK(why("certificate-force-command").find("force-command") != std::string::npos);
  CHECK(why("certificate-verify-required").find("verify-required") != std::string::npos);
  CHECK(why("certificate-expired") == "not valid any more");
  CHECK(why("certificate-early") == "not valid yet");
  CHECK(why("certificate-host") == "no user certificate");
  CHECK(why("certificate-source-v4-other") == "not from this address");
  CHECK(why("certificate-authority-sha1").find("SHA-1") != std::string::npos);
}

TEST_CASE("certificate: every cut is refused, and every flipped bit that the authority signed") {
  const Bytes whole = read_vectors("certificate-ed25519").at("certificate-ed25519").bytes("certificate");
  REQUIRE(Certificate::parse(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(Certificate::parse(ByteView{whole}.first(size)).ok());
  Bytes flipped = whole;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    flipped[at] ^= 0x01;
    CHECK_FALSE(Certificate::parse(flipped).ok());
    flipped[at] ^= 0x01;
  }
  CHECK_FALSE(Certificate::parse(Bytes(certificate_size_max + 1)).ok());
}

TEST_CASE("certificate: options stand in order, once, and each critical one is known") {
  CHECK(good({}));
  CHECK(good({.critical = {{"source-address", packed("192.0.2.0/24")}}}));
  CHECK_FALSE(good({.critical = {{"source-address", packed("192.0.2.0/24")}}}, "198.51.100.1"));
  CHECK_FALSE(good({.critical = {{"source-address", packed("0.0.0.0/0")}, {"source-address", packed("0.0.0.0/0")}}}));
  CHECK_FALSE(good({.critical = {{"force-command", packed("internal-sftp")}}}));
  CHECK_FALSE(good({.critical = {{"no-touch-required", {}}}}));
  CHECK_FALSE(good({.critical = {{"verify-required", {}}}}));
  CHECK_FALSE(good({.critical = {{"a", {}}, {"source-address", packed("0.0.0.0/0")}}}));
  CHECK_FALSE(good({.critical = {{"", {}}}}));
  for (const std::string_view list : {"", ",", "192.0.2.0/24,", "!192.0.2.0/24", "*", "192.0.2.1/24", "192.0.2.0/33",
                                      "example.com", "192.0.2.0/ 24"}) {
    CHECK_FALSE(good({.critical = {{"source-address", packed(list)}}}));
  }
  CHECK_FALSE(good({.critical = {{"source-address", to_bytes("192.0.2.0/24")}}}));  // not a string within the data
  CHECK(good({.extensions = {{"permit-X11-forwarding", {}}, {"permit-pty", {}}}}));
  CHECK_FALSE(good({.extensions = {{"permit-pty", {}}, {"permit-X11-forwarding", {}}}}));
}

TEST_CASE("certificate: principals are whole names, and an empty list or name names nobody") {
  CHECK_FALSE(good({.principals = {}}));
  CHECK_FALSE(good({.principals = {"", "anna"}}));
  CHECK_FALSE(good({.principals = {"annabel", "ann", "Anna", "*", std::string("anna\0", 5)}}));
  CHECK(good({.principals = {"berta", "anna"}}));
  CHECK(good({.principals = std::vector<std::string>(principals_max, "anna")}));
  CHECK_FALSE(good({.principals = std::vector<std::string>(principals_max + 1, "anna")}));
  CHECK(good({.valid_before = 1'001}));
  CHECK_FALSE(good({.valid_before = 1'000}));  // the first moment at which it is no longer good
}

TEST_CASE("networks: addresses and blocks of both families, and nothing looser") {
  const auto in = [](std::string_view list, std::string_view address) {
    return Networks::parse(list).value().contain(address);
  };
  CHECK(in("10.0.0.0/8", "10.255.1.2"));
  CHECK_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  CHECK(in("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(in("0.0.0.0/0", "2001:db8::1"));
  CHECK(in("::/0", "2001:db8::1"));
  CHECK(in("192.0.2.1,2001:db8::/48", "2001:db8:0:ffff::1"));
  CHECK(in("::1", "0:0:0:0:0:0:0:1"));
  CHECK(in("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"));
  CHECK(in("1::", "1:0::"));
  CHECK(in("192.0.2.7", "::ffff:192.0.2.7"));
  CHECK(in("::ffff:192.0.2.0/120", "192.0.2.9"));
  for (const std::string_view address :
       {"", "10.0.0", "10.0.0.1.1", "10.0.0.01", "10.0.0.256", "10.0.0.1 ", "10.0.0.1%eth0", "host"}) {
    CHECK_FALSE(in("0.0.0.0/0,::/0", address));
  }
  for (const std::string_view list :
       {"1:2", ":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::g", "12345::", "1:2:3:4:5:6:7:", ":1",
        "::1/129", "::1/0", "10.0.0.1/", "/8", "::1.2.3", "1.2.3.4::"}) {
    CAPTURE(std::string{list});
    CHECK_FALSE(Networks::parse(list).ok());
  }
  std::string many;
  for (std::size_t i = 0; i < networks_max; ++i) many += "10.0.0.1,";
  CHECK(Networks::parse(many.substr(0, many.size() - 1)).ok());
  CHECK_FALSE(Networks::parse(many + "10.0.0.1").ok());
}
