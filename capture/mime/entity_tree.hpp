// The tree of a message's entities, as views into its raw octets.
//
// Cut here and not by GMime's parser, because the view needs the offsets of every entity (GMime
// has none for an attached message) and a bound: 2.5 MB of empty parts cost GMime 645 MB. One pass
// over the lines, no recursion, whatever the input.
#pragma once

#include "capture/mime/header_scan.hpp"
#include "capture/mime/parameters.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

inline constexpr std::size_t max_parts = 10'000;
inline constexpr int max_depth = 100;

struct entity {
  int parent = -1;
  int depth = 0;
  std::string type;  // lower case, the default filled in; never empty
  parameterised_value content_type;
  parameterised_value disposition;
  std::string transfer_encoding;  // lower case
  std::string content_id;         // without angle brackets
  std::size_t header_begin = 0;
  std::size_t content_begin = 0;
  std::size_t content_end = 0;
  bool has_children = false;

  [[nodiscard]] bool is_multipart() const { return type.starts_with("multipart/"); }
  // A message whose parts are numbered too: one that is not itself encoded.
  [[nodiscard]] bool is_open_message() const;
};

struct entity_tree {
  header_block header;           // of the message itself
  std::vector<entity> entities;  // in the order of the bytes; never empty
  std::vector<std::string> defects;
};

[[nodiscard]] entity_tree cut_entities(std::string_view raw);

}  // namespace mailrig::mime
