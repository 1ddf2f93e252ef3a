#include "webui/page/assets.hpp"

#include <algorithm>

namespace mailrig::page {

const asset* find_asset(std::string_view path) {
  const std::string_view wanted = path == "/" ? std::string_view{"/index.html"} : path;
  const auto assets = all_assets();
  const auto found = std::ranges::lower_bound(assets, wanted, {}, &asset::path);
  return found != assets.end() && found->path == wanted ? &*found : nullptr;
}

}  // namespace mailrig::page
