// Property: a million generated cases of person, path and action. The path as a client of SFTP spells it, the
// number that a client of REST has, and decide() on a model in memory give the same verdict and the same node, also
// where the path leads through virtual folders.
#include "keeper/access_model.h"

namespace bulkhead::keeper::access_model {
namespace {

using policy::Action;
using policy::Verdict;

constexpr std::uint32_t worlds = 12;
constexpr int rounds = 8;                // of changes and cases, in each world
constexpr std::size_t paths_each = 175;  // for each person, in each round
constexpr std::size_t cases_min = 1'000'000;
constexpr std::size_t actions = static_cast<std::size_t>(policy::action_max);
using Verdicts = std::array<Verdict, actions>;

Verdicts verdicts_of(Rights rights) {
  Verdicts verdicts{};
  for (std::size_t i = 0; i < actions; ++i) {
    const bool has = rights.has(policy::needed_for(static_cast<Action>(i + 1)));
    verdicts[i] = rights.empty() ? Verdict::not_found : has ? Verdict::allowed : Verdict::denied;
  }
  return verdicts;
}

// As docs/spec/sftp.md has it, with the types that the gates use: relative to the home, "." and ".." by the text.
Result<RemotePath> resolve(std::string_view text, const RemotePath& home) {
  RemotePath path = text.starts_with('/') ? RemotePath{} : home;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty() || part == ".") continue;
    path = part == ".." ? path.parent() : TRY(path.child(TRY(Name::parse(part))));
  }
  return path;
}

// The same in the model, by texts alone. Nothing for what can be no path.
std::optional<std::string> walked(const std::string& text, const std::string& home) {
  std::vector<std::string> parts;
  const std::string whole = text.starts_with('/') ? text : cat(home, '/', text);
  for (std::size_t at = 0; at <= whole.size();) {
    const std::size_t end = std::min(whole.find('/', at), whole.size());
    std::string part = whole.substr(at, end - at);
    at = end + 1;
    const bool spaced = !part.empty() && (part.front() == ' ' || part.back() == ' ');
    if (spaced || part == "..." || part.find_first_of(std::string_view{"\\\0", 2}) != std::string::npos) return {};
    for (std::size_t mark = 0; (mark = part.find("e\xcc\x81")) != std::string::npos;) part.replace(mark, 3, "\xc3\xa9");
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(std::move(part));
    }
  }
  std::string path;
  for (const std::string& part : parts) path += cat('/', part);
  return path.empty() ? "/" : path;
}

class Paths : public World {
 public:
  Paths(Running& keeper, std::uint32_t seed) : World{keeper, seed}, keeper_{keeper} {}

  // In the thread of the keeper, by the classes that answer its asks.
  void compare() {
    keeper_.in_loop([this] {
      for (std::size_t person = 0; person < model_.people.size(); ++person) {
        keeper_.store.tree.trim();  // as ahead of every ask
        keeper_.store.memberships.renew();
        compare_for(person);
      }
    });
  }
  std::size_t cases() const { return cases_; }
  std::size_t found() const { return found_; }
  std::size_t passed() const { return passed_; }

 private:
  struct Ways {
    explicit Ways(Store& store)
        : users{store},
          folders{store},
          files{store},
          drafts{store, files},
          virtual_folders{store},
          entries{store, folders, files, drafts, virtual_folders} {}
    Users users;
    Folders folders;
    Files files;
    Drafts drafts;
    VirtualFolders virtual_folders;
    Entries entries;
  };

  Asker asker_of(Users& users, std::size_t person) {
    const Person& who = model_.people[person];
    const Bytes signed_bytes = capability_for(who.name, who.role, 1);
    const auto verified = capability::verify(crypt::ed25519_public(warden_seed), signed_bytes, 1, unix_now_ms());
    const Principal principal = users.adopt(*verified.value()).value();
    return {.subject = {.user = principal.user,
                        .org = principal.organisation,
                        .role = principal.role,
                        .groups = keeper_.store.memberships.of(principal.user).value(),
                        .live = true},
            .organisation = principal.organisation,
            .address = "192.0.2.7",
            .now = unix_now_ms()};
  }
  std::string home_of(std::size_t person) const {
    for (const auto& [path, node] : model_.folders) {
      if (node.home_of == person) return path;
    }
    return "/";
  }

  // To a folder, on one of the ways that there are.
  std::string any_way() {
    std::string path = any_folder();
    for (const VirtualFolder& link : model_.links) {
      const std::string target = model_.path_of(link.target);
      const bool within = path == target || path.starts_with(target + '/');
      if (within && pick(2) == 0) path = below(model_.path_of(link.parent), link.name) + path.substr(target.size());
    }
    return path;
  }
  // A place that is there, or nearly, spelled in one of the ways that have led elsewhere in some server.
  std::string any_path() {
    std::string path = any_way();
    if (pick(4) == 0) path = below(path, "file");
    if (pick(4) == 0) path = below(path, any_name());
    constexpr std::array<std::string_view, 20> tails{
        "",   "",  "",   "/",      "/.",   "/..", "//",     "/../..",  "-b",         " ",
        " b", "b", "\\", "/a\\..", "/...", "/ a", "/..\\x", "/a/../x", "/e\xcc\x81", "%2e"};
    path += tails[pick(tails.size())];
    const std::size_t slash = path.find('/', 1 + pick(path.size()));
    if (slash == std::string::npos) return pick(6) == 0 ? path.substr(1) : path;  // relative to the home
    constexpr std::array<std::string_view, 12> inside{"",    "",   "",         "/.",           "/", "/a/..", "/../x",
                                                      "/..", "-b", "/x/../..", "/\xc3\xa9/..", "/A"};
    path.insert(slash, inside[pick(inside.size())]);
    if (pick(8) == 0) path.insert(1 + pick(path.size()), 1, '\0');
    for (std::size_t at = 0; pick(2) == 0 && (at = path.find("\xc3\xa9")) != std::string::npos;)
      path.replace(at, 2, "e\xcc\x81");
    return path;
  }

