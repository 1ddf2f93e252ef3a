#include "capture/mime/editing.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/charset.hpp"
#include "capture/mime/encode.hpp"
#include "capture/mime/entity_tree.hpp"
#include "capture/mime/message_view.hpp"
#include "capture/mime/splices.hpp"
#include "capture/mime/transfer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mailrig::mime {
namespace {

struct octet_range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Of one header field, its line ends included.
octet_range range_of(std::string_view raw, const raw_field& field) {
  const auto begin = static_cast<std::size_t>(field.name.data() - raw.data());
  const std::size_t value_end =
      static_cast<std::size_t>(field.value.data() - raw.data()) + field.value.size();
  return {begin, line_at(raw, value_end).next};
}

header_block header_of(std::string_view raw, const entity& part) {
  const std::size_t end = std::max(part.content_begin, part.header_begin);
  return scan_header_block(raw.substr(0, end), part.header_begin,
                           [](std::string_view) { return false; });
}

bool is_text(const entity& part) {
  return !part.has_children && part.type.starts_with("text/");
}

std::string_view content_of(std::string_view raw, const entity& part) {
  return raw.substr(part.content_begin, part.content_end - part.content_begin);
}

// Cuts "text/plain; a=b; c="d;e"" at the semicolons outside of quotes.
std::vector<std::string_view> split_value(std::string_view value) {
  std::vector<std::string_view> pieces;
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_quoted && value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      is_quoted = !is_quoted;
    } else if (value[i] == ';' && !is_quoted) {
      pieces.push_back(value.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  pieces.push_back(value.substr(begin));
  return pieces;
}

// True of `name=`, `name*=`, `name*0=` (RFC 2231 3).
bool is_parameter(std::string_view piece, std::string_view name) {
  const std::string_view given = trim(piece.substr(0, piece.find('=')));
  return equals_ignoring_case(given.substr(0, given.find('*')), name);
}

// The value with one parameter set, whatever form it had.
std::string with_parameter(std::string_view value, std::string_view name, std::string_view utf8) {
  const std::vector<std::string_view> pieces = split_value(value);
  std::string out(pieces.front());
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    if (is_parameter(pieces[i], name) || trim(pieces[i]).empty()) continue;
    out += ';';
    out += pieces[i];
  }
  return out + encode_parameter(name, utf8);
}

void set_parameter(splices& edits, const raw_field& field, std::string_view name,
                   std::string_view utf8) {
  const std::size_t begin = edits.place_of(field.value);
  edits.replace(begin, begin + field.value.size(), with_parameter(field.value, name, utf8));
}

// Calls `visit(part, header)` for each part that holds text.
template <class Visit>
void for_each_text(std::string_view raw, const entity_tree& tree, Visit visit) {
  for (const entity& each : tree.entities) {
    if (is_text(each)) visit(each, header_of(raw, each));
  }
}

// From the delimiter line in front of a part up to the next one (RFC 2046 5.1.1).
octet_range range_with_delimiter(std::string_view raw, const entity& part) {
  const std::size_t behind = part.header_begin == 0 ? 0 : part.header_begin - 1;
  const std::size_t feed = behind == 0 ? raw.npos : raw.rfind('\n', behind - 1);
  std::size_t end = part.content_end;
  if (raw.substr(end).starts_with("\r\n")) ++end;
  if (raw.substr(end).starts_with('\n')) ++end;
  return {feed == raw.npos ? 0 : feed + 1, end};
}

void erase_part(splices& edits, std::string_view raw, const entity_tree& tree, std::size_t number) {
  const entity& part = tree.entities[number];
  const bool is_in_multipart =
      part.parent >= 0 && tree.entities[static_cast<std::size_t>(part.parent)].is_multipart();
  const octet_range gone = is_in_multipart ? range_with_delimiter(raw, part)
                                           : octet_range{part.header_begin, part.content_end};
  edits.erase(gone.begin, gone.end);
}

std::vector<int> attachments_of(std::string_view raw) {
  std::vector<int> numbers;
  for (const part& each : read(raw, measuring::left_out).parts) {
    if (each.is_attachment) numbers.push_back(each.number);
  }
  return numbers;
}

std::string html_text(std::string_view text) {
  std::string out = "<p>";
  for (const char each : text) {
    switch (each) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += each;
    }
  }
  return out + "</p>\r\n";
}

