#include "tests/dialogues/reply_check.hpp"

#include "capture/wire/text.hpp"

#include <algorithm>
#include <cctype>

namespace mailrig::dialogue {
namespace {

constexpr std::size_t longest_line = 512;          // RFC 5321 4.5.3.1.5, CRLF included
constexpr std::size_t longest_challenge = 12'288;  // RFC 4954 4

bool is_digit(char octet) {
  return octet >= '0' && octet <= '9';
}

bool is_text(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value >= 0x20 && value != 0x7F;
}

// Length of "5.7.1" at the front of a reply's text; 0 if there is none.
std::size_t enhanced_length(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    const std::size_t digits = at - begin;
    if (digits == 0 || digits > (part == 0 ? 1U : 3U)) return 0;
    if (part == 2) break;
    if (at == text.size() || text[at] != '.') return 0;
    ++at;
  }
  return at == text.size() || text[at] == ' ' ? at : 0;
}

const char* fault_of_line(std::string_view line) {
  const std::size_t longest = line.starts_with("334 ") ? longest_challenge : longest_line;
  if (line.size() + 2 > longest) return "is longer than 512 octets, or 12,288 of a challenge";
  if (line.size() < 4) return "has no code and separator";
  if (line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
    return "does not begin with a code";
  if (line[3] != ' ' && line[3] != '-') return "has no space or hyphen behind its code";
  if (!std::all_of(line.begin(), line.end(), is_text)) return "holds control characters";
  const std::string_view text = line.substr(4);
  if (enhanced_length(text) != 0 && text[0] != line[0])
    return "bears an enhanced code of another class";
  return nullptr;
}

bool may_lack_enhanced_code(std::string_view reply, std::string_view command) {
  return reply.starts_with("220") || reply.starts_with("3") ||
         wire::starts_ignoring_case(command, "EHLO") ||
         wire::starts_ignoring_case(command, "HELO") || wire::starts_ignoring_case(command, "LHLO");
}

}  // namespace

std::optional<std::string> find_malformed_line(std::string_view output) {
  std::string_view code;  // of a reply that goes on
  while (!output.empty()) {
    const std::size_t end = output.find("\r\n");
    const std::string line(output.substr(0, end));
    if (end == std::string_view::npos) return "the reply '" + line + "' has no CRLF";
    if (const char* const fault = fault_of_line(line)) return "the reply '" + line + "' " + fault;
    if (!code.empty() && code != output.substr(0, 3))
      return "the reply '" + line + "' changes its code";
    code = line[3] == '-' ? output.substr(0, 3) : std::string_view{};
    output.remove_prefix(end + 2);
  }
  if (!code.empty()) return "a reply of several lines has no last line";
  return std::nullopt;
}

std::optional<std::string> find_fault_of_transcript(const rig::transcript& said,
                                                    std::string_view output, wording whose) {
  std::string_view command;
  for (const rig::transcript_line& each : said.lines) {
    if (each.kind == rig::transcript_kind::from_client) command = each.octets;
    if (each.kind != rig::transcript_kind::to_client) continue;
    // What was said but never written belongs to a connection that was reset.
    if (!output.substr(0, each.octets.size()).starts_with(each.octets) && !output.empty())
      return "the transcript says '" + each.octets + "' where the server wrote '" +
             std::string(output.substr(0, longest_line)) + "'";
    output.remove_prefix(std::min(output.size(), each.octets.size()));
    if (whose == wording::ours && !may_lack_enhanced_code(each.octets, command) &&
        enhanced_length(std::string_view(each.octets).substr(4, each.octets.find("\r\n") - 4)) == 0)
      return "the reply '" + each.octets + "' bears no enhanced code";
  }
  if (!output.empty()) return "the transcript lacks '" + std::string(output) + "'";
  return std::nullopt;
}

void check_output(protocol spoken, const rig::transcript& said, std::string_view output,
                  wording whose) {
  if (whose == wording::of_rules && spoken == protocol::pop3) return;
  if (spoken == protocol::smtp && whose != wording::of_rules) {
    if (const auto fault = find_malformed_line(output)) throw script_error(*fault);
  }
  if (said.lost_its_beginning) return;
  const auto fault = spoken == protocol::smtp ? find_fault_of_transcript(said, output, whose)
                                              : find_fault_of_pop3(said, output);
  if (fault) throw script_error(*fault);
}

}  // namespace mailrig::dialogue
