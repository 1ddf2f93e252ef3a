// Mailboxes and domains as RFC 5321 4.1.2 and 4.1.3 write them, extended to UTF-8 by RFC 6531 3.3.
//
// Judges, never refuses: what is wrong comes out as lints, and the session decides what they mean.
#pragma once

#include "capture/model/lint.hpp"

#include <cstddef>
#include <string_view>

namespace mailrig::wire {

struct mailbox_check {
  model::lint_set lints;
  // Octets that no dot-string and no domain has: quotes, brackets, blanks, control characters.
  bool has_specials = false;
};

// What is wrong with a mailbox without its brackets, "local-part@domain"; an empty one is the null
// reverse-path and has nothing wrong. 8-bit octets are a lint; whoever knows of SMTPUTF8 takes it
// away.
[[nodiscard]] mailbox_check check_mailbox(std::string_view mailbox);
// What is wrong with what HELO and EHLO gave.
[[nodiscard]] model::lint_set check_helo(std::string_view name);

// Labels of letters, digits and inner hyphens, or of UTF-8.
[[nodiscard]] bool is_domain(std::string_view text);
// "[192.0.2.1]", "[IPv6:2001:db8::1]", "[tag:content]".
[[nodiscard]] bool is_address_literal(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

// Where the '@' between local part and domain stands; npos if there is none. A quoted local part
// may hold others.
[[nodiscard]] std::size_t find_at(std::string_view mailbox);

}  // namespace mailrig::wire
