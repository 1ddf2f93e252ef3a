#include "tests/dialogues/expectation.hpp"

#include "capture/model/line_facts.hpp"
#include "tests/dialogues/player.hpp"

#include <algorithm>
#include <functional>
#include <sstream>
#include <utility>
#include <vector>

namespace mailrig::dialogue {
namespace {

struct claim {
  std::string key;
  std::string value;
};

struct expectation {
  std::string noun;
  std::string name;  // of a mailbox
  std::size_t number = 0;
  std::vector<claim> claims;
};

expectation parse(std::string_view text) {
  const std::vector<std::string> words = split_words(text);
  if (words.size() < 2) throw script_error("M: lacks what it expects");
  expectation result{words[0], {}, 0, {}};
  if (result.noun == "mailbox") {
    result.name = words[1];
  } else {
    result.number = parse_octets(words[1]);
  }
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    if (equals == std::string::npos) throw script_error("M: KEY=VALUE instead of " + words[i]);
    result.claims.push_back({words[i].substr(0, equals), unescape(words[i].substr(equals + 1))});
  }
  return result;
}

template <typename Range, typename Function>
std::string joined(const Range& range, Function name) {
  std::string result;
  for (const auto& each : range) {
    if (!result.empty()) result += ',';
    result += name(each);
  }
  return result;
}

std::string reply_of(const model::mail_record& mail) {
  const model::attempt_facts& facts = mail.facts();
  if (mail.reply_code() == 0) return "none";
  std::string result = std::to_string(mail.reply_code());
  if (facts.reply_enhanced.status_class != 0) result += ' ' + to_string(facts.reply_enhanced);
  return result + ' ' + mail.reply_text();
}

std::string names_of(model::lint_set lints) {
  std::ostringstream names;
  names << lints;
  return names.str();
}

std::string value_of(const model::mail_record& mail, const std::string& key) {
  const model::envelope envelope = mail.envelope();
  const model::attempt_facts& facts = mail.facts();
  if (key == "id") return to_string(mail.id());
  if (key == "mail_from") return envelope.reverse_path;
  if (key == "parameters") return envelope.parameters;
  if (key == "rcpt")
    return joined(envelope.recipients, [](const auto& each) { return each.address; });
  if (key == "rcpt_parameters")
    return joined(envelope.recipients, [](const auto& each) { return each.parameters; });
  if (key == "rcpt_codes")
    return joined(envelope.recipients, [](const auto& each) { return std::to_string(each.code); });
  if (key == "text") return std::string(mail.bytes());
  if (key == "octets") return std::to_string(facts.octets_received);
  if (key == "size") return std::to_string(mail.bytes().size());
  if (key == "bare_lf") return std::to_string(model::look_at_lines(mail.bytes()).bare_lf_count);
  if (key == "longest_line") return std::to_string(model::look_at_lines(mail.bytes()).longest_line);
  if (key == "stage") return std::string(to_string(facts.reached));
  if (key == "outcome") return std::string(to_string(facts.result));
  if (key == "reply") return reply_of(mail);
  if (key == "lints") return names_of(facts.lints);
  throw script_error("a mail has no " + key);
}

std::string auth_of(const rig::session_record& session) {
  if (!session.auth) return "none";
  const model::authentication& who = session.auth->who;
  return who.mechanism + ':' + who.user +
         (who.authorization.empty() ? "" : ':' + who.authorization);
}

std::string client_of(const model::client_facts& client) {
  return client.via + ' ' + client.address + ' ' + client.port + ' ' + client.name + ' ' +
         client.helo + ' ' + client.protocol + ' ' + client.login + ' ' + client.destination;
}

std::string value_of(const rig::session_record& session, const std::string& key, world& in,
                     std::size_t number) {
  if (key == "ended_by")
    return session.ended_by ? std::string(rig::to_string(*session.ended_by)) : "open";
  if (key == "helo") return session.helo;
  if (key == "client") return session.client ? client_of(*session.client) : "none";
  if (key == "auth") return auth_of(session);
  if (key == "notes") return joined(session.notes, [](const auto& each) { return each.name; });
  if (key == "tls") return session.tls ? session.tls->version : "";
  if (key == "sni") return session.tls ? session.tls->server_name : "";
  if (key == "attempts") return std::to_string(session.attempt_count);
  if (key == "transcript") return in.transcript_of(number);
  if (key == "protocol") return session.protocol;
  throw script_error("a session has no " + key);
}

std::string value_of(const faults::hit& one, const std::string& key) {
  if (key == "rule") return one.rule;
  if (key == "stage") return std::string(to_string(one.point));
  if (key == "decision") return joined(one.decision, [](const auto& each) { return each; });
  if (key == "ended") return one.done ? one.done->ended_by : "pending";
  if (key == "written") return one.done ? std::to_string(one.done->octets_written) : "pending";
  if (key == "read") return one.done ? std::to_string(one.done->octets_read) : "pending";
  throw script_error("a hit has no " + key);
}

std::string visits_of(const delivery::mailbox& box, const delivery::mailbox::entry& entry) {
  std::string result;
  for (const delivery::mailbox_visit& each : box.visits_of(entry)) {
    if (!result.empty()) result += ' ';
    result += each.what == delivery::mailbox_visit::deed::read ? "read" : "deleted";
  }
  return result.empty() ? "-" : result;
}

std::string value_of(const delivery::mailbox& box, const std::string& key) {
  if (key == "visible") return std::to_string(box.visible());
  if (key == "deleted") return std::to_string(box.deleted());
  if (key == "sessions") return std::to_string(box.open_by().size());
  if (key == "visits") {
    std::string result;
    for (const delivery::mailbox::entry& each : box.entries()) {
      if (each.is_gone) continue;
      if (!result.empty()) result += ',';
      result += visits_of(box, each);
    }
    return result;
  }
  throw script_error("a mailbox has no " + key);
}

std::optional<std::string> first_difference(
    const expectation& expected, captured_words& captured,
    const std::function<std::string(const std::string&)>& value) {
  for (const claim& each : expected.claims) {
    const std::string is = value(each.key);
    const bool fits = each.key == "text" ? is == each.value : matches(each.value, is, captured);
    if (!fits)
      return each.key + " is '" + printable(is) + "' instead of '" + printable(each.value) + "'";
  }
  return std::nullopt;
}

std::vector<model::mail_ref> messages_of(world& in) {
  std::vector<model::mail_ref> result;
  const store::snapshot all = in.home().messages().take_snapshot();
  for (auto uid = all.begin_uid(); uid < all.end_uid(); ++uid) {
    if (const store::entry* found = all.find(uid)) result.push_back(found->mail);
  }
  return result;
}

template <typename Container>
const typename Container::value_type& pick(const Container& all, const expectation& expected) {
  if (expected.number < 1 || expected.number > all.size())
    throw script_error("there is no " + expected.noun + ' ' + std::to_string(expected.number) +
                       "; there are " + std::to_string(all.size()));
  return all[expected.number - 1];
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      words.back() += text.substr(i++, 2);
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == ' ' && !is_quoted) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += text[i];
    }
  }
  if (is_quoted) throw script_error("a quote is not closed");
  if (words.back().empty()) words.pop_back();
  return words;
}

