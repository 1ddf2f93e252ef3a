#include "webui/inspector/verify_claims.hpp"

#include "capture/rig/query_parser.hpp"
#include "webui/inspector/json_body.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mailrig::inspector {
namespace {

constexpr std::size_t most_claims = 100;
constexpr std::uint64_t most_number = std::numeric_limits<std::int64_t>::max();

std::string counted(std::uint64_t count, const std::string& one) {
  return std::to_string(count) + ' ' + one + (count == 1 ? "" : "s");
}

wanted_count read_count(object_reader& in, std::string_view key, wanted_count otherwise) {
  const json_value* const value = in.find_value(key);
  if (value == nullptr) return otherwise;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    return {number, number, {}};
  }
  object_reader below(*value, in.place_of(key), "a count (or a number)");
  wanted_count result;
  const auto eq = below.integer("eq", 0, most_number);
  result.least = below.integer("ge", 0, most_number);
  result.most = below.integer("le", 0, most_number);
  result.other_than = below.integer("ne", 0, most_number);
  if (const auto gt = below.integer("gt", 0, most_number - 1)) result.least = *gt + 1;
  if (const auto lt = below.integer("lt", 1, most_number)) result.most = *lt - 1;
  if (eq) result.least = result.most = eq;
  below.finish();
  in.adopt(below.complaint());
  return result;
}

rig::chained_by read_by(object_reader& in) {
  const auto by = in.text("by");
  if (!by || *by == "content") return rig::chained_by::content;
  if (*by == "message_id") return rig::chained_by::message_id;
  if (*by == "envelope") return rig::chained_by::envelope;
  in.complain("by", "is no way to tell mails apart; there are content, message_id and envelope.");
  return rig::chained_by::content;
}

claim read_hits(object_reader& in) {
  hits_claim result;
  result.rule = in.text("rule").value_or("");
  result.hits = read_count(in, "hits", {1, {}, {}});
  return result;
}

claim read_mails(object_reader& in, std::string_view key) {
  mails_claim result;
  result.what = key == "messages"   ? mails_claim::kind::messages
                : key == "attempts" ? mails_claim::kind::attempts
                                    : mails_claim::kind::mailbox;
  object_reader below(*in.find_value(key), in.place_of(key), "a claim about mails");
  if (result.what == mails_claim::kind::mailbox) {
    result.mailbox = below.text("of").value_or("");
    if (result.mailbox.empty()) below.complain("of", "is missing; it is the mailbox's address.");
  }
  result.query = below.text("query").value_or("");
  result.count = read_count(below, "count", {1, {}, {}});
  below.finish();
  auto parsed = rig::parse_query(result.query);
  if (const auto* wrong = std::get_if<rig::query_error>(&parsed))
    below.complain("query", "cannot be read at character " + std::to_string(wrong->position) +
                                ": " + wrong->detail + ".");
  else
    result.wanted = std::make_shared<const rig::query>(std::get<rig::query>(std::move(parsed)));
  in.adopt(below.complaint());
  return result;
}

claim read_duplicates(object_reader& in) {
  duplicates_claim result;
  object_reader below(*in.find_value("duplicates"), in.place_of("duplicates"),
                      "a claim about duplicates");
  result.rcpt = below.text("rcpt").value_or("");
  std::transform(result.rcpt.begin(), result.rcpt.end(), result.rcpt.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
  });
  result.max_copies = below.integer("max_copies", 0, most_number).value_or(1);
  result.by = read_by(below);
  below.finish();
  in.adopt(below.complaint());
  return result;
}

std::vector<std::string> read_codes(object_reader& in) {
  std::vector<std::string> result;
  const json_value* const value = in.find_value("never_after");
  if (value == nullptr) return result;
  const auto is_code = [](const std::string& text) {
    return text.size() == 3 && text[0] >= '2' && text[0] <= '5' &&
           (text.ends_with("xx") || std::all_of(text.begin(), text.end(), [](char each) {
              return each >= '0' && each <= '9';
            }));
  };
  bool is_right = value->is_array() && !value->empty();
  for (std::size_t i = 0; is_right && i < value->size(); ++i) {
    const json_value& each = (*value)[i];
    result.push_back(each.is_string() ? each.get<std::string>() : each.dump());
    is_right = is_code(result.back());
  }
  if (!is_right) in.complain("never_after", R"(is no list of codes such as ["5xx", 452].)");
  return result;
}

