#include "tests/dialogues/open_transaction.hpp"

#include "capture/wire/text.hpp"

#include <string_view>

namespace mailrig::dialogue {
namespace {

using wire::starts_ignoring_case;

// Codes of replies that say the command was not understood: it changed nothing.
bool is_syntax_error(std::string_view code) {
  return code == "500" || code == "501" || code == "502" || code == "555";
}

class follower {
 public:
  // A chunk that is under way was not answered yet.
  void client_said(std::string_view line) {
    command_ = line;
    before_chunk_ = open_;
    if (is("BDAT") && open_ && has_recipient_)
      open_ = open_transaction{model::stage::data_body, model::outcome::aborted};
  }

  void server_said(std::string_view reply) {
    const std::string_view code = reply.substr(0, 3);
    const bool is_positive = code < "400";
    if (is_in_body_) return end();
    if (is("BDAT")) return chunk_answered(code);
    if (is_syntax_error(code)) return;
    if (is("EHLO") || is("HELO") || is("LHLO") || is("RSET")) return end();
    if (is("MAIL") && is_positive) open_ = open_transaction{};
    if (!open_) return;
    if (is("RCPT")) reach(model::stage::rcpt, is_positive);
    if (is("RCPT") && is_positive) has_recipient_ = true;
    if (is("DATA")) reach(model::stage::data, is_positive);
    if (code == "354") {
      open_ = open_transaction{model::stage::data_body, model::outcome::aborted};
      is_in_body_ = true;
    }
  }

  // What a rule does instead of answering, or before it does, comes of the command all the same.
  void rule_acted() {
    if (!open_ || is_in_body_) return;
    if (is("RCPT")) reach(model::stage::rcpt, true);
    if (is("DATA")) reach(model::stage::data, true);
  }

  [[nodiscard]] const std::optional<open_transaction>& result() const { return open_; }

 private:
  [[nodiscard]] bool is(std::string_view verb) const {
    return starts_ignoring_case(command_, verb);
  }
  void reach(model::stage where, bool is_positive) {
    if (open_->reached == model::stage::data_body) return;  // BDAT has begun
    open_->reached = where;
    if (!is_positive) open_->result = model::outcome::rejected;
  }
  // The last chunk ends the mail, and so does one that fails.
  void chunk_answered(std::string_view code) {
    if (is_syntax_error(code)) {
      open_ = before_chunk_;
      return;
    }
    // "LAST", in either case, holds the only L of a chunk's command.
    const bool is_last = command_.find_first_of("Ll") != std::string_view::npos;
    if (open_ && has_recipient_ && (is_last || code >= "400")) end();
  }
  void end() {
    open_.reset();
    is_in_body_ = has_recipient_ = false;
  }

  std::string_view command_;
  std::optional<open_transaction> open_;
  std::optional<open_transaction> before_chunk_;
  bool has_recipient_ = false;
  bool is_in_body_ = false;
};

}  // namespace

std::optional<open_transaction> find_open_transaction(const rig::transcript& said) {
  follower at;
  for (const rig::transcript_line& each : said.lines) {
    if (each.kind == rig::transcript_kind::from_client) at.client_said(each.octets);
    if (each.kind == rig::transcript_kind::to_client) at.server_said(each.octets);
    if (each.kind == rig::transcript_kind::note && each.octets.starts_with("rule "))
      at.rule_acted();
  }
  return at.result();
}

}  // namespace mailrig::dialogue