  void compare_for(std::size_t person) {
    Ways ways{keeper_.store};
    const Asker asker = asker_of(ways.users, person);
    const std::string home = home_of(person);
    const RemotePath home_path = RemotePath::parse(home).value();
    seen_.clear();
    for (const auto& [path, node] : model_.folders) {
      seen_[path] = {model_.rights(person, path), model_.is_visible(person, path)};
    }
    for (std::size_t i = 0; i < paths_each; ++i) {
      const std::string text = any_path();
      const Result<RemotePath> resolved = resolve(text, home_path);
      const std::optional<std::string> place = walked(text, home);
      const bool same = resolved.ok() == place.has_value() && (!place || resolved->print() == *place);
      const bool fits = same && (!place || compare_place(ways, asker, person, *place));
      if (!fits)
        FAIL_CHECK("person ", person, ", path ", text, " is ", resolved.ok() ? resolved->print() : "none", " and ",
                   place.value_or("none"));
      cases_ += actions;
    }
  }
  static bool is_hidden(const auto& answer) { return !answer.ok() && answer.error().kind() == Errc::not_found; }
  bool compare_place(Ways& ways, const Asker& asker, std::size_t person, const std::string& path) {
    std::vector<std::string> names;
    for (std::size_t at = 1; path != "/" && at <= path.size(); at += names.back().size() + 1) {
      names.push_back(path.substr(at, path.find('/', at) - at));
    }
    const Place place = model_.resolve(person, names);
    const Result<asks::Lookup::Reply> by_path = ways.entries.lookup(asker, {path});
    if (place.too_far) return !by_path.ok() && by_path.error().kind() == Errc::too_large;
    if (!place.folder) return is_hidden(by_path);
    if (!place.is_file) return compare_folder(ways, asker, person, path, *place.folder);
    const std::uint64_t file = model_.folders.at(*place.folder).file;
    const Rights rights = seen_.at(*place.folder).first;
    const bool look = rights.has(Right::read_files) || rights.has(Right::list_files);
    const Result<asks::FileRow> by_number = ways.files.get(asker, file);
    if (!look) return is_hidden(by_path) && is_hidden(by_number);
    count(path, below(*place.folder, "file"));
    return by_path.ok() && by_path->file && by_number.ok() && by_path->file->id == by_number->id &&
           by_number->id == file && by_number->folder_path == *place.folder;
  }
  // `node` is the path of the folder to which the path leads.
  bool compare_folder(Ways& ways, const Asker& asker, std::size_t person, const std::string& path,
                      const std::string& node) {
    const std::uint32_t id = model_.folders.at(node).id;
    const Result<asks::Lookup::Reply> by_path = ways.entries.lookup(asker, {path});
    const Result<asks::FolderRow> by_number = ways.folders.get(asker, id);
    if (by_path.ok() && (!by_path->folder || by_path->folder->id != id || by_path->folder->path != path)) return false;
    if (by_number.ok() && (by_number->id != id || by_number->path != node)) return false;
    if (by_path.ok() != seen_.at(node).second) return false;
    const Verdicts decided = model_.with_policy(person, node, [](const policy::Subject& subject, policy::Chain chain) {
      Verdicts verdicts{};
      for (std::size_t i = 0; i < actions; ++i)
        verdicts[i] = policy::decide(subject, static_cast<Action>(i + 1), chain, 1).verdict;
      return verdicts;
    });
    if (by_number.ok()) count(path, node);
    return verdicts_of(Rights::from_bits(by_path.ok() ? by_path->folder->rights : 0)) == decided &&
           verdicts_of(Rights::from_bits(by_number.ok() ? by_number->rights : 0)) == decided;
  }

  void count(const std::string& path, const std::string& place) {
    ++found_;
    if (path != place) ++passed_;
  }

  Running& keeper_;
  std::map<std::string, std::pair<Rights, bool>> seen_;  // of one person: his rights, and whether he may know of it
  std::size_t cases_ = 0;
  std::size_t found_ = 0;
  std::size_t passed_ = 0;  // of the found, through virtual folders
};

TEST_CASE("a million cases: SFTP's paths, REST's numbers and decide()") {
  std::size_t cases = 0;
  std::size_t found = 0;
  std::size_t passed = 0;
  for (std::uint32_t seed = 101; seed < 101 + worlds; ++seed) {
    CAPTURE(seed);
    Running keeper;
    Paths paths{keeper, seed};
    for (int round = 0; round < rounds; ++round) {
      for (int change = 0; change < 14; ++change) paths.change();
      paths.compare();
    }
    cases += paths.cases();
    found += paths.found();
    passed += paths.passed();
  }
  MESSAGE(cases, " cases, ", found, " of the paths lead to something that may be seen, ", passed,
          " of these through virtual folders");
  CHECK(cases >= cases_min);
  CHECK(found > 10'000);
  CHECK(passed > 2'000);
}

}  // namespace
}  // namespace bulkhead::keeper::access_model
