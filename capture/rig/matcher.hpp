// Holds a query against mails.
//
// Knows three answers: without the mail's text at hand (on the I/O thread) some questions stay
// open. One matcher serves one thread at a time; the query is shared.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/rig/mail_source.hpp"
#include "capture/rig/query.hpp"
#include "capture/rig/rig_facts.hpp"
#include "capture/store/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mailrig::rig {

// In this order AND is the least of two and OR the greatest.
enum class verdict : std::uint8_t { no, unknown, yes };

// What is known of a mail without reading it.
struct known_mail {
  const model::mail_record& mail;
  const std::string* facts = nullptr;  // packed; null: not made yet
  const store::message_marks* marks = nullptr;
  std::string_view fate = {};  // empty: none, as of an attempt
};

class matcher {
 public:
  // `around` is what the query asks of the mails' rig; both outlive the matcher.
  matcher(const query& wanted, const rig_facts& around) : wanted_(wanted), around_(around) {}

  // Without a source the answer may be `unknown`, with one it never is.
  [[nodiscard]] verdict match(const known_mail& mail, mail_source* source) {
    return judge(wanted_, mail, source);
  }
  // Of a part of the query.
  [[nodiscard]] verdict judge(const query_node& node, const known_mail& mail, mail_source* source);

 private:
  [[nodiscard]] verdict judge_term(const term& what, const known_mail& mail, mail_source* source);
  [[nodiscard]] verdict judge_text(const term& what, const known_mail& mail, mail_source* source);
  [[nodiscard]] verdict any_text(const term& what, const known_mail& mail, mail_source* source);
  [[nodiscard]] verdict in_facts(const text_pattern& pattern, fact which, const known_mail& mail,
                                 mail_source* source);
  [[nodiscard]] bool is_in_field(const text_pattern& pattern, fact which, std::string_view field);
  [[nodiscard]] bool is_address(const text_pattern& pattern, std::string_view address);
  [[nodiscard]] bool is_recipient(const text_pattern& pattern, const model::mail_record& mail);
  [[nodiscard]] bool is_sender(const text_pattern& pattern, const model::mail_record& mail);
  [[nodiscard]] bool is_in_body(const text_pattern& pattern, mail_source& source);
  [[nodiscard]] bool is_in_reply(const text_pattern& pattern, const model::mail_record& mail);
  [[nodiscard]] bool has(const term& what, const known_mail& mail, mail_source& source);
  [[nodiscard]] bool has_lint(const text_pattern& pattern, const model::lint_set& lints);
  [[nodiscard]] bool of_session(const term& what, const session_facts& session);

  const query& wanted_;
  const rig_facts& around_;
  std::string scratch_;
};

// Whether a query asks for text of bodies.
[[nodiscard]] bool asks_for_bodies(const query_node& node);

}  // namespace mailrig::rig
