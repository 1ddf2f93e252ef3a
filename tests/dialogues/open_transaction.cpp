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
  void client_said(std::string_view line) { command_ = line; }

  void server_said(std::string_view reply) {
    const std::string_view code = reply.substr(0, 3);
    const bool is_positive = code < "400";
    if (is_in_body_) return end();
    if (is_syntax_error(code)) return;
    if (is("EHLO") || is("HELO") || is("RSET")) return end();
    if (is("MAIL") && is_positive) open_ = open_transaction{};
    if (!open_) return;
    if (is("RCPT")) reach(model::stage::rcpt, is_positive);
    if (is("DATA")) reach(model::stage::data, is_positive);
    if (code == "354") {
      open_ = open_transaction{model::stage::data_body, model::outcome::aborted};
      is_in_body_ = true;
    }
  }

  [[nodiscard]] const std::optional<open_transaction>& result() const { return open_; }

 private:
  [[nodiscard]] bool is(std::string_view verb) const {
    return starts_ignoring_case(command_, verb);
  }
  void reach(model::stage where, bool is_positive) {
    open_->reached = where;
    if (!is_positive) open_->result = model::outcome::rejected;
  }
  void end() {
    open_.reset();
    is_in_body_ = false;
  }

  std::string_view command_;
  std::optional<open_transaction> open_;
  bool is_in_body_ = false;
};

}  // namespace

std::optional<open_transaction> find_open_transaction(const rig::transcript& said) {
  follower at;
  for (const rig::transcript_line& each : said.lines) {
    if (each.kind == rig::transcript_kind::from_client) at.client_said(each.octets);
    if (each.kind == rig::transcript_kind::to_client) at.server_said(each.octets);
  }
  return at.result();
}

}  // namespace mailrig::dialogue
