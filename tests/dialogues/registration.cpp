#include "tests/dialogues/registration.hpp"

#include "tests/dialogues/generated.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::dialogue {
namespace {

class dialogue_test : public testing::Test {
 public:
  dialogue_test(std::filesystem::path file, way how)
      : file_(std::move(file)), how_(std::move(how)) {}

  void TestBody() override {
    try {
      how_.play(read_script(file_));
    } catch (const std::exception& error) {
      FAIL() << error.what();
    }
  }

 private:
  std::filesystem::path file_;
  way how_;
};

// One stage with every action, put together when the test runs.
class generated_test : public testing::Test {
 public:
  generated_test(stage_group group, way how) : group_(std::move(group)), how_(std::move(how)) {}

  void TestBody() override {
    for (const script& each : scripts_of(group_)) {
      if (how_.what == way::needs::tls && !each.no_tls.empty()) continue;
      try {
        how_.play(each);
      } catch (const std::exception& error) {
        ADD_FAILURE() << each.name << ": " << error.what();
      }
    }
  }

 private:
  stage_group group_;
  way how_;
};

void register_generated(const std::vector<way>& ways) {
  for (const stage_group& each : stage_groups()) {
    for (const way& how : ways) {
      if (how.what == way::needs::tls && each.brings_tls) continue;
      const std::string name = each.name + '/' + how.name;
      testing::RegisterTest(
          "GeneratedDialogue", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
          [each, how]() -> testing::Test* { return new generated_test(each, how); });
    }
  }
}

std::vector<std::filesystem::path> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> result;
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    if (each.path().extension() == ".dialogue") result.push_back(each.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

bool has_line(const std::filesystem::path& file, const std::vector<std::string>& beginnings) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    for (const std::string& each : beginnings) {
      if (line.starts_with(each)) return true;
    }
  }
  return false;
}

// What keeps a file from being played in a way.
bool is_for(const std::filesystem::path& file, const way& how) {
  const std::string no_socket = "# no socket:";
  if (how.name != "whole" && has_line(file, {"# whole only:"})) return false;
  switch (how.what) {
    case way::needs::nothing: return true;
    case way::needs::single_octets: return !has_line(file, {"# one read:"});
    case way::needs::socket: return !has_line(file, {no_socket});
    case way::needs::tls: return !has_line(file, {no_socket, "# no tls:", "# settings: tls="});
  }
  return false;
}

void register_dialogues(const std::string& suite, const std::vector<std::filesystem::path>& files,
                        const std::vector<way>& ways) {
  for (const std::filesystem::path& file : files) {
    for (const way& each : ways) {
      if (!is_for(file, each)) continue;
      const std::string name = file.stem().string() + '/' + each.name;
      testing::RegisterTest(
          suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
          [file, each]() -> testing::Test* { return new dialogue_test(file, each); });
    }
  }
}

}  // namespace

int run_dialogues(int argument_count, char** arguments, const std::string& folder,
                  const std::vector<way>& ways) {
  testing::InitGoogleTest(&argument_count, arguments);
  for (const auto& [name, suite] :
       {std::pair{"/smtp", "SmtpDialogue"}, std::pair{"/pop3", "Pop3Dialogue"}}) {
    const std::vector<std::filesystem::path> files = files_in(folder + name);
    if (files.empty()) {
      std::cerr << "no dialogue in " << folder << name << '\n';
      return 1;
    }
    register_dialogues(suite, files, ways);
  }
  register_generated(ways);
  return RUN_ALL_TESTS();
}

}  // namespace mailrig::dialogue
