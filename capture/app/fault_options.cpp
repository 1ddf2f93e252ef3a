#include "capture/app/fault_options.hpp"

#include "faults/magic.hpp"
#include "faults/scenario.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

namespace mailrig::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> result;
  for (const fs::directory_entry& each : fs::directory_iterator(folder)) {
    if (each.is_regular_file() && each.path().extension() == ".json")
      result.push_back(each.path().string());
  }
  std::sort(result.begin(), result.end());
  if (result.empty())
    throw fault_option_error("--faults " + folder + ": the folder has no .json file");
  return result;
}

class loader {
 public:
  explicit loader(rig::rig& where) : where_(where) {}

  void take(const std::string& source) {
    std::error_code ignored;
    if (fs::is_directory(source, ignored)) {
      for (const std::string& each : files_of(source)) take_file(each);
    } else if (fs::exists(source, ignored)) {
      take_file(source);
    } else if (const faults::scenario* found = faults::find_scenario(source)) {
      scenarios_.emplace_back(*found, source);
    } else {
      throw fault_option_error("--faults " + source +
                               ": there is no such file, folder or scenario; the nearest scenario "
                               "is " +
                               std::string(faults::nearest_scenario(source)));
    }
  }

  // Behind the rule set, which is put whole.
  void apply_scenarios() {
    for (const auto& [what, source] : scenarios_) apply(what, source);
  }

 private:
  void take_file(const std::string& path) {
    const std::string text = read_fault_file(path);
    if (is_scenario(text)) {
      auto parsed = faults::scenario::parse(text);
      if (const auto* wrong = std::get_if<std::vector<faults::load_error>>(&parsed))
        throw fault_option_error(list_errors(path, *wrong));
      scenarios_.emplace_back(std::get<faults::scenario>(std::move(parsed)), path);
      return;
    }
    if (!rules_from_.empty())
      throw fault_option_error("--faults " + path + ": " + rules_from_ +
                               " is a rule set already; give one, or make scenarios of them by "
                               "a \"name\"");
    rules_from_ = path;
    const auto wrong = where_.rules().put(text);
    if (!wrong.empty()) throw fault_option_error(list_errors(path, wrong));
  }
  void apply(const faults::scenario& what, const std::string& source) {
    auto filled = what.fill({});
    auto& ready = std::get<faults::scenario::instance>(filled);  // parse() has filled it before
    const auto wrong = where_.rules().apply(what.name(), std::move(ready.params), ready.document);
    if (!wrong.empty()) throw fault_option_error(list_errors(source, wrong));
  }

  rig::rig& where_;
  std::string rules_from_;
  std::vector<std::pair<faults::scenario, std::string>> scenarios_;
};

}  // namespace

std::string read_fault_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    throw fault_option_error("cannot read " + path + ": there is no such file, or it is empty");
  return std::move(text).str();
}

bool is_scenario(const std::string& text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  return parsed.is_object() && parsed.contains("name");
}

std::vector<faults::load_error> check_faults(const std::string& text) {
  if (!is_scenario(text)) return faults::load_rule_set(text).errors;
  auto parsed = faults::scenario::parse(text);
  auto* const wrong = std::get_if<std::vector<faults::load_error>>(&parsed);
  return wrong == nullptr ? std::vector<faults::load_error>{} : std::move(*wrong);
}

std::string list_errors(const std::string& name, const std::vector<faults::load_error>& wrong) {
  std::string text;
  for (const faults::load_error& each : wrong) {
    if (!text.empty()) text += '\n';
    text += name + ": " + (each.pointer.empty() ? "" : each.pointer + ": ") + each.wrong;
    if (!each.right.empty()) text += " (right would be " + each.right + ')';
  }
  return text;
}

void load_faults(rig::rig& where, const std::vector<std::string>& sources) {
  loader all(where);
  for (const std::string& each : sources) all.take(each);
  all.apply_scenarios();
}

void set_magic_domain(rig::rig_table& rigs, const std::string& domain) {
  if (domain == "off") return;
  std::string lower = domain;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  if (!faults::is_magic_domain(lower))
    throw fault_option_error("--magic-domain " + domain +
                             ": no domain; letters, digits, dots and hyphens, or off");
  rigs.set_magic(lower, faults::magic_rules(lower));
}

}  // namespace mailrig::app
