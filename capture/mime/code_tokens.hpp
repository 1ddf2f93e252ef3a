// Candidates for one-time codes in a text: runs of 4 to 8 digits or letters, with what stands
// around them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

struct code_token {
  std::string value;
  std::size_t begin = 0;  // in the text
  std::size_t end = 0;
  bool has_digit = false;
  bool has_letter = false;
};

// Groups such as "123 456", "123-456" and "1 2 3 4 5 6" are one token. What is part of an address
// of the web or of mail is none.
[[nodiscard]] std::vector<code_token> find_code_tokens(std::string_view text);

}  // namespace mailrig::mime
