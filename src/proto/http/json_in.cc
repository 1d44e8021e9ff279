#include "proto/http/json_in.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <nlohmann/json.hpp>

#include "base/cat.h"
#include "proto/http/text.h"

namespace bulkhead::json {

using http::equal_ignoring_case;
using Library = nlohmann::json;

// Builds the tree from the library's events; each event returns whether to go on. After a false, `error` says why.
class TreeBuilder final : public nlohmann::json_sax<Library> {
 public:
  explicit TreeBuilder(const Limits& limits) : limits_{limits} {}

  bool null() override { return add({}); }
  bool boolean(bool value) override {
    Value leaf;
    leaf.kind_ = Value::Kind::boolean;
    leaf.integer_ = value ? 1 : 0;
    return add(std::move(leaf));
  }
  bool number_integer(number_integer_t value) override { return add_integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return refuse(Errc::invalid, "an integer is too large");
    return add_integer(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& raw) override {
    // Integers beyond 64 bits arrive here, rounded.
    if (raw.find_first_of(".eE") == string_t::npos) return refuse(Errc::invalid, "an integer is too large");
    Value leaf;
    leaf.kind_ = Value::Kind::number;
    leaf.number_ = value;
    return add(std::move(leaf));
  }
  bool string(string_t& value) override {
    if (value.find('\0') != string_t::npos) return refuse(Errc::invalid, "NUL in a string");
    Value leaf;
    leaf.kind_ = Value::Kind::string;
    leaf.text_ = std::move(value);
    return add(std::move(leaf));
  }
  bool binary(binary_t& /*value*/) override { return refuse(Errc::invalid, "binary is not JSON"); }
  bool start_object(std::size_t /*size*/) override { return open(Value::Kind::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Value::Kind::array); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    std::vector<std::string>& names = open_.back().names_;
    if (name.find('\0') != string_t::npos) return refuse(Errc::invalid, "NUL in a name");
    const auto same = [&](const std::string& known) { return equal_ignoring_case(known, name); };
    if (std::ranges::any_of(names, same)) return refuse(Errc::invalid, "a name stands twice in one object");
    if (names.size() == limits_.members_max) return refuse(Errc::too_large, "an object has too many members");
    names.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/, const Library::exception& /*what*/) override {
    return refuse(Errc::invalid, cat("not valid JSON at byte ", position));
  }

  Result<Value> take() && {
    if (error_) return *std::move(error_);
    if (!root_) return fail(Errc::invalid, "not valid JSON");
    return *std::move(root_);
  }

 private:
  bool refuse(Errc kind, std::string why) {
    if (!error_) error_ = fail(kind, std::move(why));
    return false;
  }
  bool count() {
    return ++values_ <= limits_.values_max || refuse(Errc::too_large, "the JSON text holds too many values");
  }
  void place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().items_.push_back(std::move(value));
    }
  }
  bool add(Value value) {
    if (!count()) return false;
    place(std::move(value));
    return true;
  }
  bool add_integer(std::int64_t value) {
    Value leaf;
    leaf.kind_ = Value::Kind::integer;
    leaf.integer_ = value;
    return add(std::move(leaf));
  }
  bool open(Value::Kind kind) {
    if (!count()) return false;
    if (open_.size() == limits_.depth_max) return refuse(Errc::too_large, "the JSON text is nested too deeply");
    Value branch;
    branch.kind_ = kind;
    open_.push_back(std::move(branch));
    return true;
  }
  bool close() {
    Value done = std::move(open_.back());
    open_.pop_back();
    place(std::move(done));
    return true;
  }

  Limits limits_;
  std::vector<Value> open_;  // the path from the root to where the text is
  std::optional<Value> root_;
  std::optional<Error> error_;
  std::size_t values_ = 0;
};

namespace {

Error wrong(std::string_view name, std::string_view what) {
  return fail(Errc::invalid, cat(name, ": ", what));
}

// The member, or nullptr when it is absent or null.
const Value* present(const Value& object, std::string_view name) {
  const Value* member = object.find(name);
  return member == nullptr || member->kind() == Value::Kind::null ? nullptr : member;
}

Result<const Value*> read_kind(const Value& object, std::string_view name, Value::Kind kind, std::string_view what) {
  const Value* member = present(object, name);
  if (member != nullptr && member->kind() != kind) return wrong(name, what);
  return member;
}

}  // namespace

const Value* Value::find(std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (equal_ignoring_case(names_[i], name)) return &items_[i];
  }
  return nullptr;
}

Result<Value> parse(ByteView text, const Limits& limits) {
  if (text.size() > limits.bytes_max) return fail(Errc::too_large, "the JSON text is too long");
  TreeBuilder builder{limits};
  try {
    Library::sax_parse(text.begin(), text.end(), &builder);
  } catch (const std::exception&) {
    return fail(Errc::invalid, "not valid JSON");
  }
  return std::move(builder).take();
}

Result<std::optional<std::string>> read_string(const Value& object, std::string_view name) {
  const Value* member = TRY(read_kind(object, name, Value::Kind::string, "must be a string"));
  if (member == nullptr) return std::optional<std::string>{};
  return std::optional{member->string()};
}

Result<std::optional<bool>> read_bool(const Value& object, std::string_view name) {
  const Value* member = present(object, name);
  if (member == nullptr) return std::optional<bool>{};
  if (member->kind() == Value::Kind::boolean) return std::optional{member->boolean()};
  if (member->kind() == Value::Kind::string) {
    if (equal_ignoring_case(member->string(), "true")) return std::optional{true};
    if (equal_ignoring_case(member->string(), "false")) return std::optional{false};
  }
  return wrong(name, "must be true or false");
}

Result<std::optional<std::int64_t>> read_integer(const Value& object, std::string_view name, std::int64_t min,
                                                 std::int64_t max) {
  const Value* member = present(object, name);
  if (member == nullptr) return std::optional<std::int64_t>{};
  std::int64_t value = member->integer();
  if (member->kind() == Value::Kind::string) {
    const std::string_view text = member->string();
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || end != text.end()) return wrong(name, "must be an integer");
  } else if (member->kind() != Value::Kind::integer) {
    return wrong(name, "must be an integer");
  }
  if (value < min || value > max) return wrong(name, cat("must lie between ", min, " and ", max));
  return std::optional{value};
}

Result<std::optional<std::uint32_t>> read_u32(const Value& object, std::string_view name, std::uint32_t max) {
  std::optional<std::uint32_t> number;
  if (const auto read = TRY(read_integer(object, name, 0, max))) number = static_cast<std::uint32_t>(*read);
  return number;
}

Result<const Value*> read_array(const Value& object, std::string_view name) {
  return read_kind(object, name, Value::Kind::array, "must be an array");
}
Result<const Value*> read_object(const Value& object, std::string_view name) {
  return read_kind(object, name, Value::Kind::object, "must be an object");
}

}  // namespace bulkhead::json
