// load_rule_set(): the document, and of each rule everything but `when` and `actions`.
#include "faults/loading.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace mailrig::faults {
namespace {

constexpr std::size_t longest_id = 128;
constexpr std::int64_t largest_count = 1'000'000'000'000;
constexpr std::array<std::string_view, 7> scenario_keys = {
    "name", "title", "params", "client_sees", "robust_app", "expect", "example"};

bool is_id_character(char c) {
  constexpr std::string_view others = "._:/@+*-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

class rule_loader {
 public:
  rule_loader(const json& value, const place& where, std::size_t position, const json* lists,
              const std::vector<machine>& machines, findings& out)
      : value_(value),
        where_(where),
        position_(position),
        lists_(lists),
        machines_(machines),
        out_(out) {}

  [[nodiscard]] rule load();

 private:
  void load_id(object_reader& in);
  void load_where(object_reader& in);
  void load_stages(const json& value, const place& where);
  void load_after_bytes(object_reader& in);
  void load_limit(const json& value, const place& where, rule_context& context);
  [[nodiscard]] std::optional<model::stage> load_stage(const json& value, const place& where);

  const json& value_;
  const place& where_;
  std::size_t position_;
  const json* lists_;
  const std::vector<machine>& machines_;
  findings& out_;
  rule rule_;
  bool at_any_stage_ = false;
  bool has_where_ = false;
};

rule rule_loader::load() {
  constexpr std::string_view right =
      R"({"where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"reply": {"code": 450, "text": "Later"}}]})";
  rule_.id = "r" + std::to_string(position_ + 1);
  object_reader in(value_, where_, out_, right);
  if (!in.is_object()) return std::move(rule_);
  load_id(in);
  rule_.name = in.text("name");
  rule_.note = in.text("note", {}, 65536);
  rule_.is_enabled = in.flag("enabled", true);
  rule_.priority = in.integer("priority", rule_.priority, {-1'000'000, 1'000'000});
  rule_.goes_on = in.flag("continue", false);
  load_where(in);
  const json* const when = in.find("when");
  const json* const limit = in.find("limit");
  const json* const actions = in.require("actions", R"("actions": [{"close": {"mode": "reset"}}])");
  in.finish();
  rule_.content = value_.dump();
  // Without a place nothing else can be judged.
  if (!has_where_) return std::move(rule_);
  rule_context context{out_, where_, rule_, at_any_stage_, lists_, machines_};
  if (when != nullptr) load_condition(context, *when, where_ / "when");
  if (limit != nullptr) load_limit(*limit, where_ / "limit", context);
  if (actions != nullptr) load_actions(context, *actions, where_ / "actions");
  return std::move(rule_);
}

void rule_loader::load_id(object_reader& in) {
  const json* const id = in.find("id");
  if (id == nullptr) return;
  const auto text = read_text(*id, where_ / "id", out_, longest_id);
  if (!text) return;
  if (text->empty() || !std::all_of(text->begin(), text->end(), is_id_character))
    out_.add(where_ / "id", "\"" + shown(*text, 80) + "\" is no id",
             "1 to 128 letters, digits and . _ : / @ + * -");
  else
    rule_.id = *text;
}

void rule_loader::load_where(object_reader& in) {
  constexpr std::string_view right = R"({"protocol": "smtp", "stage": "rcpt"})";
  const json* const value =
      in.require("where", R"("where": {"protocol": "smtp", "stage": "rcpt"})");
  if (value == nullptr) return;
  const place where = where_ / "where";
  object_reader below(*value, where, out_, right);
  if (!below.is_object()) return;
  constexpr std::array<std::string_view, protocol_count> protocols = {"smtp", "lmtp", "pop3",
                                                                      "delivery"};
  const json* const talk = below.require("protocol", "one of " + choices(protocols));
  const auto found = talk == nullptr
                         ? std::nullopt
                         : read_choice(*talk, where / "protocol", out_, protocols, "protocol");
  const json* const stage = below.require("stage", R"("stage": "rcpt", ["mail", "rcpt"] or "any")");
  if (found) rule_.talk = static_cast<protocol>(*found);
  if (found && stage != nullptr) load_stages(*stage, where / "stage");
  has_where_ = !rule_.stages.empty();
  load_after_bytes(below);
  below.finish();
}

std::optional<model::stage> rule_loader::load_stage(const json& value, const place& where) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < model::stage_count; ++i) {
    const auto point = static_cast<model::stage>(i);
    if (stages_of(rule_.talk).contains(point)) names.push_back(to_string(point));
  }
  const std::string text = value.is_string() ? value.get<std::string>() : std::string{};
  const auto point = model::find_stage(text);
  if (point && stages_of(rule_.talk).contains(*point)) return point;
  if (point) {
    out_.add(where, std::string(to_string(rule_.talk)) + " has no stage `" + text + "`",
             "one of " + choices(names));
    return std::nullopt;
  }
  names.emplace_back("any");
  (void)read_choice(value, where, out_, names, "stage");
  return std::nullopt;
}

