// What a plan makes of untrusted text: rights never wider than they were, and nothing silently dropped.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/cat.h"
#include "cli/import_permissions.h"
#include "cli/import_plan.h"

using namespace bulkhead;
using namespace bulkhead::cli;
using policy::Right;
using policy::Rights;

namespace {

constexpr const char* a_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f someone";

Plan plan_of(const std::string& users, const std::string& more = "") {
  Result<Plan> plan = plan_sftpgo("test", as_bytes(cat("{\"users\": [", users, "]", more, "}")));
  REQUIRE_MESSAGE(plan.ok(), plan.error().message());
  return std::move(*plan);
}

bool says(const Remarks& remarks, std::string_view text) {
  return std::ranges::any_of(remarks.all(), [&](const auto& one) { return one.first.find(text) != std::string::npos; });
}

void write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
  std::ofstream{path} << text;
}

}  // namespace

TEST_CASE("permissions: each becomes the right that it is, or is said") {
  const FolderRights all = rights_of({"*"});
  CHECK(all.everything);
  CHECK(!all.rights.has(Right::admin));
  CHECK(rights_of({"list", "download"}).rights == Rights{Right::list_files, Right::read_files});
  CHECK(rights_of({"list", "download"}).lost.empty());
  CHECK(rights_of({"upload"}).rights == Rights{Right::write_files});
  CHECK(!rights_of({"upload"}).overwrite_allowed);
  CHECK(rights_of({"upload", "overwrite"}).overwrite_allowed);
  CHECK(rights_of({"overwrite"}).rights.empty());
  CHECK(rights_of({"overwrite"}).lost == std::vector<std::string>{"overwrite"});
  CHECK(rights_of({"delete_files"}).rights == Rights{Right::delete_files});
  CHECK(rights_of({"create_dirs"}).rights.empty());
  CHECK(rights_of({"create_dirs", "delete_dirs"}).rights.empty());
  CHECK(rights_of({"create_dirs", "delete_dirs", "rename_dirs"}).rights == Rights{Right::add_delete_subfolders});
  CHECK(rights_of({"create_dirs", "delete", "rename", "upload"}).lost.empty());
  CHECK(rights_of({"rename"}).lost == std::vector<std::string>{"rename"});
  CHECK(rights_of({"list", "chmod", "create_symlinks", "made-up"}).lost ==
        std::vector<std::string>{"chmod", "create_symlinks", "made-up"});
  CHECK(rights_of({}).rights.empty());
}

TEST_CASE("plan: an account of SFTPGo with all that is carried over") {
  const Plan plan =
      plan_of(cat(R"({"username": "ann", "status": 1, "email": "a@example.com", "description": "d", "quota_size": 9,
              "expiration_date": 5, "permissions": {"/": ["list"], "/in/x": ["upload"], "/in": ["download"]},
              "password": "$pbkdf2-sha256$1$salt$R5J62hsSq+pYw00hLLPKBbcGXmq7fj5+/M0IFoYtZbo=",
              "public_keys": [")",
                  a_key, R"(", ")", a_key, R"("], "groups": [{"name": "g", "type": 1}, {"name": "h"}],
              "filters": {"allowed_ip": ["10.0.0.0/8", "::1"], "denied_ip": ["10.1.1.1"]}})"),
              R"(, "groups": [{"name": "g", "description": "x"}])");
  REQUIRE(plan.users.size() == 1);
  const PlannedUser& user = plan.users[0];
  CHECK(user.active);
  CHECK(user.account.email == "a@example.com");
  CHECK(user.account.notes == "d");
  CHECK(user.account.expires_ms == 5);
  CHECK(user.account.keys.size() == 1);
  CHECK(user.account.allowed == std::vector<std::string>{"10.0.0.0/8,::1"});
  CHECK(user.account.denied == std::vector<std::string>{"10.1.1.1"});
  CHECK(!user.account.foreign_hash.empty());
  CHECK(user.catalog.quota == 9);
  CHECK(user.catalog.groups == std::vector<std::string>{"g"});
  REQUIRE(user.catalog.folders.size() == 3);
  CHECK(user.catalog.folders[0].path == "/");
  CHECK(user.catalog.folders[1].path == "/in");
  CHECK(user.catalog.folders[2].path == "/in/x");
  CHECK(says(plan.lost, "not imported"));
  CHECK(plan.refused.empty());
}

TEST_CASE("plan: everything everywhere is a home of his own; a path with less makes it one with entries") {
  CHECK(plan_of(R"({"username": "a", "permissions": {"/": ["*"], "/x": ["*"]}})").users[0].catalog.folders.empty());
  CHECK(plan_of(R"({"username": "a", "permissions": {"/": ["*"], "/x": ["list"]}})").users[0].catalog.folders.size() ==
        2);
}

