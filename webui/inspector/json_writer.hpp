// Writes JSON text (RFC 8259) from the front to the back, into a string of its own.
//
// No tree is built: a list of fifty rows is joined from ready fragments, and a message of 8 MiB is
// written once. Octets that are not UTF-8 become U+FFFD, so that what a peer sent never makes an
// answer unreadable. The caller closes what it opens.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::inspector {

class json_writer {
 public:
  json_writer& open_object() { return open('{'); }
  json_writer& close_object() { return close('}'); }
  json_writer& open_array() { return open('['); }
  json_writer& close_array() { return close(']'); }
  // The next value belongs to this key.
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::same_as<bool> auto truth) {
    return fragment(truth ? std::string_view("true") : std::string_view("false"));
  }
  json_writer& value(std::integral auto number) requires(!std::same_as<decltype(number), bool>) {
    return fragment(std::to_string(number));
  }
  json_writer& value(const model::id& id);
  json_writer& value(model::instant when);
  json_writer& null() { return fragment("null"); }
  // A value that is JSON already.
  json_writer& fragment(std::string_view json);
  // More of the fragment before it.
  json_writer& continued(std::string_view json) {
    text_ += json;
    return *this;
  }

  template <class Value>
  json_writer& field(std::string_view name, const Value& content) {
    key(name);
    return value(content);
  }
  // Null for an empty text.
  json_writer& text_or_null(std::string_view name, std::string_view text);
  json_writer& null_field(std::string_view name) { return key(name).null(); }
  json_writer& empty_array_field(std::string_view name) { return key(name).fragment("[]"); }

  // Room for so many octets more; spares growing.
  void reserve(std::size_t octets) { text_.reserve(text_.size() + octets); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  json_writer& open(char bracket);
  json_writer& close(char bracket);
  void separate();

  std::string text_;
  bool wants_comma_ = false;
};

}  // namespace mailrig::inspector
