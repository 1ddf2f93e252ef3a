// The test CA: what it makes, what it keeps in a directory, and what it says when it cannot.
#include "capture/net/tls_authority.hpp"
#include "capture/net/tls_context.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using std::chrono::days;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

const auto now = std::chrono::system_clock::now();

class TlsAuthority : public testing::Test {
 protected:
  TlsAuthority() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mailrig-tls-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TlsAuthority() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] authority_settings kept() const {
    return {.names = {"localhost"}, .directory = folder_};
  }
  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + '/' + file; }
  static std::string error_of(const authority_settings& settings) {
    try {
      const tls_authority made(settings, now);
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  std::string folder_;
};

TEST_F(TlsAuthority, SignsTheServerThroughAnIntermediate) {
  const tls_authority made(
      {.names = {"localhost", "127.0.0.1", "::1", "mail.example.test"}, .directory = {}}, now);
  EXPECT_TRUE(fits(made.root(), &made.root()));
  EXPECT_TRUE(fits(made.intermediate(), &made.root()));
  EXPECT_TRUE(fits(made.server(), &made.intermediate()));
  EXPECT_FALSE(fits(made.server(), &made.root()));
  const certificate_facts facts = read_certificate(made.server().certificate);
  EXPECT_THAT(facts.names, ElementsAre("localhost", "127.0.0.1", "::1", "mail.example.test"));
  EXPECT_FALSE(facts.is_self_signed);
  EXPECT_TRUE(facts.is_ecdsa);
  EXPECT_GT(facts.not_after, now + days{390});
  EXPECT_TRUE(read_certificate(made.root().certificate).is_self_signed);
  EXPECT_THAT(made.server().certificate, HasSubstr(made.intermediate().certificate));
}

TEST_F(TlsAuthority, MakesRsaKeysWhenAsked) {
  const tls_authority made({.names = {"localhost"}, .directory = {}, .key = key_type::rsa_2048},
                           now);
  EXPECT_FALSE(read_certificate(made.server().certificate).is_ecdsa);
  EXPECT_TRUE(fits(made.server(), &made.intermediate()));
}

TEST_F(TlsAuthority, FindsAgainWhatItKept) {
  const tls_authority first(kept(), now);
  const tls_authority second(kept(), now + days{10});
  EXPECT_EQ(first.root(), second.root());
  EXPECT_EQ(first.server(), second.server());
  for (const char* file : {"ca.pem", "ca.key", "server.key"}) {
    const auto rights = std::filesystem::status(path(file)).permissions();
    EXPECT_EQ(rights, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << file;
  }
}

TEST_F(TlsAuthority, RenewsAServerCertificateThatIsAboutToEndAndKeepsTheCa) {
  const tls_authority first(kept(), now);
  const tls_authority later(kept(), now + days{380});
  EXPECT_EQ(first.root(), later.root());
  EXPECT_NE(first.server(), later.server());
  EXPECT_TRUE(fits(later.server(), &later.intermediate()));
}

TEST_F(TlsAuthority, MakesANewServerCertificateForAFurtherName) {
  const tls_authority first(kept(), now);
  authority_settings more = kept();
  more.names.emplace_back("mail.example.test");
  const tls_authority second(more, now);
  EXPECT_EQ(first.root(), second.root());
  EXPECT_THAT(read_certificate(second.server().certificate).names,
              IsSupersetOf({std::string("mail.example.test")}));
}

TEST_F(TlsAuthority, ANewCaMakesAllElseNew) {
  const tls_authority first(kept(), now);
  std::filesystem::remove(path("ca.key"));
  const tls_authority second(kept(), now);
  EXPECT_NE(first.root(), second.root());
  EXPECT_TRUE(fits(second.intermediate(), &second.root()));
  EXPECT_TRUE(fits(second.server(), &second.intermediate()));
}

TEST_F(TlsAuthority, SaysWhichFileItCannotUse) {
  (void)error_of(kept());
  std::ofstream(path("intermediate.pem")) << "nonsense";
  EXPECT_THAT(error_of(kept()), AllOf(HasSubstr(path("intermediate.pem")), HasSubstr("delete")));
}

TEST_F(TlsAuthority, SaysThatItsDirectoryIsNone) {
  std::ofstream(path("file")) << "x";
  authority_settings wrong = kept();
  wrong.directory = path("file");
  EXPECT_THAT(error_of(wrong), AllOf(HasSubstr(path("file")), HasSubstr("--tls-dir")));
}

TEST_F(TlsAuthority, SaysWhichNameIsNone) {
  for (const char* name : {"", "a b", "a,IP:1.2.3.4", "ä.test"}) {
    const std::string error = error_of({.names = {name}, .directory = {}});
    EXPECT_THAT(error, HasSubstr("--tls-name")) << name;
  }
  EXPECT_EQ(error_of({.names = {"*.example.test"}, .directory = {}}), "");
}

std::string context_error(const tls_settings& settings) {
  try {
    const tls_contexts made(settings);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(TlsContexts, SayWhatIsWrongWithTheirSettings) {
  EXPECT_THAT(context_error({.min_version = "1.4", .ciphers = {}}), HasSubstr("1.0, 1.1, 1.2"));
  EXPECT_THAT(context_error({.min_version = "1.3", .max_version = "1.2", .ciphers = {}}),
              HasSubstr("above the highest"));
  EXPECT_THAT(context_error({.ciphers = "NONE-SUCH"}), HasSubstr("NONE-SUCH"));
  EXPECT_THAT(context_error({.ciphers = "TLS_NONE_SUCH"}), HasSubstr("TLS_NONE_SUCH"));
  EXPECT_EQ(context_error({.min_version = "1.0", .ciphers = {}}), "");
  EXPECT_EQ(context_error({.ciphers = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"}), "");
}

TEST(TlsContexts, ACertificateAndAForeignKeyAreRefused) {
  const tls_authority one({.names = {"localhost"}, .directory = {}}, now);
  const tls_authority other({.names = {"localhost"}, .directory = {}}, now);
  tls_contexts contexts({});
  EXPECT_THROW(contexts.add("x", {one.server().certificate, other.server().key}),
               std::runtime_error);
  EXPECT_THROW(contexts.add("x", {"", ""}), std::runtime_error);
  EXPECT_EQ(contexts.find(""), nullptr);
  contexts.add("good", one.server());
  contexts.add("other", other.server());
  EXPECT_EQ(contexts.find(""), contexts.find("good"));
  EXPECT_NE(contexts.find("good"), contexts.find("other"));
  EXPECT_EQ(contexts.find("none"), nullptr);
}

}  // namespace
}  // namespace mailrig::net
