// The load generator of `./dev bench smtp`: sends one workload to an SMTP server on this machine,
// checks every reply and prints one JSON object. Knows nothing of the server that it loads.
#include "tests/bench/load_engine.hpp"
#include "tests/bench/load_options.hpp"
#include "tests/bench/load_stats.hpp"
#include "tests/bench/mail_corpus.hpp"

#include <exception>
#include <iostream>
#include <sys/resource.h>

namespace mailrig::bench {
namespace {

// 1,000 connections pass the usual soft limit of 1,024 descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const load_options& options) {
  raise_descriptor_limit();
  const mail_corpus corpus(options.work.body_octets, options.seed);
  load_stats stats(options.work.mails);
  load_engine(options, corpus, stats).run();
  std::cout << stats.to_json(options) << '\n';
  return stats.is_clean() ? 0 : 1;
}

}  // namespace
}  // namespace mailrig::bench

int main(int argc, char** argv) {
  using namespace mailrig::bench;
  try {
    return run(parse_options(argc, argv));
  } catch (const usage_error& error) {
    std::cerr << "smtp_load: " << error.what() << "\n\n" << usage_text();
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "smtp_load: " << error.what() << '\n';
    return 1;
  }
}
