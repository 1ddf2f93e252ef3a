#include "capture/mime/fingerprint.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mailrig::mime {
namespace {

char lower(char each) {
  return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
}

bool begins_with(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char wanted, char given) { return wanted == lower(given); });
}

// FNV-1a, twice with different beginnings: mails are told apart here, nobody is kept from forging.
class digest {
 public:
  void add(std::string_view octets) {
    for (const char each : octets) {
      const auto octet = static_cast<unsigned char>(each);
      first_ = (first_ ^ octet) * prime;
      second_ = (second_ ^ (octet + 0x5BU)) * prime;
    }
  }
  [[nodiscard]] std::string hex() const {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {first_, second_})
      for (unsigned shift = 64; shift > 0; shift -= 4) text += digits[half >> (shift - 4) & 0xFU];
    return text;
  }

 private:
  static constexpr std::uint64_t prime = 0x100000001B3U;
  std::uint64_t first_ = 0xCBF29CE484222325U;
  std::uint64_t second_ = 0x84222325CBF29CE4U;
};

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
  const std::string_view line = rest.substr(0, end + 1);
  rest.remove_prefix(end + 1);
  return without_end(line);
}

// The value of `boundary=` in a line (RFC 2045 5.1), with where it begins; empty: there is none.
std::string_view boundary_in(std::string_view line) {
  constexpr std::string_view name = "boundary=";
  for (std::size_t at = 0; at + name.size() < line.size(); ++at) {
    if (!begins_with(line.substr(at), name)) continue;
    std::string_view value = line.substr(at + name.size());
    if (value.front() == '"') {
      value.remove_prefix(1);
      return value.substr(0, value.find('"'));
    }
    return value.substr(0, value.find_first_of("; \t"));
  }
  return {};
}

// Names that clients make up for each try.
bool is_made_up(std::string_view field) {
  return begins_with(field, "date:") || begins_with(field, "message-id:") ||
         begins_with(field, "received:");
}

class reader {
 public:
  [[nodiscard]] std::string read(std::string_view mail, std::string_view reverse_path) {
    digest_.add(reverse_path);
    bool is_header = true;
    bool is_left_out = false;
    while (!mail.empty()) {
      const std::string_view line = next_line(mail);
      if (is_header && line.empty()) is_header = false;
      const bool is_continued = !line.empty() && (line[0] == ' ' || line[0] == '\t');
      if (!is_continued) is_left_out = is_header && is_made_up(line);
      if (!is_left_out) add(line);
    }
    return digest_.hex();
  }

 private:
  void add(std::string_view line) {
    if (line.starts_with("--") && is_delimiter(line.substr(2))) return digest_.add("--\n");
    const std::string_view boundary = boundary_in(line);
    if (boundary.empty()) {
      digest_.add(line);
    } else {
      if (boundaries_.size() < most_boundaries) boundaries_.push_back(boundary);
      const auto begin = static_cast<std::size_t>(boundary.data() - line.data());
      digest_.add(line.substr(0, begin));
      digest_.add(line.substr(begin + boundary.size()));
    }
    digest_.add("\n");
  }
  [[nodiscard]] bool is_delimiter(std::string_view text) const {
    return std::any_of(boundaries_.begin(), boundaries_.end(), [text](std::string_view each) {
      return text == each || (text.starts_with(each) && text.substr(each.size()) == "--");
    });
  }

  static constexpr std::size_t most_boundaries = 50;
  digest digest_;
  std::vector<std::string_view> boundaries_;
};

}  // namespace

std::string fingerprint_of(std::string_view mail, std::string_view reverse_path) {
  return mail.empty() ? std::string() : reader().read(mail, reverse_path);
}

}  // namespace mailrig::mime
