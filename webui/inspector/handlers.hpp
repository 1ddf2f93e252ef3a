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

void get_faults(const request& asked, context& with, answer_callback done);
void put_faults(const request& asked, context& with, answer_callback done);
void delete_faults(const request& asked, context& with, answer_callback done);
void add_rule(const request& asked, context& with, answer_callback done);
void get_rule(const request& asked, context& with, answer_callback done);
void put_rule(const request& asked, context& with, answer_callback done);
void patch_rule(const request& asked, context& with, answer_callback done);
void delete_rule(const request& asked, context& with, answer_callback done);
void put_list(const request& asked, context& with, answer_callback done);
void apply_document(const request& asked, context& with, answer_callback done);
void list_hits(const request& asked, context& with, answer_callback done);
void explain_faults(const request& asked, context& with, answer_callback done);
void list_unused(const request& asked, context& with, answer_callback done);
void get_fault_state(const request& asked, context& with, answer_callback done);
void put_fault_state(const request& asked, context& with, answer_callback done);
void delete_fault_state(const request& asked, context& with, answer_callback done);
void list_scenarios(const request& asked, context& with, answer_callback done);
void get_scenario(const request& asked, context& with, answer_callback done);
void apply_scenario(const request& asked, context& with, answer_callback done);
void take_off_scenario(const request& asked, context& with, answer_callback done);
void get_clock(const request& asked, context& with, answer_callback done);
void set_clock(const request& asked, context& with, answer_callback done);
void advance_clock(const request& asked, context& with, answer_callback done);

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
