// The OpenAPI document and the table of endpoints say the same. (That the document is one at all, a
// standard validator says: tests/e2e/test_service.py.)
#include "inspector_fixture.hpp"
#include "webui/inspector/endpoints.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  return result;
}

class Openapi : public testing::Test, protected inspector_test {
 protected:
  // "get /v1/messages" and what the document says of it.
  std::map<std::string, json> operations() {
    const json document = get_json("/v1/openapi.json");
    std::map<std::string, json> result;
    for (const auto& [path, verbs] : document.at("paths").items())
      for (const auto& [verb, operation] : verbs.items()) result[verb + ' ' + path] = operation;
    return result;
  }
  static std::string name_of(const endpoint& each) {
    return lower(to_string(each.verb)) + ' ' + std::string(each.pattern);
  }
  static std::set<std::string> parameters_of(const json& operation, const std::string& where) {
    std::set<std::string> result;
    for (const json& each : operation.at("parameters"))
      if (each.at("in") == where) result.insert(each.at("name").get<std::string>());
    return result;
  }
  static std::set<std::string> captures_of(std::string_view pattern) {
    std::set<std::string> result;
    for (std::size_t begin = pattern.find('{'); begin != std::string_view::npos;
         begin = pattern.find('{', begin + 1))
      result.emplace(pattern.substr(begin + 1, pattern.find('}', begin) - begin - 1));
    return result;
  }
};

TEST_F(Openapi, NamesEveryEndpointAndNoOther) {
  std::set<std::string> described;
  for (const auto& [name, operation] : operations()) described.insert(name);
  std::set<std::string> served;
  for (const endpoint& each : endpoints()) served.insert(name_of(each));
  EXPECT_EQ(described, served);
}

TEST_F(Openapi, NamesEveryParameter) {
  const auto described = operations();
  for (const endpoint& each : endpoints()) {
    const auto found = described.find(name_of(each));
    if (found == described.end()) continue;  // said by the other test
    std::set<std::string> known;
    for (const std::string_view name : each.parameters)
      if (!name.empty()) known.emplace(name);
    EXPECT_EQ(parameters_of(found->second, "query"), known) << name_of(each);
    EXPECT_EQ(parameters_of(found->second, "path"), captures_of(each.pattern)) << name_of(each);
  }
}

TEST_F(Openapi, SaysWhereABodyIsTakenAndWhatExistsOnce) {
  const auto described = operations();
  for (const endpoint& each : endpoints()) {
    const auto found = described.find(name_of(each));
    if (found == described.end()) continue;
    EXPECT_EQ(found->second.contains("requestBody"), each.body_octets != 0) << name_of(each);
    const std::string description = found->second.value("description", "");
    EXPECT_EQ(description.find("Exists once.") != std::string::npos, each.is_once) << name_of(each);
  }
}

// What the document promises of a list, an answer to an empty rig keeps.
TEST_F(Openapi, AnswersHaveTheKeysThatArePromised) {
  const json document = get_json("/v1/openapi.json");
  const auto required_of = [&](const std::string& path) {
    return document.at("paths")
        .at(path)
        .at("get")
        .at("responses")
        .at("200")
        .at("content")
        .at("application/json")
        .at("schema")
        .at("required")
        .get<std::set<std::string>>();
  };
  for (const std::string path : {"/v1/messages", "/v1/attempts", "/v1/sessions", "/v1/rigs"}) {
    std::set<std::string> given;
    const json answered = get_json(path);
    for (const auto& [key, value] : answered.items()) given.insert(key);
    EXPECT_THAT(required_of(path), testing::IsSubsetOf(given)) << path;
  }
  const auto rig_keys =
      document.at("components").at("schemas").at("rig").at("required").get<std::set<std::string>>();
  std::set<std::string> given;
  const json answered = get_json("/v1/rigs/default");
  for (const auto& [key, value] : answered.items()) given.insert(key);
  EXPECT_EQ(given, rig_keys);
}

}  // namespace
}  // namespace mailrig::inspector
