#include "capture/mime/splices.hpp"

#include <algorithm>

namespace mailrig::mime {

std::string splices::apply() {
  std::stable_sort(changes_.begin(), changes_.end(),
                   [](const change& a, const change& b) { return a.begin < b.begin; });
  std::string out;
  out.reserve(raw_.size());
  std::size_t at = 0;
  for (const change& each : changes_) {
    if (each.begin < at) continue;
    out += raw_.substr(at, each.begin - at);
    out += each.text;
    at = each.end;
  }
  out += raw_.substr(at);
  return out;
}

}  // namespace mailrig::mime