bool matches(std::string_view pattern, std::string_view text, captured_words& captured) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    if (pattern.size() == 1) return true;
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (matches(pattern.substr(1), text.substr(skip), captured)) return true;
    }
    return false;
  }
  const std::size_t end = pattern.find('}');
  if (pattern.front() == '{' && end != std::string_view::npos) {
    const std::string_view word = text.substr(0, text.find(' '));
    const auto [at, is_new] =
        captured.try_emplace(std::string(pattern.substr(1, end - 1)), std::string(word));
    if (at->second != word || word.empty()) return false;
    return matches(pattern.substr(end + 1), text.substr(word.size()), captured);
  }
  return !text.empty() && pattern.front() == text.front() &&
         matches(pattern.substr(1), text.substr(1), captured);
}

std::optional<std::string> find_difference(std::string_view text, world& in,
                                           captured_words& captured) {
  const expectation expected = parse(text);
  const auto counted = [&expected](std::size_t is) -> std::optional<std::string> {
    if (is == expected.number) return std::nullopt;
    return "there are " + std::to_string(is) + ' ' + expected.noun;
  };
  if (expected.noun == "messages") return counted(in.home().messages().in_use().messages);
  if (expected.noun == "attempts") return counted(in.attempts().size());
  if (expected.noun == "evicted") return counted(in.home().evicted_count());
  if (expected.noun == "announced") return counted(in.announced().size());
  if (expected.noun == "message" || expected.noun == "attempt") {
    const auto all = expected.noun == "message" ? messages_of(in) : in.attempts();
    const model::mail_ref mail = pick(all, expected);
    return first_difference(expected, captured,
                            [&mail](const std::string& key) { return value_of(*mail, key); });
  }
  if (expected.noun == "hits" || expected.noun == "hit") {
    if (in.engine() == nullptr) throw script_error("without '# rules:' there are no hits");
    const faults::hit_log& log = in.engine()->hits();
    if (expected.noun == "hits") return counted(log.size());
    const faults::hit* const one = log.find(expected.number);
    if (one == nullptr) return "there is no hit " + std::to_string(expected.number);
    return first_difference(expected, captured,
                            [one](const std::string& key) { return value_of(*one, key); });
  }
  if (expected.noun == "session") {
    const auto session = pick(in.home().sessions(), expected);
    return first_difference(expected, captured, [&](const std::string& key) {
      return value_of(*session, key, in, expected.number);
    });
  }
  if (expected.noun == "mailbox") {
    const delivery::mailbox* const box = in.home().mailboxes().find(expected.name);
    if (box == nullptr) return "there is no mailbox " + expected.name;
    return first_difference(expected, captured,
                            [box](const std::string& key) { return value_of(*box, key); });
  }
  throw script_error("nothing is called '" + expected.noun + "' in M: lines");
}

}  // namespace mailrig::dialogue
