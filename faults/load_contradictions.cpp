// Actions that cannot stand together in one rule.
#include "faults/loading.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace mailrig::faults {
namespace {

struct pair_row {
  std::string_view one;
  std::string_view other;
  std::string_view why;
};

constexpr std::array<pair_row, 16> contradictory = {{
    {"omit", "reply", "`omit` says nothing, so there is no reply to give"},
    {"omit", "drip", "`omit` says nothing, so there is nothing to drip"},
    {"omit", "slice", "`omit` says nothing, so there is nothing to slice"},
    {"omit", "partial", "`omit` says nothing, so there is no part of it"},
    {"omit", "malform", "`omit` says nothing, so there is nothing to malform"},
    {"omit", "ehlo", "`omit` says nothing, so no keyword is listed"},
    {"drip", "slice", "`drip` and `slice` both cut the same reply"},
    {"ehlo", "reply", "`reply` replaces the list that `ehlo` changes"},
    {"drop", "lose", "dropped mail is never there to lose"},
    {"drop", "duplicate", "dropped mail has no copies"},
    {"drop", "delay_delivery", "dropped mail is not delivered later"},
    {"drop", "reorder", "dropped mail stands in no order"},
    {"drop", "transform", "dropped mail shows no change"},
    {"hide", "transform", "hidden mail shows no change"},
    {"hide", "duplicate", "hidden mail has no copies"},
    {"delay_delivery", "reorder", "both say when the mail is delivered"},
}};

// At most one of each: two of them would be two answers to one question.
constexpr std::array<std::string_view, 19> once = {
    "reply",   "close",     "stall",          "drip",         "slice",       "partial", "omit",
    "malform", "ehlo",      "throttle",       "stop_reading", "certificate", "tls",     "drop",
    "lose",    "duplicate", "delay_delivery", "reorder",      "hide"};

bool keeps_mail(const action& one) {
  const auto* const stalled = std::get_if<stall>(&one);
  const auto* const end =
      stalled == nullptr ? std::get_if<close>(&one) : std::get_if<close>(&stalled->then);
  return end != nullptr && end->is_stored;
}

class checker {
 public:
  checker(rule_context& context, const place& where)
      : actions_(context.target.actions), rule_(context.target), out_(context.out), where_(where) {}

  void check() const {
    check_counts();
    check_pairs();
    check_order();
    check_raw();
    check_stored();
    check_continue();
  }

 private:
  // The position of the first action of that name from `begin` on.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name,
                                                std::size_t begin = 0) const {
    for (std::size_t i = begin; i < actions_.size(); ++i) {
      if (name_of(actions_[i]) == name) return i;
    }
    return std::nullopt;
  }
  void report(std::size_t at, std::string wrong, std::string right) const {
    const place entry = where_[at];
    out_.add(entry / name_of(actions_[at]), std::move(wrong), std::move(right));
  }

  void check_counts() const;
  void check_pairs() const;
  void check_order() const;
  void check_raw() const;
  void check_stored() const;
  void check_continue() const;

  const std::vector<action>& actions_;
  const rule& rule_;
  findings& out_;
  const place& where_;
};

void checker::check_counts() const {
  for (const std::string_view name : once) {
    const auto first = find(name);
    const auto second = first ? find(name, *first + 1) : std::nullopt;
    if (!second) continue;
    report(*second, "a second `" + std::string(name) + "`",
           name == "reply" ? "one `reply`; `extra` says something beside it"
                           : "one `" + std::string(name) + "` a rule");
  }
}

void checker::check_pairs() const {
  for (const pair_row& row : contradictory) {
    const auto one = find(row.one);
    const auto other = one ? find(row.other) : std::nullopt;
    if (other) report(std::max(*one, *other), std::string(row.why), "one of the two");
  }
}

// Nothing is written on a closed connection, and a stall never ends in another action.
void checker::check_order() const {
  constexpr std::array<std::string_view, 10> said = {"reply", "extra",   "drip", "slice", "partial",
                                                     "omit",  "malform", "ehlo", "delay", "stall"};
  const auto close_at = find("close");
  if (close_at) {
    for (const std::string_view name : said) {
      if (const auto late = find(name, *close_at + 1))
        report(*late, "`" + std::string(name) + "` stands behind `close`: nothing is said any more",
               "`close` as the last action on the wire");
    }
  }
  const auto stall_at = find("stall");
  if (!stall_at) return;
  for (const std::string_view name : {std::string_view("reply"), std::string_view("close")}) {
    if (const auto late = find(name, *stall_at + 1))
      report(*late, "`" + std::string(name) + "` stands behind `stall`, which never goes on",
             name == "close" ? R"({"stall": {"max": "60s", "then": {"close": {…}}}})"
                             : "`delay` to be late, or the reply first");
  }
}

void checker::check_raw() const {
  const auto reply_at = find("reply");
  const auto malform_at = find("malform");
  if (reply_at && malform_at && std::get<reply>(actions_[*reply_at]).is_raw)
    report(*malform_at, "raw octets are written as they are", "`text`, or no `malform`");
}

void checker::check_stored() const {
  if (rule_.talk == protocol::pop3 || !find("reply")) return;
  for (const std::string_view name : {std::string_view("close"), std::string_view("stall")}) {
    const auto at = find(name);
    if (at && keeps_mail(actions_[*at]))
      report(*at, "`stored` beside a `reply`, whose code says whether the mail is kept",
             "`stored` without a reply");
  }
}

// A rule that lets others act must leave them a connection.
void checker::check_continue() const {
  if (!rule_.goes_on) return;
  for (const std::string_view name : {std::string_view("close"), std::string_view("stall")}) {
    if (const auto at = find(name))
      report(*at, "`" + std::string(name) + "` in a rule with `continue`: no later rule could act",
             "no `continue`");
  }
}

}  // namespace

void check_contradictions(rule_context& context, const place& where) {
  checker(context, where).check();
}

}  // namespace mailrig::faults
