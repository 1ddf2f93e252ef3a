// References by Content-ID (RFC 2392) in HTML.
#pragma once

#include "capture/mime/message_view.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailrig::mime {

// Content-IDs to part numbers; the first of two equal ones is meant.
class content_ids {
 public:
  explicit content_ids(const std::vector<part>& parts);

  // The part that a reference without its `cid:` means, or -1. Character references of HTML and
  // percent-encoding are undone, and case is forgiven.
  [[nodiscard]] int find(std::string_view reference) const;

 private:
  std::unordered_map<std::string, int> exact_, lower_;
};

// Rewrites each `cid:` reference in attribute values, style attributes and <style> elements:
// `replace` gets it without `cid:` and answers what stands in its place, or nothing to leave it.
[[nodiscard]] std::string replace_cids(
    std::string_view html, const std::function<std::string(std::string_view reference)>& replace);

}  // namespace mailrig::mime
