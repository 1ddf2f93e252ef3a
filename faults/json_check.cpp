// parse_json(): what must be known of a document before anything walks through it.
#include "faults/json_reader.hpp"
#include "faults/text.hpp"

#include <unordered_set>

namespace mailrig::faults {
namespace {

constexpr std::size_t deepest = 64;

// Follows the events of a parser without building anything: depth, and keys that stand twice.
class checker final : public nlohmann::json_sax<json> {
 public:
  explicit checker(findings& out) : out_(out) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }

  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return shut(); }
  bool end_array() override { return shut(); }

  bool key(string_t& name) override {
    level& here = levels_.back();
    if (!here.keys.insert(name).second) {
      std::string where = pointer();
      append_to_pointer(where, name);
      out_.add(std::move(where), "the key stands twice in one object", "each key once");
    }
    here.key = name;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string_view all = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    const std::size_t begin = all.find("] ");
    const std::string_view said = begin == std::string_view::npos ? all : all.substr(begin + 2);
    out_.add(std::string{}, "this is not JSON: " + shown(said, 300),
             "one JSON object; the reading stopped at octet " + std::to_string(position));
    return false;
  }

 private:
  struct level {
    bool is_object = false;
    std::unordered_set<std::string> keys;
    std::string key;
    std::size_t index = 0;
  };

  bool value() {
    if (!levels_.empty() && !levels_.back().is_object) ++levels_.back().index;
    return true;
  }
  bool open(bool is_object) {
    if (levels_.size() >= deepest) {
      out_.add(pointer(),
               "the document is nested deeper than " + std::to_string(deepest) + " levels",
               "a rule needs ten or so");
      return false;
    }
    levels_.push_back({is_object, {}, {}, 0});
    return true;
  }
  bool shut() {
    levels_.pop_back();
    return value();
  }
  [[nodiscard]] std::string pointer() const {
    std::string text;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      const level& each = levels_[i];
      append_to_pointer(text, each.is_object ? each.key : std::to_string(each.index));
    }
    return text;
  }

  findings& out_;
  std::vector<level> levels_;
};

}  // namespace

std::optional<json> parse_json(std::string_view text, findings& out) {
  if (text.size() > largest_rule_text) {
    out.add(std::string{}, "the document has " + std::to_string(text.size()) + " octets",
            "at most 16 MiB");
    return std::nullopt;
  }
  checker check(out);
  if (!json::sax_parse(text, &check)) return std::nullopt;
  json document = json::parse(text, nullptr, false);
  return document;
}

}  // namespace mailrig::faults
