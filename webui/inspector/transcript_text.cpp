#include "webui/inspector/transcript_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mailrig::inspector {
namespace {

std::string_view mark_of(rig::transcript_kind kind) {
  static constexpr std::array<std::string_view, 3> marks = {"C: ", "S: ", "-- "};
  return marks[static_cast<std::size_t>(kind)];
}

std::string padded(std::uint32_t milliseconds) {
  constexpr std::size_t width = 8;
  const std::string digits = std::to_string(milliseconds);
  return std::string(width - std::min(width, digits.size()), ' ') + digits + "  ";
}

// What would move a terminal's cursor is shown, not carried out.
void append_visible(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  for (const char each : text) {
    const auto octet = static_cast<unsigned char>(each);
    if (octet >= 0x20 && octet != 0x7F) {
      out += each;
    } else {
      out += "\\x";
      out += hex[octet >> 4U];
      out += hex[octet & 15U];
    }
  }
}

void append_lines(std::string& out, const rig::transcript_line& line) {
  std::string_view rest = line.octets;
  do {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    if (text.ends_with('\r')) text.remove_suffix(1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    out += padded(line.after_ms);
    out += mark_of(line.kind);
    append_visible(out, text);
    out += '\n';
  } while (!rest.empty());
}

std::string_view words_for(model::ended_by how) {
  static constexpr std::array<std::string_view, 5> words = {
      "ended by the client (FIN)", "ended by the client (RST)", "ended by mailrig",
      "ended by a timeout", "ended because mailrig was stopped"};
  return words[static_cast<std::size_t>(how)];
}

}  // namespace

std::string transcript_text(const rig::session_record& session, const rig::transcript& said) {
  std::string out = "session " + model::to_string(session.id) + "  " + session.protocol +
                    "  from " + session.peer + "  at " + model::to_rfc3339(session.started_at) +
                    "\n";
  if (said.lost_its_beginning) out += "          -- the beginning was overwritten\n";
  for (const rig::transcript_line& each : said.lines) append_lines(out, each);
  if (session.ended_at) {
    const auto after = (*session.ended_at - session.started_at).count();
    out += padded(static_cast<std::uint32_t>(after)) + "-- ";
    out += words_for(*session.ended_by);
  } else {
    out += "          -- still open";
  }
  out += "; " + std::to_string(session.octets_in) + " octets in, " +
         std::to_string(session.octets_out) + " out\n";
  return out;
}

}  // namespace mailrig::inspector
