#include "capture/app/client_options.hpp"

#include "capture/app/client_commands.hpp"
#include "capture/app/options.hpp"

#include <memory>
#include <stdexcept>

#include <CLI/CLI.hpp>

namespace mailrig::app {
namespace {

class declaration {
 public:
  declaration(CLI::App& app, client_options& to, client_command& chosen)
      : app_(app), to_(to), chosen_(chosen) {}

  CLI::App* command(CLI::App& under, const char* name, const char* what, client_command run) {
    CLI::App* const made = under.add_subcommand(name, what);
    made->parse_complete_callback([this, run] { chosen_ = run; });
    return made;
  }
  void server(CLI::App& of) {
    of.add_option("--url", to_.url, "The server's HTTP address")
        ->envname("MAILRIG_URL")
        ->capture_default_str()
        ->type_name("URL");
    of.add_option("--auth", to_.auth, "What the server was started with by --auth")
        ->envname("MAILRIG_AUTH")
        ->type_name("USER:PASSWORD");
  }
  void rig(CLI::App& of) {
    server(of);
    of.add_option("--rig", to_.rig, "The rig to ask; without it default")
        ->envname("MAILRIG_RIG")
        ->type_name("NAME");
  }
  void query(CLI::App& of, const char* what) {
    of.add_option("--query", to_.query, what)->type_name("QUERY");
  }
  template <typename Target>
  void time(CLI::App& of, const char* name, Target& target, const char* what, const char* shown) {
    const auto take = [&target](const std::string& text) {
      try {
        target = parse_duration(text);
      } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(error.what());
      }
    };
    of.add_option_function<std::string>(name, take, what)->type_name("TIME")->default_str(shown);
  }

  void declare_wait();
  void declare_reading();
  void declare_rig();
  void declare_faults();
  void declare_verify();
  void declare_sending();
  void declare_readyz();