claim read_retries(object_reader& in) {
  retries_claim result;
  object_reader below(*in.find_value("retries"), in.place_of("retries"), "a claim about retries");
  result.min_gap = below.duration("min_gap");
  result.max_attempts = below.integer("max_attempts", 1, most_number);
  if (const json_value* growth = below.find_value("growth")) {
    const json_value factor =
        growth->is_object() ? growth->value("ge", json_value()) : json_value(*growth);
    if (factor.is_number() && factor.get<double>() > 0)
      result.growth = factor.get<double>();
    else
      below.complain("growth", R"(is no factor such as {"ge": 1.5}.)");
  }
  result.never_after = read_codes(below);
  result.by = read_by(below);
  below.finish();
  in.adopt(below.complaint());
  return result;
}

constexpr std::array<std::string_view, 6> claim_keys = {"rule",       "messages", "attempts",
                                                        "duplicates", "retries",  "mailbox"};

std::optional<claim> read_claim(object_reader& in) {
  std::string_view found;
  for (const std::string_view key : claim_keys) {
    if (in.find_value(key) == nullptr) continue;
    if (!found.empty()) {
      in.complain(key, "stands beside `" + std::string(found) +
                           "`; each claim is an object of its own, under `all` or `any`.");
      return std::nullopt;
    }
    found = key;
  }
  if (found == "rule") return read_hits(in);
  if (found == "duplicates") return read_duplicates(in);
  if (found == "retries") return read_retries(in);
  if (!found.empty()) return read_mails(in, found);
  return std::nullopt;
}

void read_list(object_reader& in, std::string_view key, claims& into) {
  const json_value* const given = in.find_value(key);
  if (given == nullptr) return;  // there is something to complain of already
  const json_value& list = *given;
  if (!list.is_array() || list.empty() || list.size() > most_claims)
    return in.complain(key, "is no list of 1 to 100 claims.");
  for (std::size_t i = 0; i < list.size(); ++i) {
    object_reader below(list[i], in.place_of(key) + '/' + std::to_string(i), "a claim");
    auto one = read_claim(below);
    below.finish();
    if (!one && !below.complaint())
      below.complain("",
                     "claims nothing; there are rule, messages, attempts, duplicates, retries "
                     "and mailbox.");
    in.adopt(below.complaint());
    if (one) into.each.push_back(std::move(*one));
  }
}

std::string shown(const rig::try_of_mail& one) {
  return model::to_string(one.mail->id()) + " (" +
         (one.code == 0 ? std::string("no reply") : std::to_string(one.code)) + ", " +
         model::to_rfc3339(one.mail->facts().started_at) + ')';
}

std::string subject_of(const rig::chain& all) {
  return "the mail from <" + all.reverse_path + "> to <" + all.rcpt + '>';
}

bool is_code(std::uint16_t code, const std::string& pattern) {
  const std::string text = std::to_string(code);
  return pattern.ends_with("xx") ? text[0] == pattern[0] : text == pattern;
}

// What is wrong with the tries of one mail; empty: nothing.
std::string fault_of(const retries_claim& what, const rig::chain& all) {
  if (what.max_attempts && all.tries.size() > *what.max_attempts)
    return "was tried " + std::to_string(all.tries.size()) + " times";
  model::duration before{0};
  for (std::size_t i = 1; i < all.tries.size(); ++i) {
    const rig::try_of_mail& last = all.tries[i - 1];
    const model::duration gap = all.tries[i].mail->facts().started_at - last.mail->facts().ended_at;
    const std::string took = std::to_string(gap.count()) + " ms after try " + std::to_string(i);
    if (what.min_gap && gap < *what.min_gap) return "was tried again " + took;
    if (what.growth && i > 1 &&
        static_cast<double>(gap.count()) < static_cast<double>(before.count()) * *what.growth)
      return "was tried again " + took + ", the time before was " + std::to_string(before.count()) +
             " ms";
    for (const std::string& each : what.never_after) {
      if (is_code(last.code, each))
        return "was tried again although try " + std::to_string(i) + " was answered " +
               std::to_string(last.code);
    }
    before = gap;
  }
  return {};
}

}  // namespace

std::string wanted_count::text() const {
  if (least && most && *least == *most) return "exactly " + std::to_string(*least);
  std::string text;
  if (least) text += "at least " + std::to_string(*least);
  if (most) text += (text.empty() ? "at most " : " and at most ") + std::to_string(*most);
  if (other_than) text += (text.empty() ? "not " : " and not ") + std::to_string(*other_than);
  return text.empty() ? "any number of" : text;
}

