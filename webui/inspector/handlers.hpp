// One function per endpoint of endpoints.cpp.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"

namespace mailrig::inspector {

void list_messages(const request& asked, context& with, answer_callback done);
void delete_messages(const request& asked, context& with, answer_callback done);
void ingest_message(const request& asked, context& with, answer_callback done);
void mark_messages(const request& asked, context& with, answer_callback done);
void mark_message(const request& asked, context& with, answer_callback done);
void get_message(const request& asked, context& with, answer_callback done);
void delete_message(const request& asked, context& with, answer_callback done);

void wait_for_messages(const request& asked, context& with, answer_callback done);
void wait_for_attempts(const request& asked, context& with, answer_callback done);

void get_raw(const request& asked, context& with, answer_callback done);
void get_html(const request& asked, context& with, answer_callback done);
void get_text(const request& asked, context& with, answer_callback done);
void get_headers(const request& asked, context& with, answer_callback done);
void get_part(const request& asked, context& with, answer_callback done);

void list_mailboxes(const request& asked, context& with, answer_callback done);
void get_mailbox(const request& asked, context& with, answer_callback done);

void list_sessions(const request& asked, context& with, answer_callback done);
void get_session(const request& asked, context& with, answer_callback done);
void get_transcript(const request& asked, context& with, answer_callback done);
void list_attempts(const request& asked, context& with, answer_callback done);
void get_attempt(const request& asked, context& with, answer_callback done);
void get_attempt_raw(const request& asked, context& with, answer_callback done);

void list_rigs(const request& asked, context& with, answer_callback done);
void make_rig(const request& asked, context& with, answer_callback done);
void get_rig(const request& asked, context& with, answer_callback done);
void put_rig(const request& asked, context& with, answer_callback done);
void delete_rig(const request& asked, context& with, answer_callback done);
void reset_rig(const request& asked, context& with, answer_callback done);

void get_ca(const request& asked, context& with, answer_callback done);
void get_info(const request& asked, context& with, answer_callback done);
void get_export(const request& asked, context& with, answer_callback done);
void get_metrics(const request& asked, context& with, answer_callback done);
void get_openapi(const request& asked, context& with, answer_callback done);
void get_transcript(const request& asked, context& with, answer_callback done);
void get_events(const request& asked, context& with, answer_callback done);
void get_livez(const request& asked, context& with, answer_callback done);
void get_readyz(const request& asked, context& with, answer_callback done);

}  // namespace mailrig::inspector
