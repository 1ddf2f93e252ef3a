#include "capture/app/login_options.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string complaint_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const login_option_error& error) {
    return error.what();
  }
  return "no complaint";
}

class UsersFile : public testing::Test {
 protected:
  UsersFile() {
    const int file = mkstemp(path_.data());
    if (file >= 0) close(file);
  }
  ~UsersFile() override { std::filesystem::remove(path_); }

  serve_options with(const std::string& text) {
    std::ofstream(path_) << text;
    serve_options options;
    options.smtp_users_file = path_;
    return options;
  }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "mailrig-users-XXXXXX";
};

TEST(LoginOptions, WithoutUsersAnythingIsAccepted) {
  EXPECT_TRUE(read_credentials({}).accept_anything());
}

TEST(LoginOptions, APasswordMayHoldColonsAndBeEmpty) {
  serve_options options;
  options.smtp_users = {"alice:a:b", "bob:"};
  const wire::credentials users = read_credentials(options);
  EXPECT_EQ(users.find_fault("alice", "a:b"), nullptr);
  EXPECT_EQ(users.find_fault("bob", ""), nullptr);
  EXPECT_NE(users.find_fault("carol", ""), nullptr);
}

TEST(LoginOptions, AUserWithoutPasswordIsToldWithoutRepeatingIt) {
  for (const char* each : {"secret", ":secret", ""}) {
    serve_options options;
    options.smtp_users = {each};
    const std::string complaint = complaint_of([&] { (void)read_credentials(options); });
    EXPECT_EQ(complaint, "--smtp-user: a user is given as NAME:PASSWORD") << each;
  }
}

TEST_F(UsersFile, NamesUsersLineByLine) {
  const wire::credentials users =
      read_credentials(with("# staff\n\nalice:one\r\n  \nbob: two \ncarol:three"));
  EXPECT_EQ(users.find_fault("alice", "one"), nullptr);
  EXPECT_EQ(users.find_fault("bob", " two "), nullptr);
  EXPECT_EQ(users.find_fault("carol", "three"), nullptr);
}

TEST_F(UsersFile, ThatIsWrongIsToldByLine) {
  const std::string complaint =
      complaint_of([this] { (void)read_credentials(with("alice:one\nsecret\n")); });
  EXPECT_THAT(complaint, HasSubstr(", line 2: a user is given as NAME:PASSWORD"));
  EXPECT_THAT(complaint, Not(HasSubstr("secret")));
}

TEST_F(UsersFile, WithoutUsersWouldOpenTheServer) {
  EXPECT_THAT(complaint_of([this] { (void)read_credentials(with("# nobody\n")); }),
              HasSubstr("it names no user"));
}

TEST(LoginOptions, AUsersFileThatIsMissingIsTold) {
  serve_options options;
  options.smtp_users_file = "/nowhere/users";
  EXPECT_EQ(complaint_of([&] { (void)read_credentials(options); }),
            "--smtp-users-file /nowhere/users: cannot read it: No such file or directory");
}

TEST(LoginOptions, MechanismsAreNamedInAnyCase) {
  wire::sasl_mechanism_set expected;
  expected.insert(wire::sasl_mechanism::login);
  expected.insert(wire::sasl_mechanism::scram_sha_256);
  EXPECT_EQ(read_mechanisms({"login", "Scram-SHA-256"}), expected);
  EXPECT_TRUE(read_mechanisms({"none"}).empty());
  EXPECT_EQ(read_mechanisms(serve_options{}.auth_mechanisms), wire::sasl_mechanism_set::all());
}

TEST(LoginOptions, AMechanismThatIsUnknownIsToldWithThoseThatAre) {
  for (const char* each : {"NTLM", "", "SCRAM-SHA-256-PLUS"})
    EXPECT_THAT(complaint_of([&] {
                  (void)read_mechanisms({"PLAIN", each});
                }),
                HasSubstr(": there are PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1"));
  EXPECT_THAT(complaint_of([] {
                (void)read_mechanisms({"PLAIN", "none"});
              }),
              HasSubstr("or none alone"));
}

}  // namespace
}  // namespace mailrig::app
