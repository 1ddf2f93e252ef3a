// GNU SASL as the client: what another's implementation says must be understood, and what we say
// must satisfy it.
#include "tests/unit/sasl_talk.hpp"

#include <gsasl.h>
#include <memory>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

struct library {
  library() {
    if (gsasl_init(&context) != GSASL_OK) throw std::runtime_error("gsasl_init");
  }
  ~library() { gsasl_done(context); }
  library(const library&) = delete;
  library& operator=(const library&) = delete;

  Gsasl* context = nullptr;
};

struct login_data {
  std::string user;
  std::string password;
  std::string authorization;
};

class gnu_client {
 public:
  gnu_client(Gsasl* context, const char* mechanism, const login_data& with) {
    if (gsasl_client_start(context, mechanism, &session_) != GSASL_OK)
      throw std::runtime_error(mechanism);
    set(GSASL_AUTHID, with.user);
    set(GSASL_PASSWORD, with.password);
    set(GSASL_ANONYMOUS_TOKEN, with.user);
    if (!with.authorization.empty()) set(GSASL_AUTHZID, with.authorization);
  }
  ~gnu_client() { gsasl_finish(session_); }
  gnu_client(const gnu_client&) = delete;
  gnu_client& operator=(const gnu_client&) = delete;

  // The client's response to a challenge, both base64.
  std::string respond(const std::string& challenge) {
    char* output = nullptr;
    const int result = gsasl_step64(session_, challenge.c_str(), &output);
    const std::unique_ptr<char, decltype(&gsasl_free)> owned(output, gsasl_free);
    if (result != GSASL_OK && result != GSASL_NEEDS_MORE)
      throw std::runtime_error(gsasl_strerror_name(result));
    is_satisfied_ = result == GSASL_OK;
    return owned ? owned.get() : "";
  }
  [[nodiscard]] bool is_satisfied() const { return is_satisfied_; }

 private:
  void set(Gsasl_property property, const std::string& value) {
    if (gsasl_property_set(session_, property, value.c_str()) != GSASL_OK)
      throw std::runtime_error("gsasl_property_set");
  }

  Gsasl_session* session_ = nullptr;
  bool is_satisfied_ = false;
};

struct peer_talk {
  sasl_mechanism mechanism;
  login_data with;
  std::string end;
};

std::ostream& operator<<(std::ostream& to, const peer_talk& one) {
  return to << to_string(one.mechanism) << " as " << one.with.user;
}

class GnuSasl : public testing::TestWithParam<peer_talk> {
 protected:
  // Until the server is done or has failed.
  std::string end_of(const peer_talk& one) {
    server_.users.add_user("alice", "pencil");
    server_.users.add_user("al,i=ce", "p\xC3\xA4ncil");
    server_.users.add_user("wide", "I\xC2\xADX");  // SASLprep makes it "IX" (RFC 4013 3)
    server_.certificate_name = "alice";
    gnu_client client(library_.context, std::string(to_string(one.mechanism)).c_str(), one.with);
    sasl_exchange exchange(one.mechanism, server_.terms());
    sasl_outcome outcome = exchange.start(std::nullopt);
    while (const auto* challenge = std::get_if<sasl_challenge>(&outcome))
      outcome = exchange.step(client.respond(challenge->text));
    const bool is_done = std::holds_alternative<sasl_done>(outcome);
    EXPECT_TRUE(client.is_satisfied() || !is_done);
    return told(outcome);
  }

 private:
  library library_;
  sasl_client server_;
};

TEST_P(GnuSasl, AgreesWithTheServer) {
  EXPECT_THAT(end_of(GetParam()), testing::StartsWith(GetParam().end));
}

INSTANTIATE_TEST_SUITE_P(
    AsClient, GnuSasl,
    testing::Values(
        peer_talk{sasl_mechanism::plain, {"alice", "pencil", ""}, "done PLAIN user=alice"},
        peer_talk{sasl_mechanism::plain, {"alice", "pencil", "bo"}, "done PLAIN user=alice for=bo"},
        peer_talk{sasl_mechanism::plain, {"alice", "pen", ""}, "refused PLAIN user=alice"},
        peer_talk{sasl_mechanism::login, {"alice", "pencil", ""}, "done LOGIN user=alice"},
        peer_talk{sasl_mechanism::login, {"alice", "pen", ""}, "refused LOGIN user=alice"},
        peer_talk{sasl_mechanism::cram_md5, {"alice", "pencil", ""}, "done CRAM-MD5 user=alice"},
        peer_talk{sasl_mechanism::cram_md5, {"alice", "pen", ""}, "refused CRAM-MD5 user=alice"},
        peer_talk{sasl_mechanism::cram_md5, {"bob", "pencil", ""}, "refused CRAM-MD5 user=bob"},
        peer_talk{
            sasl_mechanism::scram_sha_1, {"alice", "pencil", ""}, "done SCRAM-SHA-1 user=alic"},
        peer_talk{
            sasl_mechanism::scram_sha_1, {"alice", "pen", ""}, "refused SCRAM-SHA-1 user=alic"},
        peer_talk{sasl_mechanism::scram_sha_256,
                  {"al,i=ce", "p\xC3\xA4ncil", "b,=o"},
                  "done SCRAM-SHA-256 user=al,i=ce for=b,=o"},
        peer_talk{
            sasl_mechanism::scram_sha_256, {"wide", "IX", ""}, "done SCRAM-SHA-256 user=wide"},
        peer_talk{sasl_mechanism::scram_sha_256, {"wide", "I X", ""}, "refused SCRAM-SHA-256"},
        peer_talk{sasl_mechanism::external, {"alice", "", ""}, "done EXTERNAL user=alice"},
        peer_talk{sasl_mechanism::external, {"", "", "bo"}, "done EXTERNAL user=alice for=bo"},
        peer_talk{sasl_mechanism::anonymous, {"alice", "", ""}, "refused ANONYMOUS user=alice"}));

}  // namespace
}  // namespace mailrig::wire
