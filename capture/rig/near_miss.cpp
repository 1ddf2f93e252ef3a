#include "capture/rig/near_miss.hpp"

#include "capture/mime/case_folding.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <string_view>

namespace mailrig::rig {
namespace {

// How many of the newest are looked at, here and in each other rig.
constexpr std::size_t most_here = 300, most_elsewhere = 50, most_rigs = 20;
constexpr std::size_t shown_octets = 80;

std::string shown(std::string_view text) {
  const std::string_view start = mime::utf8_prefix(text, shown_octets);
  return '"' + std::string(start) + (start.size() < text.size() ? "…\"" : "\"");
}

// The character, from 1, at which two texts begin to differ without case.
std::size_t first_difference(std::string_view wanted, std::string_view given) {
  const std::string left = mime::fold_case(wanted), right = mime::fold_case(given);
  const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  const auto characters = std::count_if(left.begin(), at == left.end() ? at : at + 1, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  });
  return static_cast<std::size_t>(characters) + (at == left.end() ? 1 : 0);
}

// What a mail is held against, one condition after the other.
std::vector<const query_node*> conditions_of(const query& wanted) {
  std::vector<const query_node*> all;
  if (wanted.what != query_node::kind::all_of) return {&wanted};
  for (const query_node& each : wanted.children) all.push_back(&each);
  // As they were written, not as they are dear.
  std::stable_sort(all.begin(), all.end(), [](const query_node* a, const query_node* b) {
    return a->leaf.position < b->leaf.position;
  });
  return all;
}

struct candidate {
  store::entry entry;
  std::uint64_t number = 0;
  bool is_message = true;
  const std::string* rig = nullptr;
};

struct scored {
  near_miss miss;
  std::size_t met = 0;
  std::size_t rank = 0;  // smaller is nearer, among those that meet as much
};

class explainer {
 public:
  explainer(const miss_scene& scene, text_cache& texts)
      : scene_(scene),
        texts_(texts),
        conditions_(conditions_of(*scene.wanted)),
        held_(*scene.wanted, rig_facts::get(scene.around)) {}

  std::vector<near_miss> find() {
    take(scene_.messages, most_here, true, scene_.rig);
    take(scene_.attempts, most_here, false, scene_.rig);
    for (const auto& [name, messages] : scene_.other_rigs)
      take(messages, most_elsewhere, true, name);
    std::stable_sort(found_.begin(), found_.end(), [](const scored& a, const scored& b) {
      return a.met != b.met ? a.met > b.met : a.rank < b.rank;
    });
    std::vector<near_miss> nearest;
    for (scored& each : found_) {
      // Beside one that met something, one that met nothing explains nothing.
      if (nearest.size() == most_near_misses || each.met + 2 <= found_.front().met) break;
      nearest.push_back(std::move(each.miss));
    }
    return nearest;
  }

 private:
  void take(const store::snapshot& from, std::size_t most, bool is_message,
            const std::string& rig) {
    std::size_t looked_at = 0;
    for (store::message_uid uid = from.end_uid(); uid-- > from.begin_uid() && looked_at < most;) {
      const store::entry* const entry = from.find(uid);
      if (entry == nullptr) continue;
      ++looked_at;
      judge({*entry, uid, is_message, &rig}, looked_at);
    }
  }

  void judge(const candidate& one, std::size_t rank) {
    mail_source source(*one.entry.mail, texts_);
    std::vector<const query_node*> failed;
    for (const query_node* each : conditions_)
      if (held_.judge(*each, about(one.entry), &source) != verdict::yes) failed.push_back(each);
    const std::size_t met = conditions_.size() - failed.size();
    const bool is_here = *one.rig == scene_.rig;
    if (met == 0 && !conditions_.empty() && !is_here) return;
    const bool is_wanted_kind = one.is_message == (scene_.kind == wait_kind::messages);
    if (failed.empty() && is_here && is_wanted_kind && one.number > scene_.after) return;
    scored made;
    made.met = met;
    made.rank = rank + (is_here ? 0 : 1'000) + (is_wanted_kind ? 0 : 500);
    made.miss = {one.entry.mail->id(), one.is_message, *one.rig,
                 std::string(mail_facts(source.facts(fact_limits::kept)).field(fact::subject)),
                 reason(one, failed, source)};
    found_.push_back(std::move(made));
  }

  std::string reason(const candidate& one, const std::vector<const query_node*>& failed,
                     mail_source& source) {
    std::vector<std::string> reasons;
    reasons.reserve(failed.size());
    for (const query_node* each : failed) reasons.push_back(reason_of(*each, one, source));
    const bool is_here = *one.rig == scene_.rig;
    if (!is_here) reasons.push_back("arrived in rig " + *one.rig + went_astray(one));
    if (!one.is_message) reasons.push_back(fate_of_attempt(*one.entry.mail));
    if (one.is_message && scene_.kind == wait_kind::attempts)
      reasons.emplace_back("was accepted: it is a message");
    const bool is_wanted_kind = one.is_message == (scene_.kind == wait_kind::messages);
    if (is_here && is_wanted_kind && one.number <= scene_.after)
      reasons.emplace_back("came before the mark in after=");
    std::string text;
    for (const std::string& each : reasons) text += (text.empty() ? "" : "; ") + each;
    return text;
  }

  [[nodiscard]] std::string went_astray(const candidate& one) const {
    for (const auto& [mail, recipient] : scene_.strays)
      if (mail == one.entry.mail->id())
        return " with its first recipient, though " + recipient + " belongs here";
    return {};
  }

  static std::string fate_of_attempt(const model::mail_record& mail) {
    const model::attempt_facts& facts = mail.facts();
    std::string stage(model::to_string(facts.reached));
    std::transform(stage.begin(), stage.end(), stage.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '_' ? ' ' : c;
    });
    if (facts.result == model::outcome::aborted)
      return "attempt broken off by the client at " + stage;
    const std::uint16_t code = mail.reply_code();
    if (code == 0) return "attempt refused at " + stage;
    return "attempt refused at " + stage + " with " + std::to_string(code) + ' ' +
           mail.reply_text();
  }

