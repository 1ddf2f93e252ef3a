#include "capture/app/ready_file.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace mailrig::app {

void remove_ready_file(const std::string& path) {
  std::error_code ignored;
  if (!path.empty()) std::filesystem::remove(path, ignored);
}

void write_ready_file(const std::string& path, const std::string& version,
                      const std::vector<rig::listener_info>& listeners) {
  if (path.empty()) return;
  nlohmann::ordered_json document{
      {"pid", ::getpid()}, {"version", version}, {"listeners", nlohmann::json::array()}};
  for (const rig::listener_info& each : listeners) {
    document["listeners"].push_back(nlohmann::ordered_json{
        {"protocol", each.protocol},
        {"address", each.address},
        {"port", each.port},
        {"url", each.url},
        {"rig", each.rig.empty() ? nlohmann::json() : nlohmann::json(each.rig)}});
  }
  const std::string unfinished = path + ".new";
  std::ofstream file(unfinished);
  file << document.dump() << '\n';
  file.close();
  if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("cannot write the ready file " + path +
                             "; give --ready-file a path in a directory that can be written");
  }
}

}  // namespace mailrig::app
