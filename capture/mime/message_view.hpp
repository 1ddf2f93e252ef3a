// What a reader wants to know of a mail: decoded headers, addresses, text, HTML, the tree of parts,
// defects.
//
// Plain values, owned by the caller; they hold no reference into the raw bytes. Made by `read()`
// (GMime inside) from the bytes exactly as they were received. Reading never throws on what a peer
// sent and never changes the bytes: what cannot be read becomes a defect, and what can be shown is
// shown. Runs off the I/O thread (150 µs for 10 KiB, tens of milliseconds for 30 MiB).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

// One mailbox of an address header; a group's members are listed flat (RFC 5322 3.4). UTF-8.
struct address {
  std::string name;     // display name, decoded (RFC 2047); empty if none
  std::string mailbox;  // local@domain as written

  friend bool operator==(const address&, const address&) = default;
};

struct header_field {
  std::string name;   // as written
  std::string value;  // unfolded and decoded, UTF-8
  std::string
      raw;  // the octets after the colon, folding kept, made valid UTF-8 only where they were not

  friend bool operator==(const header_field&, const header_field&) = default;
};

// One entity of the MIME tree, numbered from 0 in the order of the bytes (0 is the message itself);
// `parent` is -1 for it. Offsets address the raw bytes, so that the content can be decoded again
// without keeping it.
struct part {
  int number = 0;
  int parent = -1;
  std::string type;                 // "text/html", lower case
  std::string charset;              // as labelled, lower case; empty if none
  std::string filename;             // decoded (RFC 2231, RFC 2047, raw 8-bit); empty if none
  std::string content_disposition;  // "attachment", "inline" or empty
  std::string content_id;           // without angle brackets
  std::string transfer_encoding;    // lower case; empty if none
  std::uint64_t size = 0;           // decoded octets; 0 for multipart/*
  std::string sha256;               // of the decoded octets, lower-case hex; empty for multipart/*
                                    // and in a long chain of messages within messages
  std::string md5;                  // likewise
  std::size_t content_begin = 0;    // offset of the encoded content in the raw bytes
  std::size_t content_end = 0;
  // A leaf that is neither the shown text/HTML nor an inline image of the HTML, or an attached
  // message; what is inside an attached message belongs to that message and is none.
  bool is_attachment = false;
  bool is_inline = false;  // an image that the HTML shows by its Content-ID

  friend bool operator==(const part&, const part&) = default;
};

// A body may be joined of several parts: this one's text begins there.
struct body_piece {
  int part = 0;
  std::size_t begin = 0;

  friend bool operator==(const body_piece&, const body_piece&) = default;
};

struct message_view {
  std::vector<header_field> headers;  // in the order of the bytes
  std::string subject;
  std::vector<address> from, sender, to, cc, bcc, reply_to;
  std::string message_id;                     // without angle brackets
  std::string in_reply_to;                    // likewise; the first, if several are named
  std::vector<std::string> list_unsubscribe;  // the URLs (RFC 2369 3.2)
  std::string date;  // RFC 3339 UTC with milliseconds, or empty when absent or unreadable
  std::string text;  // the text/plain body (or bodies), UTF-8, LF line ends; empty if none
  std::string html;  // the text/html body, UTF-8, as sent (hostile); empty if none
  std::vector<body_piece> text_pieces, html_pieces;
  std::vector<part> parts;
  std::vector<std::string> defects;  // short English sentences: "boundary \"x\" is never closed"

  friend bool operator==(const message_view&, const message_view&) = default;
};

// The few facts that a list row needs; all UTF-8 and bounded: subject ≤ 300 octets, snippet ≤ 160,
// ≤ 10 addresses.
struct summary {
  std::vector<address> from, to, cc;
  std::string subject;
  std::string date;
  std::string snippet;  // the first words of the text, or of the HTML without its tags
  int attachment_count = 0;
};

// Whether the contents of parts are measured: sizes, digests, and octets that their encoding does
// not allow. A search needs none of it.
enum class measuring : std::uint8_t { done, left_out };

// Reads the whole message. Bounded: at most 10,000 parts, 100 levels deep, 8 MiB each of text and
// HTML; a limit that was met is a defect.
[[nodiscard]] message_view read(std::string_view raw, measuring contents = measuring::done);

// The known fields of the header only: subject, addresses, ids. No list of headers, no parts, no
// body.
[[nodiscard]] message_view read_known_fields(std::string_view raw);

// Calls `visit(text, part)` for each piece of a body.
template <class Visit>
void for_each_piece(std::string_view body, const std::vector<body_piece>& pieces, Visit visit) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t begin = pieces[i].begin;
    const std::size_t next = i + 1 < pieces.size() ? pieces[i + 1].begin : body.size();
    if (begin < next && begin < body.size())
      visit(body.substr(begin, next - begin), pieces[i].part);
  }
}

// The list row of a message that was read.
[[nodiscard]] summary summarise(const message_view& view);

// The decoded octets of one part (transfer encoding undone, charset untouched), or nothing if
// `number` is not a leaf of this message.
[[nodiscard]] std::optional<std::string> part_content(std::string_view raw,
                                                      const message_view& view, int number);

// The decoded values of all header fields of that name (in lower case), in their order.
[[nodiscard]] std::vector<std::string> header_values(std::string_view raw, std::string_view name);

// One unstructured header value as a person reads it: RFC 2047 words decoded, raw 8-bit taken as
// UTF-8 if valid, else GB18030, else latin-1. For log lines and other places that need no whole
// parse.
[[nodiscard]] std::string decode_header(std::string_view raw_value);

// The HTML body with `cid:` references (RFC 2392) replaced by `part_url_prefix` and the part's
// number, and a <base target="_blank"> in front, for a sandboxed frame. References to parts that
// are not there stay as they are.
[[nodiscard]] std::string html_with_part_urls(const message_view& view,
                                              std::string_view part_url_prefix);

}  // namespace mailrig::mime
