// What the lines of a mail look like: what a strict server would have refused. Looked at when
// somebody asks, not while the mail streams in.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailrig::model {

struct line_facts {
  std::uint64_t bare_lf_count = 0;
  std::uint64_t longest_line = 0;  // octets without the line end

  friend bool operator==(const line_facts&, const line_facts&) = default;
};

// Of un-stuffed octets; the last line needs no end.
[[nodiscard]] line_facts look_at_lines(std::string_view octets);

}  // namespace mailrig::model
