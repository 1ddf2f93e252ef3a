// The links that a reader of a mail could follow.
#pragma once

#include "capture/mime/message_view.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

inline constexpr std::size_t max_links = 1'000;

struct link {
  std::string url;   // character references undone
  std::string text;  // what the reader clicks on, on one line; empty for an address in plain text
  int part = 0;      // the number of the part it stands in

  friend bool operator==(const link&, const link&) = default;
};

// Those of the HTML in reading order (of <a> and <area>, and addresses that stand in its text),
// then those that only the plain text has; each URL once, `max_links` at most. What leads nowhere
// (`#top`, `javascript:`, `cid:`, `data:`) is left out.
[[nodiscard]] std::vector<link> find_links(const message_view& view);

struct span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Web addresses in running text: from http://, https://, ftp:// or www. to the first octet that no
// URL may hold (RFC 3986 2), without the punctuation of the sentence around it.
[[nodiscard]] std::vector<span> find_urls(std::string_view text);

}  // namespace mailrig::mime
