// A search as a tree: what the grammar of docs/search.md says, ready to be held against a mail.
//
// One grammar for lists, waits, deletions, verify and the page. Immutable once made; shared by
// threads.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/rig/text_pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {

// The words of the grammar, in the order of query_words.cpp.
enum class word : std::uint8_t {
  any_text,  // free text: no word at all
  from,
  to,
  cc,
  bcc,
  addressed,
  rcpt,
  mail_from,
  subject,
  header,
  body,
  html,
  attachment,
  message_id,
  tag,
  is,
  has,
  before,
  after,
  larger,
  smaller,
  session,
  helo,
  user,
  tls,
  lint,
  fate,
  chain,
  outcome,
  stage,
  reply,
  rule,
};

struct term {
  word what = word::any_text;
  std::string header_name;   // of `header`, in lower case
  std::string value;         // as written, without quotes
  text_pattern pattern;      // of words that look at text
  std::uint64_t octets = 0;  // of `larger` and `smaller`
  model::instant when;       // of `before` and `after`
  std::size_t position = 0;  // of its first octet in the query, from 1; 0: from a parameter

  // "subject:Welcome", as a person would write it.
  [[nodiscard]] std::string text() const;
};

struct query_node {
  enum class kind : std::uint8_t { term, all_of, any_of, none_of };

  kind what = kind::all_of;
  term leaf;                         // of `term`
  std::vector<query_node> children;  // of the others; none_of has one
};

// `all_of` nothing matches everything.
using query = query_node;
using query_ref = std::shared_ptr<const query>;

struct query_error {
  std::string detail;        // what was wrong and what would be right
  std::size_t position = 0;  // in characters, from 1; 0: no place in the query
};

}  // namespace mailrig::rig
