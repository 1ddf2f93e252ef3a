#include "capture/model/line_facts.hpp"

#include <algorithm>
#include <cstddef>

namespace mailrig::model {

line_facts look_at_lines(std::string_view octets) {
  line_facts facts;
  while (!octets.empty()) {
    const std::size_t newline = octets.find('\n');
    const std::size_t size = std::min(newline, octets.size());
    const bool is_crlf =
        newline != std::string_view::npos && newline > 0 && octets[newline - 1] == '\r';
    if (newline != std::string_view::npos && !is_crlf) ++facts.bare_lf_count;
    facts.longest_line = std::max<std::uint64_t>(facts.longest_line, size - (is_crlf ? 1 : 0));
    octets.remove_prefix(std::min(size + 1, octets.size()));
  }
  return facts;
}

}  // namespace mailrig::model
