// The table of actions, and what `malform` makes of a reply.
#include "tests/dialogues/generated_rows.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace mailrig::dialogue {
namespace {

std::vector<action_row> replies() {
  return {
      {"reply", R"({"reply": {"code": 451, "enhanced": "4.7.1", "text": "no"}})",
       R"({"reply": {"code": "-ERR", "text": "[SYS/TEMP] no"}})", "{no}", false, true},
      {"reply_of_lines", R"({"reply": {"code": 451, "lines": ["one", "two"]}})",
       R"({"reply": {"code": "-ERR", "text": "[SYS/TEMP] no"}})", "{no of lines}", false, true},
      {"reply_raw", R"({"reply": {"code": 451, "raw_base64": "NDUxIMDADQo="}})",
       R"({"reply": {"code": "-ERR", "raw_base64": "NDUxIMDADQo="}})",
       "S: <octets 451 \\xc0\\xc0\\r\\n>", false, true},
      {"omit", R"({"omit": {}})", "", "S: <nothing>"},
      {"extra_before", R"({"extra": {"text": "more", "place": "before"}})", "", "S: more\n{reply}"},
      {"extra_after", R"({"extra": {"text": "more", "place": "after"}})", "", "{reply}S: more"},
      {"drip", R"({"drip": {"bytes": 1, "gap": "0ms"}})", "", "{reply}"},
      {"slice", R"({"slice": {"size": 4}})", "", "{reply}"},
      {"throttle", R"({"throttle": {"in": 100000, "out": 100000, "latency": "1ms"}})", "",
       "{reply}"},
      {"tag", R"({"tag": {"label": "seen"}})", "", "{reply}"},
      {"ban", R"({"ban": {"by": "client_ip", "for": "1h"}})", "", "{reply}"},
      {"set_state", R"({"set_state": {"of": "m", "to": "down"}})", "", "{reply}"},
  };
}

std::vector<action_row> endings() {
  return {
      {"close_fin_drain", R"({"close": {"mode": "fin_drain"}})", "", "S: <close fin_drain>", true},
      {"close_fin_half", R"({"close": {"mode": "fin_half"}})", "", "S: <close fin_half>", true},
      {"close_abrupt", R"({"close": {"mode": "abrupt"}})", "", "S: <close abrupt>", true},
      {"close_reset", R"({"close": {"mode": "reset"}})", "", "S: <reset>", true},
      {"close_without_close_notify", R"({"close": {"mode": "fin_drain", "close_notify": false}})",
       "", "S: <close fin_drain without close_notify>", true},
      {"close_behind_a_hold", R"({"close": {"mode": "reset", "hold": "20ms"}})", "",
       "real: +20ms\nS: <reset>", true},
      {"reply_close_fin_drain",
       R"({"reply": {"code": 421, "text": "bye"}}, {"close": {"mode": "fin_drain"}})",
       R"({"reply": {"code": "-ERR", "text": "bye"}}, {"close": {"mode": "fin_drain"}})",
       "{bye}S: <close fin_drain>", true},
      {"reply_close_abrupt",
       R"({"reply": {"code": 421, "text": "bye"}}, {"close": {"mode": "abrupt"}})",
       R"({"reply": {"code": "-ERR", "text": "bye"}}, {"close": {"mode": "abrupt"}})",
       "{bye}S: <close abrupt>", true},
      {"reply_close_reset",
       R"({"reply": {"code": 421, "text": "bye"}}, {"close": {"mode": "reset"}})",
       R"({"reply": {"code": "-ERR", "text": "bye"}}, {"close": {"mode": "reset"}})",
       "{bye}S: <reset>", true},
      {"partial_fin", R"({"partial": {"bytes": 2}}, {"close": {}})", "",
       "{two}S: <close fin_drain>", true},
      {"partial_reset", R"({"partial": {"bytes": 2}}, {"close": {"mode": "reset"}})", "",
       "{two}S: <reset>", true},
      {"delay", R"({"delay": {"for": "1m"}})", "", "S: <nothing>\nclock: +1m\n{reply}"},
      {"delay_close", R"({"delay": {"for": "1m"}}, {"close": {"mode": "reset"}})", "",
       "S: <nothing>\nclock: +1m\nS: <reset>", true},
      {"reply_slow_close",
       R"({"reply": {"code": 421, "text": "bye"}}, {"delay": {"for": "1m"}}, {"close": {}})",
       R"({"reply": {"code": "-ERR", "text": "bye"}}, {"delay": {"for": "1m"}}, {"close": {}})",
       "{bye}S: <nothing>\nclock: +1m\nS: <close fin_drain>", true},
      {"stall", R"({"stall": {"max": "1m"}})", "", "S: <nothing>\nclock: +1m\nS: <close fin_drain>",
       true},
      {"stall_reset", R"({"stall": {"max": "1m", "then": {"close": {"mode": "reset"}}}})", "",
       "S: <nothing>\nclock: +1m\nS: <reset>", true},
      {"stall_go_on", R"({"stall": {"max": "1m", "then": "go_on"}})", "",
       "S: <nothing>\nclock: +1m\n{reply}"},
      {"stop_reading", R"({"stop_reading": {"max": "1m"}})", "",
       "S: <nothing>\nclock: +1m\nS: <close fin_drain>", true},
  };
}

std::vector<action_row> spoiled_replies() {
  return {
      {"malform_no_code", R"({"malform": {"kind": "no_code"}})", "", "{spoiled no_code}"},
      {"malform_bad_digit", R"({"malform": {"kind": "bad_digit"}})", "", "{spoiled bad_digit}"},
      {"malform_code_only", R"({"malform": {"kind": "code_only"}})", "", "{spoiled code_only}"},
      {"malform_no_space", R"({"malform": {"kind": "no_space"}})", "", "{spoiled no_space}"},
      {"malform_mixed_codes", R"({"malform": {"kind": "mixed_codes"}})", "",
       "{spoiled mixed_codes}"},
      {"malform_unterminated", R"({"malform": {"kind": "unterminated_multiline"}})", "",
       "{spoiled unterminated_multiline}"},
      {"malform_lf_only", R"({"malform": {"kind": "lf_only"}})", "", "{spoiled lf_only}"},
      {"malform_cr_only", R"({"malform": {"kind": "cr_only"}})", "", "{spoiled cr_only}"},
      {"malform_no_eol", R"({"malform": {"kind": "no_eol"}})", "", "{spoiled no_eol}"},
      {"malform_long_line", R"({"malform": {"kind": "long_line", "n": 2000}})", "",
       "{spoiled long_line}"},
      {"malform_many_lines", R"({"malform": {"kind": "many_lines", "n": 3}})", "",
       "{spoiled many_lines}"},
      {"malform_eight_bit", R"({"malform": {"kind": "eight_bit", "charset": "gbk"}})", "",
       "{spoiled eight_bit}"},
      {"malform_telnet_iac", R"({"malform": {"kind": "telnet_iac"}})", "", "{spoiled telnet_iac}"},
      {"malform_http_400", R"({"malform": {"kind": "http_400"}})", "", "{spoiled http_400}"},
      {"malform_unstuffed_dot", R"({"malform": {"kind": "unstuffed_dot"}})", "",
       "{spoiled unstuffed_dot}"},
  };
}

std::vector<action_row> of_tls() {
  return {
      {"tls_after_220_fin", R"({"tls": {"after_220": "fin"}})", "", "{reply}S: <close fin_drain>",
       true},
      {"tls_after_220_reset", R"({"tls": {"after_220": "reset"}})", "", "{reply}S: <reset>", true},
      {"tls_after_220_garbage", R"({"tls": {"after_220": "garbage"}})", "",
       "{reply}S: !TLS is not spoken here, whatever the reply said\nS: <close fin_drain>", true},
      {"tls_after_220_stall", R"({"tls": {"after_220": "stall"}})", "",
       "{reply}S: <nothing>\nclock: +1m\nS: <close fin_drain>", true},
      {"tls_answer_injected", R"({"tls": {"answer_injected": true}})", "", "{reply}"},
      {"tls_alert", R"({"tls": {"alert": "handshake_failure"}})", "", "S: <close fin_drain>", true},
      {"tls_versions", R"({"tls": {"min_version": "1.2", "max_version": "1.2"}})", "", "{reply}"},
      {"tls_ciphers",
       R"({"tls": {"max_version": "1.2", "ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384"}})", "",
       "{reply}"},
      {"certificate", R"({"certificate": {"name": "expired"}})", "", "{reply}"},
  };
}

// One line of a reply, taken apart.
struct line_parts {
  std::string code;
  std::string separator;
  std::string text;
};

line_parts take_apart(std::string_view line) {
  const std::size_t code = std::min(line.find_first_of(" -", 1), line.size());
  line_parts result{std::string(line.substr(0, code)), {}, {}};
  result.separator = line.substr(code, 1);
  result.text = line.substr(std::min(code + 1, line.size()));
  return result;
}

std::string joined(const std::vector<std::string>& lines, std::string_view line_end) {
  std::string result;
  for (const std::string& each : lines) result.append(each).append(line_end);
  return result;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> result;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find('\n');
    result.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size() - 1) + 1);
  }
  return result;
}