 private:
  CLI::App& app_;
  client_options& to_;
  client_command& chosen_;
};

void declaration::declare_wait() {
  CLI::App& wait = *command(app_, "wait", "Wait for mails and print them as JSON", wait_command);
  rig(wait);
  query(wait, "Which mails, such as 'rcpt:bob@shop.test subject:Welcome'");
  wait.add_option("--count", to_.count, "At least so many, stored ones included")
      ->capture_default_str();
  wait.add_option("--exactly", to_.exactly, "So many and no more; 0: none may come")
      ->excludes("--count");
  time(wait, "--timeout", to_.timeout, "How long", "10s");
  time(wait, "--settle", to_.settle, "With --exactly: how long nothing more may come", "2s");
  wait.add_option("--after", to_.after, "Only what is newer than this mark or time")
      ->type_name("MARK");
  wait.add_flag("--attempts", to_.of_attempts, "Wait for refused or half-sent mails instead");
}

void declaration::declare_reading() {
  CLI::App& list = *command(app_, "list", "List mails, newest first", list_command);
  rig(list);
  query(list, "Which mails");
  list.add_option("--limit", to_.limit, "How many at most")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  list.add_flag("--json", to_.as_json, "As JSON");
  CLI::App& show = *command(app_, "show", "Print one mail", show_command);
  rig(show);
  show.add_option("ID", to_.ids, "Its id, or latest")->required()->expected(1);
  CLI::Option* const raw = show.add_flag("--raw", to_.raw, "The octets as received");
  show.add_flag("--json", to_.as_json, "As JSON")->excludes(raw);
  CLI::App& rm = *command(app_, "rm", "Delete mails", rm_command);
  rig(rm);
  rm.add_option("ID", to_.ids, "Their ids");
  query(rm, "All that match");
  rm.add_flag("--all", to_.all, "All of the rig");
  CLI::App& save =
      *command(app_, "export", "Save mails, attempts and transcripts as a zip", export_command);
  rig(save);
  save.add_option("FILE", to_.file, "Where to; - is standard output")->required();
}

void declaration::declare_rig() {
  CLI::App& rigs = *app_.add_subcommand("rig", "Make or delete a rig");
  rigs.require_subcommand(1);
  CLI::App& create =
      *command(rigs, "create", "Make a rig and print it as JSON", rig_create_command);
  server(create);
  create.add_option("NAME", to_.name, "Its name")->required();
  create.add_option("--port", to_.ports, "A port of its own: smtp")->type_name("PROTOCOL");
  create
      .add_option("--route", to_.routes,
                  "What leads to it: recipient_domain=gw3.test, plus_tag=…, helo=…, user=…, "
                  "client_address=…")
      ->type_name("FACT=VALUE");
  create.add_option("--ttl", to_.ttl, "How long it lives behind its last use; 1h by default")
      ->type_name("TIME");
  create.add_flag("--anew", to_.anew, "If there is one already, empty it and set it anew");
  CLI::App& drop =
      *command(rigs, "delete", "Delete a rig and all that is in it", rig_delete_command);
  server(drop);
  drop.add_option("NAME", to_.name, "Its name")->required();
}

void declaration::declare_faults() {
  CLI::App& faults = *app_.add_subcommand("faults", "See, apply and take off faults");
  faults.require_subcommand(1);
  CLI::App& check = *command(faults, "check",
                             "Say all that is wrong with a file of rules, or a "
                             "scenario; asks no server",
                             faults_check_command);
  check.add_option("FILE", to_.what, "The file")->required();
  CLI::App& apply =
      *command(faults, "apply", "Add a scenario's rules, and say what clients will see",
               faults_apply_command);
  rig(apply);
  apply.add_option("WHAT", to_.what, "A scenario's name, or a file of one")
      ->type_name("FILE|NAME")
      ->required();
  apply.add_option("PARAMETERS", to_.params, "key=value …")->type_name("KEY=VALUE");
  apply.add_option("--ttl", to_.ttl, "How long, on the rig's clock: 10m")->type_name("TIME");
  apply.add_option("--max-hits", to_.max_hits, "How often each rule acts at most")->type_name("N");
  CLI::App& list = *command(faults, "list", "The rules in force, and the scenarios that there are",
                            faults_list_command);
  rig(list);
  list.add_flag("--all", to_.all, "Magic recipients too");
  list.add_flag("--json", to_.as_json, "As JSON");
  CLI::App& show =
      *command(faults, "show", "A scenario: parameters, what clients see", faults_show_command);
  rig(show);
  show.add_option("NAME", to_.name, "Its name")->required();
  show.add_flag("--json", to_.as_json, "As JSON");
  CLI::App& clear =
      *command(faults, "clear", "Take a scenario off, or all rules", faults_clear_command);
  rig(clear);
  clear.add_option("NAME", to_.name, "The scenario; without it all rules");
  CLI::App& hits = *command(faults, "hits", "Each time that a rule acted", faults_hits_command);
  rig(hits);
  hits.add_option("--rule", to_.name, "Of this rule only")->type_name("ID");
  hits.add_option("--limit", to_.limit, "How many at most")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  hits.add_flag("--json", to_.as_json, "As JSON");
  CLI::App& explain =
      *command(faults, "explain", "Why each rule would act at a point, or would not",
               faults_explain_command);
  rig(explain);
  explain.add_option("--stage", to_.stage, "Where: rcpt, data …")->required();
  explain.add_option("--protocol", to_.protocol, "smtp, lmtp, pop3 or delivery");
  explain.add_option("--session", to_.session, "With the facts of this session")->type_name("ID");
  explain.add_option("--from", to_.mail_from, "With this sender")->type_name("ADDRESS");
  explain.add_option("--rcpt", to_.rcpt, "With this recipient")->type_name("ADDRESS");
}

void declaration::declare_verify() {
  CLI::App& verify = *command(app_, "verify",
                              "Ask whether what was claimed is so, and print each claim's evidence",
                              verify_command);
  rig(verify);
  verify.add_option("WHAT", to_.what, "Claims as JSON, or a scenario: what it expects")
      ->type_name("FILE|SCENARIO")
      ->required();
  verify.add_option("--within", to_.within, "Wait for it so long: 10s")->type_name("TIME");
  verify.add_option("--junit", to_.junit, "Write a JUnit report")->type_name("FILE");
}

void declaration::declare_sending() {
  CLI::App& send = *command(app_, "send", "Send a mail by SMTP", send_command);
  send.add_option("FILE", to_.file,
                  "An .eml file, - for standard input; without it one is composed");
  send.add_option("--server", to_.server, "Where to")
      ->envname("MAILRIG_SERVER")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  send.add_option("--from", to_.mail_from, "The sender; else that of the file")
      ->type_name("ADDRESS");
  send.add_option("--to", to_.rcpt_to, "The recipients; else those of the file")
      ->type_name("ADDRESS")
      ->delimiter(',');
  send.add_option("--subject", to_.subject, "Of a composed mail")->type_name("TEXT");
  send.add_option("--text", to_.text, "Of a composed mail")->type_name("TEXT");
  // Shown here for the help only: its arguments are those of other sendmails and are read by hand.
  app_.add_subcommand("sendmail", "Take a mail from standard input as sendmail does (-t -i -f -o…)")
      ->prefix_command();
}

void declaration::declare_readyz() {
  CLI::App& readyz =
      *command(app_, "readyz", "Ask a running server whether it is ready", readyz_command);
  server(readyz);
  // `--wait` alone means half a minute.
  const auto take = [this](const std::string& text) {
    try {
      const bool is_bare = text.empty() || text == "true";
      to_.patience = is_bare ? std::chrono::seconds{30} : parse_duration(text);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(error.what());
    }
  };
  readyz.add_option_function<std::string>("--wait", take, "Until it is, but no longer than this")
      ->type_name("TIME")
      ->expected(0, 1)
      ->default_str("30s");
}

}  // namespace

void declare_client_commands(CLI::App& app, client_options& to, client_command& chosen) {
  // The callbacks run while the command line is parsed, when this function has returned.
  const auto made = std::make_shared<declaration>(app, to, chosen);
  made->declare_wait();
  made->declare_reading();
  made->declare_rig();
  made->declare_faults();
  made->declare_verify();
  made->declare_sending();
  made->declare_readyz();
  app.final_callback([made] {});
}

}  // namespace mailrig::app
