#include "capture/mime/message_view.hpp"

#include "capture/mime/addresses.hpp"
#include "capture/mime/ascii.hpp"
#include "capture/mime/bodies.hpp"
#include "capture/mime/body.hpp"
#include "capture/mime/defects.hpp"
#include "capture/mime/encoded_word.hpp"
#include "capture/mime/entity_tree.hpp"
#include "capture/mime/gmime_ptr.hpp"
#include "capture/mime/transfer.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>

namespace mailrig::mime {

namespace {

// RFC 5322 3.6 and RFC 2045: fields of which there may be one only.
constexpr std::array<std::string_view, 12> single_fields = {"from",
                                                            "sender",
                                                            "reply-to",
                                                            "to",
                                                            "cc",
                                                            "bcc",
                                                            "message-id",
                                                            "date",
                                                            "subject",
                                                            "content-type",
                                                            "content-transfer-encoding",
                                                            "content-disposition"};

std::string_view bounded(const raw_field& field) {
  return octets_up_to(field.value, max_value);
}

void decode_fields(const header_block& header, message_view& view) {
  std::array<int, single_fields.size()> seen{};
  view.headers.reserve(header.fields.size());
  for (const raw_field& field : header.fields) {
    const std::string name(field.name);
    view.headers.push_back({name, decode_header(bounded(field)), repaired_utf8(bounded(field))});
    if (field.value.size() > max_value)
      add_defect(view.defects, "header " + quoted(name) + " is longer than 1 MiB; cut");
    if (!is_ascii(bounded(field)))
      add_defect(view.defects, "header " + quoted(name) + " holds raw 8-bit octets");
    const auto single = std::find(single_fields.begin(), single_fields.end(), lower_case(name));
    if (single == single_fields.end()) continue;
    if (++seen[static_cast<std::size_t>(single - single_fields.begin())] == 2)
      add_defect(view.defects, "more than one header " + quoted(name));
  }
}

// Reads address headers; all of one message share a budget of octets, as their parsing is dear.
class address_reader {
 public:
  address_reader(const header_block& header, std::vector<std::string>& defects)
      : header_(header), defects_(defects) {}

  std::vector<address> read(std::string_view name) {
    std::vector<address> all;
    for (const raw_field& field : header_.fields) {
      if (!equals_ignoring_case(field.name, name) || trim(field.value).empty()) continue;
      const std::string_view value = octets_up_to(field.value, budget_);
      budget_ -= value.size();
      if (value.size() < field.value.size())
        add_defect(defects_, "more than 1 MiB of addresses; the rest is not shown");
      std::vector<address> found = parse_addresses(value);
      if (found.empty() && value.find(':') == value.npos)
        add_defect(defects_, "header " + quoted(field.name) + " holds no address");
      all.insert(all.end(), found.begin(), found.end());
    }
    return all;
  }

 private:
  const header_block& header_;
  std::vector<std::string>& defects_;
  std::size_t budget_ = max_value;
};

std::string message_id_of(std::string_view raw_value) {
  const std::string value = decode_header(raw_value);
  std::string_view id = trim(value);
  if (const std::size_t open = id.find('<'); open != id.npos) id.remove_prefix(open + 1);
  return std::string(trim(id.substr(0, id.find('>'))));
}

// RFC 2369 2: URLs in angle brackets; the first is the one preferred.
std::vector<std::string> urls_in_brackets(std::string_view raw_value) {
  constexpr std::size_t most = 20;
  std::vector<std::string> urls;
  const std::string value = decode_header(raw_value);
  for (std::size_t open = value.find('<'); open != value.npos && urls.size() < most;
       open = value.find('<', open + 1)) {
    const std::size_t close = value.find('>', open);
    if (close == value.npos) break;
    const std::string_view url = trim(std::string_view(value).substr(open + 1, close - open - 1));
    if (!url.empty()) urls.emplace_back(url);
  }
  return urls;
}

void read_known_fields(const header_block& header, message_view& view) {
  address_reader addresses(header, view.defects);
  view.from = addresses.read("from");
  view.sender = addresses.read("sender");
  view.to = addresses.read("to");
  view.cc = addresses.read("cc");
  view.bcc = addresses.read("bcc");
  view.reply_to = addresses.read("reply-to");
  if (const raw_field* const field = header.find("subject"))
    view.subject = decode_header(bounded(*field));
  if (const raw_field* const field = header.find("message-id"))
    view.message_id = message_id_of(bounded(*field));
  if (const raw_field* const field = header.find("in-reply-to"))
    view.in_reply_to = message_id_of(bounded(*field));
  if (const raw_field* const field = header.find("list-unsubscribe"))
    view.list_unsubscribe = urls_in_brackets(bounded(*field));
  if (const raw_field* const field = header.find("date")) {
    view.date = parse_date(bounded(*field));
    if (view.date.empty())
      add_defect(view.defects, "unreadable Date " + quoted(trim(field->value)));
  }
}

std::string filename_of(const entity& one) {
  const std::string_view given = one.disposition.parameter("filename");
  return std::string(given.empty() ? one.content_type.parameter("name") : given);
}

void judge_encoding(const entity& one, const part& made, bool has_stray_octets,
                    std::vector<std::string>& defects) {
  const std::string where = in_part(made.number);
  if (!is_known_encoding(one.transfer_encoding))
    add_defect(defects, where + "unknown Content-Transfer-Encoding " +
                            quoted(one.transfer_encoding) + ", taken as 8bit");
  if (has_stray_octets) add_defect(defects, where + "octets that are not " + one.transfer_encoding);
}

// Measures the contents of a message's parts. Leaves never overlap, but each attached message holds
// all that is inside it: a chain of a hundred would have the same octets digested a hundred times,
// so attached messages share a budget.
class measurer {
 public:
  explicit measurer(std::string_view raw) : raw_(raw), budget_(4 * raw.size()) {}