void rule_loader::load_stages(const json& value, const place& where) {
  if (value == "any") {
    at_any_stage_ = true;
    // Bodies are asked at a count of octets only, and nobody has come yet at `listen`.
    using enum model::stage;
    rule_.stages = stages_of(rule_.talk) - stage_set{listen, data_body, retr_body};
    return;
  }
  if (!value.is_array()) {
    if (const auto point = load_stage(value, where)) rule_.stages.insert(*point);
    return;
  }
  if (value.empty()) out_.add(where, "no stage at all", R"("rcpt", ["mail", "rcpt"] or "any")");
  for (std::size_t i = 0; i < std::min(value.size(), model::stage_count); ++i) {
    if (const auto point = load_stage(value[i], where[i])) rule_.stages.insert(*point);
  }
  if (rule_.stages.contains(model::stage::listen) && value.size() > 1)
    out_.add(where, "`listen` stands with other stages", "a rule of its own");
}

void rule_loader::load_after_bytes(object_reader& in) {
  using enum model::stage;
  const json* const value = in.find("after_bytes");
  const stage_set bodies = {data_body, retr_body};
  const bool has_body = !(rule_.stages & bodies).empty();
  if (value == nullptr) {
    if (has_body) rule_.after_bytes = 0;
  } else {
    const auto octets = read_integer(*value, in.where() / "after_bytes", out_, {0, largest_count});
    rule_.after_bytes = static_cast<std::uint64_t>(octets.value_or(0));
  }
  if (!rule_.after_bytes || rule_.stages.empty()) return;
  const stage_set with_body = bodies | stage_set{bdat};
  if (!(rule_.stages - with_body).empty())
    out_.add(value == nullptr ? in.where() / "stage" : in.where() / "after_bytes",
             value == nullptr ? "a body is asked at a count of octets, other stages are not"
                              : "`after_bytes` counts the octets of a body, and there is none",
             value == nullptr ? "two rules" : "stage `data_body` or `bdat`, in POP3 `retr_body`");
}

void rule_loader::load_limit(const json& value, const place& where, rule_context& context) {
  object_reader in(value, where, out_, R"({"max_hits": 3, "ttl": "10m"})");
  if (!in.is_object()) return;
  limits& limit = rule_.limit;
  if (in.find("max_hits") != nullptr)
    limit.max_hits = static_cast<std::uint64_t>(in.integer("max_hits", 1, {1, largest_count}));
  if (const json* const per = in.find("max_hits_per"); per != nullptr) {
    constexpr std::string_view right = R"({"key": "rcpt", "n": 1})";
    const place at = where / "max_hits_per";
    object_reader below(*per, at, out_, right);
    limits::hits_per_key hits;
    if (const json* const key = below.require("key", right); key != nullptr)
      hits.key = read_key(context, *key, at / "key");
    if (below.require("n", right) != nullptr)
      hits.n = static_cast<std::uint64_t>(below.integer("n", 1, {1, largest_count}));
    below.finish();
    limit.max_hits_per = std::move(hits);
  }
  if (in.find("ttl") != nullptr) limit.ttl = in.duration("ttl", {}, model::duration{1});
  limit.cooldown = in.duration("cooldown", {});
  in.finish();
}

void check_ids(const std::vector<rule>& rules, const place& document, findings& out) {
  std::unordered_map<std::string_view, std::size_t> first;
  const place list = document / "rules";
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto [found, is_new] = first.emplace(rules[i].id, i);
    if (is_new) continue;
    const place entry = list[i];
    out.add(entry / "id",
            "`" + rules[i].id + "` is the id of /rules/" + std::to_string(found->second) + " too",
            "ids that differ; a rule without one is called r" + std::to_string(i + 1) +
                " by its position");
  }
}

void load_rules(rule_set& result, object_reader& in, const json* lists) {
  findings& out = in.out();
  const json* const rules = in.require("rules", R"("rules": [])");
  if (rules == nullptr) return;
  const place where = in.where() / "rules";
  if (!rules->is_array())
    return out.add(where, "expected an array, found " + excerpt(*rules), "[{…}]");
  if (rules->size() > most_rules)
    return out.add(where, std::to_string(rules->size()) + " rules are too many", "at most 10,000");
  result.rules.reserve(rules->size());
  for (std::size_t i = 0; i < rules->size(); ++i) {
    const place entry = where[i];
    result.rules.push_back(rule_loader((*rules)[i], entry, i, lists, result.machines, out).load());
  }
}

}  // namespace

load_result load_rule_set(std::string_view text, document kind) {
  findings out;
  const auto parsed = parse_json(text, out);
  if (!parsed) return {std::nullopt, out.take()};
  const place root;
  rule_set result;
  object_reader in(*parsed, root, out, R"({"rules": []})");
  if (in.is_object()) {
    if (in.find("seed") != nullptr)
      result.seed = static_cast<std::uint64_t>(in.integer("seed", 0, {}));
    const json* const lists = in.find("lists");
    if (lists != nullptr) check_lists(*lists, root / "lists", out);
    result.machines = load_machines(in.find("states"), in.find("start"), root, out);
    load_rules(result, in, lists);
    if (kind == document::scenario)
      for (const std::string_view key : scenario_keys) (void)in.find(key);
    in.finish();
    check_ids(result.rules, root, out);
    check_machines(result, root, out);
    result.content = parsed->dump();
  }
  if (!out.empty()) return {std::nullopt, out.take()};
  return {std::move(result), {}};
}

}  // namespace mailrig::faults
