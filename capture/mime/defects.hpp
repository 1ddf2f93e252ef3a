// Defects: short English sentences on what is wrong with a mail, bounded in length and number.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

inline constexpr std::size_t max_defects = 100;

// The octets of one header field that are looked at; what is longer is cut, with a defect.
inline constexpr std::size_t max_value = std::size_t{1} << 20;

// Adds a sentence that is not there yet; past `max_defects` only one that says so.
void add_defect(std::vector<std::string>& defects, std::string defect);

// `"text"`, valid UTF-8 without control characters, at most 100 octets of it.
[[nodiscard]] std::string quoted(std::string_view text);

// "part 3: ", or nothing for the message itself.
[[nodiscard]] std::string in_part(int number);

}  // namespace mailrig::mime
