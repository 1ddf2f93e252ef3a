#include "faults/json_reader.hpp"

#include "faults/duration_text.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

constexpr std::size_t longest_excerpt = 80;

std::string duration_example(const json& value) {
  if (!value.is_number()) return "a string with a unit: \"300ms\", \"10s\", \"15m\", \"4h\"";
  const double number = value.get<double>();
  const bool is_sane = value.is_number_integer() && number > 0 && number < 1e12;
  if (!is_sane) return "a string with a unit, such as \"10s\"";
  const std::string digits = value.dump();
  const auto as_milliseconds = model::duration{value.get<std::int64_t>()};
  if (number < 1000) return "does " + digits + " mean \"" + digits + "s\" or \"" + digits + "ms\"?";
  return "does " + digits + " mean \"" + duration_text(as_milliseconds) + "\"?";
}

}  // namespace

void append_to_pointer(std::string& pointer, std::string_view key) {
  pointer += '/';
  for (const char c : key) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
}

std::string place::pointer() const {
  return pointer_below(place{});
}

std::string place::pointer_below(const place& root) const {
  std::vector<const place*> chain;
  for (const place* each = this; each != nullptr && each != &root; each = each->parent_)
    chain.push_back(each);
  std::string result;
  for (auto each = chain.rbegin(); each != chain.rend(); ++each) {
    if ((*each)->parent_ == nullptr) continue;  // the document itself
    append_to_pointer(result, (*each)->key_.data() != nullptr ? std::string((*each)->key_)
                                                              : std::to_string((*each)->index_));
  }
  return result;
}

void findings::add(const place& where, std::string wrong, std::string right) {
  add(where.pointer(), std::move(wrong), std::move(right));
}

void findings::add(std::string pointer, std::string wrong, std::string right) {
  ++count_;
  if (count_ < most_load_errors)
    errors_.push_back({std::move(pointer), std::move(wrong), std::move(right)});
}

std::vector<load_error> findings::take() {
  const std::size_t unsaid = count_ - errors_.size();
  if (unsaid != 0)
    errors_.push_back({"", std::to_string(unsaid) + " more faults are not listed", ""});
  count_ = 0;
  return std::move(errors_);
}

std::string kind_of(const json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "an array" : "an object";
}

std::string excerpt(const json& value) {
  if (value.is_string())
    return '"' + shown(value.get_ref<const std::string&>(), longest_excerpt) + '"';
  if (value.is_structured() && value.size() > 8) return kind_of(value);
  return shown(value.dump(-1, ' ', false, json::error_handler_t::replace), longest_excerpt);
}

std::string choices(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? " or " : ", ";
    text.append("`").append(names[i]).append("`");
  }
  return text;
}

std::optional<std::string> read_text(const json& value, const place& where, findings& out,
                                     std::size_t most) {
  if (!value.is_string()) {
    out.add(where, "expected a string, found " + excerpt(value), "a string");
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > most) {
    out.add(where, "the text has " + std::to_string(text.size()) + " octets",
            "at most " + std::to_string(most) + " octets");
    return std::nullopt;
  }
  return text;
}

std::optional<std::int64_t> read_integer(const json& value, const place& where, findings& out,
                                         number_range range) {
  const std::string right = range.most == INT64_MAX
                                ? "a whole number from " + std::to_string(range.least)
                                : "a whole number from " + std::to_string(range.least) + " to " +
                                      std::to_string(range.most);
  const bool is_huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || is_huge) {
    out.add(where, "expected a whole number, found " + excerpt(value), right);
    return std::nullopt;
  }
  const auto number = value.get<std::int64_t>();
  if (number < range.least || number > range.most) {
    out.add(where, std::to_string(number) + " is out of range", right);
    return std::nullopt;
  }
  return number;
}

std::optional<bool> read_flag(const json& value, const place& where, findings& out) {
  if (value.is_boolean()) return value.get<bool>();
  out.add(where, "expected true or false, found " + excerpt(value), "true or false");
  return std::nullopt;
}

