#include "webui/inspector/metrics.hpp"

#include "capture/rig/rig_table.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/handlers.hpp"

#include <map>
#include <prometheus/client_metric.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Seconds. A list takes 100 µs, a search of all mails a second, a wait ten.
const prometheus::Histogram::BucketBoundaries bounds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.type = type;
  return made;
}

ClientMetric sample(MetricType type, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric made;
  made.label = std::move(labels);
  if (type == MetricType::Counter)
    made.counter.value = value;
  else
    made.gauge.value = value;
  return made;
}

class collection {
 public:
  void add(MetricType type, const char* name, const char* help, auto value) {
    MetricFamily made = family(name, help, type);
    made.metric.push_back(sample(type, static_cast<double>(value)));
    families_.push_back(std::move(made));
  }
  void counter(const char* name, const char* help, auto value) {
    add(MetricType::Counter, name, help, value);
  }
  void gauge(const char* name, const char* help, auto value) {
    add(MetricType::Gauge, name, help, value);
  }
  void add(MetricFamily made) { families_.push_back(std::move(made)); }
  [[nodiscard]] std::string write() const {
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  std::vector<MetricFamily> families_;
};

void add_counters(collection& to, const rig::counters& count) {
  to.counter("mailrig_sessions_total", "Connections of mail clients that were accepted",
             count.sessions);
  to.counter("mailrig_messages_total", "Mails that were taken in", count.messages);
  to.counter("mailrig_messages_generated_total", "Mails that rules made: bounces and the like",
             count.messages_generated);
  MetricFamily fates = family("mailrig_fates_total", "Recipients for whom a rule acted, by fate",
                              MetricType::Counter);
  for (std::size_t i = 0; i < count.fates.size(); ++i)
    fates.metric.push_back(
        sample(MetricType::Counter, static_cast<double>(count.fates[i]),
               {{"fate", std::string(model::to_string(static_cast<model::fate>(i)))}}));
  to.add(std::move(fates));
  to.counter("mailrig_attempts_failed_total", "Mails that were refused or broken off",
             count.attempts_failed);
  to.counter("mailrig_received_bytes_total", "Octets that mail clients sent", count.octets_in);
  to.counter("mailrig_sent_bytes_total", "Octets that mail clients were sent", count.octets_out);
  to.counter("mailrig_evictions_total", "Messages that a limit removed", count.evictions);
  to.counter("mailrig_rigs_made_total", "Rigs that were made", count.rigs_made);
  to.counter("mailrig_rigs_expired_total", "Rigs whose ttl ran out", count.rigs_expired);
  MetricFamily replies =
      family("mailrig_replies_total", "Replies of SMTP by code", MetricType::Counter);
  for (std::size_t code = 0; code < count.replies.size(); ++code) {
    if (count.replies[code] == 0) continue;
    replies.metric.push_back(sample(MetricType::Counter, static_cast<double>(count.replies[code]),
                                    {{"code", std::to_string(code)}}));
  }
  to.add(std::move(replies));
}

// Of rules that mailrig makes itself only those that acted.
void add_rules(collection& to, rig::rig_table& rigs) {
  constexpr std::size_t most_samples = 10'000;
  MetricFamily hits = family("mailrig_rule_hits_total",
                             "Times that a fault rule acted, of at most 10,000 rules of all rigs",
                             MetricType::Counter);
  using faults::rule_book;
  for (const auto& home : rigs.all()) {
    for (const faults::rule_report& each : home->judge().rules()) {
      const bool is_generated =
          home->rules().origin_of(each.what->id) == rule_book::origin::generated;
      if ((is_generated && each.hits == 0) || hits.metric.size() == most_samples) continue;
      hits.metric.push_back(sample(MetricType::Counter, static_cast<double>(each.hits),
                                   {{"rig", home->name()}, {"rule", each.what->id}}));
    }
  }
  to.add(std::move(hits));
}

void add_gauges(collection& to, context& with) {
  rig::rig_table& rigs = with.rigs();
  const store::usage use = rigs.in_use();
  std::size_t sessions = 0;
  std::size_t transactions = 0;
  for (const auto& each : rigs.all()) {
    sessions += each->open_sessions();
    transactions += each->open_transactions();
  }
  to.gauge("mailrig_rigs", "Rigs that there are", rigs.all().size());
  to.gauge("mailrig_stored_messages", "Messages that are kept", use.messages);
  to.gauge("mailrig_stored_bytes", "Octets that kept messages take", use.octets);
  to.gauge("mailrig_receiving_bytes", "Octets of mails that are being received",
           rigs.receiving_octets());
  to.gauge("mailrig_transcript_bytes", "Octets that transcripts take",
           rigs.transcripts().octets_in_use());
  to.gauge("mailrig_open_sessions", "Connections of mail clients that are open", sessions);
  to.gauge("mailrig_open_transactions", "Mails that are being sent", transactions);
  to.gauge("mailrig_waiters", "Requests that wait for mail", with.waits().count());
  to.gauge("mailrig_event_streams", "Readers of events", with.event_streams());
}

std::string status_class(unsigned status) {
  return std::to_string(status / 100) + "xx";
}

}  // namespace

class metrics::implementation {
 public:
  using key = std::pair<std::string_view, unsigned>;

  prometheus::Histogram& latency(std::string_view pattern) {
    return latencies.try_emplace(pattern, bounds).first->second;
  }

  std::map<std::string_view, prometheus::Histogram> latencies;
  std::map<key, std::uint64_t> answers;
};

metrics::metrics() : implementation_(std::make_unique<implementation>()) {}
metrics::~metrics() = default;

void metrics::answered(std::string_view pattern, unsigned status,
                       std::chrono::steady_clock::duration took) {
  const std::string_view name = pattern.empty() ? std::string_view("other") : pattern;
  implementation_->latency(name).Observe(std::chrono::duration<double>(took).count());
  ++implementation_->answers[{name, status / 100}];
}

std::string metrics::write(context& with) const {
  collection all;
  add_counters(all, with.rigs().count());
  add_gauges(all, with);
  add_rules(all, with.rigs());
  MetricFamily answers =
      family("mailrig_http_answers_total", "HTTP answers by endpoint and class of status",
             MetricType::Counter);
  for (const auto& [key, count] : implementation_->answers)
    answers.metric.push_back(
        sample(MetricType::Counter, static_cast<double>(count),
               {{"endpoint", std::string(key.first)}, {"status", status_class(key.second * 100)}}));
  all.add(std::move(answers));
  MetricFamily latencies =
      family("mailrig_http_request_seconds", "From a request's end to its answer, waits included",
             MetricType::Histogram);
  for (const auto& [pattern, histogram] : implementation_->latencies) {
    ClientMetric made = histogram.Collect();
    made.label.push_back({"endpoint", std::string(pattern)});
    latencies.metric.push_back(std::move(made));
  }
  all.add(std::move(latencies));
  return all.write();
}

void get_metrics(const request&, context& with, answer_callback done) {
  answer result;
  result.content_type = "text/plain; version=0.0.4; charset=utf-8";
  result.text = with.measures().write(with);
  done(std::move(result));
}

}  // namespace mailrig::inspector
