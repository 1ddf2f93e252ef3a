// One reader of /v1/events (server-sent events): takes the connection over from the HTTP session.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/connection.hpp"
#include "webui/inspector/request.hpp"
#include "webui/inspector/socket.hpp"

namespace mailrig::inspector {

// Writes the head and then events until one side ends.
void open_event_stream(const connection_table_ref& table, tcp_socket socket, const request& asked,
                       const answer& head);

}  // namespace mailrig::inspector
