#include "capture/mime/addresses.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/encoded_word.hpp"
#include "capture/mime/gmime_ptr.hpp"
#include "capture/mime/utf8.hpp"

#include <utility>

namespace mailrig::mime {

namespace {

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : repaired_utf8(text);
}

// GMime leaves encoded words inside a quoted string as they are (RFC 2047 5 forbids them there);
// many programs put them there all the same.
std::string display_name(InternetAddress* item) {
  std::string name = text_or_empty(internet_address_get_name(item));
  if (name.find("=?") != std::string::npos) name = decode_words(name);
  return name;
}

// GMime's parser recurses at each `:` that may begin a group; more of them than this come only from
// an attack on its stack. Counted in quotes too, as what is quoted is the parser's judgement.
std::string with_bounded_groups(std::string value) {
  constexpr int max_colons = 1'000;
  int colons = 0;
  for (char& c : value)
    if (c == ':' && ++colons > max_colons) c = ' ';
  return value;
}

// Makes `;` a `,` where it ends no group, as Outlook and its users separate addresses. GMime would
// stop there.
class separator_repair {
 public:
  std::string repaired(std::string value) {
    for (std::size_t at = 0; at < value.size(); ++at) {
      if (value[at] == '\\') {
        ++at;
      } else if (value[at] == '"') {
        is_quoted_ = !is_quoted_;
      } else if (!is_quoted_) {
        value[at] = outside_quotes(value[at]);
      }
    }
    return value;
  }

 private:
  char outside_quotes(char c) {
    if (c == '<' || c == '[') is_address_ = true;
    if (c == '>' || c == ']' || c == ',') is_address_ = false;
    if (c == ':' && !is_address_) is_group_ = true;
    if (c != ';') return c;
    return std::exchange(is_group_, false) ? ';' : ',';
  }

  bool is_quoted_ = false, is_address_ = false, is_group_ = false;
};

void append_flat(std::vector<address>& out, InternetAddressList* list) {
  const int length = internet_address_list_length(list);
  for (int i = 0; i < length; ++i) {
    InternetAddress* const item = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(item)) {
      append_flat(out, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(item)));
    } else {
      out.push_back({display_name(item), text_or_empty(internet_address_mailbox_get_addr(
                                             INTERNET_ADDRESS_MAILBOX(item)))});
    }
  }
}

}  // namespace

std::vector<address> parse_addresses(std::string_view raw_value) {
  ensure_gmime();
  std::vector<address> found;
  const std::string value =
      separator_repair().repaired(with_bounded_groups(normalise_words(unfolded(raw_value))));
  const object_ptr<InternetAddressList> list(internet_address_list_parse(nullptr, value.c_str()));
  if (list) append_flat(found, list.get());
  return found;
}

std::string parse_date(std::string_view raw_value) {
  ensure_gmime();
  const date_time_ptr time(g_mime_utils_header_decode_date(unfolded(raw_value).c_str()));
  if (!time) return {};
  const date_time_ptr utc(g_date_time_to_utc(time.get()));
  if (!utc) return {};
  const chars_ptr text(g_date_time_format(utc.get(), "%Y-%m-%dT%H:%M:%S.000Z"));
  return text_or_empty(text.get());
}

}  // namespace mailrig::mime
