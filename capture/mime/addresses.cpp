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

// Cuts a list of addresses into pieces for GMime, whose parser recurses at each group, takes time
// in the square of what is never closed, and stops at a `;` that ends no group, as Outlook and its
// users write between addresses. Here groups are flat and `;` is a `,`.
class address_cutter {
 public:
  std::vector<std::string> cut(std::string_view value) {
    for (std::size_t at = 0; at < value.size(); ++at) {
      const bool is_escape = value[at] == '\\' && at + 1 < value.size();
      if (is_escape) piece_ += value[at++];
      take(value[at], is_escape, value.substr(at + 1, 1));
      if (piece_.size() >= longest_piece) end_piece();
    }
    end_piece();
    return std::move(pieces_);
  }

 private:
  // Pieces end at a separator once they are long enough, and anywhere when they are too long.
  static constexpr std::size_t wanted_piece = 1'024, longest_piece = 16'384;

  void take(char c, bool is_escape, std::string_view next) {
    if (c == '"' && !is_escape) is_quoted_ = !is_quoted_;
    if (is_quoted_ || is_escape) {
      piece_ += c;
      return;
    }
    if (c == '<' || c == '[') is_address_ = true;
    if (c == '>' || c == ']') is_address_ = false;
    const bool is_in_route = is_address_ && next == "@";  // RFC 5322 4.4: `<@a,@b:c@d>`
    if (c == ':' && !is_address_) {
      piece_.resize(address_begin_);  // the name of a group
    } else if (c == ';' || (c == ',' && !is_in_route)) {
      separate();
    } else {
      piece_ += c;
    }
  }

  void separate() {
    is_address_ = false;
    piece_ += ',';
    address_begin_ = piece_.size();
    if (piece_.size() >= wanted_piece) end_piece();
  }

  void end_piece() {
    if (!piece_.empty()) pieces_.push_back(std::exchange(piece_, {}));
    address_begin_ = 0;
  }

  std::vector<std::string> pieces_;
  std::string piece_;
  std::size_t address_begin_ = 0;
  bool is_quoted_ = false, is_address_ = false;
};

void append_mailboxes(std::vector<address>& out, InternetAddressList* list) {
  const int length = internet_address_list_length(list);
  for (int i = 0; i < length; ++i) {
    InternetAddress* const item = internet_address_list_get_address(list, i);
    if (!INTERNET_ADDRESS_IS_MAILBOX(item)) continue;
    const char* const mailbox = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(item));
    out.push_back({display_name(item), text_or_empty(mailbox)});
  }
}

}  // namespace

std::vector<address> parse_addresses(std::string_view raw_value) {
  ensure_gmime();
  std::vector<address> found;
  for (const std::string& piece : address_cutter().cut(normalise_words(unfolded(raw_value)))) {
    const object_ptr<InternetAddressList> list(internet_address_list_parse(nullptr, piece.c_str()));
    if (list) append_mailboxes(found, list.get());
  }
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
