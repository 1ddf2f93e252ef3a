#include "webui/inspector/json_body.hpp"

#include "capture/model/units.hpp"

#include <algorithm>

namespace mailrig::inspector {
namespace {

constexpr std::size_t longest_shown = 60;

std::string shown(const json_value& value) {
  std::string text = value.dump(-1, ' ', false, json_value::error_handler_t::replace);
  if (text.size() > longest_shown) text = text.substr(0, longest_shown) + "…";
  return text;
}

// What somebody meant who wrote a bare number of milliseconds.
std::string meant(std::int64_t milliseconds) {
  if (milliseconds >= 1000 && milliseconds % 1000 == 0)
    return std::to_string(milliseconds / 1000) + "s";
  return std::to_string(milliseconds) + "ms";
}

}  // namespace

answer bad_body(const body_complaint& wrong) {
  const std::string place = wrong.place.empty() ? "The body" : "\"" + wrong.place + "\"";
  return problem(400, "bad_body", "The body is not what this call takes",
                 place + ' ' + wrong.detail);
}

std::variant<json_value, answer> parse_body(const request& asked, int deepest) {
  if (asked.body.empty()) return json_value::object();
  bool is_too_deep = false;
  const auto watch = [&is_too_deep, deepest](int depth, json_value::parse_event_t, json_value&) {
    is_too_deep = is_too_deep || depth > deepest;
    return !is_too_deep;
  };
  try {
    json_value parsed = json_value::parse(asked.body, watch);
    if (is_too_deep)
      return bad_body({"", "is nested more than " + std::to_string(deepest) + " deep."});
    return parsed;
  } catch (const json_value::parse_error& error) {
    return problem(400, "bad_json", "The body is not JSON",
                   "It breaks RFC 8259 at octet " + std::to_string(error.byte) +
                       ". Send a JSON object, or no body at all.");
  } catch (const json_value::out_of_range&) {
    return problem(400, "bad_json", "The body cannot be read",
                   "It holds a number that is too large for anything here.");
  }
}

std::string_view kind_of(const json_value& value) {
  switch (value.type()) {
    case json_value::value_t::null: return "null";
    case json_value::value_t::object: return "an object";
    case json_value::value_t::array: return "an array";
    case json_value::value_t::string: return "a string";
    case json_value::value_t::boolean: return "true or false";
    default: return "a number";
  }
}

object_reader::object_reader(const json_value& value, std::string place, std::string_view what)
    : place_(std::move(place)), what_(what) {
  if (value.is_object())
    object_ = &value;
  else
    complaint_ = {place_, "is " + std::string(kind_of(value)) + "; " + what_ + " is an object."};
}

const json_value* object_reader::find(std::string_view key) {
  known_.emplace_back(key);
  if (object_ == nullptr || complaint_) return nullptr;
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

const json_value* object_reader::find_value(std::string_view key) {
  const json_value* const found = find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<std::string> object_reader::text(std::string_view key) {
  const json_value* const found = find_value(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  complain(key, "is " + std::string(kind_of(*found)) + "; it is a string.");
  return std::nullopt;
}

std::optional<std::uint64_t> object_reader::integer(std::string_view key, std::uint64_t least,
                                                    std::uint64_t most) {
  const json_value* const found = find_value(key);
  if (found == nullptr) return std::nullopt;
  const bool is_whole = found->is_number_unsigned();
  const std::uint64_t number = is_whole ? found->get<std::uint64_t>() : 0;
  if (is_whole && number >= least && number <= most) return number;
  complain(key, "is " + shown(*found) + "; it is a whole number from " + std::to_string(least) +
                    " to " + std::to_string(most) + ".");
  return std::nullopt;
}

std::optional<model::duration> object_reader::duration(std::string_view key) {
  const json_value* const found = find_value(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) {
    const auto parsed = model::parse_duration(found->get<std::string>());
    if (parsed && parsed->count() > 0) return parsed;
  }
  std::string hint;
  if (found->is_number_unsigned())
    hint = " Is " + shown(*found) + " meant to be \"" +
           meant(static_cast<std::int64_t>(found->get<std::uint64_t>())) + "\"?";
  complain(key, "is " + shown(*found) +
                    "; it is a time longer than 0 as a string with its unit, such as \"300ms\", "
                    "\"10s\", \"15m\" or \"1h\"." +
                    hint);
  return std::nullopt;
}

std::optional<std::size_t> object_reader::size(std::string_view key) {
  const json_value* const found = find_value(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_number_unsigned()) return found->get<std::size_t>();
  if (found->is_string()) {
    if (const auto parsed = model::parse_size(found->get<std::string>())) return *parsed;
  }
  complain(key, "is " + shown(*found) +
                    "; it is a size: a number of octets, or a string such as \"64KiB\" or "
                    "\"100MiB\".");
  return std::nullopt;
}

std::string object_reader::place_of(std::string_view key) const {
  return place_ + '/' + std::string(key);
}

void object_reader::complain(std::string_view key, std::string detail) {
  if (!complaint_) complaint_ = {place_of(key), std::move(detail)};
}

void object_reader::finish() {
  if (object_ == nullptr || complaint_) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    std::string list;
    for (const std::string& each : known_) list += (list.empty() ? "" : ", ") + each;
    return complain(key, "is not a key of " + what_ + ". There are: " + list + ".");
  }
}

}  // namespace mailrig::inspector
