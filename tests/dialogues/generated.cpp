#include "tests/dialogues/generated.hpp"

#include "faults/rule_set.hpp"
#include "tests/dialogues/generated_rows.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::dialogue {
namespace {

using shape = stage_row::shape;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

bool is_pop3(const stage_row& at) {
  return at.spoken == "pop3";
}

std::string_view actions_for(const stage_row& at, const action_row& what) {
  return is_pop3(at) && !what.pop3.empty() ? what.pop3 : what.smtp;
}

std::string rules_for(const stage_row& at, const action_row& what) {
  std::string text =
      R"({"states": {"m": {"up": {}, "down": {}}}, "start": "up", "rules": [{"id": )";
  text += R"("r", "where": {"protocol": ")" + at.spoken + R"(", "stage": ")" + at.stage + '"';
  text += at.where + R"(}, "when": {"nth": 1)" + at.when + R"(}, "actions": [)";
  return text.append(actions_for(at, what)).append("]}]}");
}

// What is said, as steps that compare octets; nothing if nothing is said.
std::string octets_step(const std::string& octets) {
  if (octets.empty()) return {};
  std::string escaped;
  for (const char each : octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(each);
    if (value >= 0x20 && value < 0x7F && each != '\\' && each != '"' && each != '<') {
      escaped += each;
    } else {
      escaped.append("\\x").append(1, digits[value >> 4U]).append(1, digits[value & 15U]);
    }
  }
  return "S: <octets " + escaped + ">\n";
}

std::string wire_form(const stage_row& at) {
  return at.reply.empty() ? std::string() : replaced(at.reply, "\n", "\r\n") + "\r\n";
}

// Cuts "{NAME…}" out of `text`, if it begins with one.
std::string_view take_placeholder(std::string_view& text) {
  if (!text.starts_with('{')) return {};
  const std::size_t end = text.find('}');
  const std::string_view name = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return name;
}

std::string steps_of(std::string_view name, const stage_row& at) {
  constexpr std::string_view wrong = "spoiled ";
  if (name == "reply") return octets_step(wire_form(at));
  if (name == "two") return octets_step(at.reply.substr(0, 2));
  if (name == "no") return is_pop3(at) ? "S: -ERR [SYS/TEMP] no\n" : "S: 451 4.7.1 no\n";
  if (name == "no of lines")
    return is_pop3(at) ? "S: -ERR [SYS/TEMP] no\n" : "S: 451-one\nS: 451 two\n";
  if (name == "bye") return is_pop3(at) ? "S: -ERR bye\n" : "S: 421 bye\n";
  if (name.starts_with(wrong) && !at.reply.empty())
    return octets_step(spoiled(name.substr(wrong.size()), at));
  return {};
}

// The steps that come of an action.
std::string expected(const stage_row& at, const action_row& what) {
  std::string steps;
  for (std::string_view rest = what.comes; !rest.empty();) {
    const std::string_view name = take_placeholder(rest);
    if (!name.empty()) {
      steps += steps_of(name, at);
      continue;
    }
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    steps.append(rest.substr(0, end));
    rest.remove_prefix(end);
    if (!steps.ends_with('\n')) steps += '\n';
  }
  // Where more is said whatever becomes of the reply there is no silence.
  const bool goes_on = at.what == shape::goodbye || at.follows.starts_with("S:");
  return goes_on && what.name == "omit" ? std::string() : steps;
}

// Octets that the steps of one side stand for.
std::size_t octets_in(const std::string& steps, step::kind side) {
  if (steps.empty()) return 0;
  std::size_t count = 0;
  for (const step& each : parse_script("counted", steps).steps) {
    if (each.what == side) count += each.text.size();
    const bool is_said = side == step::kind::line;
    if (is_said && each.what == step::kind::octets) count += each.text.size();
    if (is_said && each.what == step::kind::line) count += 2;
  }
  return count;
}

std::string what_follows(const stage_row& at, const action_row& what) {
  if (what.ends_session) return {};
  if (at.what == shape::goodbye) return "S: <close fin_drain>\n";
  return what.refuses ? at.no.value_or(at.follows) : at.follows;
}

std::string name_of(const stage_row& at) {
  return at.spoken + '_' + at.stage + (at.variant.empty() ? "" : '_' + at.variant);
}

bool loads(const stage_row& at, const action_row& what) {
  return faults::load_rule_set(rules_for(at, what)).errors.empty();
}

script make(const stage_row& at, const action_row& what) {
  const std::string steps = expected(at, what);
  const std::size_t said = octets_in(steps, step::kind::line);
  const std::size_t written = at.what == shape::body ? at.written : said;
  const bool is_closed = actions_for(at, what).find("close") != std::string_view::npos ||
                         (what.ends_session && said == 0);
  const std::size_t read =
      octets_in(at.lead + at.trigger, step::kind::say) - (is_closed ? at.left_unread : 0);
  std::string text = is_pop3(at) ? "# protocol: pop3\n" : "# protocol: smtp\n";
  text += at.headers + "# rules: " + rules_for(at, what) + '\n';
  if (at.stage == "connect" && said > 0)
    text += "# no tls: it is said before TLS begins, and a handshake takes it for garbage\n";
  text += at.lead + at.trigger + steps + what_follows(at, what);
  text += "M: hits 1\nM: hit 1 rule=r stage=" + at.stage + " written=" + std::to_string(written);
  text += " read=" + std::to_string(read);
  text += "\nM: session 1 transcript=\"*N: rule r acts at " + at.stage + "*\"\n";
  return parse_script(name_of(at) + '_' + std::string(what.name), text);
}

}  // namespace

std::vector<stage_group> stage_groups() {
  std::vector<stage_group> result;
  const std::vector<stage_row>& rows = stage_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool brings_tls = rows[i].headers.find("tls=") != std::string::npos;
    result.push_back({i, name_of(rows[i]), brings_tls});
  }
  return result;
}

std::vector<script> scripts_of(const stage_group& group) {
  const stage_row& at = stage_rows()[group.row];
  std::vector<script> result;
  for (const action_row& what : action_rows()) {
    if (loads(at, what)) result.push_back(make(at, what));
  }
  return result;
}

std::set<std::string> generated_pairs() {
  std::set<std::string> result;
  for (const stage_row& at : stage_rows()) {
    for (const action_row& what : action_rows()) {
      const faults::load_result loaded = faults::load_rule_set(rules_for(at, what));
      if (!loaded.errors.empty()) continue;
      for (const faults::action& each : loaded.rules->rules.front().actions)
        result.insert(at.spoken + ' ' + at.stage + ' ' + std::string(faults::name_of(each)));
    }
  }
  return result;
}

}  // namespace mailrig::dialogue