  std::string reason_of(const query_node& node, const candidate& one, mail_source& source) {
    if (node.what != query_node::kind::term) return text_of(node) + " does not hold";
    const term& what = node.leaf;
    switch (what.what) {
      case word::subject: return subject_reason(what, source);
      case word::rcpt:
        if (holds(word::addressed, what, one, source)) return "only in the header: use to:";
        return "rcpt is " + recipients_of(*one.entry.mail) + ", not " + what.value;
      case word::to:
      case word::cc:
      case word::bcc: return header_address_reason(what, one, source);
      case word::addressed:
        return "addressed to " + recipients_of(*one.entry.mail) + ", not " + what.value;
      case word::from: return "from is " + addresses_in(fact::from, source) + ", not " + what.value;
      case word::mail_from:
        return "mail_from is <" + std::string(one.entry.mail->reverse_path()) + ">, not " +
               what.value;
      default: return what.text() + " does not hold";
    }
  }

  static std::string subject_reason(const term& what, mail_source& source) {
    const std::string facts(source.facts(fact_limits::none));
    const std::string_view subject = mail_facts(facts).field(fact::subject);
    if (!what.pattern.is_words() || subject.empty())
      return "subject is " + shown(subject) + ", which " + what.value + " does not match";
    return "subject differs at character " + std::to_string(first_difference(what.value, subject)) +
           ": it is " + shown(subject) + ", not " + shown(what.value);
  }

  std::string header_address_reason(const term& what, const candidate& one, mail_source& source) {
    if (holds(word::rcpt, what, one, source)) return "only in the envelope: use rcpt:";
    const fact which = what.what == word::to   ? fact::to
                       : what.what == word::cc ? fact::cc
                                               : fact::bcc;
    const std::string have = addresses_in(which, source);
    const std::string name(what.what == word::to ? "to" : what.what == word::cc ? "cc" : "bcc");
    return name + " is " + (have.empty() ? "empty" : have) + ", not " + what.value;
  }

  // The same condition, asked of another place.
  bool holds(word other, const term& what, const candidate& one, mail_source& source) {
    query_node node;
    node.what = query_node::kind::term;
    node.leaf = what;
    node.leaf.what = other;
    return held_.judge(node, about(one.entry), &source) == verdict::yes;
  }

  static std::string recipients_of(const model::mail_record& mail) {
    std::string list;
    std::size_t count = 0;
    mail.for_each_address([&](std::string_view address) {
      if (++count <= 3) list += (list.empty() ? "" : ", ") + std::string(address);
    });
    if (count > 3) list += " and " + std::to_string(count - 3) + " more";
    return list.empty() ? "nobody" : list;
  }

  static std::string addresses_in(fact which, mail_source& source) {
    std::string list;
    const std::string facts(source.facts(fact_limits::kept));
    for_each_packed_address(mail_facts(facts).field(which),
                            [&](std::string_view, std::string_view box) {
                              if (list.size() < shown_octets)
                                list += (list.empty() ? "" : ", ") + std::string(box);
                            });
    return list;
  }

  const miss_scene& scene_;
  text_cache& texts_;
  std::vector<const query_node*> conditions_;
  matcher held_;
  std::vector<scored> found_;
};

}  // namespace

std::string text_of(const query_node& node) {
  if (node.what == query_node::kind::term) return node.leaf.text();
  if (node.what == query_node::kind::none_of) {
    const query_node& inner = node.children.front();
    const bool needs_parentheses =
        inner.what == query_node::kind::all_of || inner.what == query_node::kind::any_of;
    return needs_parentheses ? "-(" + text_of(inner) + ')' : '-' + text_of(inner);
  }
  const bool is_any = node.what == query_node::kind::any_of;
  std::string text;
  for (const query_node& each : node.children) {
    if (!text.empty()) text += is_any ? " OR " : " ";
    const bool needs_parentheses = !is_any && each.what == query_node::kind::any_of;
    text += needs_parentheses ? '(' + text_of(each) + ')' : text_of(each);
  }
  return text;
}

miss_scene scene_of(rig_table& rigs, const rig& where, const wait_request& what) {
  miss_scene scene;
  scene.wanted = what.wanted;
  scene.kind = what.kind;
  scene.after = what.after;
  scene.rig = where.name();
  scene.messages = where.messages().take_snapshot();
  scene.attempts = where.failed_attempts().take_snapshot();
  // The youngest rigs are those of the tests that run now.
  const auto& all = rigs.all();
  for (auto each = all.rbegin(); each != all.rend() && scene.other_rigs.size() < most_rigs; ++each)
    if (each->get() != &where && (*each)->messages().in_use().messages > 0)
      scene.other_rigs.emplace_back((*each)->name(), (*each)->messages().take_snapshot());
  for (const stray& each : where.strays()) scene.strays.emplace_back(each.mail, each.recipient);
  scene.around = rig_facts::of(*what.wanted, where);
  return scene;
}

std::vector<near_miss> find_near_misses(const miss_scene& scene, text_cache& texts) {
  return explainer(scene, texts).find();
}

}  // namespace mailrig::rig