// Where a footer goes into decoded octets: of HTML before the end of the body.
std::size_t footer_place(std::string_view octets, bool is_html) {
  if (!is_html) return octets.size();
  std::size_t last = octets.size();
  for (std::size_t at = find_ignoring_case(octets, "</body"); at != octets.npos;
       at = find_ignoring_case(octets, "</body", at + 1))
    last = at;
  return last;
}

void add_footer(splices& edits, std::string_view raw, const entity& part, std::string_view text) {
  const bool is_html = part.type == "text/html";
  std::string octets = decode_transfer(content_of(raw, part), part.transfer_encoding);
  const std::string footer = is_html ? html_text(text) : "\r\n" + std::string(text) + "\r\n";
  const std::string_view label = part.content_type.parameter("charset");
  std::optional<std::string> encoded;
  if (!label.empty()) encoded = encode_charset(footer, label);
  octets.insert(footer_place(octets, is_html), encoded.value_or(footer));
  edits.replace(part.content_begin, part.content_end,
                encode_transfer(octets, part.transfer_encoding));
}

std::string text_in(std::string_view raw, const entity& part, std::string_view charset) {
  const std::string octets = decode_transfer(content_of(raw, part), part.transfer_encoding);
  const std::string_view label = part.content_type.parameter("charset");
  const auto made = encode_charset(decode_charset(octets, label).text, charset);
  return encode_transfer(made.value_or(octets), part.transfer_encoding);
}

// The first two children of one part.
std::optional<std::pair<std::size_t, std::size_t>> two_children(const entity_tree& tree,
                                                                std::size_t parent) {
  std::optional<std::size_t> first;
  for (std::size_t i = parent + 1; i < tree.entities.size(); ++i) {
    if (tree.entities[i].parent != static_cast<int>(parent)) continue;
    if (first) return std::pair(*first, i);
    first = i;
  }
  return std::nullopt;
}

}  // namespace

std::string without_fields(std::string_view raw, const std::vector<std::string>& names) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  for (const raw_field& field : tree.header.fields) {
    const bool is_named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return equals_ignoring_case(field.name, name);
    });
    const octet_range gone = range_of(raw, field);
    if (is_named) edits.erase(gone.begin, gone.end);
  }
  return edits.apply();
}

std::string without_header(std::string_view raw) {
  return std::string(raw.substr(cut_entities(raw).entities.front().content_begin));
}

std::string with_subject_prefix(std::string_view raw, std::string_view prefix) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  std::string words = encode_header(prefix);
  if (words != prefix) words += ' ';  // RFC 2047 5 (1): an encoded word stands alone
  if (const raw_field* const subject = tree.header.find("subject")) {
    const std::size_t begin = edits.place_of(subject->value);
    const std::size_t text = subject->value.find_first_not_of(" \t");
    edits.replace(begin, begin + std::min(text, subject->value.size()), ' ' + words);
  } else {
    edits.insert(tree.entities.front().header_begin, "Subject: " + words + "\r\n");
  }
  return edits.apply();
}

std::string with_charset_label(std::string_view raw, std::string_view charset) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  for_each_text(raw, tree, [&](const entity& part, const header_block& header) {
    if (const raw_field* const type = header.find("content-type")) {
      set_parameter(edits, *type, "charset", charset);
      return;
    }
    std::string field = "Content-Type: text/plain" + encode_parameter("charset", charset) + "\r\n";
    if (header.fields.empty() && !header.has_blank_line) field += "\r\n";
    edits.insert(part.header_begin, std::move(field));
  });
  return edits.apply();
}

std::string without_transfer_encodings(std::string_view raw) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  for (const entity& part : tree.entities) {
    for (const raw_field& field : header_of(raw, part).fields) {
      const octet_range gone = range_of(raw, field);
      if (equals_ignoring_case(field.name, "content-transfer-encoding"))
        edits.erase(gone.begin, gone.end);
    }
  }
  return edits.apply();
}

