#include "capture/wire/text.hpp"
#include "tests/dialogues/reply_check.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace mailrig::dialogue {
namespace {

using wire::equals_ignoring_case;

constexpr std::size_t longest_line = 512;  // RFC 1939 3, CRLF included

// Whether lines follow a +OK (RFC 1939 3 and 5, RFC 2449 5, RFC 6856 3.2).
bool lists_or_fetches(std::string_view command) {
  while (command.ends_with('\n') || command.ends_with('\r')) command.remove_suffix(1);
  const std::string_view verb = command.substr(0, command.find(' '));
  const bool has_argument = !wire::trim(command.substr(verb.size())).empty();
  static constexpr std::array<std::string_view, 3> always = {"CAPA", "RETR", "TOP"};
  static constexpr std::array<std::string_view, 4> alone = {"LIST", "UIDL", "LANG", "AUTH"};
  const auto is = [verb](std::string_view each) { return equals_ignoring_case(verb, each); };
  return std::any_of(always.begin(), always.end(), is) ||
         (!has_argument && std::any_of(alone.begin(), alone.end(), is));
}

// Follows the transcript along what was written.
class follower {
 public:
  explicit follower(std::string_view output) : output_(output) {}

  void client_said(std::string_view line) {
    end_lines();
    command_ = line;
  }

  std::optional<std::string> server_said(std::string_view octets) {
    if (output_.empty()) return std::nullopt;  // said, not written: the connection was reset
    if (is_in_lines_ && !octets.starts_with("+OK") && !octets.starts_with("-ERR"))
      return take(octets);
    end_lines();
    const std::string_view first = octets.substr(0, octets.find("\r\n"));
    const bool is_challenge = first.starts_with("+ ");  // RFC 5034 4
    if (is_challenge) return take(octets);
    if (!first.starts_with("+OK") && !first.starts_with("-ERR"))
      return "the reply '" + std::string(first) + "' begins with neither +OK nor -ERR";
    if (first.size() > 3 && first.starts_with("+OK") && first[3] != ' ')
      return "the reply '" + std::string(first) + "' has no blank behind +OK";
    if (first.size() + 2 > longest_line) return "a reply is longer than 512 octets";
    const bool has_its_lines = octets.size() > first.size() + 2;
    is_in_lines_ = first.starts_with("+OK") && !has_its_lines && lists_or_fetches(command_);
    return take(octets);
  }

  std::optional<std::string> finish() {
    end_lines();
    if (output_.empty()) return std::nullopt;
    return "the transcript lacks '" + std::string(output_.substr(0, longest_line)) + "'";
  }

 private:
  std::optional<std::string> take(std::string_view octets) {
    if (!output_.substr(0, octets.size()).starts_with(octets.substr(0, output_.size())))
      return "the transcript says '" + std::string(octets) + "' where the server wrote '" +
             std::string(output_.substr(0, longest_line)) + "'";
    last_taken_ = octets;
    output_.remove_prefix(std::min(output_.size(), octets.size()));
    return std::nullopt;
  }

  // Lines that are not in the transcript: to the final dot, or to the end of what was written.
  void end_lines() {
    if (!std::exchange(is_in_lines_, false)) return;
    if (last_taken_ == ".\r\n" || last_taken_.ends_with("\r\n.\r\n")) return;
    if (output_.starts_with(".\r\n")) return output_.remove_prefix(3);
    const std::size_t dot = output_.find("\r\n.\r\n");
    output_.remove_prefix(dot == std::string_view::npos ? output_.size() : dot + 5);
  }

  std::string_view output_;
  std::string_view command_;
  std::string_view last_taken_;
  bool is_in_lines_ = false;
};

}  // namespace

std::optional<std::string> find_fault_of_pop3(const rig::transcript& said,
                                              std::string_view output) {
  follower at(output);
  for (const rig::transcript_line& each : said.lines) {
    if (each.kind == rig::transcript_kind::from_client) at.client_said(each.octets);
    if (each.kind != rig::transcript_kind::to_client) continue;
    if (auto fault = at.server_said(each.octets)) return fault;
  }
  return at.finish();
}

}  // namespace mailrig::dialogue
