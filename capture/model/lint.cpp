#include "capture/model/lint.hpp"

#include <array>
#include <ostream>

namespace mailrig::model {
namespace {

using enum severity;

constexpr enhanced_code bad_syntax{5, 5, 2};
constexpr enhanced_code bad_arguments{5, 5, 4};
constexpr enhanced_code bad_address{5, 1, 3};
constexpr enhanced_code bad_content{5, 6, 0};

constexpr std::array<lint_text, lint_count> table = {{
    {lint::bare_lf, "bare_lf", "Command lines end in a bare LF instead of CRLF", "RFC 5321 2.3.8",
     error, 500, bad_syntax},
    {lint::helo_without_name, "helo_without_name", "HELO or EHLO gave no name", "RFC 5321 4.1.1.1",
     error, 501, bad_arguments},
    {lint::helo_bad_name, "helo_bad_name",
     "The name in HELO or EHLO is neither a domain nor an address literal", "RFC 5321 4.1.1.1",
     error, 501, bad_arguments},
    {lint::helo_bare_address, "helo_bare_address",
     "The IP address in HELO or EHLO stands without brackets: [192.0.2.1]", "RFC 5321 4.1.3", error,
     501, bad_arguments},
    {lint::helo_not_qualified, "helo_not_qualified",
     "The name in HELO or EHLO is not fully qualified", "RFC 5321 2.3.5", warning},
    {lint::early_talker, "early_talker", "The client spoke before the banner", "RFC 5321 4.3.1",
     warning},
    {lint::pipelining_not_offered, "pipelining_not_offered",
     "The client sent commands without waiting for replies although PIPELINING was not offered",
     "RFC 2920 3.1", error},
    {lint::pipelining_past_group_end, "pipelining_past_group_end",
     "The client sent more behind EHLO, DATA, VRFY, NOOP or QUIT before it was answered",
     "RFC 2920 3.1", error},
    {lint::no_quit, "no_quit", "The client closed the connection without QUIT", "RFC 5321 4.1.1.10",
     warning},
    {lint::http_on_smtp_port, "http_on_smtp_port", "The client speaks HTTP on an SMTP port", "",
     error},
    {lint::proxy_header_not_trusted, "proxy_header_not_trusted",
     "A PROXY header came from an address that --proxy-from does not name", "", error},

    {lint::space_after_colon, "space_after_colon",
     "A space follows the colon of MAIL FROM: or RCPT TO:", "RFC 5321 3.3", warning, 501,
     bad_arguments},
    {lint::no_angle_brackets, "no_angle_brackets", "The address has no angle brackets",
     "RFC 5321 4.1.2", error, 501, bad_arguments},
    {lint::source_route, "source_route", "The address has a source route, which was ignored",
     "RFC 5321 C", warning},
    {lint::no_domain, "no_domain", "The address has no domain", "RFC 5321 4.1.2", error, 501,
     bad_address},
    {lint::eight_bit_address,
     "eight_bit_address",
     "The address holds 8-bit octets without SMTPUTF8, or is not UTF-8",
     "RFC 6531 3.2",
     error,
     553,
     {5, 6, 7}},
    {lint::bad_local_part, "bad_local_part",
     "The local part is neither a dot-string nor a quoted string", "RFC 5321 4.1.2", error, 501,
     bad_address},
    {lint::bad_domain, "bad_domain",
     "The domain is no sequence of labels of letters, digits and inner hyphens", "RFC 5321 4.1.2",
     error, 501, bad_address},
    {lint::bad_address_literal, "bad_address_literal",
     "The address literal is none: [192.0.2.1] or [IPv6:2001:db8::1]", "RFC 5321 4.1.3", error, 501,
     bad_address},
    {lint::local_part_too_long, "local_part_too_long", "The local part is longer than 64 octets",
     "RFC 5321 4.5.3.1.1", warning, 501, bad_address},
    {lint::domain_too_long, "domain_too_long", "The domain is longer than 255 octets",
     "RFC 5321 4.5.3.1.2", warning, 501, bad_address},
    {lint::parameter_after_helo, "parameter_after_helo",
     "MAIL or RCPT bears a parameter although HELO, not EHLO, began the session",
     "RFC 5321 4.1.1.11", error, 555, bad_arguments},

    {lint::body_before_354, "body_before_354", "The mail was sent before DATA was answered",
     "RFC 2920 3.1", error},
    {lint::smuggling_crlf_dot_lf, "smuggling_crlf_dot_lf",
     "CRLF.LF stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_crlf_dot_cr, "smuggling_crlf_dot_cr",
     "CRLF.CR stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_crlf_dot_nul, "smuggling_crlf_dot_nul",
     "CRLF.NUL stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::dot_not_stuffed, "dot_not_stuffed",
     "A line began with a single dot, which was taken off: the client does not stuff dots",
     "RFC 5321 4.5.2", error},

    {lint::smuggling_lf_dot_lf, "smuggling_lf_dot_lf",
     "LF.LF stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_lf_dot_cr, "smuggling_lf_dot_cr",
     "LF.CR stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_lf_dot_crlf, "smuggling_lf_dot_crlf",
     "LF.CRLF stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_cr_dot_lf, "smuggling_cr_dot_lf",
     "CR.LF stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_cr_dot_cr, "smuggling_cr_dot_cr",
     "CR.CR stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_cr_dot_crlf, "smuggling_cr_dot_crlf",
     "CR.CRLF stands in the data; it did not end it", "RFC 5321 4.1.1.4", error, 554, bad_content},
    {lint::smuggling_nul_dot, "smuggling_nul_dot",
     "A dot between line ends and NUL stands in the data; it did not end it", "RFC 5321 4.1.1.4",
     error, 554, bad_content},
    {lint::bare_lf_in_body, "bare_lf_in_body", "Lines of the mail end in a bare LF instead of CRLF",
     "RFC 5321 2.3.8", error, 554, bad_content},
    {lint::bare_cr_in_body, "bare_cr_in_body", "The mail holds a CR that no LF follows",
     "RFC 5321 2.3.8", error, 554, bad_content},
    {lint::nul_in_body, "nul_in_body", "The mail holds NUL octets and is not BODY=BINARYMIME",
     "RFC 2045 2.8", error, 554, bad_content},
    {lint::line_over_998, "line_over_998", "A line of the mail is longer than 998 octets",
     "RFC 5322 2.1.1", error, 554, bad_content},
    {lint::eight_bit_without_8bitmime,
     "eight_bit_without_8bitmime",
     "The mail holds 8-bit octets but MAIL did not say BODY=8BITMIME",
     "RFC 6152 3",
     error,
     554,
     {5, 6, 3}},
    {lint::declared_size_too_small, "declared_size_too_small",
     "The mail is larger than SIZE= of MAIL said", "RFC 1870 5", warning},

    {lint::eight_bit_header,
     "eight_bit_header",
     "The header holds 8-bit octets but MAIL did not say SMTPUTF8",
     "RFC 5322 2.2",
     error,
     554,
     {5, 6, 7}},
    {lint::bad_header_line, "bad_header_line",
     "A line of the header is neither a field nor the continuation of one", "RFC 5322 2.2", error,
     554, bad_content},
    {lint::space_before_colon, "space_before_colon",
     "A space stands between the name of a header field and its colon", "RFC 5322 3.6.8", warning},
    {lint::missing_date, "missing_date", "The header has no Date", "RFC 5322 3.6", error, 554,
     bad_content},
    {lint::missing_from, "missing_from", "The header has no From", "RFC 5322 3.6", error, 554,
     bad_content},
    {lint::missing_sender, "missing_sender", "From names several mailboxes and there is no Sender",
     "RFC 5322 3.6.2", error, 554, bad_content},
    {lint::missing_message_id, "missing_message_id", "The header has no Message-ID",
     "RFC 5322 3.6.4", warning},
    {lint::bad_message_id, "bad_message_id", "Message-ID is not of the form <left@right>",
     "RFC 5322 3.6.4", error},
    {lint::duplicate_header, "duplicate_header",
     "A header field that may stand once stands several times", "RFC 5322 3.6", error, 554,
     bad_content},
    {lint::missing_mime_version, "missing_mime_version",
     "The header has Content-Type or Content-Transfer-Encoding but no MIME-Version", "RFC 2045 4",
     warning},
}};

constexpr bool stands_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].which != static_cast<lint>(i) || table[i].detail.empty()) return false;
  }
  return true;
}
static_assert(stands_in_order());

}  // namespace

const lint_text& describe(lint which) {
  return table[static_cast<std::size_t>(which)];
}

std::string_view to_string(severity value) {
  static constexpr std::array<std::string_view, 3> names = {"note", "warning", "error"};
  return names[static_cast<std::size_t>(value)];
}

std::ostream& operator<<(std::ostream& out, const lint_set& lints) {
  const char* separator = "";
  lints.for_each([&](lint each) {
    out << separator << describe(each).name;
    separator = ",";
  });
  return out;
}

}  // namespace mailrig::model
