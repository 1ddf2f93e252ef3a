// The replies of the SMTP server that say the same to everybody. Each is named once, here.
#pragma once

#include "capture/model/reply.hpp"

namespace mailrig::smtp::replies {

using model::reply;

inline constexpr reply ok{250, {2, 0, 0}, "Ok"};
inline constexpr reply sender_ok{250, {2, 1, 0}, "Sender ok"};
inline constexpr reply recipient_ok{250, {2, 1, 5}, "Recipient ok"};
// Its text is made when it is said: model::queued_text().
inline constexpr reply queued{250, {2, 0, 0}, ""};
inline constexpr reply bye{221, {2, 0, 0}, "Bye"};
inline constexpr reply cannot_verify{
    252, {2, 5, 2}, "Every recipient is accepted; none is verified"};

inline constexpr reply start_data{354, {}, "End data with <CR><LF>.<CR><LF>"};
inline constexpr reply start_data_for_bare_lf{354,
                                              {},
                                              "End data with <CR><LF>.<CR><LF>: your lines end in "
                                              "a bare LF, the final dot needs CRLF (try: nc -C)"};

inline constexpr reply ready_for_tls{220, {2, 0, 0}, "Ready to start TLS"};
inline constexpr reply tls_not_offered{
    502, {5, 5, 1}, "TLS is not offered on this port; use the submission port, or --starttls"};
inline constexpr reply tls_is_on{503, {5, 5, 1}, "TLS is on already"};
inline constexpr reply tls_first{530, {5, 7, 0}, "Must issue a STARTTLS command first"};

inline constexpr reply auth_ok{235, {2, 7, 0}, "Authentication successful"};
inline constexpr reply auth_first{530, {5, 7, 0}, "Authentication required"};
inline constexpr reply auth_twice{503, {5, 5, 1}, "This session is authenticated already"};
inline constexpr reply auth_in_transaction{
    503, {5, 5, 1}, "AUTH is not permitted during a mail transaction; send RSET first"};
inline constexpr reply auth_not_offered{502, {5, 5, 1}, "AUTH is not offered here"};
inline constexpr reply auth_needs_tls{
    538, {5, 7, 11}, "Encryption required for requested authentication mechanism"};
inline constexpr reply auth_syntax{501, {5, 5, 4}, "Syntax: AUTH mechanism [initial-response]"};
inline constexpr reply auth_cancelled{501, {5, 7, 0}, "Authentication cancelled"};
inline constexpr reply auth_unexpected_response{501, {5, 7, 0}, "Unexpected initial response"};
inline constexpr reply auth_not_base64{
    501, {5, 5, 2}, "Cannot decode the response as base64 (RFC 4648 4)"};
inline constexpr reply auth_malformed{501, {5, 5, 2}, "Malformed authentication response"};
inline constexpr reply auth_refused{535, {5, 7, 8}, "Authentication credentials invalid"};
inline constexpr reply auth_line_too_long{
    500, {5, 5, 6}, "Authentication exchange line is too long"};

inline constexpr reply unrecognised{
    500, {5, 5, 2}, "Command not recognised; HELP lists the commands"};
inline constexpr reply line_too_long{500, {5, 5, 2}, "Command line is too long"};
inline constexpr reply not_implemented{502, {5, 5, 1}, "Command is not implemented"};
inline constexpr reply no_argument_allowed{501, {5, 5, 4}, "This command takes no argument"};
inline constexpr reply vrfy_syntax{501, {5, 5, 4}, "Syntax: VRFY address"};
inline constexpr reply empty_forward_path{
    501, {5, 1, 3}, "RCPT needs an address: RCPT TO:<user@example.test>"};
inline constexpr reply repeated_parameter{501, {5, 5, 4}, "A parameter stands twice"};
inline constexpr reply bdat_syntax{
    501, {5, 5, 4}, "Syntax: BDAT octets [LAST], with a decimal number of octets"};
inline constexpr reply unknown_parameter{
    555, {5, 5, 4}, "A parameter of this command is not supported"};

inline constexpr reply xclient_syntax{
    501,
    {5, 5, 4},
    "Syntax: XCLIENT attribute=value, with NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"};
inline constexpr reply xclient_not_trusted{
    550, {5, 7, 1}, "XCLIENT is not taken from this address (--xclient-from)"};
inline constexpr reply proxy_not_trusted{
    550,
    {5, 7, 1},
    "A PROXY header is not taken from this address (--proxy-from); closing connection"};

inline constexpr reply greet_first{503, {5, 5, 1}, "Send EHLO or HELO first"};
inline constexpr reply lhlo_first{503, {5, 5, 1}, "Send LHLO first"};
inline constexpr reply mail_first{503, {5, 5, 1}, "Send MAIL first"};
inline constexpr reply recipient_first{503, {5, 5, 1}, "Send RCPT first"};
inline constexpr reply transaction_is_open{
    503, {5, 5, 1}, "A mail transaction is open already; send RSET first"};
inline constexpr reply chunks_have_begun{
    503, {5, 5, 1}, "BDAT has begun the mail; go on with BDAT, or send RSET"};
inline constexpr reply binary_needs_bdat{
    503, {5, 5, 1}, "BODY=BINARYMIME cannot go by DATA; send BDAT"};
inline constexpr reply say_lhlo{500, {5, 5, 1}, "This port speaks LMTP; say LHLO"};
inline constexpr reply say_ehlo{500, {5, 5, 1}, "This port speaks SMTP; say EHLO or HELO"};
inline constexpr reply no_valid_recipients{554, {5, 5, 1}, "No valid recipients"};

inline constexpr reply no_recipients_lmtp{503, {5, 5, 1}, "No valid recipients"};

inline constexpr reply too_many_recipients{452, {4, 5, 3}, "Too many recipients"};
inline constexpr reply too_big{
    552, {5, 3, 4}, "Message size exceeds the limit that SIZE announces (--max-message-size)"};
inline constexpr reply no_memory{
    452, {4, 3, 1}, "Insufficient storage: mailrig's memory limit is reached"};
inline constexpr reply too_many_errors{421, {4, 7, 0}, "Too many errors; closing connection"};
inline constexpr reply too_many_commands{
    421, {4, 7, 0}, "Too many commands in one session (--max-commands); closing connection"};
inline constexpr reply idle{421, {4, 4, 2}, "Nothing was said for too long; closing connection"};
inline constexpr reply shutting_down{
    421, {4, 3, 2}, "mailrig is shutting down; closing connection"};
inline constexpr reply speaks_http{
    500, {5, 5, 1}, "This is an SMTP port and the client speaks HTTP; closing connection"};
inline constexpr reply speaks_tls{
    500,
    {5, 5, 1},
    "This port speaks plain SMTP and the client began a TLS handshake; closing connection"};

}  // namespace mailrig::smtp::replies
