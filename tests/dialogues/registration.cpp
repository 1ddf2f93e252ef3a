#include "tests/dialogues/registration.hpp"

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

std::vector<std::filesystem::path> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> result;
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    if (each.path().extension() == ".dialogue") result.push_back(each.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

bool is_for(const way& how, const std::filesystem::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (how.needs_socket && line.starts_with("# no socket:")) return false;
    if (how.name != "whole" && line.starts_with("# whole only:")) return false;
  }
  return true;
}

}  // namespace

int run_dialogues(int argument_count, char** arguments, const std::string& folder,
                  const std::vector<way>& ways) {
  testing::InitGoogleTest(&argument_count, arguments);
  const std::vector<std::filesystem::path> files = files_in(folder);
  if (files.empty()) {
    std::cerr << "no dialogue in " << folder << '\n';
    return 1;
  }
  for (const std::filesystem::path& file : files) {
    for (const way& each : ways) {
      if (!is_for(each, file)) continue;
      const std::string name = file.stem().string() + '/' + each.name;
      testing::RegisterTest(
          "SmtpDialogue", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
          [file, each]() -> testing::Test* { return new dialogue_test(file, each); });
    }
  }
  return RUN_ALL_TESTS();
}

}  // namespace mailrig::dialogue