std::optional<model::duration> read_duration(const json& value, const place& where, findings& out,
                                             model::duration least) {
  if (!value.is_string()) {
    out.add(where, "expected a duration, found " + excerpt(value), duration_example(value));
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  const auto time = parse_duration(text);
  if (!time) {
    const bool is_bare = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    out.add(where, "\"" + shown(text, longest_excerpt) + "\" is not a duration",
            is_bare && text.size() < 12 ? duration_example(json(std::stoll(text)))
                                        : "a number with a unit, ten years at most: \"300ms\", "
                                          "\"10s\", \"15m\", \"4h\", \"1d\"");
    return std::nullopt;
  }
  if (*time < least) {
    out.add(where, "\"" + text + "\" is too short", "at least \"" + duration_text(least) + "\"");
    return std::nullopt;
  }
  return time;
}

std::optional<std::size_t> read_choice(const json& value, const place& where, findings& out,
                                       std::span<const std::string_view> names,
                                       std::string_view what) {
  if (!value.is_string()) {
    out.add(where, "expected a string, found " + excerpt(value), "one of " + choices(names));
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string_view meant = nearest(text, names);
  out.add(
      where, "no " + std::string(what) + " is called \"" + shown(text, longest_excerpt) + "\"",
      meant.empty() ? "one of " + choices(names) : "did you mean `" + std::string(meant) + "`?");
  return std::nullopt;
}

std::vector<std::string> read_texts(const json& value, const place& where, findings& out,
                                    std::size_t most_entries, std::size_t most_octets) {
  std::vector<std::string> texts;
  if (!value.is_array()) {
    out.add(where, "expected an array of strings, found " + excerpt(value),
            value.is_string() ? "[" + excerpt(value) + "]" : "an array of strings");
    return texts;
  }
  if (value.size() > most_entries) {
    out.add(where, std::to_string(value.size()) + " entries are too many",
            "at most " + std::to_string(most_entries));
    return texts;
  }
  texts.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (auto text = read_text(value[i], where[i], out, most_octets))
      texts.push_back(std::move(*text));
  }
  return texts;
}

object_reader::object_reader(const json& value, const place& where, findings& out,
                             std::string_view example)
    : where_(where), out_(out) {
  if (value.is_object())
    object_ = &value;
  else
    out.add(where, "expected an object, found " + excerpt(value), std::string(example));
}

const json* object_reader::find(std::string_view key) {
  known_.push_back(key);
  if (object_ == nullptr) return nullptr;
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

const json* object_reader::require(std::string_view key, std::string_view right) {
  const json* value = find(key);
  if (value == nullptr && object_ != nullptr)
    out_.add(where_, "`" + std::string(key) + "` is missing", std::string(right));
  return value;
}

bool object_reader::refuse(std::string_view key, std::string_view right) {
  if (object_ == nullptr || !object_->contains(key)) return false;
  refused_.push_back(key);
  out_.add(where_ / key, "`" + std::string(key) + "` is not a key here", std::string(right));
  return true;
}

std::string object_reader::text(std::string_view key, std::string_view otherwise,
                                std::size_t most) {
  const json* value = find(key);
  if (value == nullptr) return std::string(otherwise);
  return read_text(*value, where_ / key, out_, most).value_or(std::string(otherwise));
}

std::int64_t object_reader::integer(std::string_view key, std::int64_t otherwise,
                                    number_range range) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  return read_integer(*value, where_ / key, out_, range).value_or(otherwise);
}

bool object_reader::flag(std::string_view key, bool otherwise) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  return read_flag(*value, where_ / key, out_).value_or(otherwise);
}

model::duration object_reader::duration(std::string_view key, model::duration otherwise,
                                        model::duration least) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  return read_duration(*value, where_ / key, out_, least).value_or(otherwise);
}

std::vector<std::string> object_reader::texts(std::string_view key, std::size_t most_entries) {
  const json* value = find(key);
  if (value == nullptr) return {};
  return read_texts(*value, where_ / key, out_, most_entries);
}

void object_reader::finish() {
  if (object_ == nullptr) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    if (std::find(refused_.begin(), refused_.end(), key) != refused_.end()) continue;
    const std::string_view meant = nearest(key, known_);
    std::string right = "no key at all";
    if (!meant.empty())
      right = "did you mean `" + std::string(meant) + "`?";
    else if (!known_.empty())
      right = "the keys here are " + choices(known_);
    out_.add(where_ / key, "`" + shown(key, longest_excerpt) + "` is not a key here",
             std::move(right));
  }
}

}  // namespace mailrig::faults