std::string with_attachments_named(std::string_view raw, std::string_view name) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  for (const int number : attachments_of(raw)) {
    const header_block header = header_of(raw, tree.entities[static_cast<std::size_t>(number)]);
    const raw_field* const disposition = header.find("content-disposition");
    const raw_field* const type = header.find("content-type");
    if (disposition != nullptr) set_parameter(edits, *disposition, "filename", name);
    if (type != nullptr) set_parameter(edits, *type, "name", name);
  }
  return edits.apply();
}

std::string with_text_in(std::string_view raw, std::string_view charset) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  for_each_text(raw, tree, [&](const entity& part, const header_block&) {
    edits.replace(part.content_begin, part.content_end, text_in(raw, part, charset));
  });
  return edits.apply();
}

std::string with_text_encoded_twice(std::string_view raw) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  const auto encode = [&](const entity& part, int times) {
    std::string content(content_of(raw, part));
    for (int i = 0; i < times; ++i) content = encode_quoted_printable(content);
    edits.replace(part.content_begin, part.content_end, std::move(content));
  };
  for_each_text(raw, tree, [&](const entity& part, const header_block&) {
    if (part.transfer_encoding == "quoted-printable") encode(part, 1);
  });
  if (!edits.empty()) return edits.apply();
  for_each_text(raw, tree, [&](const entity& part, const header_block& header) {
    if (part.transfer_encoding == "base64") return;
    if (const raw_field* const given = header.find("content-transfer-encoding")) {
      const octet_range gone = range_of(raw, *given);
      edits.erase(gone.begin, gone.end);
    }
    if (header.fields.empty()) return;
    edits.insert(part.header_begin, "Content-Transfer-Encoding: quoted-printable\r\n");
    encode(part, 2);
  });
  return edits.apply();
}

std::string with_footer(std::string_view raw, std::string_view text) {
  const entity_tree tree = cut_entities(raw);
  const std::vector<int> attached = attachments_of(raw);
  splices edits(raw);
  for (const std::string_view type : {"text/plain", "text/html"}) {
    for (std::size_t i = 0; i < tree.entities.size(); ++i) {
      const entity& part = tree.entities[i];
      const bool is_attached =
          std::find(attached.begin(), attached.end(), static_cast<int>(i)) != attached.end();
      if (part.has_children || part.type != type || is_attached) continue;
      add_footer(edits, raw, part, text);
      break;
    }
  }
  return edits.apply();
}

std::string without_part(std::string_view raw, int number) {
  const entity_tree tree = cut_entities(raw);
  if (number < 1 || static_cast<std::size_t>(number) >= tree.entities.size())
    return std::string(raw);
  splices edits(raw);
  erase_part(edits, raw, tree, static_cast<std::size_t>(number));
  return edits.apply();
}

std::string without_attachments(std::string_view raw) {
  const entity_tree tree = cut_entities(raw);
  splices edits(raw);
  for (const int number : attachments_of(raw)) {
    const entity& part = tree.entities[static_cast<std::size_t>(number)];
    if (number > 0)
      erase_part(edits, raw, tree, static_cast<std::size_t>(number));
    else
      edits.erase(part.content_begin, part.content_end);
  }
  return edits.apply();
}

std::string with_parts_swapped(std::string_view raw) {
  const entity_tree tree = cut_entities(raw);
  for (std::size_t i = 0; i < tree.entities.size(); ++i) {
    if (!tree.entities[i].is_multipart()) continue;
    const auto found = two_children(tree, i);
    if (!found) continue;
    const auto whole = [&](const entity& part) {
      return octet_range{part.header_begin, std::max(part.header_begin, part.content_end)};
    };
    const octet_range first = whole(tree.entities[found->first]);
    const octet_range second = whole(tree.entities[found->second]);
    const auto octets = [&](octet_range what) {
      return std::string(raw.substr(what.begin, what.end - what.begin));
    };
    splices edits(raw);
    edits.replace(first.begin, first.end, octets(second));
    edits.replace(second.begin, second.end, octets(first));
    return edits.apply();
  }
  return std::string(raw);
}

}  // namespace mailrig::mime
