#include "capture/app/limits.hpp"

#include "capture/model/huge_pages.hpp"

#include <algorithm>
#include <fstream>
#include <malloc.h>
#include <string>
#include <sys/resource.h>

namespace mailrig::app {
namespace {

constexpr std::size_t kept_for_http = 200;
// As many as may wait for mail, and who else asks meanwhile.
constexpr std::size_t most_for_http = 10'600;
constexpr std::size_t gibibyte = std::size_t{1} << 30;

// 0 if there is no limit, or no such file.
std::size_t read_number(const char* path) {
  std::ifstream file(path);
  std::size_t value = 0;
  return file >> value ? value : 0;
}

std::size_t all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1'000'000;
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t mail_descriptors() {
  const std::size_t all = all_descriptors();
  return all > 2 * kept_for_http ? all - kept_for_http : all / 2;
}

std::size_t http_connections() {
  return std::min(most_for_http, std::max(kept_for_http - 50, all_descriptors() / 4));
}

std::size_t default_memory_limit() {
  std::size_t allowed = read_number("/sys/fs/cgroup/memory.max");
  if (allowed == 0) allowed = read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  return allowed == 0 ? gibibyte : std::min(gibibyte, allowed / 2);
}

// Setting the threshold also keeps glibc from moving it up to 32 MiB after the first large block
// was freed, after which such blocks would stay in the heap.
void tune_allocator() {
  (void)::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  // What is free at the heap's top is kept up to this: for the next answer of HTTP, and because the
  // heap grows by it.
  (void)::mallopt(M_TOP_PAD, model::heap_step);
  (void)::mallopt(M_TRIM_THRESHOLD, model::heap_step + 1024 * 1024);
}

}  // namespace mailrig::app
