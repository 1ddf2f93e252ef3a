#include "capture/mime/header_scan.hpp"

#include "capture/mime/ascii.hpp"

#include <algorithm>

namespace mailrig::mime {

const raw_field* header_block::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const raw_field& field) {
    return equals_ignoring_case(field.name, name);
  });
  return found == fields.end() ? nullptr : &*found;
}

line_span line_at(std::string_view raw, std::size_t begin) {
  const std::size_t feed = raw.find('\n', begin);
  const std::size_t end = feed == std::string_view::npos ? raw.size() : feed;
  std::string_view text = raw.substr(begin, end - begin);
  if (feed != std::string_view::npos && text.ends_with('\r')) text.remove_suffix(1);
  return {text, feed == std::string_view::npos ? raw.size() : feed + 1};
}

std::size_t field_name_length(std::string_view line) {
  std::size_t length = 0;
  while (length < line.size() && line[length] > ' ' && line[length] < '\x7F' && line[length] != ':')
    ++length;
  const std::size_t colon = line.find_first_not_of(" \t", length);
  return colon != std::string_view::npos && line[colon] == ':' ? length : 0;
}

}  // namespace mailrig::mime
