#include "capture/mime/defects.hpp"

#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::mime {

void add_defect(std::vector<std::string>& defects, std::string defect) {
  if (defects.size() > max_defects) return;
  if (std::find(defects.begin(), defects.end(), defect) != defects.end()) return;
  defects.push_back(defects.size() < max_defects ? std::move(defect) : "and more defects");
}

std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 100;
  std::string valid = repaired_utf8(text.substr(0, shown));
  for (char& c : valid)
    if ((c >= '\0' && c < ' ') || c == '\x7F') c = ' ';
  return '"' + valid + (text.size() > shown ? "…\"" : "\"");
}

std::string in_part(int number) {
  return number <= 0 ? std::string() : "part " + std::to_string(number) + ": ";
}

}  // namespace mailrig::mime
