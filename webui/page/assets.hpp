// The web page's files, built into the program. They lie in the read-only part of the binary as
// they are sent, once as they are and once as gzip; nothing here allocates, reads a file or knows
// HTTP beyond the header values that it holds ready.
#pragma once

#include <span>
#include <string_view>

namespace mailrig::page {

struct asset {
  /// As in the URL, with the leading slash: "/index.html", "/assets/index-1a2b3c4d.js".
  std::string_view path;
  std::string_view content_type;
  /// An entity-tag as RFC 9110 8.8.3 writes it, quotes included. Weak, since it names both forms of
  /// the content.
  std::string_view etag;
  std::string_view cache_control;
  std::string_view identity;
  /// The same content as gzip; empty where that would not be smaller.
  std::string_view gzip;
};

/// The asset of exactly this path, or null. "/" is the page itself, "/index.html". Takes no query.
const asset* find_asset(std::string_view path);

/// All assets, ordered by path.
std::span<const asset> all_assets();

}  // namespace mailrig::page
