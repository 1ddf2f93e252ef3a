#include "capture/rig/matcher.hpp"

#include <algorithm>

namespace mailrig::rig {
namespace {

constexpr verdict of(bool truth) {
  return truth ? verdict::yes : verdict::no;
}

bool is_among(std::string_view list, const text_pattern& pattern, std::string& scratch) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (pattern.is_all_of(list.substr(0, end), scratch)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::string reply_line(std::uint16_t code, model::enhanced_code enhanced, std::string_view text) {
  std::string line = std::to_string(code);
  if (enhanced.status_class != 0) line += ' ' + model::to_string(enhanced);
  return line + ' ' + std::string(text);
}

template <class Predicate>
bool any_term(const query_node& node, Predicate holds) {
  if (node.what == query_node::kind::term) return holds(node.leaf.what);
  return std::any_of(node.children.begin(), node.children.end(),
                     [&holds](const query_node& each) { return any_term(each, holds); });
}

}  // namespace

verdict matcher::judge(const query_node& node, const known_mail& mail, mail_source* source) {
  switch (node.what) {
    case query_node::kind::term: return judge_term(node.leaf, mail, source);
    case query_node::kind::all_of: {
      verdict all = verdict::yes;
      for (const query_node& each : node.children) {
        all = std::min(all, judge(each, mail, source));
        if (all == verdict::no) break;
      }
      return all;
    }
    case query_node::kind::any_of: {
      verdict any = verdict::no;
      for (const query_node& each : node.children) {
        any = std::max(any, judge(each, mail, source));
        if (any == verdict::yes) break;
      }
      return any;
    }
    case query_node::kind::none_of: {
      const verdict inner = judge(node.children.front(), mail, source);
      if (inner == verdict::unknown) return inner;
      return of(inner == verdict::no);
    }
  }
  return verdict::no;
}

verdict matcher::judge_term(const term& what, const known_mail& mail, mail_source* source) {
  const model::mail_record& record = mail.mail;
  const model::attempt_facts& facts = record.facts();
  switch (what.what) {
    case word::rcpt: return of(is_recipient(what.pattern, record));
    case word::mail_from: return of(is_sender(what.pattern, record));
    case word::before: return of(facts.ended_at < what.when);
    case word::after: return of(facts.ended_at > what.when);
    case word::larger: return of(record.bytes().size() > what.octets);
    case word::smaller: return of(record.bytes().size() < what.octets);
    case word::is:
      return of((mail.marks != nullptr && mail.marks->is_read) == (what.value == "read"));
    case word::tag:
      return of(mail.marks != nullptr &&
                std::any_of(
                    mail.marks->tags.begin(), mail.marks->tags.end(),
                    [&](const std::string& tag) { return what.pattern.is_all_of(tag, scratch_); }));
    case word::session:
      return of(what.pattern.is_all_of(model::to_string(facts.session), scratch_));
    case word::lint:
      if (has_lint(what.pattern, facts.lints)) return verdict::yes;
      [[fallthrough]];
    case word::helo:
    case word::user:
    case word::tls: {
      const session_facts* const session = around_.session(facts.session);
      return of(session != nullptr && of_session(what, *session));
    }
    case word::fate: return of(mail.fate == what.value);
    case word::chain:
      if (source == nullptr) return verdict::unknown;
      return of(what.pattern.is_all_of(around_.chain_of(record), scratch_));
    case word::rule: return of(is_among(around_.rules_of(record), what.pattern, scratch_));
    case word::outcome:
      if (what.value == "unanswered") return of(record.is_message() && record.reply_code() == 0);
      return of(model::to_string(facts.result) == what.value);
    case word::stage: return of(model::to_string(facts.reached) == what.value);
    case word::reply: return of(is_in_reply(what.pattern, record));
    default: return judge_text(what, mail, source);
  }
}

bool matcher::has_lint(const text_pattern& pattern, const model::lint_set& lints) {
  bool found = false;
  lints.for_each([&](model::lint each) {
    found = found || pattern.is_all_of(model::describe(each).name, scratch_);
  });
  return found;
}

verdict matcher::judge_text(const term& what, const known_mail& mail, mail_source* source) {
  const auto in = [&](fact which) { return in_facts(what.pattern, which, mail, source); };
  switch (what.what) {
    case word::any_text: return any_text(what, mail, source);
    case word::from: return in(fact::from);
    case word::to: return in(fact::to);
    case word::cc: return in(fact::cc);
    case word::bcc: return in(fact::bcc);
    case word::subject: return in(fact::subject);
    case word::attachment: return in(fact::attachments);
    case word::message_id: return in(fact::message_id);
    case word::addressed:
      if (is_recipient(what.pattern, mail.mail)) return verdict::yes;
      return std::max({in(fact::to), in(fact::cc), in(fact::bcc)});
    default: break;
  }
  if (source == nullptr) return verdict::unknown;
  if (what.what == word::body) return of(is_in_body(what.pattern, *source));
  if (what.what == word::html) return of(what.pattern.is_in(source->html(), scratch_));
  if (what.what == word::has) return of(has(what, mail, *source));
  const std::vector<std::string> values = source->header(what.header_name);
  return of(std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return what.pattern.is_in(value, scratch_);
  }));
}