std::string without_end(std::string text, std::size_t octets) {
  return text.substr(0, text.size() - octets);
}

// What has the same form wherever it stands: line ends, and the end of all.
std::optional<std::string> spoiled_ends(std::string_view kind, const stage_row& at,
                                        const std::vector<std::string>& lines) {
  const std::string whole = joined(lines, "\r\n");
  if (kind == "lf_only") return joined(lines, "\n");
  if (kind == "cr_only") return joined(lines, "\r");
  if (kind == "no_eol") return without_end(whole, 2);
  if (kind == "unterminated_multiline" && at.spoken == "pop3")
    return without_end(whole, lines.size() > 1 ? 3 : 2);
  return std::nullopt;
}

// A code of which one character is another one that looks like it.
std::string misread(std::string code) {
  if (code == "+") return code;  // of a challenge: nothing looks like it
  if (code.starts_with('+')) return "+0K";
  if (code.starts_with('-')) return "-3RR";
  constexpr std::string_view lookalikes = "OlZEASGTBg";
  code.back() = lookalikes[static_cast<std::size_t>(code.back() - '0')];
  return code;
}

std::string opposite(const std::string& code) {
  if (code.starts_with('+')) return "-ERR";
  if (code.starts_with('-')) return "+OK";
  return code < "400" ? "451" : "250";
}