std::variant<claims, answer> read_claims(const request& asked) {
  auto parsed = parse_body(asked);
  if (auto* refused = std::get_if<answer>(&parsed)) return std::move(*refused);
  object_reader in(std::get<json_value>(parsed), "", "what is to be verified");
  claims result;
  result.within = in.duration("within").value_or(model::duration{0});
  const bool has_all = in.find_value("all") != nullptr;
  const bool has_any = in.find_value("any") != nullptr;
  if (has_any) result.join = claims::how::any;
  if (has_all && has_any) {
    in.complain("any", "stands beside `all`; give one of them.");
  } else if (has_all || has_any) {
    read_list(in, has_any ? "any" : "all", result);
  } else if (auto one = read_claim(in)) {
    result.each.push_back(std::move(*one));
  }
  in.finish();
  if (!in.complaint() && result.each.empty())
    in.complain(
        "all",
        "is missing; it is a list of claims such as "
        R"([{"rule":"r1","hits":{"eq":3}},{"messages":{"query":"rcpt:a@b.test","count":1}}].)");
  if (in.complaint()) return bad_body(*in.complaint());
  return result;
}

std::string text_of(const claim& what) {
  struct describe {
    std::string operator()(const hits_claim& one) const {
      return "rule " + one.rule + " acted " + one.hits.text() + " times";
    }
    std::string operator()(const mails_claim& one) const {
      static constexpr std::array<std::string_view, 3> names = {"messages", "attempts", "mails"};
      return "there are " + one.count.text() + ' ' +
             std::string(names[static_cast<std::size_t>(one.what)]) +
             (one.mailbox.empty() ? "" : " in the mailbox " + one.mailbox) +
             (one.query.empty() ? "" : " that match " + one.query);
    }
    std::string operator()(const duplicates_claim& one) const {
      return "no mail" + (one.rcpt.empty() ? "" : " to " + one.rcpt) + " was taken in more than " +
             counted(one.max_copies, "time");
    }
    std::string operator()(const retries_claim& one) const {
      std::string text = "retries";
      if (one.min_gap) text += ", at least " + std::to_string(one.min_gap->count()) + " ms apart";
      if (one.growth) text += ", growing gaps";
      if (one.max_attempts) text += ", at most " + counted(*one.max_attempts, "attempt");
      for (const std::string& each : one.never_after) text += ", none after " + each;
      return text;
    }
  };
  return std::visit(describe{}, what);
}

bool is_held(const claim& what) {
  if (const auto* hits = std::get_if<hits_claim>(&what)) return hits->hits.has_bound();
  if (const auto* mails = std::get_if<mails_claim>(&what)) return mails->count.has_bound();
  return true;
}

finding judge(const hits_claim& what, const rig::rig& where) {
  std::string known;
  for (const faults::rule_report& each : where.judge().rules()) {
    if (each.what->id == what.rule)
      return {what.hits.holds(each.hits), "it acted " + counted(each.hits, "time")};
    if (!each.what->id.starts_with("magic/")) known += (known.empty() ? "" : ", ") + each.what->id;
  }
  return {false, "there is no such rule now; there " +
                     (known.empty() ? std::string("are none") : "are: " + known)};
}

finding judge(const duplicates_claim& what, const std::vector<rig::chain>& all) {
  std::size_t looked_at = 0;
  for (const rig::chain& each : all) {
    if (!what.rcpt.empty() && each.rcpt != what.rcpt) continue;
    ++looked_at;
    const auto copies = static_cast<std::uint64_t>(
        std::count_if(each.tries.begin(), each.tries.end(),
                      [](const rig::try_of_mail& one) { return one.is_accepted; }));
    if (copies <= what.max_copies) continue;
    std::string evidence = subject_of(each) + " was taken in " + counted(copies, "time") + ':';
    for (const rig::try_of_mail& one : each.tries)
      if (one.is_accepted) evidence += ' ' + shown(one);
    return {false, std::move(evidence)};
  }
  return {true, counted(looked_at, "mail") + ", none of them twice"};
}

finding judge(const retries_claim& what, const std::vector<rig::chain>& all) {
  std::size_t retries = 0;
  for (const rig::chain& each : all) {
    retries += each.tries.size() - 1;
    const std::string wrong = fault_of(what, each);
    if (wrong.empty()) continue;
    std::string evidence = subject_of(each) + ' ' + wrong + ':';
    for (const rig::try_of_mail& one : each.tries) {
      evidence += ' ' + shown(one);
      if (one.is_joined_by_envelope) evidence += " joined by its envelope";
    }
    return {false, std::move(evidence)};
  }
  return {true, std::to_string(all.size()) + " mails, " + std::to_string(retries) + " retries"};
}

}  // namespace mailrig::inspector