TEST_CASE("plan: what would give more keeps the account out") {
  for (const char* fields : {R"("permissions": {"/x": ["*"]})", R"("permissions": {"/": ["*"], "x": []})",
                             R"("permissions": {"/": "*"})", R"("permissions": {"/": ["*"], "/a/../b": []})",
                             R"("permissions": {"/": ["*"]}, "filters": {"allowed_ip": ["all"]})",
                             R"("permissions": {"/": ["*"]}, "filters": {"denied_ip": "10.0.0.1"})",
                             R"("permissions": {"/": ["*"]}, "filters": {"allowed_ip": ["10.0.0.1,*"]})",
                             R"("permissions": {"/": ["*"]}, "expiration_date": "never")"}) {
    CAPTURE(fields);
    const Plan plan = plan_of(cat("{\"username\": \"a\", ", fields, "}"));
    CHECK(plan.users.empty());
    CHECK(!plan.refused.empty());
  }
}

TEST_CASE("plan: an account without a status is disabled; denied methods of sign-on take the credential with them") {
  CHECK(!plan_of(R"({"username": "a", "permissions": {"/": ["*"]}})").users[0].active);
  const Plan plan = plan_of(cat(R"({"username": "a", "permissions": {"/": ["*"]}, "public_keys": [")", a_key,
                                R"("], "password": "$2a$10$ajq8Q7fbtFRQvXpdCq7Jcuy.Rx1h/L4J60Otx.gyNLbAYctGMJ9tK",
                                    "filters": {"denied_login_methods": ["publickey", "password"]}})"));
  CHECK(plan.users[0].account.keys.empty());
  CHECK(plan.users[0].account.foreign_hash.empty());
}

TEST_CASE("report: text of strangers is shown without control characters and cut") {
  CHECK(shown("plain") == "plain");
  CHECK(shown("\x1b[2J\n\x7f") == "\\x1b[2J\\x0a\\x7f");
  CHECK(shown("\xC3\xA4\xE2\x82\xAC") == "\xC3\xA4\xE2\x82\xAC");
  CHECK(shown("\xC2\x9B\xE2\x80\xAE\xFF\xC3") == "\\xc2\\x9b\\xe2\\x80\\xae\\xff\\xc3");
  CHECK(shown(std::string(1'000'000, 'x')).size() == 203);
  CHECK(print(plan_of("{\"username\": \"a\\u001b\"}")).find('\x1b') == std::string::npos);
}

TEST_CASE("passwd: users above the uid, their hashes and keys; links and pipes lead nowhere") {
  std::string root = std::filesystem::temp_directory_path() / "import-XXXXXX";
  REQUIRE(::mkdtemp(root.data()) != nullptr);
  write(root + "/etc/passwd",
        "low:x:999:1::/:/bin/sh\nann:x:1000:1:Ann Smith,room:/home/ann:/bin/sh\nbob:x:1001:1::/home/bob:/bin/false\n"
        "cid:x:1002:1::/home/cid:/bin/sh\nnobody:x:65534:1::/:/bin/sh\nshort:x:1\n");
  write(root + "/etc/shadow",
        cat("ann:$5$saltsalt$", std::string(43, 'a'), ":1:0:9:7:::\nbob:!:1:0:9:7::10:\ncid::1:0:9:7:::\n"));
  write(root + "/home/ann/.ssh/authorized_keys", cat("# note\n\nrestrict,NO-PTY ", a_key, "\nfrom=\"10.0.0.1\" ", a_key,
                                                     "\ncommand=\"x\",restrict ", a_key, "\nrubbish\n"));
  std::filesystem::create_directories(root + "/home/bob/.ssh");
  std::filesystem::create_symlink("/etc/passwd", root + "/home/bob/.ssh/authorized_keys");
  std::filesystem::create_directories(root + "/home/cid/.ssh");
  REQUIRE(::mkfifo((root + "/home/cid/.ssh/authorized_keys").c_str(), 0600) == 0);
  PasswdOptions options;
  options.root = root;
  const Result<Plan> plan = plan_passwd(options);
  REQUIRE_MESSAGE(plan.ok(), plan.error().message());
  REQUIRE(plan->users.size() == 3);
  CHECK(plan->users[0].account.full_name == "Ann Smith");
  CHECK(plan->users[0].account.keys == std::vector<std::string>{a_key});
  CHECK(!plan->users[0].account.foreign_hash.empty());
  CHECK(plan->users[1].account.foreign_hash.empty());
  CHECK(plan->users[1].account.keys.empty());
  CHECK(plan->users[1].account.expires_ms == 864'000'000);
  CHECK(plan->users[2].account.keys.empty());
  CHECK(says(plan->lost, "options that limit it"));
  CHECK(says(plan->lost, "it was empty"));
  CHECK(says(plan->lost, "cannot be read"));

  options.names = {"bob", "nosuch", "low"};
  const Result<Plan> some = plan_passwd(options);
  CHECK(some->users.size() == 1);
  CHECK(some->refused.all().begin()->second.size() == 2);
  std::filesystem::remove_all(root);
  CHECK(!plan_passwd(options).ok());
}
