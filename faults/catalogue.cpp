// The scenarios of faults/catalogue/*.json, which are part of the program.
#include "faults/json_reader.hpp"
#include "faults/scenario.hpp"

#include <algorithm>
#include <stdexcept>

extern "C" {
extern const char mailrig_catalogue_begin[];
extern const char mailrig_catalogue_end[];
}

namespace mailrig::faults {
namespace {

// A file that is wrong is a fault of the program; a test parses them all.
std::vector<scenario> parse_all() {
  const std::string_view text{
      mailrig_catalogue_begin,
      static_cast<std::size_t>(mailrig_catalogue_end - mailrig_catalogue_begin)};
  std::vector<scenario> result;
  for (const json& each : json::parse(text)) {
    auto parsed = scenario::parse(each.dump());
    if (auto* wrong = std::get_if<std::vector<load_error>>(&parsed))
      throw std::logic_error("catalogue: " + each.value("name", "?") + wrong->front().pointer +
                             ": " + wrong->front().wrong);
    result.push_back(std::get<scenario>(std::move(parsed)));
  }
  std::sort(result.begin(), result.end(),
            [](const scenario& a, const scenario& b) { return a.name() < b.name(); });
  return result;
}

// How many pairs of letters two names have in common.
std::size_t likeness(std::string_view a, std::string_view b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    if (b.find(a.substr(i, 2)) != std::string_view::npos) ++count;
  }
  return count;
}

}  // namespace

std::span<const scenario> catalogue() {
  static const std::vector<scenario> all = parse_all();
  return all;
}

const scenario* find_scenario(std::string_view name) {
  const auto all = catalogue();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const scenario& each) { return each.name() == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string_view nearest_scenario(std::string_view name) {
  const auto all = catalogue();
  const auto found =
      std::max_element(all.begin(), all.end(), [name](const scenario& a, const scenario& b) {
        return likeness(name, a.name()) < likeness(name, b.name());
      });
  return found->name();
}

}  // namespace mailrig::faults
