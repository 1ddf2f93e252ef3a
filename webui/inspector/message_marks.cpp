// PATCH of /v1/messages and /v1/messages/{id}: read marks and tags.
#include "capture/rig/rig.hpp"
#include "webui/inspector/found_message.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_body.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/query_parameters.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

constexpr std::size_t most_tags = 50;
constexpr std::size_t longest_tag = 100;

// What is to be changed; what is not named stays.
struct wanted_marks {
  std::optional<bool> is_read;
  std::optional<std::vector<std::string>> tags;
};

std::optional<std::vector<std::string>> read_tags(object_reader& in) {
  const json_value* const value = in.find("tags");
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> tags;
  const bool is_list = value->is_array() && value->size() <= most_tags;
  if (!is_list) {
    in.complain("tags", "is no list of at most 50 strings; [] takes all tags away.");
    return std::nullopt;
  }
  for (const json_value& each : *value) {
    const std::string tag = each.is_string() ? each.get<std::string>() : std::string();
    if (tag.empty() || tag.size() > longest_tag) {
      in.complain("tags", "holds what is no tag; a tag is a string of 1 to 100 octets.");
      return std::nullopt;
    }
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  return tags;
}

std::variant<wanted_marks, answer> read_marks(const request& asked) {
  auto body = parse_body(asked);
  if (auto* refused = std::get_if<answer>(&body)) return std::move(*refused);
  object_reader in(std::get<json_value>(body), "", "what to mark");
  wanted_marks wanted;
  if (const json_value* read = in.find("read")) {
    if (read->is_boolean())
      wanted.is_read = read->get<bool>();
    else
      in.complain("read", "is " + std::string(kind_of(*read)) + "; it is true or false.");
  }
  wanted.tags = read_tags(in);
  in.finish();
  if (in.complaint()) return bad_body(*in.complaint());
  if (!wanted.is_read && !wanted.tags)
    return problem(
        400, "nothing_to_mark", "Nothing was marked",
        "The body says neither read nor tags, such as {\"read\":true,\"tags\":[\"seen\"]}.");
  return wanted;
}

void mark(rig::rig& where, store::message_uid uid, const wanted_marks& wanted) {
  const store::entry entry = where.messages().get(uid);
  if (!entry.mail) return;
  store::message_marks made = entry.marks ? *entry.marks : store::message_marks();
  if (wanted.is_read) made.is_read = *wanted.is_read;
  if (wanted.tags) made.tags = *wanted.tags;
  const bool is_untouched = made == store::message_marks();
  where.messages().set_marks(
      uid, is_untouched ? nullptr : std::make_shared<const store::message_marks>(std::move(made)));
}

answer marked_answer(std::size_t count) {
  json_writer json;
  json.open_object().field("marked", count).close_object();
  return json_answer(json.take());
}

}  // namespace

void mark_messages(const request& asked, context& with, answer_callback done) {
  auto read = read_marks(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  auto query = read_query(asked);
  if (auto* refused = std::get_if<answer>(&query)) return done(std::move(*refused));
  if (!std::get<rig::query_ref>(query))
    return done(
        problem(400, "query_wanted", "Nothing was marked",
                "PATCH " + asked.base +
                    "/messages marks what a query matches: add ?query=…, which may be empty "
                    "for all messages."));
  rig::search_request search = search_over(*asked.rig, std::get<rig::query_ref>(std::move(query)));
  search.most_hits = search.over.size();
  auto take = [&asked, wanted = std::get<wanted_marks>(read),
               done](const std::optional<rig::search_result>& found) {
    if (!found) return done(busy_problem());
    for (const rig::search_hit& each : found->hits) mark(*asked.rig, each.uid, wanted);
    done(marked_answer(found->hits.size()));
  };
  with.mails().searches().search(std::move(search), keeper_of_facts(*asked.rig), std::move(take));
}

void mark_message(const request& asked, context&, answer_callback done) {
  auto read = read_marks(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  if (asked.captures.front() == "latest")
    return done(problem(400, "id_wanted", "Nothing was marked",
                        "PATCH takes an id, never `latest`: another mail may have come since you "
                        "looked."));
  auto found = find_message(asked);
  if (auto* refused = std::get_if<answer>(&found)) return done(std::move(*refused));
  mark(*asked.rig, std::get<found_message>(found).uid, std::get<wanted_marks>(read));
  done(marked_answer(1));
}

}  // namespace mailrig::inspector
