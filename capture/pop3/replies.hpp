// The replies of the POP3 server that say the same to everybody. Each is named once, here.
//
// A reply is a model::reply whose code says no more than +OK (2xx), + (3xx) or -ERR. What stands in
// brackets at the front of a text is a response code (RFC 2449 8, RFC 3206).
#pragma once

#include "capture/model/reply.hpp"

namespace mailrig::pop3::replies {

using model::reply;

inline constexpr std::uint16_t positive = 200;
inline constexpr std::uint16_t negative = 500;
inline constexpr std::uint16_t challenge = 334;  // "+ " and a challenge (RFC 5034 4)

inline constexpr reply ok{positive, {}, "Ok"};
inline constexpr reply bye{positive, {}, "Bye"};
inline constexpr reply send_password{positive, {}, "Send PASS"};
inline constexpr reply utf8_enabled{positive, {}, "UTF-8 it is"};
// Their texts are made when they are said.
inline constexpr reply to_be_worded{positive, {}, ""};

inline constexpr reply unrecognised{
    negative, {}, "Command not recognised; CAPA lists what is offered"};
inline constexpr reply line_too_long{negative, {}, "Command line is too long"};
inline constexpr reply no_argument_allowed{negative, {}, "This command takes no argument"};
inline constexpr reply user_syntax{negative, {}, "Syntax: USER name"};
inline constexpr reply pass_syntax{negative, {}, "Syntax: PASS password"};
inline constexpr reply apop_syntax{
    negative, {}, "Syntax: APOP name digest, the digest being 32 hexadecimal digits (RFC 1939 7)"};
inline constexpr reply number_syntax{
    negative, {}, "A message number is a decimal number from 1 on, and stands alone"};
inline constexpr reply top_syntax{
    negative, {}, "Syntax: TOP message lines, two decimal numbers (RFC 1939 7)"};

inline constexpr reply ready_for_tls{positive, {}, "Begin the TLS handshake"};
inline constexpr reply tls_not_offered{negative, {}, "TLS is not offered here"};
inline constexpr reply tls_is_on{negative, {}, "TLS is on already"};

inline constexpr reply auth_syntax{
    negative, {}, "Syntax: AUTH mechanism [initial-response] (RFC 5034 4)"};
inline constexpr reply auth_cancelled{negative, {}, "Authentication cancelled"};

inline constexpr reply log_in_first{negative, {}, "Log in first"};
inline constexpr reply user_first{negative, {}, "Send USER first"};
inline constexpr reply logged_in_already{negative, {}, "You are logged in already"};

inline constexpr reply wrong_credentials{negative, {}, "[AUTH] Name or password is wrong"};
inline constexpr reply no_memory{
    negative, {}, "[SYS/TEMP] mailrig's memory limit is reached; try again later"};

inline constexpr reply too_many_errors{negative, {}, "Too many errors; closing connection"};
inline constexpr reply shutting_down{
    negative, {}, "[SYS/TEMP] mailrig is shutting down; closing connection"};
inline constexpr reply speaks_http{
    negative, {}, "This is a POP3 port and the client speaks HTTP; closing connection"};
inline constexpr reply speaks_tls{
    negative,
    {},
    "This port speaks plain POP3 and the client began a TLS handshake; closing connection"};

}  // namespace mailrig::pop3::replies