// The lines that bear a code: in POP3 the first one only.
std::vector<std::string> spoiled_lines(std::string_view kind, std::vector<std::string> lines,
                                       bool is_pop3) {
  const line_parts last = take_apart(lines.back());
  if (kind == "code_only") return {last.code};
  if (kind == "http_400") return {"HTTP/1.1 400 Bad Request"};
  if (kind == "many_lines") {
    const std::string other = last.code + (is_pop3 ? " " : "-") + last.text;
    return {other, other, last.code + ' ' + last.text};
  }
  if (kind == "long_line")
    lines.back() += std::string(2000 - last.text.size(), 'x');
  else if (kind == "eight_bit")
    lines.back() = last.code + last.separator + "\xd3\xca\xbc\xfe\xb1\xbb\xbe\xdc";
  else if (kind == "telnet_iac")
    lines.front().insert(0, "\xff\xfb\x01");
  else if (kind == "mixed_codes") {
    if (lines.size() == 1) lines.push_back(lines.front());
    if (!is_pop3) lines.front()[3] = '-';
    const line_parts of_last = take_apart(lines.back());
    lines.back() = opposite(of_last.code) + ' ' + of_last.text;
  }
  for (std::string& each : lines) {
    const line_parts parts = take_apart(each);
    if (kind == "no_code") each = parts.text;
    if (kind == "no_space") each = parts.code + parts.text;
    if (kind == "bad_digit") each = misread(parts.code) + parts.separator + parts.text;
    if (kind == "unterminated_multiline") each = parts.code + '-' + parts.text;
  }
  return lines;
}

std::vector<std::string> unstuffed(std::vector<std::string> lines) {
  for (std::string& each : lines) {
    if (each.starts_with("..")) each.erase(0, 1);
  }
  return lines;
}

}  // namespace

const std::vector<action_row>& action_rows() {
  static const std::vector<action_row> all = [] {
    std::vector<action_row> rows;
    for (const auto& part : {replies(), endings(), spoiled_replies(), of_tls()})
      rows.insert(rows.end(), part.begin(), part.end());
    return rows;
  }();
  return all;
}

std::string spoiled(std::string_view kind, const stage_row& at) {
  const std::vector<std::string> lines = lines_of(at.reply);
  if (auto ends = spoiled_ends(kind, at, lines)) return *std::move(ends);
  if (kind == "unstuffed_dot") return joined(unstuffed(lines), "\r\n");
  const bool is_pop3 = at.spoken == "pop3";
  // What flows behind a reply of POP3 bears no code.
  if (at.what == stage_row::shape::body) return joined(lines, "\r\n");
  if (!is_pop3) return joined(spoiled_lines(kind, lines, false), "\r\n");
  std::vector<std::string> all = spoiled_lines(kind, {lines.front()}, true);
  all.insert(all.end(), lines.begin() + 1, lines.end());
  return joined(all, "\r\n");
}

}  // namespace mailrig::dialogue
