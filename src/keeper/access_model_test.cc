// Property: whatever folders, entries, groups and moves there are, every way to a folder gives the same verdict
// and the same node: lists by visibility, lookups by path, asks by number, files in it, and decide() on a model in
// memory. Paths lead through virtual folders too.
#include "keeper/access_model.h"

namespace bulkhead::keeper::access_model {
namespace {

using asks::EntryKind;

class Stage : public World {
 public:
  using World::World;

  void compare() {
    for (std::size_t person = 0; person < clients_.size(); ++person) compare_for(person);
    for (const auto& [path, node] : model_.folders) {
      CHECK(kind_of(foreign_.gate.ask(asks::GetFolder{node.id})) == Errc::not_found);
    }
  }
  std::size_t verdicts() const { return verdicts_; }
  std::size_t passed() const { return passed_; }
  std::size_t too_far() const { return too_far_; }

 private:
  void compare_for(std::size_t person) {
    CAPTURE(model_.people[person].name);
    Client& who = clients_[person];
    std::map<std::string, std::uint16_t> visible;
    std::map<std::string, std::uint16_t> with_rights;
    for (const auto& [path, node] : model_.folders) {
      const Rights rights = model_.rights(person, path);
      if (model_.is_visible(person, path) && path != "/") visible[path] = rights.bits();
      if (!rights.empty()) with_rights[path] = rights.bits();
      compare_folder(person, path, node, rights);
    }
    for (const VirtualFolder& link : model_.links) {
      if (!model_.shows(person, link)) continue;
      visible[below(model_.path_of(link.parent), link.name)] =
          model_.rights(person, model_.path_of(link.target)).bits();
    }
    for (int i = 0; i < 20; ++i) compare_path(person);
    std::map<std::string, std::uint16_t> walked;
    walk(who, "/", walked);
    CHECK(walked == visible);
    std::map<std::string, std::uint16_t> listed;
    const auto all = who.gate.ask(asks::ListFolders{0, "", "", asks::FolderSort::path, {0, 1'000, false}}).value();
    for (const asks::FolderRow& row : all.rows) {
      listed[row.path] = row.rights;
      CHECK(row.id == model_.folders.at(row.path).id);
    }
    CHECK(listed == with_rights);
  }
  void walk(Client& who, const std::string& path, std::map<std::string, std::uint16_t>& found) {
    asks::ListEntries ask;
    ask.folder = model_.folders.at(path).id;
    const auto page = who.gate.ask(ask).value();
    CHECK(page.end);
    for (const asks::EntryRow& row : page.rows) {
      if (row.kind != EntryKind::folder) continue;
      found[below(path, row.name)] = row.rights;
      if (!row.is_virtual) walk(who, below(path, row.name), found);
    }
  }
  void compare_folder(std::size_t person, const std::string& path, const Node& node, Rights rights) {
    CAPTURE(path);
    Client& who = clients_[person];
    const bool visible = model_.is_visible(person, path);
    const auto by_path = who.gate.ask(asks::Lookup{path});
    CHECK(by_path.ok() == visible);
    if (by_path.ok())
      CHECK(std::pair{by_path->folder->id, by_path->folder->rights} == std::pair{node.id, rights.bits()});
    const auto by_number = who.gate.ask(asks::GetFolder{node.id});
    CHECK(by_number.ok() == !rights.empty());
    if (by_number.ok()) CHECK(std::pair{by_number->path, by_number->rights} == std::pair{path, rights.bits()});
    const auto action = static_cast<policy::Action>(1 + pick(static_cast<std::size_t>(policy::action_max)));
    const policy::Decision decision = model_.decide(person, path, action);
    CHECK(decision.allowed() == (!rights.empty() && rights.has(policy::needed_for(action))));
    const auto explained = who.gate.ask(asks::Explain{"", static_cast<std::uint8_t>(action), node.id, 0});
    CHECK(explained.ok() == visible);
    if (explained.ok()) CHECK(explained->verdict == static_cast<std::uint8_t>(decision.verdict));
    const auto by_boss =
        boss().gate.ask(asks::Explain{model_.people[person].name, static_cast<std::uint8_t>(action), node.id, 0});
    CHECK(by_boss.value().verdict == static_cast<std::uint8_t>(decision.verdict));
    verdicts_ += 5;
    if (node.file != 0) compare_file(who, path, node, rights);
  }
  // A way through folders and virtual folders, mostly of those that are there.
  std::vector<std::string> any_way() {
    std::vector<std::string> names;
    std::string at = "/";
    for (std::size_t depth = 1 + pick(9); names.size() < depth;) {
      const Node& node = model_.folders.at(at);
      std::vector<std::pair<std::string, std::string>> ways;  // name, and where it leads
      for (const auto& [path, folder] : model_.folders) {
        if (folder.parent == at) ways.emplace_back(path.substr(path.rfind('/') + 1), path);
      }
      for (const VirtualFolder& link : model_.links) {
        if (link.parent == node.id) ways.insert(ways.end(), 3, {link.name, model_.path_of(link.target)});
      }
      if (ways.empty() || pick(8) == 0) {
        names.push_back(pick(4) == 0 ? any_name() : "file");
        return names;
      }
      const auto& [name, next] = ways[pick(ways.size())];
      names.push_back(name);
      at = std::string{next};
    }
    return names;
  }
  // By SFTP, by REST, by explain, and by the porter that reads.
  void compare_path(std::size_t person) {
    const std::vector<std::string> names = any_way();
    std::string path;
    for (const std::string& name : names) path += cat('/', name);
    CAPTURE(path);
    Client& who = clients_[person];
    const Place place = model_.resolve(person, names);
    const auto by_path = who.gate.ask(asks::Lookup{path});
    asks::Explain why{"", static_cast<std::uint8_t>(policy::Action::read_file), 0, 0};
    why.path = path;
    const auto explained = who.gate.ask(why);
    const auto listed = who.gate.ask(asks::ListFolders{0, "", path, asks::FolderSort::path, {0, 9, false}});
    const auto read = who.porter.ask(asks::LeasePath{path});
    verdicts_ += 4;
    if (place.too_far) {
      too_far_ += 1;
      CHECK(kind_of(by_path) == Errc::too_large);
      CHECK(kind_of(explained) == Errc::too_large);
      CHECK(kind_of(listed) == Errc::too_large);
      CHECK(kind_of(read) == Errc::too_large);
      return;
    }
    const Rights rights = place.folder ? model_.rights(person, *place.folder) : Rights{};
    const bool look = rights.has(Right::read_files) || rights.has(Right::list_files);
    const bool seen = place.folder && (place.is_file ? look : model_.is_visible(person, *place.folder));
    CHECK(by_path.ok() == seen);
    CHECK(explained.ok() == seen);
    CHECK(listed.value().total == (seen && !place.is_file && !rights.empty() ? 1U : 0U));
    CHECK(read.ok() == (place.is_file && rights.has(Right::read_files)));
    if (!seen) return;
    const Node& node = model_.folders.at(*place.folder);
    CHECK(explained->folder == node.id);
    CHECK((explained->verdict == static_cast<std::uint8_t>(policy::Verdict::allowed)) == rights.has(Right::read_files));
    CHECK((place.is_file ? by_path->file->id : by_path->folder->id) == (place.is_file ? node.file : node.id));
    if (!place.is_file) CHECK(by_path->folder->path == path);
    if (!place.is_file && !rights.empty())
      CHECK(std::pair{listed->rows[0].id, listed->rows[0].path} == std::pair{node.id, path});
    passed_ += explained->through.empty() ? 0U : 1U;
  }
  void compare_file(Client& who, const std::string& path, const Node& node, Rights rights) {
    const bool look = rights.has(Right::read_files) || rights.has(Right::list_files);
    const auto by_path = who.gate.ask(asks::Lookup{below(path, "file")});
    CHECK(by_path.ok() == look);
    if (by_path.ok()) CHECK(by_path->file->id == node.file);
    const auto by_number = who.gate.ask(asks::GetFile{node.file});
    CHECK(by_number.ok() == look);
    if (by_number.ok()) CHECK(by_number->folder_path == path);
    const auto listed = who.gate.ask(asks::ListFiles{node.id, "", false, {}, asks::FileSort::path, {0, 9, false}});
    CHECK(listed.ok() == rights.has(Right::list_files));
    verdicts_ += 3;
  }

  std::size_t verdicts_ = 0;
  std::size_t passed_ = 0;   // ways that led through virtual folders
  std::size_t too_far_ = 0;  // through too many
};

TEST_CASE("every way to a folder gives the same verdict and node") {
  std::size_t verdicts = 0;
  std::size_t passed = 0;
  std::size_t too_far = 0;
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Running keeper;
    Stage stage{keeper, seed};
    for (int step = 0; step < 90; ++step) {
      stage.change();
      if (step % 9 == 8) stage.compare();
    }
    verdicts += stage.verdicts();
    passed += stage.passed();
    too_far += stage.too_far();
  }
  MESSAGE(verdicts, " verdicts compared, ", passed, " through virtual folders, ", too_far, " through too many");
  CHECK(passed > 500);
  CHECK(too_far > 5);
  CHECK(verdicts > 50'000);
}

}  // namespace
}  // namespace bulkhead::keeper::access_model