  content_facts measure(const entity& one) {
    const std::size_t length = one.content_end - one.content_begin;
    if (one.is_open_message() && length > budget_) return {length, {}, {}, false};
    if (one.is_open_message()) budget_ -= length;
    return measure_content(raw_.substr(one.content_begin, length), one.transfer_encoding);
  }

 private:
  std::string_view raw_;
  std::size_t budget_;
};

part describe(const entity& one, int number) {
  part made;
  made.number = number;
  made.parent = one.parent;
  made.type = repaired_utf8(one.type);
  made.charset = lower_case(one.content_type.parameter("charset"));
  made.filename = filename_of(one);
  made.content_disposition = one.disposition.value;
  made.content_id = one.content_id;
  made.transfer_encoding = one.transfer_encoding;
  made.content_begin = one.content_begin;
  made.content_end = one.content_end;
  return made;
}

void measure(const entity_tree& tree, std::string_view raw, message_view& view) {
  measurer contents(raw);
  for (part& made : view.parts) {
    const entity& one = tree.entities[static_cast<std::size_t>(made.number)];
    if (one.is_multipart()) continue;
    content_facts facts = contents.measure(one);
    made.size = facts.size;
    made.sha256 = std::move(facts.sha256);
    made.md5 = std::move(facts.md5);
    if (made.sha256.empty())
      add_defect(view.defects,
                 in_part(made.number) + "messages nested in messages; no digest was made");
    judge_encoding(one, made, facts.has_stray_octets, view.defects);
  }
}

bool has_bare_cr(std::string_view raw) {
  for (std::size_t at = raw.find('\r'); at != raw.npos; at = raw.find('\r', at + 1))
    if (at + 1 == raw.size() || raw[at + 1] != '\n') return true;
  return false;
}

void judge_octets(std::string_view raw, const entity_tree& tree,
                  std::vector<std::string>& defects) {
  const bool may_hold_anything =
      std::any_of(tree.entities.begin(), tree.entities.end(),
                  [](const entity& one) { return one.transfer_encoding == "binary"; });
  if (may_hold_anything) return;
  if (raw.find('\0') != raw.npos) add_defect(defects, "NUL octets");
  if (has_bare_cr(raw)) add_defect(defects, "CR octets that end no line");
}

}  // namespace

message_view read(std::string_view raw, measuring contents) {
  ensure_gmime();
  message_view view;
  entity_tree tree = cut_entities(raw);
  view.defects = std::move(tree.defects);
  judge_octets(raw, tree, view.defects);
  decode_fields(tree.header, view);
  read_known_fields(tree.header, view);
  view.parts.reserve(tree.entities.size());
  for (const entity& one : tree.entities)
    view.parts.push_back(describe(one, static_cast<int>(view.parts.size())));
  if (contents == measuring::done) measure(tree, raw, view);
  choose_bodies(raw, tree, view);
  return view;
}

message_view read_bodies(std::string_view raw) {
  ensure_gmime();
  message_view view;
  const entity_tree tree = cut_entities(raw);
  for (const entity& one : tree.entities)
    view.parts.push_back(describe(one, static_cast<int>(view.parts.size())));
  choose_bodies(raw, tree, view);
  return view;
}

message_view read_known_fields(std::string_view raw) {
  ensure_gmime();
  message_view view;
  const auto no_delimiter = [](std::string_view) { return false; };
  read_known_fields(scan_header_block(raw, 0, no_delimiter), view);
  return view;
}

std::optional<std::string> part_content(std::string_view raw, const message_view& view,
                                        int number) {
  if (number < 0 || static_cast<std::size_t>(number) >= view.parts.size()) return std::nullopt;
  const part& wanted = view.parts[static_cast<std::size_t>(number)];
  if (wanted.type.starts_with("multipart/") || wanted.content_end > raw.size() ||
      wanted.content_begin > wanted.content_end)
    return std::nullopt;
  return decode_transfer(
      raw.substr(wanted.content_begin, wanted.content_end - wanted.content_begin),
      wanted.transfer_encoding);
}

std::vector<std::string> header_values(std::string_view raw, std::string_view name) {
  std::vector<std::string> values;
  const auto no_delimiter = [](std::string_view) { return false; };
  for (const raw_field& field : scan_header_block(raw, 0, no_delimiter).fields)
    if (equals_ignoring_case(field.name, name)) values.push_back(decode_header(bounded(field)));
  return values;
}

std::string decode_header(std::string_view raw_value) {
  return decode_words(unfolded(raw_value));
}

}  // namespace mailrig::mime
