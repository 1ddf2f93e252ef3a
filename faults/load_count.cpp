// `count`: counters, what they are kept apart by, and over which time they count.
#include "faults/loading.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::faults {
namespace {

constexpr std::string_view example =
    R"({"of": "messages.accepted", "per": "mail_from", "window": "15m", "ge": 100})";
constexpr std::int64_t largest_count = 1'000'000'000'000;
constexpr std::array<operation, 7> comparisons = {operation::eq,     operation::ne, operation::lt,
                                                  operation::le,     operation::gt, operation::ge,
                                                  operation::between};

std::vector<std::string_view> quantity_choices() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < quantity_count; ++i)
    names.push_back(to_string(static_cast<quantity>(i)));
  return names;
}

window load_bucket(const json& value, const place& where, findings& out) {
  window result{window::kind::bucket, std::chrono::seconds{1}, 1, 1, model::duration{0}};
  constexpr std::string_view right = R"({"rate": 14, "per": "1s", "burst": 14})";
  object_reader in(value, where, out, right);
  if (!in.is_object()) return result;
  const auto number = [&](std::string_view key) {
    if (in.require(key, right) == nullptr) return std::uint64_t{1};
    return static_cast<std::uint64_t>(in.integer(key, 1, {1, 1'000'000'000}));
  };
  result.rate = number("rate");
  result.length = in.duration("per", std::chrono::seconds{1}, model::duration{1});
  result.burst = number("burst");
  in.finish();
  return result;
}

window load_window(const json& value, const place& where, findings& out) {
  constexpr std::string_view right =
      R"("15m" (sliding), {"fixed": "1h"}, {"bucket": {"rate": 14, "per": "1s", "burst": 14}}, )"
      R"("day" or {"day": "+08:00"})";
  if (value.is_string() && value == "day")
    return {window::kind::day, std::chrono::hours{24}, 0, 0, model::duration{0}};
  if (!value.is_object()) {
    const auto length = read_duration(value, where, out, model::duration{1});
    return {window::kind::sliding, length.value_or(model::duration{1}), 0, 0, model::duration{0}};
  }
  object_reader in(value, where, out, right);
  const json* const fixed = in.find("fixed");
  const json* const bucket = in.find("bucket");
  const json* const day = in.find("day");
  in.finish();
  if (value.size() != 1) out.add(where, "a window is one thing", std::string(right));
  if (bucket != nullptr) return load_bucket(*bucket, where / "bucket", out);
  if (day != nullptr)
    return {window::kind::day, std::chrono::hours{24}, 0, 0, read_offset(*day, where / "day", out)};
  if (fixed == nullptr) return {};
  const auto length = read_duration(*fixed, where / "fixed", out, model::duration{1});
  return {window::kind::fixed, length.value_or(model::duration{1}), 0, 0, model::duration{0}};
}

bool is_open(quantity of) {
  return of == quantity::connections_open;
}

// What the session itself counts, for one connection or one transaction.
void check_own_counts(const counter_spec& spec, const place& where, findings& out) {
  const bool has_part = [&](key_part part) {
    return std::find(spec.per.begin(), spec.per.end(), part) != spec.per.end();
  }(key_part::transaction);
  const bool is_rcpt = spec.of == quantity::rcpt_accepted || spec.of == quantity::rcpt_rejected ||
                       spec.of == quantity::rcpt_unknown;
  if (has_part && (!is_rcpt || spec.per.size() != 1 || spec.within.what != window::kind::none))
    out.add(where,
            "a transaction has counts of rcpt.accepted, rcpt.rejected and rcpt.unknown only, "
            "without a window",
            R"({"of": "rcpt.accepted", "per": "transaction", "ge": 100})");
}

void check_open(const counter_spec& spec, const place& where, findings& out) {
  if (!is_open(spec.of)) return;
  const bool is_kept = spec.per.size() == 1 && (spec.per.front() == key_part::rig ||
                                                spec.per.front() == key_part::client_ip ||
                                                spec.per.front() == key_part::auth_user);
  if (!is_kept)
    out.add(where / "per", "open connections are not counted by that",
            "`client_ip`, `auth_user` or `global`");
  if (spec.within.what != window::kind::none)
    out.add(where / "window", "open connections are counted now, not over a time", "no `window`");
}

void check_stage(rule_context& context, const counter_spec& spec, const place& where) {
  if (spec.of == quantity::messages_same_fingerprint)
    check_known(context, where / "of", key_part::fingerprint);
  if (spec.of == quantity::message_id_same)
    check_known(context, where / "of", key_part::message_id);
  const bool at_listen =
      context.target.stages.contains(model::stage::listen) && !context.at_any_stage;
  if (at_listen && !(is_open(spec.of) && spec.per == key_parts{key_part::rig}))
    context.out.add(where, "at `listen` nobody has come yet",
                    R"({"of": "connections.open", "per": "global", "ge": 10})");
}

// The largest number that a comparison tells apart, and one more.
std::uint64_t enough_for(const predicate& is) {
  std::int64_t most = 0;
  for (const std::int64_t each : is.numbers) most = std::max(most, each);
  return static_cast<std::uint64_t>(most) + 1;
}

// An empty bucket is what a bucket is about.
predicate empty_bucket(const window& within) {
  predicate is;
  is.op = operation::ge;
  is.numbers = {static_cast<std::int64_t>(within.burst)};
  is.written = std::to_string(within.burst);
  return is;
}

}  // namespace

leaf load_count(rule_context& context, const json& value, const place& where) {
  count_test test;
  object_reader in(value, where, context.out, example);
  if (!in.is_object()) return test;
  if (const json* of = in.require("of", std::string(example)); of != nullptr) {
    const auto found = read_choice(*of, where / "of", context.out, quantity_choices(), "counter");
    if (found) test.counter.of = static_cast<quantity>(*found);
  }
  if (const json* per = in.require("per", std::string(example)); per != nullptr)
    test.counter.per = read_key(context, *per, where / "per");
  if (const json* time = in.find("window"); time != nullptr)
    test.counter.within = load_window(*time, where / "window", context.out);
  std::size_t count = 0;
  for (const operation op : comparisons) {
    const std::string_view key = to_string(op);
    const json* const operand = in.find(key);
    if (operand == nullptr) continue;
    test.is = load_predicate(context.out, *operand, where / key, op, fact_kind::number, "count");
    for (std::int64_t& each : test.is.numbers) each = std::min(each, largest_count);
    ++count;
  }
  in.finish();
  const bool is_bucket = test.counter.within.what == window::kind::bucket;
  if (count == 0 && is_bucket)
    test.is = empty_bucket(test.counter.within);
  else if (count != 1)
    context.out.add(where, count == 0 ? "no comparison" : "several comparisons",
                    "one of eq, ne, lt, le, gt, ge, between: " + std::string(example));
  if (is_bucket && test.counter.of == quantity::mail_distinct_sender_domains)
    context.out.add(where / "window", "different domains do not fill a bucket",
                    "\"15m\" or \"day\"");
  check_open(test.counter, where, context.out);
  check_own_counts(test.counter, where, context.out);
  check_stage(context, test.counter, where);
  test.counter.enough = enough_for(test.is);
  test.slot = context.target.counter_count++;
  return test;
}

}  // namespace mailrig::faults
