// The commands that talk to a running server. Each says on standard error what went wrong, and
// answers its exit code: 0 yes, 1 no, 2 wrong usage, 3 the server does not answer.
#pragma once

#include "capture/app/client_options.hpp"

namespace mailrig::app {

int wait_command(const client_options& options);
int list_command(const client_options& options);
int show_command(const client_options& options);
int rm_command(const client_options& options);
int export_command(const client_options& options);
int rig_create_command(const client_options& options);
int rig_delete_command(const client_options& options);
int readyz_command(const client_options& options);
int faults_check_command(const client_options& options);
int faults_apply_command(const client_options& options);
int faults_list_command(const client_options& options);
int faults_show_command(const client_options& options);
int faults_clear_command(const client_options& options);
int faults_hits_command(const client_options& options);
int faults_explain_command(const client_options& options);
int verify_command(const client_options& options);
int send_command(const client_options& options);

// `mailrig sendmail …`, or the program called by the name sendmail; the arguments behind that.
int sendmail_command(int count, const char* const* arguments);

}  // namespace mailrig::app
