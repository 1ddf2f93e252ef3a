#include "tests/mime/view_json.hpp"

namespace mailrig::mime {

namespace {

using json = nlohmann::ordered_json;

json addresses_json(const std::vector<address>& all) {
  json list = json::array();
  for (const address& one : all) list.push_back({{"name", one.name}, {"mailbox", one.mailbox}});
  return list;
}

json part_json(const part& one) {
  return {{"number", one.number},
          {"parent", one.parent},
          {"type", one.type},
          {"charset", one.charset},
          {"filename", one.filename},
          {"content_disposition", one.content_disposition},
          {"content_id", one.content_id},
          {"transfer_encoding", one.transfer_encoding},
          {"size", one.size},
          {"sha256", one.sha256},
          {"content_begin", one.content_begin},
          {"content_end", one.content_end},
          {"is_attachment", one.is_attachment}};
}

json summary_json(const summary& row) {
  return {{"from", addresses_json(row.from)},
          {"to", addresses_json(row.to)},
          {"cc", addresses_json(row.cc)},
          {"subject", row.subject},
          {"date", row.date},
          {"snippet", row.snippet},
          {"attachment_count", row.attachment_count}};
}

}  // namespace

json to_json(const message_view& view) {
  json out;
  out["headers"] = json::array();
  for (const header_field& one : view.headers)
    out["headers"].push_back({{"name", one.name}, {"value", one.value}, {"raw", one.raw}});
  out["subject"] = view.subject;
  out["from"] = addresses_json(view.from);
  out["sender"] = addresses_json(view.sender);
  out["to"] = addresses_json(view.to);
  out["cc"] = addresses_json(view.cc);
  out["bcc"] = addresses_json(view.bcc);
  out["reply_to"] = addresses_json(view.reply_to);
  out["message_id"] = view.message_id;
  out["date"] = view.date;
  out["text"] = view.text;
  out["html"] = view.html;
  out["html_with_part_urls"] = html_with_part_urls(view, "parts/");
  out["parts"] = json::array();
  for (const part& one : view.parts) out["parts"].push_back(part_json(one));
  out["defects"] = view.defects;
  out["summary"] = summary_json(summarise(view));
  return out;
}

}  // namespace mailrig::mime