// The envelope, then what can be looked at where it lies, then what must be decoded.
verdict matcher::any_text(const term& what, const known_mail& mail, mail_source* source) {
  if (is_recipient(what.pattern, mail.mail) || is_sender(what.pattern, mail.mail))
    return verdict::yes;
  if (source == nullptr) return verdict::unknown;
  if (source->plain() != nullptr) {
    if (!what.pattern.may_be_in_ascii(mail.mail.bytes(), scratch_)) return verdict::no;
    if (is_in_body(what.pattern, *source)) return verdict::yes;
  }
  for (const fact each :
       {fact::subject, fact::from, fact::to, fact::cc, fact::bcc, fact::attachments})
    if (in_facts(what.pattern, each, mail, source) == verdict::yes) return verdict::yes;
  return of(source->plain() == nullptr && is_in_body(what.pattern, *source));
}

verdict matcher::in_facts(const text_pattern& pattern, fact which, const known_mail& mail,
                          mail_source* source) {
  if (mail.facts == nullptr && source == nullptr) return verdict::unknown;
  const mail_facts kept(mail.facts != nullptr ? std::string_view(*mail.facts)
                                              : source->facts(fact_limits::kept));
  if (is_in_field(pattern, which, kept.field(which))) return verdict::yes;
  if (kept.is_whole(which)) return verdict::no;
  if (source == nullptr) return verdict::unknown;
  return of(is_in_field(pattern, which, mail_facts(source->facts(fact_limits::none)).field(which)));
}

bool matcher::is_in_field(const text_pattern& pattern, fact which, std::string_view field) {
  if (field.empty()) return false;
  if (which == fact::subject || which == fact::message_id) return pattern.is_in(field, scratch_);
  if (which == fact::attachments) {
    if (pattern.is_words() && !pattern.is_in(field, scratch_)) return false;
    for (; !field.empty(); field.remove_prefix(field.find(after_item) + 1))
      if (pattern.is_in(field.substr(0, field.find(after_item)), scratch_)) return true;
    return false;
  }
  bool found = false;
  for_each_packed_address(field, [&](std::string_view name, std::string_view mailbox) {
    found = found || is_address(pattern, mailbox) ||
            (pattern.words().find('@') == std::string::npos && pattern.is_in(name, scratch_));
  });
  return found;
}

// Words with an @ mean the whole address, behind a leading @ the whole domain; else any piece of
// it.
bool matcher::is_address(const text_pattern& pattern, std::string_view address) {
  const std::string& words = pattern.words();
  if (!pattern.is_words() || words.find('@') == std::string::npos)
    return pattern.is_in(address, scratch_);
  if (!words.starts_with('@')) return pattern.is_all_of(address, scratch_);
  const std::size_t at = address.rfind('@');
  return at != address.npos && pattern.is_all_of(address.substr(at), scratch_);
}

bool matcher::is_recipient(const text_pattern& pattern, const model::mail_record& mail) {
  const bool is_message = mail.is_message();
  bool found = false;
  mail.for_each_recipient([&](std::string_view address, std::uint16_t code) {
    // A message's refused recipients are none of it; an attempt is found by whom it tried.
    const bool counts = !is_message || (code >= 200 && code < 300);
    found = found || (counts && is_address(pattern, address));
  });
  return found;
}

// `<>` is the null reverse-path (RFC 5321 4.5.5).
bool matcher::is_sender(const text_pattern& pattern, const model::mail_record& mail) {
  if (pattern.words() == "<>") return mail.reverse_path().empty();
  return is_address(pattern, mail.reverse_path());
}

bool matcher::is_in_body(const text_pattern& pattern, mail_source& source) {
  if (const mime::plain_mail* const plain = source.plain(); plain != nullptr && pattern.is_words())
    return pattern.is_in(plain->body, scratch_);
  const decoded_body& body = source.body();
  return pattern.is_in(body.text, scratch_) || pattern.is_in(body.words, scratch_);
}

bool matcher::is_in_reply(const text_pattern& pattern, const model::mail_record& mail) {
  const std::uint16_t code = mail.reply_code();
  if (code != 0 &&
      pattern.is_in(reply_line(code, mail.facts().reply_enhanced, mail.reply_text()), scratch_))
    return true;
  const model::envelope envelope = mail.envelope();
  return std::any_of(
      envelope.recipients.begin(), envelope.recipients.end(), [&](const model::recipient& each) {
        return pattern.is_in(reply_line(each.code, each.enhanced, each.text), scratch_);
      });
}

bool matcher::has(const term& what, const known_mail& mail, mail_source& source) {
  if (what.value == "link") return source.has_link();
  if (what.value == "code") return source.has_code();
  const mail_facts facts(mail.facts != nullptr ? std::string_view(*mail.facts)
                                               : source.facts(fact_limits::kept));
  return what.value == "attachment" ? facts.has_attachment() : facts.has_inline();
}

bool matcher::of_session(const term& what, const session_facts& session) {
  if (what.what == word::tls) return session.has_tls == (what.value == "yes");
  if (what.what == word::helo) return what.pattern.is_in(session.helo, scratch_);
  if (what.what == word::user) return what.pattern.is_in(session.user, scratch_);
  return std::any_of(session.lints.begin(), session.lints.end(), [&](const std::string& lint) {
    return what.pattern.is_all_of(lint, scratch_);
  });
}

bool asks_for_bodies(const query_node& node) {
  return any_term(node, [](word what) { return what == word::any_text || what == word::body; });
}

}  // namespace mailrig::rig
