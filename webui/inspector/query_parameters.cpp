#include "webui/inspector/query_parameters.hpp"

#include "capture/rig/mark.hpp"
#include "capture/rig/query_parser.hpp"
#include "capture/rig/query_words.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/json_writer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

// `after` may be a mark, which is no matter of the query.
bool is_mark(const parameter& given) {
  return given.name == "after" && rig::parse_mark(given.value).has_value();
}

}  // namespace

answer bad_query(const rig::query_error& wrong, std::string_view parameter) {
  std::string where(parameter);
  if (wrong.position > 0) where += ", character " + std::to_string(wrong.position);
  json_writer json;
  json.open_object();
  json.field("type", "urn:mailrig:problem:bad_query");
  json.field("title", "That query means nothing");
  json.field("status", 400);
  json.field("detail", where + ": " + wrong.detail + ".");
  json.field("parameter", parameter);
  json.key("position");
  if (wrong.position > 0)
    json.value(wrong.position);
  else
    json.null();
  json.close_object();
  answer result = json_answer(json.take());
  result.status = 400;
  result.content_type = "application/problem+json";
  return result;
}

bool is_query_parameter(std::string_view name) {
  return name == "query" || rig::find_query_word(name) != nullptr;
}

std::variant<rig::query_ref, answer> read_query(const request& asked) {
  std::vector<rig::query> parts;
  for (const parameter& each : asked.where.parameters) {
    if (!is_query_parameter(each.name) || is_mark(each)) continue;
    auto parsed = each.name == "query" ? rig::parse_query(each.value)
                                       : rig::parse_parameter(each.name, each.value);
    if (auto* wrong = std::get_if<rig::query_error>(&parsed)) {
      if (each.name == "after")
        wrong->detail += "; or a mark, as every list and wait answers one: \"after.17.0\"";
      return bad_query(*wrong, each.name);
    }
    parts.push_back(std::get<rig::query>(std::move(parsed)));
  }
  if (parts.empty()) return rig::query_ref();
  return std::make_shared<const rig::query>(rig::all_of(std::move(parts)));
}

rig::search_request search_over(const rig::rig& where, rig::query_ref wanted) {
  rig::search_request made;
  made.over = where.messages().take_snapshot();
  made.around = rig::rig_facts::of(*wanted, where);
  made.wanted = std::move(wanted);
  return made;
}

rig::mail_search::keep_facts keeper_of_facts(rig::rig& where) {
  return [&where](const rig::mail_search::made_facts& made) {
    for (const auto& [uid, facts] : made) where.messages().set_facts(uid, facts);
  };
}

}  // namespace mailrig::inspector
